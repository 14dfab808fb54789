//! What the daemon says of itself: `/version`, `/info` and the running containers.

use std::path::Path;

use serde_json::Value;

use crate::model::ask::Ask;
use crate::model::facts::{Container, Effective, ImageStore};
use crate::model::observations::Observations;
use crate::model::version::Version;
use crate::model::wish::{InsecureEntry, parse_range};

pub(super) fn asks(socket: &Path) -> Vec<Ask> {
    ["/version", "/info", "/containers/json"].map(|path| Ask::unix_http(socket, path)).to_vec()
}

/// The daemon's own word, when it answers. `/info` has `RegistryConfig` in every release since 1.6.
pub(super) fn effective(seen: &Observations, socket: &Path) -> Option<Effective> {
    let version = body(seen, socket, "/version")?;
    let info = body(seen, socket, "/info").unwrap_or(Value::Null);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_string);
    let proxy = |key: &str| text(&info, key).filter(|value| !value.is_empty());
    Some(Effective {
        version: Version::parse(&text(&version, "Version")?)?,
        api_version: text(&version, "ApiVersion").and_then(|text| Version::parse(&text)),
        go_version: text(&version, "GoVersion"),
        insecure: insecure(&info),
        mirrors: strings(info.pointer("/RegistryConfig/Mirrors")),
        http_proxy: proxy("HttpProxy"),
        https_proxy: proxy("HttpsProxy"),
        no_proxy: proxy("NoProxy"),
        image_store: image_store(&info),
        live_restore: info.get("LiveRestoreEnabled").and_then(Value::as_bool).unwrap_or(false),
        swarm: info.pointer("/Swarm/LocalNodeState").and_then(Value::as_str).is_some_and(|state| state == "active"),
        rootless: strings(info.get("SecurityOptions")).iter().any(|option| option == "name=rootless"),
        containers: containers(seen, socket),
    })
}

fn body(seen: &Observations, socket: &Path, path: &str) -> Option<Value> {
    let answer = seen.http(socket, path).filter(|answer| answer.status == 200)?;
    serde_json::from_str(&answer.body).ok()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_string).collect()
}

/// Hosts that are not secure, and every range, the built-in ones included.
fn insecure(info: &Value) -> Vec<InsecureEntry> {
    let ranges = strings(info.pointer("/RegistryConfig/InsecureRegistryCIDRs"));
    let hosts = info.pointer("/RegistryConfig/IndexConfigs").and_then(Value::as_object).into_iter().flatten();
    let hosts = hosts.filter(|(_, index)| index.get("Secure").and_then(Value::as_bool) == Some(false));
    let mut all: Vec<InsecureEntry> = ranges.iter().filter_map(|text| parse_range(text)).collect();
    all.extend(hosts.filter_map(|(name, _)| InsecureEntry::parse(name).ok()));
    all.sort();
    all
}

/// `driver-type io.containerd.snapshotter.v1` in `DriverStatus` tells the containerd store (24.0 to 29).
fn image_store(info: &Value) -> ImageStore {
    let rows = info.get("DriverStatus").and_then(Value::as_array).into_iter().flatten();
    let containerd = rows.filter_map(Value::as_array).any(|row| {
        let cell = |index: usize| row.get(index).and_then(Value::as_str);
        cell(0) == Some("driver-type") && cell(1) == Some("io.containerd.snapshotter.v1")
    });
    if containerd { ImageStore::Containerd } else { ImageStore::Classic }
}

fn containers(seen: &Observations, socket: &Path) -> Vec<Container> {
    let list = body(seen, socket, "/containers/json");
    let list = list.as_ref().and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| {
        let id = one.get("Id")?.as_str()?.to_string();
        let name = one.pointer("/Names/0").and_then(Value::as_str).unwrap_or(&id);
        Some(Container { name: name.trim_start_matches('/').to_string(), id })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::{Answer, HttpAnswer};

    #[test]
    fn reads_what_is_in_effect() {
        let mut seen = Observations::default();
        let mut add = |path: &str, body: &str| {
            let answer = HttpAnswer { status: 200, headers: Vec::new(), body: body.into() };
            seen.add(Ask::unix_http("/s", path), Answer::Http(answer));
        };
        add("/version", r#"{"Version":"26.1.5+dfsg1","ApiVersion":"1.45","GoVersion":"go1.24.4"}"#);
        add(
            "/info",
            r#"{"RegistryConfig":{"InsecureRegistryCIDRs":["127.0.0.0/8"],"IndexConfigs":{"docker.io":{"Secure":true},
            "reg.lab:5000":{"Secure":false}},"Mirrors":null},"LiveRestoreEnabled":true,"Swarm":{"LocalNodeState":"inactive"},
            "DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],"HttpProxy":""}"#,
        );
        add("/containers/json", r#"[{"Id":"abc","Names":["/web"]}]"#);
        let effective = effective(&seen, Path::new("/s")).unwrap();
        let entries: Vec<String> = effective.insecure.iter().map(ToString::to_string).collect();
        assert_eq!(entries, ["reg.lab:5000", "127.0.0.0/8"]);
        assert_eq!(effective.image_store, ImageStore::Containerd);
        assert!(effective.live_restore && !effective.swarm && effective.http_proxy.is_none());
        assert_eq!(effective.containers, [Container { id: "abc".into(), name: "web".into() }]);
    }
}
