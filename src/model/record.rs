//! What was changed on a machine, kept so that it can be taken back without the plan that it came from.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ask::Attributes;
use super::change::Edit;
use super::plan::{Effect, Expectation};

/// Where records are kept: readable by root alone.
pub const JOURNAL: &str = "/var/lib/regdoctor/journal";
/// The machine's lock lies beside the journal.
pub const LOCK: &str = "/var/lib/regdoctor/lock";

/// One change to a machine: the journal while it runs, the history afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Counted from 1, oldest first.
    pub id: u64,
    /// Seconds since 1970-01-01 UTC.
    pub started: i64,
    /// The person, also behind `sudo`.
    pub by: String,
    pub title: String,
    pub engine: String,
    pub state: State,
    /// How far it came, written before it went there.
    pub reached: Reached,
    /// The change that this one took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Every change of a file, in order; a file may be changed twice.
    pub files: Vec<FileRecord>,
    /// Folders that were not there and were made, outermost first.
    pub folders: Vec<PathBuf>,
    /// Folders that were removed, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<FolderRecord>,
    /// What made the files effective, and what does so after they were put back.
    pub commands: Vec<CommandRecord>,
    pub effect: Effect,
    /// What held before, by the engine's own word.
    pub held: Vec<Expectation>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Begun and not ended: a crash left it, when no process holds the lock.
    #[default]
    Running,
    Done,
    PutBack,
    /// Something could not be put back.
    Stuck,
}

/// The stages of a change, each of which is taken back by the stages before it and by its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    #[default]
    Files,
    Commands,
    Effect,
}

/// One change of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    pub path: PathBuf,
    /// `None` when it did not exist, or is secret.
    pub before: Option<Kept>,
    /// `None` when it was removed, or is secret.
    pub after: Option<Kept>,
    pub mode: u32,
    /// What it had when the change began; `None` when it did not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// A private key, of which only the SHA-256 is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secrecy>,
}

/// A private key that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    Written(String),
    Removed(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderRecord {
    pub path: PathBuf,
    pub attributes: Attributes,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    pub words: Vec<String>,
    pub undo: Vec<String>,
}

/// Bytes that are kept, readable where they are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept(#[serde(with = "super::observations::readable_bytes")] pub Vec<u8>);

impl Record {
    /// The first change of each file, in the order in which files are put back: what it was is its `before`.
    pub fn originals(&self) -> impl Iterator<Item = &FileRecord> {
        let first = |index: usize, path: &Path| self.files.iter().position(|one| one.path == path) == Some(index);
        self.files.iter().enumerate().rev().filter(move |(index, file)| first(*index, &file.path)).map(|(_, file)| file)
    }

    /// The last change of a file: what it was left as is its `after`.
    #[must_use]
    pub fn last_of(&self, path: &Path) -> Option<&FileRecord> {
        self.files.iter().rfind(|file| file.path == path)
    }

    /// Every content that this change gave a file on its way.
    pub fn contents_of<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = Option<&'a Kept>> {
        let neutral = match &self.effect {
            Effect::Reload { neutral: Some(neutral), .. } if neutral.path == path => Some(neutral.after.as_ref()),
            _ => None,
        };
        let files = self.files.iter().filter(move |file| file.path == path);
        files.flat_map(|file| [file.before.as_ref(), file.after.as_ref()]).chain(neutral)
    }

    /// The change that took this one back, and was not taken back itself.
    #[must_use]
    pub fn undone_by<'a>(&self, history: &'a [Record]) -> Option<&'a Record> {
        let done = history.iter().filter(|other| other.state == State::Done && other.undoes == Some(self.id));
        done.rev().find(|other| other.undone_by(history).is_none())
    }
}
