//! What is going to be changed, in order, with the bytes before and after.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ask::Attributes;
use super::change::Edit;
use super::facts::Container;
use super::record::Kept;
use super::wish::InsecureEntry;

/// Everything one command will do. An empty plan means that nothing is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for, in one line: "trust registry.lan:5000 over plain HTTP".
    pub title: String,
    pub engine: String,
    pub steps: Vec<Step>,
    /// What makes the steps effective.
    pub effect: Effect,
    /// Steps after the effect was verified; they need no effect of their own.
    pub afterwards: Vec<Step>,
    /// What a person must know before they say yes.
    pub warnings: Vec<String>,
    /// What must be true afterwards, by the engine's own word.
    pub expects: Vec<Expectation>,
    /// What is true now, and must be true again when everything was put back.
    #[serde(default)]
    pub held: Vec<Expectation>,
    /// The change that this one takes back, by its number in the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
}

impl Plan {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.effect == Effect::Nothing
    }

    /// Every step, before and after the effect.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.afterwards)
    }
}

/// One step, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Write(FileChange),
    RemoveFile(FileChange),
    MakeFolder {
        path: PathBuf,
        mode: u32,
        /// Everything that a folder has when it is made again as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Attributes>,
    },
    /// Removed only when it is empty.
    RemoveFolder {
        path: PathBuf,
    },
    /// A program that makes the files effective (`systemctl daemon-reload`, `update-ca-certificates`).
    Run {
        words: Vec<String>,
        /// What to run after the files were put back; nothing for a program that changes nothing.
        undo: Vec<String>,
    },
}

impl Step {
    /// The file that it changes.
    #[must_use]
    pub fn file(&self) -> Option<&FileChange> {
        match self {
            Self::Write(change) | Self::RemoveFile(change) => Some(change),
            _ => None,
        }
    }
}

/// One file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub path: PathBuf,
    /// `None` when the file does not exist.
    pub before: Option<Kept>,
    /// `None` when the file goes away.
    pub after: Option<Kept>,
    /// The mode of a file that did not exist; an existing file keeps its own.
    pub mode: u32,
    /// A private key: its bytes are never shown and never kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Everything that a file has when it is made again as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Attributes>,
    /// What was meant, where it is an edit of a file with a syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
}

impl FileChange {
    /// A change of bytes and nothing more.
    #[must_use]
    pub fn new(path: PathBuf, before: Option<Kept>, after: Option<Kept>, mode: u32) -> Self {
        Self { path, before, after, mode, secret: false, again: None, edit: None }
    }

    /// The step that does it.
    #[must_use]
    pub fn step(self) -> Step {
        if self.after.is_some() { Step::Write(self) } else { Step::RemoveFile(self) }
    }
}

/// The mildest thing that makes a change effective.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The engine reads it by itself.
    #[default]
    Nothing,
    /// The daemon reads its file again; containers run on.
    Reload {
        action: Action,
        /// What the daemon must read on the way back before the file gets its old bytes: a key that is merely gone
        /// stays in effect until a restart, an empty list does not.
        neutral: Option<FileChange>,
        /// What to do when the daemon does not take it up, as one that was started without the file does not.
        otherwise: Option<Restart>,
    },
    Restart(Restart),
    /// Nothing may be run here (`--no-reload`, `--root`, no service manager), with what the person does then.
    Later(String),
}

/// A restart, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// The last one restarts; those before it only prepare, and may fail.
    pub commands: Vec<Vec<String>>,
    /// Containers that it stops.
    pub stops: Vec<Container>,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Command(Vec<String>),
    /// SIGHUP to the daemon with this pid.
    Hangup(i32),
}

/// What the engine must say afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// The daemon answers.
    Answers,
    Insecure(InsecureEntry),
    NotInsecure(InsecureEntry),
    /// The daemon itself reaches the registry.
    Reaches(String),
}
