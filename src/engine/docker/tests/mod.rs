//! Plans for hosts that are put together here, fact by fact.

mod beyond;
mod effect;
mod folder;
mod place;
mod plan;
mod untrust;

use std::path::PathBuf;

use super::{config, plan::plan};
use crate::distro;
use crate::engine::Refusal;
use crate::model::ask::Identity;
use crate::model::facts::{
    CertsDir, CertsFile, ConfigFile, Container, Daemon, Distro, Effective, Endpoint, EndpointState, EngineFacts,
    EnvFile, EnvReader, Facts, Init, Names, Origin, Packaging, ReadFile, RegistryCerts, Reload, Running, Service,
    Setting, SystemStore,
};
use crate::model::plan::{Plan, Step};
use crate::model::version::Version;
use crate::model::wish::{InsecureEntry, Place, Wish};

const JSON: &str = "/etc/docker/daemon.json";
const ENV: &str = "/etc/default/docker";
const UNIT: &str = "/usr/lib/systemd/system/docker.service";
const REGISTRY: &str = "reg.lan:5000";

/// Debian under systemd with a running Docker 28 and without any setting.
struct Machine {
    facts: Facts,
    engine: EngineFacts,
}

impl Machine {
    fn new() -> Self {
        Self { facts: facts(), engine: engine() }
    }

    fn with(change: impl FnOnce(&mut EngineFacts)) -> Self {
        let mut machine = Self::new();
        change(&mut machine.engine);
        machine
    }

    /// daemon.json with this text, and the settings in it.
    fn configured(text: &str) -> Self {
        Self::with(|engine| configure(engine, text))
    }

    fn plan(&self, wish: &Wish) -> Result<Plan, Refusal> {
        plan(&self.facts, &self.engine, wish)
    }

    fn trust(&self, place: Place) -> Result<Plan, Refusal> {
        self.plan(&Wish::Insecure { entry: entry(REGISTRY), place })
    }

    fn untrust(&self) -> Result<Plan, Refusal> {
        self.plan(&Wish::Untrust { entry: entry(REGISTRY) })
    }

    /// The refusal of an insecure entry, as one text.
    fn refused(&self, place: Place) -> String {
        let refusal = self.trust(place).expect_err("it is refused");
        [vec![refusal.what], refusal.because, refusal.next].concat().join("; ")
    }
}

fn entry(text: &str) -> InsecureEntry {
    InsecureEntry::parse(text).unwrap()
}

fn configure(engine: &mut EngineFacts, text: &str) {
    let old = std::mem::take(&mut engine.settings);
    engine.settings = old.into_iter().filter(|one| !one.origin.to_string().starts_with(JSON)).collect();
    engine.config.state = config::read(text.as_bytes());
    add_file(engine, JSON, text);
    if let Some(list) = engine.config_key("insecure-registries").cloned() {
        let values: Vec<String> =
            list.value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_string()).collect();
        for value in values {
            add_setting(engine, &value, JSON);
        }
    }
}

fn add_file(engine: &mut EngineFacts, path: &str, text: &str) {
    engine.files.insert(path.into(), ReadFile { bytes: text.into(), mode: 0o640 });
}

/// An insecure registry, set in this file.
fn add_setting(engine: &mut EngineFacts, value: &str, path: &str) {
    let origin = Origin::File { path: path.into(), line: Some(3) };
    engine.settings.push(Setting { key: "insecure-registries".into(), value: value.into(), origin, live: true });
}

/// A file of variables that the unit reads, with its text.
fn add_env_file(engine: &mut EngineFacts, path: &str, variables: &[&str], text: &str) {
    engine.service.env_files.push(EnvFile {
        path: path.into(),
        optional: true,
        variables: variables.iter().map(ToString::to_string).collect(),
        reader: EnvReader::Systemd,
        exists: true,
    });
    add_file(engine, path, text);
}

