//! What is known about one host, after every byte was read and every path was tried.
//!
//! Engines yield facts of one shape, so that checks, plans and reports are engine-blind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::ask::Identity;
use super::family::Family;
use super::record::Record;
use super::version::Version;
use super::wish::InsecureEntry;

/// One host at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Seconds since 1970-01-01 UTC, by this host's clock.
    pub now: i64,
    pub identity: Identity,
    pub distro: Distro,
    pub init: Init,
    /// The container or WSL that this is, when it is one.
    pub enclosure: Option<Enclosure>,
    pub system_store: SystemStore,
    /// The engines that were found, most used first.
    pub engines: Vec<EngineFacts>,
    /// The changes that regdoctor made here, oldest first; empty when they may not be read.
    pub history: Vec<Record>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Distro {
    /// `ID` in lower case; "linux" when nothing told it.
    pub id: String,
    pub like: Vec<String>,
    pub version: Option<String>,
    /// The name for people.
    pub name: String,
    /// The file that told it.
    pub origin: Option<PathBuf>,
    /// The table in `distro/` that applies.
    #[serde(skip)]
    pub family: &'static Family,
}

/// The init that is running, not merely installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    Systemd,
    OpenRc,
    Upstart,
    Sysvinit,
    Runit,
    S6,
    Dinit,
    Procd,
    /// No service manager: a container, WSL without systemd, a chroot.
    None,
}

impl Init {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::OpenRc => "OpenRC",
            Self::Upstart => "upstart",
            Self::Sysvinit => "sysvinit",
            Self::Runit => "runit",
            Self::S6 => "s6",
            Self::Dinit => "dinit",
            Self::Procd => "procd",
            Self::None => "no init",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enclosure {
    /// With the manager's name where it is known.
    Container(String),
    /// 1 or 2.
    Wsl(u8),
    /// A folder prepared with `--root`.
    Root,
}

/// The system's certificate store, as Go programs read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemStore {
    /// The bundle that Go reads first.
    pub bundle: Option<PathBuf>,
    /// When the bundle was last written, seconds since 1970-01-01 UTC.
    pub modified: Option<i64>,
    /// Its text.
    pub pem: String,
}

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

/// How the engine's API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub socket: PathBuf,
    /// Why this socket: the default, `DOCKER_HOST`, a context.
    pub origin: Origin,
    pub state: EndpointState,
    /// The command line program is pointed elsewhere, at this address, with the reason.
    pub elsewhere: Option<(String, Origin)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointState {
    Answers,
    Denied,
    /// No such socket.
    Missing,
    /// The socket is there and nobody answers, in the system's words.
    Silent(String),
    /// Another engine answers there ("podman").
    Foreign(String),
}

/// How the daemon is started, stopped and told to read its file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub manager: Init,
    /// `docker`, `snap.docker.dockerd`, …; empty when nothing manages it.
    pub name: String,
    /// The unit or script.
    pub file: Option<PathBuf>,
    pub drop_ins: Vec<PathBuf>,
    /// The unit's `ExecStart` after drop-ins, before expansion.
    pub exec_start: Option<String>,
    /// The files with variables that the loaded unit or script really reads, in order.
    pub env_files: Vec<EnvFile>,
    /// A user's own service manager, not the system's.
    pub user: bool,
    /// Commands in the manager's own words; empty when there is none.
    pub restart: Vec<Vec<String>>,
    /// How to make it read its file again; `None` when only a restart does.
    pub reload: Option<Reload>,
    /// The unit on disk is not the unit in memory.
    pub needs_daemon_reload: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    Command(Vec<String>),
    /// SIGHUP to this process.
    Signal(i32),
}

/// A file of variables, and the variable of it that reaches the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    pub path: PathBuf,
    /// The service starts without it.
    pub optional: bool,
    /// Variables of it that reach the daemon's command line, in the order of the command line.
    pub variables: Vec<String>,
    pub reader: EnvReader,
    pub exists: bool,
}

/// Which parser reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvReader {
    Systemd,
    Shell,
    /// A shell, and then once more through `eval`.
    OpenRc,
}

/// The daemon's configuration file.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    pub path: PathBuf,
    /// Why this path: the default, `--config-file`, rootless mode.
    pub origin: Origin,
    pub state: ConfigState,
    /// Where it leads, when it is a link.
    pub target: Option<PathBuf>,
    /// When it was last written, seconds since 1970-01-01 UTC.
    pub modified: Option<i64>,
    /// Something rewrites it (NixOS, Bottlerocket, …): why editing it is of no use.
    pub managed_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConfigState {
    Missing,
    Denied,
    /// Parsed; the top-level keys in the order of the file.
    Read(Vec<ConfigKey>),
    /// Docker does not accept it.
    Broken(Broken),
    /// It could not be read, in the system's words.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ConfigKey {
    pub name: String,
    pub value: Value,
    pub line: usize,
    /// The lines of a list's entries.
    pub entry_lines: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub line_text: String,
}

/// One setting of the engine, somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key as daemon.json spells it: `insecure-registries`, `registry-mirrors`, `hosts`, …
    pub key: String,
    pub value: String,
    pub origin: Origin,
    /// The running daemon was started with it, or reads it on the next start.
    pub live: bool,
}

/// Where something was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    File {
        path: PathBuf,
        line: Option<usize>,
    },
    /// A flag of the running daemon's command line.
    Flag(String),
    /// The engine's own answer.
    Api,
    Environment(String),
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(formatter, "{} line {line}", path.display()),
            Self::File { path, line: None } => write!(formatter, "{}", path.display()),
            Self::Flag(flag) => write!(formatter, "the running daemon's {flag}"),
            Self::Api => formatter.write_str("the engine's own answer"),
            Self::Environment(name) => write!(formatter, "the variable {name}"),
            Self::Default => formatter.write_str("the default"),
        }
    }
}

/// A file that nobody reads although it sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadFile {
    pub path: PathBuf,
    pub line: usize,
    /// What it says.
    pub text: String,
    /// Why nobody reads it.
    pub why: String,
}

/// The folders under certs.d.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertsDir {
    /// The parent folder could not be listed, in the system's words.
    pub unreadable: Option<String>,
    pub registries: Vec<RegistryCerts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCerts {
    /// The folder's name: the registry as the reference writes it.
    pub name: String,
    pub path: PathBuf,
    pub files: Vec<CertsFile>,
    /// The folder could not be listed.
    pub unreadable: bool,
    /// It is not a folder.
    pub not_a_folder: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertsFile {
    pub name: String,
    /// The PEM text of a `.crt` or `.cert`; keys are never read.
    pub pem: Option<String>,
    pub unreadable: bool,
    pub is_folder: bool,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Container {
    pub id: String,
    pub name: String,
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
