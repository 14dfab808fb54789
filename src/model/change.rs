//! A change to one document, in words that every editor understands.

use serde::{Deserialize, Serialize};

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Syntax {
    /// daemon.json, as Go's decoder reads it.
    Json,
    /// Shell-like assignments, as read by systemd, a shell or `OpenRC`.
    Env,
    /// systemd units and drop-ins.
    Unit,
    /// containerd's configuration and hosts.toml, registries.conf.
    Toml,
    /// registries.yaml.
    Yaml,
}

/// What an edit meant, beside the bytes that it made: so that it can be taken out of a file that others changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub syntax: Syntax,
    pub changes: Vec<Change>,
}

impl Edit {
    /// The changes that take this edit back, in their order; `None` when one of them does not tell what was there before.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let changes = self.changes.iter().rev().map(|change| {
            let action = match &change.action {
                Action::Append(entry) => Action::RemoveEntry(entry.clone()),
                Action::RemoveEntry(entry) => Action::Append(entry.clone()),
                Action::Set(_) | Action::Remove => return None,
            };
            Some(Change { path: change.path.clone(), action })
        });
        Some(Self { syntax: self.syntax, changes: changes.collect::<Option<_>>()? })
    }
}

/// One change: at `path`, do `action`. What a path means is the editor's: keys of nested objects for JSON,
/// the variable's name for an env file, section and key for a systemd unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub path: Vec<String>,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The value, whatever was there before.
    Set(Value),
    /// The entry, at the end of the list, unless it is there already. A missing list is created.
    Append(String),
    /// The entry, out of the list. The list stays, even when it is empty.
    RemoveEntry(String),
    /// The key and its value.
    Remove,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Text(String),
    Flag(bool),
    List(Vec<String>),
}

impl Change {
    #[must_use]
    pub fn new(path: &[&str], action: Action) -> Self {
        Self { path: path.iter().map(ToString::to_string).collect(), action }
    }
}
