//! What can be done to a host. Only `apply` and the commands that test a daemon use it.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// One operation that changes something, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Replaces a file whole, at one instant; links are followed. An existing file keeps its owner, mode and labels;
    /// a new one gets `mode`.
    Write {
        path: PathBuf,
        bytes: Vec<u8>,
        mode: u32,
    },
    RemoveFile(PathBuf),
    MakeFolder {
        path: PathBuf,
        mode: u32,
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
