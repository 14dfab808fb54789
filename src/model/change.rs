//! A change to one document, in words that every editor understands.

/// One change: at `path`, do `action`. What a path means is the editor's: keys of nested objects for JSON,
/// the variable's name for an env file, section and key for a systemd unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub path: Vec<String>,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq)]
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

#[derive(Debug, Clone, PartialEq, Eq)]
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
