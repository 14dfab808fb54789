use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::edit::yaml;
use crate::model::entry_point;

fn request(entry_point: &str, runner: Runner, front: Option<Front>) -> Request {
    Request {
        entry_point: entry_point::parse(entry_point).unwrap().entry_point,
        runner,
        front,
        tls: Some(Pair::Issued {
            certificate: "registry.lan.crt".into(),
            key: "registry.lan.key".into(),
            authority: "ca.crt".into(),
        }),
        access: Access::Users("alice".into()),
        http_secret: Secret::new("0123456789abcdef0123456789abcdef"),
        folder: PathBuf::from("/srv/registry"),
    }
}

const THREE: Runner = Runner::Compose(Version::Three);

fn text(request: &Request, path: &str) -> String {
    files(request).into_iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).text
}

fn read(request: &Request, path: &str) -> Value {
    let text = text(request, path);
    Value::Object(yaml::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

/// All that can be asked for together.
fn every_request() -> Vec<Request> {
    let given = Pair::Given { certificate: "/etc/ssl/a b$c.pem".into(), key: "/etc/ssl/key: 1.pem".into() };
    let mut all = Vec::new();
    for entry_point in ["registry.lan", "registry.lan:8443", "10.0.0.7:5000", "[fd00::7]:5000", "localhost:5000"] {
        for runner in [Runner::Compose(Version::Two), THREE, Runner::Systemd] {
            for front in [None, Some(Front::Nginx), Some(Front::Caddy), Some(Front::Traefik)] {
                for tls in [None, Some(given.clone()), request("a", runner, None).tls] {
                    for access in [Access::Everybody, Access::Users("alice".into())] {
                        let request = request(entry_point, runner, front);
                        all.push(Request { tls: tls.clone(), access, ..request });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn every_yaml_file_says_what_a_reader_reads() {
    for request in every_request() {
        for file in files(&request).iter().filter(|file| file.path.ends_with("ml")) {
            let said = read(&request, file.path);
            assert!(!said.as_object().unwrap().is_empty(), "{request:?} {}", file.path);
            assert_eq!(mark::standing(Some(file.text.as_bytes()), &file.text), mark::Standing::Same);
        }
        let config = read(&request, CONFIG);
        assert_eq!(config["storage"]["delete"]["enabled"], true);
        assert_eq!(config["http"].get("tls").is_some(), request.tls.is_some() && request.front.is_none());
        assert_eq!(config["http"].get("relativeurls").is_some(), request.front.is_some());
        assert_eq!(config.get("auth").is_some(), request.access != Access::Everybody);
        assert_eq!(kept_secret(&text(&request, CONFIG)), Some(request.http_secret.clone()));
    }
}

#[test]
fn only_the_file_with_the_secret_is_closed() {
    for request in every_request() {
        for file in files(&request) {
            let holds = file.text.contains(request.http_secret.expose());
            assert_eq!((file.mode, holds), if file.path == CONFIG { (CLOSED, true) } else { (OPEN, false) });
        }
    }
}

#[test]
fn one_process_ends_tls_and_only_it_is_reached_from_outside() {
    let direct = read(&request("registry.lan:8443", THREE, None), "compose.yaml");
    assert_eq!(direct["services"]["registry"]["ports"][0], "8443:5000");
    assert_eq!(direct["services"]["registry"]["volumes"][1], "./tls:/certs:ro,z");
    let behind = read(&request("registry.lan:8443", THREE, Some(Front::Nginx)), "compose.yaml");
    assert!(behind["services"]["registry"].get("ports").is_none(), "{behind}");
    assert_eq!(behind["services"]["nginx"]["ports"][0], "8443:8443");
    assert_eq!(behind["services"]["nginx"]["volumes"][1], "./tls:/certs:ro,z");
    assert_eq!(behind["services"]["registry"]["healthcheck"]["test"][5], "http://127.0.0.1:5000/");
}

#[test]
fn the_registry_listens_where_its_clients_or_its_front_end_ask() {
    let rows = [
        ("registry.lan", THREE, None, ":5000"),
        ("registry.lan", Runner::Systemd, None, ":443"),
        ("localhost:5000", Runner::Systemd, None, "127.0.0.1:5000"),
        ("[::1]:5000", Runner::Systemd, None, "[::1]:5000"),
        ("registry.lan:8443", Runner::Systemd, Some(Front::Nginx), "127.0.0.1:5000"),
        // The front end has that port.
        ("registry.lan:5000", Runner::Systemd, Some(Front::Nginx), "127.0.0.1:5001"),
    ];
    for (entry_point, runner, front, want) in rows {
        let config = read(&request(entry_point, runner, front), CONFIG);
        assert_eq!(config["http"]["addr"], want, "{entry_point}");
    }
    let loopback = read(&request("127.0.0.1:5000", THREE, None), "compose.yaml");
    assert_eq!(loopback["services"]["registry"]["ports"][0], "127.0.0.1:5000:5000");
}

#[test]
fn each_version_of_the_image_finds_its_configuration() {
    for (version, image, folder) in
        [(Version::Two, "registry:2", "/etc/docker/registry"), (Version::Three, "registry:3", "/etc/distribution")]
    {
        let request = request("registry.lan", Runner::Compose(version), None);
        let registry = &read(&request, "compose.yaml")["services"]["registry"];
        assert_eq!(registry["image"], image);
        assert_eq!(registry["volumes"][0], format!("./registry:{folder}:ro,z"));
        assert_eq!(read(&request, CONFIG)["auth"]["htpasswd"]["path"], format!("{folder}/htpasswd"));
    }
}

#[test]
fn a_low_port_of_the_package_s_registry_gets_its_capability() {
    let has = |entry_point, front| {
        text(&request(entry_point, Runner::Systemd, front), unit::PATH).contains("CAP_NET_BIND_SERVICE")
    };
    assert!(has("registry.lan", None));
    assert!(!has("registry.lan:5000", None));
    assert!(!has("registry.lan", Some(Front::Nginx)));
}

#[test]
fn what_to_type_next_is_one_line_each_and_names_no_password() {
    for request in every_request() {
        let steps = steps(&request);
        for command in steps.iter().flat_map(|step| &step.commands) {
            assert!(!command.contains('\n') && shlex::split(command).is_some(), "{command}");
            assert!(!command.contains(request.http_secret.expose()));
        }
        let all: Vec<&str> = steps.iter().flat_map(|step| &step.commands).map(String::as_str).collect();
        let trusts = all.iter().any(|command| command.contains("regdoctor trust "));
        assert_eq!(trusts, request.tls.is_some() || !request.is_loopback(), "{all:#?}");
        assert_eq!(all.iter().any(|one| one.starts_with("docker login")), request.access != Access::Everybody);
    }
}
