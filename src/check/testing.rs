//! Hosts and registries for tests: small, healthy, and bent by each test in one way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

use serde_json::Value;
use time::OffsetDateTime;

use super::Meeting;
use crate::cert::Certificate;
use crate::cert::issue::{Authority, ServerRequest};
use crate::engine::{Access, Blocked, Forecast};
use crate::model::ask::{HttpAnswer, Identity};
use crate::model::entry_point;
use crate::model::facts::{
    CertsDir, CertsFile, Client, ClientVersion, ConfigFile, ConfigKey, ConfigState, Daemon, Distro, Effective,
    Endpoint, EndpointState, EngineFacts, Facts, Init, Names, Origin, Packaging, RegistryCerts, Reload, Running,
    Service, Setting, SystemStore,
};
use crate::model::finding::{Finding, Outcome, Verdict};
use crate::model::trace::{Auth, Dns, Handshake, Http, Layer, Tcp, TcpAttempt, TcpOutcome, Tls, Trace};
use crate::model::version::Version;
use crate::model::wish::InsecureEntry;

/// 2027-01-15 08:00 UTC.
pub const NOW: i64 = 1_800_000_000;
pub const REGISTRY: &str = "reg.lan:5000";
pub const CONFIG: &str = "/etc/docker/daemon.json";

/// An Ubuntu with docker-ce, which lists [`REGISTRY`] as insecure in daemon.json and in effect.
pub fn healthy() -> Facts {
    with(engine())
}

pub fn with(engine: EngineFacts) -> Facts {
    Facts {
        now: NOW,
        identity: Identity {
            uid: 1000,
            user: "ann".into(),
            home: "/home/ann".into(),
            groups: vec!["ann".into(), "docker".into()],
            sudo: None,
        },
        distro: Distro {
            id: "ubuntu".into(),
            like: vec!["debian".into()],
            version: Some("24.04".into()),
            name: "Ubuntu 24.04".into(),
            origin: None,
            family: crate::distro::family("debian", &[], &|_| false),
        },
        init: Init::Systemd,
        enclosure: None,
        system_store: SystemStore::default(),
        engines: vec![engine],
        history: Vec::new(),
        names: Names::default(),
        daemon_names: None,
        logins: Vec::new(),
        changing: false,
        standard: Vec::new(),
    }
}

pub fn engine() -> EngineFacts {
    let mut engine = EngineFacts {
        engine: "docker",
        title: "Docker",
        client: Some(Client { path: "/usr/bin/docker".into(), version: ClientVersion::Engine(version("28.1.1")) }),
        daemon: Daemon::Running(Running {
            pid: Some(812),
            uid: 0,
            arguments: words("/usr/bin/dockerd -H fd://"),
            started: Some(NOW - 3600),
            environment: Vec::new(),
        }),
        packaging: Packaging::DockerCe,
        endpoint: Endpoint {
            socket: "/var/run/docker.sock".into(),
            origin: Origin::Default,
            state: EndpointState::Answers,
            elsewhere: None,
        },
        service: service(),
        config: ConfigFile {
            path: CONFIG.into(),
            origin: Origin::Default,
            state: ConfigState::Missing,
            target: None,
            modified: Some(NOW - 7200),
            managed_by: None,
        },
        settings: Vec::new(),
        dead: Vec::new(),
        certs_dir: "/etc/docker/certs.d".into(),
        certs: CertsDir::default(),
        effective: Some(effective()),
        files: BTreeMap::new(),
        folders: BTreeSet::new(),
    };
    configure(&mut engine, "{\n  \"insecure-registries\": [\"reg.lan:5000\"]\n}");
    engine
}

fn service() -> Service {
    Service {
        manager: Init::Systemd,
        name: "docker".into(),
        file: Some("/usr/lib/systemd/system/docker.service".into()),
        drop_ins: Vec::new(),
        exec_start: Some("/usr/bin/dockerd -H fd://".into()),
        env_files: Vec::new(),
        user: false,
        restart: vec![words("systemctl restart docker")],
        reload: Some(Reload::Command(words("systemctl reload docker"))),
        needs_daemon_reload: false,
    }
}

fn effective() -> Effective {
    Effective {
        api_version: Some(version("1.49")),
        go_version: Some("go1.23.8".into()),
        insecure: ["127.0.0.0/8", "::1/128", REGISTRY].map(|text| InsecureEntry::parse(text).unwrap()).to_vec(),
        ..Effective::bare(version("28.1.1"))
    }
}

pub fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

pub fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_string).collect()
}

/// Puts this text into daemon.json, with the settings that follow from it.
pub fn configure(engine: &mut EngineFacts, json: &str) {
    let line = |text: &str| json.lines().position(|line| line.contains(text)).unwrap_or(0) + 1;
    let values: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
    let keys = values.into_iter().map(|(name, value)| {
        let entries = value.as_array().map(|list| list.iter().map(|one| line(&one.to_string())).collect());
        ConfigKey { line: line(&format!("\"{name}\"")), entry_lines: entries.unwrap_or_default(), name, value }
    });
    let keys: Vec<ConfigKey> = keys.collect();
    let path = engine.config.path.clone();
    engine.settings.retain(|setting| !matches!(&setting.origin, Origin::File { path: of, .. } if *of == path));
    for key in &keys {
        let values = key.value.as_array().cloned().unwrap_or_else(|| vec![key.value.clone()]);
        for value in values {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_string);
            let line = line(&value);
            engine.settings.push(Setting {
                key: key.name.clone(),
                value,
                origin: Origin::File { path: path.clone(), line: Some(line) },
                live: true,
            });
        }
    }
    engine.config.state = ConfigState::Read(keys);
}

