//! What can be asked of a host, and what it can answer.
//!
//! A question is data, so a machine can be recorded and replayed. Asking never changes the machine.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One question to a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The content and attributes of a file; links are followed. At most 16 MiB are read.
    File(PathBuf),
    /// The entries of a folder, without recursion.
    Dir(PathBuf),
    /// What a path is, without reading it and without following a last link.
    Path(PathBuf),
    /// Everything about a path but its content: what is needed to make it again as it was.
    Attributes(PathBuf),
    /// Whether a process holds the lock on this file.
    Locked(PathBuf),
    /// Where a program lies on the search path.
    Program(String),
    /// The output of a program that only reads: name and arguments.
    Command(Vec<String>),
    /// `GET` of a path on an HTTP server behind a Unix socket.
    UnixHttp { socket: PathBuf, path: String },
    /// One environment variable of the caller.
    Env(String),
    /// Every process whose name (`/proc/PID/comm`) is one of these.
    Processes(Vec<String>),
    /// Who is asking.
    Identity,
    /// The time by this host's clock.
    Clock,
}

/// What came back. Everything but the first rows says why there is no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    File(FileContent),
    Dir(Vec<DirEntry>),
    Path(PathStatus),
    Attributes(Attributes),
    Locked(bool),
    Text(String),
    Output(Output),
    Http(HttpAnswer),
    Processes(Vec<Process>),
    Identity(Identity),
    /// Seconds since 1970-01-01 UTC.
    Clock(i64),
    Missing,
    Denied,
    /// Something else went wrong, in the system's words.
    Failed(String),
    TimedOut,
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileContent {
    #[serde(with = "super::observations::readable_bytes")]
    pub bytes: Vec<u8>,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds since 1970-01-01 UTC.
    pub modified: i64,
    /// Where the path leads when it, or a folder above it, is a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    File,
    Dir,
    Link,
    Socket,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirEntry {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStatus {
    pub kind: Kind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub modified: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<PathBuf>,
}

/// What a file or folder has beside its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub mode: u32,
    /// User and group; `None` for whoever makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<(u32, u32)>,
    /// Extended attributes: the SELinux label and access lists among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<(String, super::record::Kept)>,
    /// Where it leads, when the path itself is a link. The rest is then about what it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<PathBuf>,
}

impl Attributes {
    /// Of a new file or folder that is nobody's in particular.
    #[must_use]
    pub fn fresh(mode: u32) -> Self {
        Self { mode, ..Self::default() }
    }
}

/// How a program ended and what it printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The exit status; 128 plus the number when a signal ended it.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    pub status: u16,
    /// Names in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl HttpAnswer {
    /// A page for people.
    #[must_use]
    pub fn is_page(&self) -> bool {
        let media = self.header("content-type").unwrap_or_default();
        media.starts_with("text/html") || self.body.trim_start().starts_with('<')
    }

    /// The value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A running process, as `/proc` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: i32,
    pub parent: i32,
    pub uid: u32,
    /// The command line after every expansion.
    pub arguments: Vec<String>,
    /// The program file, where it may be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exe: Option<PathBuf>,
    /// Variables that steer proxies, trust and rootless mode; `None` when it may not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Vec<(String, String)>>,
    /// Seconds since 1970-01-01 UTC.
    pub started: i64,
    /// It lives in another PID namespace: a daemon inside a container.
    #[serde(default)]
    pub contained: bool,
}

/// Who runs regdoctor, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub uid: u32,
    pub user: String,
    pub home: PathBuf,
    /// Names of the groups that the process is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The person behind `sudo`, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo: Option<Caller>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    pub uid: u32,
    pub user: String,
    pub home: PathBuf,
}

impl Identity {
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// The home of the person, not of root, when `sudo` was used.
    #[must_use]
    pub fn person_home(&self) -> &Path {
        self.sudo.as_ref().map_or(&self.home, |caller| &caller.home)
    }
}

impl Ask {
    /// The answer stays the same while one command of regdoctor runs: who asks, and which programs are installed. Asking
    /// `docker -v` takes as long as everything else together.
    #[must_use]
    pub fn lasts(&self) -> bool {
        match self {
            Self::Identity | Self::Env(_) | Self::Program(_) => true,
            Self::Command(words) => words.first().is_some_and(|program| program == "docker" || program == "rpm"),
            _ => false,
        }
    }

    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    #[must_use]
    pub fn dir(path: impl Into<PathBuf>) -> Self {
        Self::Dir(path.into())
    }

    #[must_use]
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::Path(path.into())
    }

    #[must_use]
    pub fn command(words: &[&str]) -> Self {
        Self::Command(words.iter().map(ToString::to_string).collect())
    }

    #[must_use]
    pub fn unix_http(socket: impl Into<PathBuf>, path: &str) -> Self {
        Self::UnixHttp { socket: socket.into(), path: path.to_string() }
    }

    #[must_use]
    pub fn env(name: &str) -> Self {
        Self::Env(name.to_string())
    }

    #[must_use]
    pub fn program(name: &str) -> Self {
        Self::Program(name.to_string())
    }
}
