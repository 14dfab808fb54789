//! What is going to be changed, in order, with the bytes before and after.

use std::path::PathBuf;

use serde::Serialize;

use super::facts::Container;
use super::record::Kept;
use super::wish::InsecureEntry;

/// Everything one command will do. An empty plan means that nothing is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

impl Plan {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.effect == Effect::Nothing
    }
}

/// One step, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Write(FileChange),
    RemoveFile(FileChange),
    MakeFolder {
        path: PathBuf,
        mode: u32,
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

/// One file, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    pub path: PathBuf,
    /// `None` when the file does not exist.
    pub before: Option<Kept>,
    /// `None` when the file goes away.
    pub after: Option<Kept>,
    /// The mode of a file that did not exist; an existing file keeps its own.
    pub mode: u32,
    /// A private key: its bytes are never shown and never kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// The mildest thing that makes a change effective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The engine reads it by itself.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restart {
    /// The last one restarts; those before it only prepare, and may fail.
    pub commands: Vec<Vec<String>>,
    /// Containers that it stops.
    pub stops: Vec<Container>,
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Command(Vec<String>),
    /// SIGHUP to the daemon with this pid.
    Hangup(i32),
}

/// What the engine must say afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// The daemon answers.
    Answers,
    Insecure(InsecureEntry),
    NotInsecure(InsecureEntry),
    /// The daemon itself reaches the registry.
    Reaches(String),
}