fn add_authority(engine: &mut EngineFacts, names: &[&str]) {
    let path = engine.certs_dir.join(REGISTRY);
    for name in names {
        let file = path.join(name);
        add_file(engine, file.to_str().unwrap(), "PEM\n");
    }
    let file = |name: &&str| CertsFile {
        name: (*name).to_string(),
        pem: Some("PEM\n".into()),
        unreadable: false,
        is_folder: false,
        missing: false,
    };
    engine.certs.registries.push(RegistryCerts {
        name: REGISTRY.into(),
        path,
        files: names.iter().map(file).collect(),
        unreadable: false,
        not_a_folder: false,
    });
}

/// What the steps do, one line each.
fn lines(steps: &[Step]) -> Vec<String> {
    let line = |step: &Step| match step {
        Step::Write(change) => format!("write {}", change.path.display()),
        Step::RemoveFile(change) => format!("remove {}", change.path.display()),
        Step::MakeFolder { path, .. } => format!("make {}", path.display()),
        Step::RemoveFolder { path } => format!("remove folder {}", path.display()),
        Step::Run { words, .. } => format!("run {}", words.join(" ")),
    };
    steps.iter().map(line).collect()
}

/// The text that the first written file gets.
fn written(plan: &Plan) -> String {
    let change = plan.steps.iter().find_map(|step| match step {
        Step::Write(change) => change.after.clone(),
        _ => None,
    });
    String::from_utf8(change.expect("a file is written").0).unwrap()
}

fn facts() -> Facts {
    let like = Vec::new();
    Facts {
        now: 1_790_000_000,
        identity: Identity { uid: 0, user: "root".into(), home: "/root".into(), groups: Vec::new(), sudo: None },
        distro: Distro {
            family: distro::family("debian", &like, &|_| false),
            id: "debian".into(),
            like,
            version: Some("13".into()),
            name: "Debian GNU/Linux 13 (trixie)".into(),
            origin: None,
        },
        init: Init::Systemd,
        enclosure: None,
        system_store: SystemStore::default(),
        engines: Vec::new(),
        history: Vec::new(),
        names: Names::default(),
        daemon_names: None,
        logins: Vec::new(),
        changing: false,
        standard: Vec::new(),
    }
}

fn engine() -> EngineFacts {
    let words = |line: &str| line.split_whitespace().map(str::to_string).collect::<Vec<String>>();
    let folders = ["/etc", "/etc/docker", "/etc/systemd", "/etc/systemd/system"];
    EngineFacts {
        engine: "docker",
        title: "Docker",
        client: None,
        daemon: Daemon::Running(Running {
            pid: Some(7),
            uid: 0,
            arguments: words("/usr/bin/dockerd -H fd://"),
            started: Some(0),
            environment: Vec::new(),
        }),
        packaging: Packaging::DockerCe,
        endpoint: Endpoint {
            socket: "/var/run/docker.sock".into(),
            origin: Origin::Default,
            state: EndpointState::Answers,
            elsewhere: None,
        },
        service: Service {
            manager: Init::Systemd,
            name: "docker".into(),
            file: Some(UNIT.into()),
            drop_ins: Vec::new(),
            exec_start: Some("/usr/bin/dockerd -H fd:// $DOCKER_OPTS".into()),
            env_files: Vec::new(),
            user: false,
            restart: vec![words("systemctl restart docker")],
            reload: Some(Reload::Command(words("systemctl reload docker"))),
            needs_daemon_reload: false,
        },
        config: ConfigFile {
            path: JSON.into(),
            origin: Origin::Default,
            state: crate::model::facts::ConfigState::Missing,
            target: None,
            modified: None,
            managed_by: None,
        },
        settings: Vec::new(),
        dead: Vec::new(),
        certs_dir: "/etc/docker/certs.d".into(),
        certs: CertsDir::default(),
        effective: Some(effective("28.1.1")),
        files: [].into(),
        folders: folders.iter().map(PathBuf::from).collect(),
    }
}

fn effective(version: &str) -> Effective {
    Effective {
        insecure: vec![entry("127.0.0.0/8")],
        containers: vec![Container { id: "abc".into(), name: "web".into() }],
        ..Effective::bare(Version::parse(version).unwrap())
    }
}
