//! How an engine is reached, started, stopped and told to read its file again.

use std::path::PathBuf;

use super::Init;
use super::config::Origin;

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
