//! One engine on a host: its program, its daemon, and what the daemon says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::config::{CertsDir, ConfigFile, ConfigKey, ConfigState, DeadFile, RegistryCerts, Setting};
use super::service::{Endpoint, Service};
use crate::model::version::Version;
use crate::model::wish::InsecureEntry;

/// One engine on this host.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineFacts {
    /// `docker`: the name in reports and JSON.
    pub engine: &'static str,
    /// "Docker": the name for people.
    pub title: &'static str,
    pub client: Option<Client>,
    pub daemon: Daemon,
    pub packaging: Packaging,
    pub endpoint: Endpoint,
    pub service: Service,
    pub config: ConfigFile,
    /// Every setting that was found, whether it takes effect or not, each with its origin.
    pub settings: Vec<Setting>,
    /// Files that look as if they configured the engine and are read by nothing.
    pub dead: Vec<DeadFile>,
    /// The per-registry certificate folders.
    pub certs_dir: PathBuf,
    pub certs: CertsDir,
    /// What the daemon itself says is in effect.
    pub effective: Option<Effective>,
    /// The files that a plan may edit, as they were read.
    pub files: BTreeMap<PathBuf, ReadFile>,
    /// Those folders that a plan may need and that are there.
    pub folders: BTreeSet<PathBuf>,
}

/// One file that a plan may edit or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    pub bytes: Vec<u8>,
    pub mode: u32,
}

/// The command line program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub path: PathBuf,
    pub version: ClientVersion,
}

/// What `docker -v` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientVersion {
    Engine(Version),
    /// Another program answers under this name ("podman").
    Posing(String),
    /// Its words, when nothing could be read from them.
    Unreadable(String),
    /// It could not be asked, with the reason.
    Unasked(String),
}

/// Whether the daemon runs, and what is known of the running process.
#[derive(Debug, Clone, PartialEq)]
pub enum Daemon {
    Running(Running),
    /// It is installed and does not run.
    Stopped,
    /// There is no daemon on this host.
    Absent,
}

impl Daemon {
    #[must_use]
    pub fn running(&self) -> Option<&Running> {
        match self {
            Self::Running(running) => Some(running),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// Unknown when only the socket answers.
    pub pid: Option<i32>,
    pub uid: u32,
    pub arguments: Vec<String>,
    /// Seconds since 1970-01-01 UTC.
    pub started: Option<i64>,
    /// Its variables for proxies and trust, where they may be read.
    pub environment: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Packaging {
    DockerCe,
    DockerIo,
    MobyEngine,
    /// A distribution's own package under another name.
    Distribution,
    Snap,
    Rootless,
    Desktop,
    /// Binaries without a package.
    Static,
    Unknown,
}

impl Packaging {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DockerCe => "docker-ce",
            Self::DockerIo => "docker.io",
            Self::MobyEngine => "moby-engine",
            Self::Distribution => "distribution package",
            Self::Snap => "snap",
            Self::Rootless => "rootless",
            Self::Desktop => "Docker Desktop",
            Self::Static => "static binaries",
            Self::Unknown => "unknown packaging",
        }
    }
}

/// What the daemon says of itself over its API.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    pub version: Version,
    pub api_version: Option<Version>,
    /// "go1.24.4".
    pub go_version: Option<String>,
    pub insecure: Vec<InsecureEntry>,
    pub mirrors: Vec<String>,
    pub http_proxy: Option<String>,
    pub https_proxy: Option<String>,
    pub no_proxy: Option<String>,
    pub image_store: ImageStore,
    pub live_restore: bool,
    pub swarm: bool,
    pub rootless: bool,
    /// Running containers.
    pub containers: Vec<Container>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageStore {
    Classic,
    Containerd,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    pub id: String,
    pub name: String,
}

impl Effective {
    /// A daemon of this version that was told nothing.
    #[must_use]
    pub fn bare(version: Version) -> Self {
        Self {
            version,
            api_version: None,
            go_version: None,
            insecure: Vec::new(),
            mirrors: Vec::new(),
            http_proxy: None,
            https_proxy: None,
            no_proxy: None,
            image_store: ImageStore::Classic,
            live_restore: false,
            swarm: false,
            rootless: false,
            containers: Vec::new(),
        }
    }
}

impl EngineFacts {
    /// The daemon's own version, else the program's.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        let client = self.client.as_ref().and_then(|client| match &client.version {
            ClientVersion::Engine(version) => Some(version),
            _ => None,
        });
        self.effective.as_ref().map(|effective| &effective.version).or(client)
    }

    /// The configuration's value of a key, where the file could be read.
    #[must_use]
    pub fn config_key(&self, name: &str) -> Option<&ConfigKey> {
        match &self.config.state {
            ConfigState::Read(keys) => keys.iter().rfind(|key| key.name == name),
            _ => None,
        }
    }

    /// Every place that sets `key`.
    pub fn settings_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.key == key)
    }

    /// The folder of certs.d with exactly this name.
    #[must_use]
    pub fn certs_for(&self, registry: &str) -> Option<&RegistryCerts> {
        self.certs.registries.iter().find(|one| one.name == registry)
    }
}
