//! What can be done to a host. Only `apply` and the commands that test a daemon use it.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::ask::Attributes;

/// The file that a `Write` builds beside the one that it replaces; a crash may leave it. One at a time, under the lock.
pub const BESIDE: &str = ".regdoctor-new";

/// One operation that changes something, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Replaces a file whole, at one instant; links are followed. An existing file keeps its owner, mode and labels;
    /// a new one gets `fresh`.
    Write {
        path: PathBuf,
        bytes: Vec<u8>,
        fresh: Attributes,
        instead_of: Instead,
    },
    /// A link goes away itself, not what it leads to.
    RemoveFile {
        path: PathBuf,
        instead_of: Instead,
    },
    MakeLink {
        path: PathBuf,
        target: PathBuf,
    },
    /// Removes what a `Write` of this file left beside it when it was killed, unless that is none of the `known` contents
    /// or the beginning of one.
    Sweep {
        path: PathBuf,
        known: Vec<Vec<u8>>,
    },
    MakeFolder {
        path: PathBuf,
        fresh: Attributes,
    },
    /// Only when it is empty.
    RemoveFolder(PathBuf),
    /// Runs a program to its end.
    Run {
        words: Vec<String>,
        limit: Duration,
    },
    /// SIGHUP.
    Hangup(i32),
    /// A request to an HTTP server behind a Unix socket, and its whole answer.
    Http(HttpRequest),
    Wait(Duration),
}

/// What a file must hold at the very instant at which it is replaced or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instead {
    Anything,
    /// These bytes; `None` when it must not exist.
    Of(Option<Vec<u8>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub socket: PathBuf,
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub limit: Duration,
}

/// What an operation gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Nothing,
    Output(super::ask::Output),
    Http(super::ask::HttpAnswer),
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActError {
    #[error("cannot {doing} {path}: {reason}", path = .path.display())]
    File { doing: &'static str, path: PathBuf, reason: String },
    #[error("{path} is not what was planned against: somebody else changed it since", path = .path.display())]
    Changed { path: PathBuf },
    #[error("cannot run `{command}`: {reason}")]
    Run { command: String, reason: String },
    #[error("cannot signal process {pid}: {reason}")]
    Signal { pid: i32, reason: String },
    #[error("no answer from {socket} to {request}: {reason}", socket = .socket.display())]
    Http { socket: PathBuf, request: String, reason: String },
    #[error("a recorded machine cannot be changed")]
    Recorded,
    #[error("interrupted")]
    Interrupted,
}

impl Done {
    /// The HTTP answer, when that was asked for.
    #[must_use]
    pub fn http(self) -> Option<super::ask::HttpAnswer> {
        match self {
            Self::Http(answer) => Some(answer),
            _ => None,
        }
    }
}
