//! What was changed on a machine, kept so that it can be taken back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where records are kept: readable by root alone.
pub const JOURNAL: &str = "/var/lib/regdoctor/journal";

/// One change to a machine: the journal while it runs, the history afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Sortable and unique: the time, then a number.
    pub id: String,
    /// Seconds since 1970-01-01 UTC.
    pub started: i64,
    /// The person, also behind `sudo`.
    pub by: String,
    pub title: String,
    pub state: State,
    pub files: Vec<FileRecord>,
    /// Folders that were made, outermost first.
    pub folders: Vec<PathBuf>,
    /// What makes the files effective again after they were put back.
    pub commands: Vec<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Begun and not ended: a crash left it, when no process holds the lock.
    Running,
    Done,
    PutBack,
    /// Something could not be put back.
    Stuck,
}

/// One file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub path: PathBuf,
    /// `None` when it did not exist.
    pub before: Option<Kept>,
    /// `None` when it was removed.
    pub after: Option<Kept>,
    pub mode: u32,
}

/// Bytes that are kept, readable where they are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept(#[serde(with = "super::observations::readable_bytes")] pub Vec<u8>);