/// A setting that a file other than daemon.json makes.
pub fn flag(path: &str, key: &str, value: &str) -> Setting {
    let origin = Origin::File { path: path.into(), line: Some(9) };
    Setting { key: key.into(), value: value.into(), origin, live: true }
}

/// A folder of certs.d with files; a name that ends with `/` is a folder.
pub fn certs(name: &str, files: &[(&str, &str)]) -> RegistryCerts {
    let path = PathBuf::from("/etc/docker/certs.d").join(name);
    let files = files.iter().map(|(name, pem)| CertsFile {
        name: name.trim_end_matches('/').into(),
        pem: [".crt", ".cert", ".pem", ".CRT", ".toml"]
            .iter()
            .any(|end| name.ends_with(end))
            .then(|| (*pem).to_string()),
        unreadable: false,
        is_folder: name.ends_with('/'),
        missing: false,
    });
    RegistryCerts { name: name.into(), path, files: files.collect(), unreadable: false, not_a_folder: false }
}

/// A registry with a right certificate of its own authority, open to everyone.
pub struct Lab {
    pub authority: Authority,
    pub trace: Trace,
}

pub fn lab() -> Lab {
    lab_with(|_| ())
}

/// The same with another certificate.
pub fn lab_with(change: impl FnOnce(&mut ServerRequest)) -> Lab {
    let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let authority = Authority::create(now).unwrap();
    let mut request = ServerRequest::new(vec!["reg.lan".into()], now);
    change(&mut request);
    let chain = ders(&authority.issue(&request).unwrap().chain_pem);
    Lab { authority, trace: trace(REGISTRY, chain) }
}

pub fn ders(pem: &str) -> Vec<Vec<u8>> {
    Certificate::all_from_pem(pem).into_iter().map(|one| one.unwrap().der().to_vec()).collect()
}

fn trace(registry: &str, chain: Vec<Vec<u8>>) -> Trace {
    let address: IpAddr = "10.0.0.7".parse().unwrap();
    let handshake = Handshake {
        version: "TLS 1.3".into(),
        cipher: "TLS_AES_128_GCM_SHA256".into(),
        chain,
        client_certificate_asked: false,
    };
    let registry = entry_point::parse(registry).unwrap().entry_point;
    Trace {
        tcp: connections(&[((address, registry.port_or(443)).into(), TcpOutcome::Connected)]),
        dns: reached(Dns::Addresses(vec![address])),
        tls: reached(Tls::Handshake(handshake)),
        http: reached(answer("https", 200, &[("docker-distribution-api-version", "registry/2.0")], "{}")),
        auth: Layer::NotReached("no sign-in was asked for (HTTP 200)".into()),
        manifest: Layer::NotReached("no repository was given".into()),
        took_ms: 20,
        ..Trace::unreached(registry, "nobody looked")
    }
}

pub fn reached<T>(seen: T) -> Layer<T> {
    Layer::Reached { seen, took_ms: 5 }
}

pub fn connections(attempts: &[(std::net::SocketAddr, TcpOutcome)]) -> Layer<Tcp> {
    let one =
        |(address, outcome): &(_, TcpOutcome)| TcpAttempt { address: *address, outcome: outcome.clone(), took_ms: 3 };
    reached(Tcp { attempts: attempts.iter().map(one).collect() })
}

pub fn answer(scheme: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Http {
    let headers = headers.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
    Http::Answer { scheme: scheme.into(), answer: HttpAnswer { status, headers, body: body.into() } }
}

/// The registry answers in plain HTTP.
pub fn plain(trace: &mut Trace) {
    trace.tls = reached(Tls::PlainHttp("HTTP/1.1 400 Bad Request".into()));
    trace.http = reached(answer("http", 200, &[], "{}"));
}

/// The registry asks for a login with this challenge.
pub fn asks_login(trace: &mut Trace, auth: Auth) {
    trace.http = reached(answer("https", 401, &[], "{}"));
    trace.auth = reached(auth);
}

pub fn forecast(access: Access) -> Forecast {
    let outcome = if matches!(access, Access::Blocked(_)) { Outcome::Fails } else { Outcome::Works };
    Forecast { engine: "docker", title: "Docker 28.1.1".into(), unusable: None, access, pull: outcome, push: outcome }
}

pub fn verified() -> Forecast {
    forecast(Access::Verified { by: "the system's certificates".into() })
}

pub fn blocked(blocked: Blocked) -> Forecast {
    forecast(Access::Blocked(blocked))
}

/// Asks a registry question as Docker itself would meet this registry.
pub fn meet(run: fn(&Meeting<'_>) -> Verdict, facts: &Facts, trace: &Trace) -> Verdict {
    use crate::engine::Engine as _;
    let forecast = facts.engines.first().map(|engine| crate::engine::docker::Docker.foresee(facts, engine, trace));
    run(&Meeting { facts, engine: facts.engines.first(), trace, forecast: forecast.as_ref() })
}

/// The only finding.
pub fn only(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Found(mut found) if found.len() == 1 => found.remove(0),
        other => panic!("not one finding: {other:#?}"),
    }
}

/// The slugs that were found, in order.
pub fn slugs(verdict: &Verdict) -> Vec<&'static str> {
    match verdict {
        Verdict::Found(found) => found.iter().map(|finding| finding.cause.slug).collect(),
        _ => Vec::new(),
    }
}
