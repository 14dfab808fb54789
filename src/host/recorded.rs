//! A machine from a file (`check --from`) or from a fixture folder. It answers what was recorded, and changes nothing.
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table};

use super::{Host, Live, Lock};
use crate::model::act::{Act, ActError, Done};
use crate::model::ask::{Answer, Ask, FileContent, HttpAnswer, Identity, Output, PathStatus, Process};
use crate::model::observations::Observations;

/// Answers that were recorded.
#[derive(Debug)]
pub enum Recorded {
    /// What `check --save` wrote.
    Saved(Observations),
    /// `root/` with files, `answers.toml` with the rest.
    Folder { files: Box<Live>, answers: Box<Answers> },
}

/// Why a recording cannot be used.
#[derive(Debug, Error)]
pub enum RecordedError {
    #[error("cannot read {path}: {source}", path = .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} was not written by `check --save`: {source}", path = .path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{path}: {source}", path = .path.display())]
    Toml { path: PathBuf, source: toml_edit::TomlError },
    #[error("{path}: `{key}` is missing or of the wrong type", path = .path.display())]
    Field { path: PathBuf, key: String },
}

/// `answers.toml` of a fixture.
#[derive(Debug)]
pub struct Answers {
    now: i64,
    identity: Identity,
    table: DocumentMut,
}

impl Recorded {
    /// Wraps observations that were read elsewhere.
    #[must_use]
    pub fn saved(observations: Observations) -> Self {
        Self::Saved(observations)
    }

    /// Reads a fixture folder.
    ///
    /// # Errors
    /// `answers.toml` is missing or does not have the shape described in `fixtures/hosts/README.md`.
    pub fn folder(path: &Path) -> Result<Self, RecordedError> {
        let file = path.join("answers.toml");
        let text = fs::read_to_string(&file).map_err(|source| RecordedError::Read { path: file.clone(), source })?;
        let table: DocumentMut = text.parse().map_err(|source| RecordedError::Toml { path: file.clone(), source })?;
        let field = |key: &str| RecordedError::Field { path: file.clone(), key: key.to_string() };
        let now = table.get("now").and_then(Item::as_integer).ok_or_else(|| field("now"))?;
        let identity = table.get("identity").and_then(Item::as_table).ok_or_else(|| field("identity"))?;
        let identity = Identity {
            uid: number(identity, "uid").ok_or_else(|| field("identity.uid"))?,
            user: text_of(identity, "user").unwrap_or_default(),
            home: text_of(identity, "home").unwrap_or_else(|| "/".into()).into(),
            groups: texts_of(identity, "groups"),
            sudo: None,
        };
        let answers = Box::new(Answers { now, identity, table });
        Ok(Self::Folder { files: Box::new(Live::under(path.join("root"))), answers })
    }
}

impl Host for Recorded {
    fn ask(&self, ask: &Ask) -> Answer {
        match self {
            Self::Saved(observations) => observations.answer(ask).cloned().unwrap_or(Answer::Missing),
            Self::Folder { files, answers } => {
                answers.answer(ask).unwrap_or_else(|| from_tree(files, ask, answers.now))
            }
        }
    }

    fn act(&self, _: &Act) -> Result<Done, ActError> {
        Err(ActError::Recorded)
    }

    fn lock(&self, _: &Path, _: Duration) -> Result<Lock, ActError> {
        Err(ActError::Recorded)
    }
}

/// How old every file of a fixture is: those of a checkout are as old as the checkout.
const AGE: i64 = 100 * 24 * 60 * 60;

/// The fixture's files; `.keep` only makes git keep a folder. Of owner, mode and time, git keeps who may run it.
fn from_tree(files: &Live, ask: &Ask, now: i64) -> Answer {
    let plain = |mode: u32| if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    match files.ask(ask) {
        Answer::Dir(entries) => Answer::Dir(entries.into_iter().filter(|entry| entry.name != ".keep").collect()),
        Answer::File(file) => {
            Answer::File(FileContent { mode: plain(file.mode), uid: 0, gid: 0, modified: now - AGE, ..file })
        }
        Answer::Path(path) => {
            Answer::Path(PathStatus { mode: plain(path.mode), uid: 0, gid: 0, modified: now - AGE, ..path })
        }
        answer => answer,
    }
}

impl Answers {
    /// `None` when the tree must answer.
    fn answer(&self, ask: &Ask) -> Option<Answer> {
        match ask {
            Ask::Clock => Some(Answer::Clock(self.now)),
            Ask::Identity => Some(Answer::Identity(self.identity.clone())),
            Ask::Env(name) => Some(self.text("environment", name)),
            Ask::Program(name) => Some(self.text("programs", name)),
            Ask::Command(words) => Some(self.command(words)),
            Ask::UnixHttp { socket, path } => Some(self.http(socket, path)),
            Ask::Processes(names) => Some(Answer::Processes(self.processes(names))),
            // No process runs on a recorded machine.
            Ask::Locked(_) => Some(Answer::Missing),
            Ask::File(path) | Ask::Dir(path) | Ask::Path(path) | Ask::Attributes(path) => {
                self.denies(path).then_some(Answer::Denied)
            }
        }
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = &Table> {
        self.table.get(name).and_then(Item::as_array_of_tables).into_iter().flat_map(|rows| rows.iter())
    }

    fn text(&self, table: &str, key: &str) -> Answer {
        let found = self.table.get(table).and_then(Item::as_table).and_then(|table| text_of(table, key));
        found.map_or(Answer::Missing, Answer::Text)
    }

    fn command(&self, words: &[String]) -> Answer {
        let row = self.rows("commands").find(|row| words.starts_with(&texts_of(row, "words")));
        row.map_or(Answer::Missing, |row| {
            Answer::Output(Output {
                status: number(row, "status").unwrap_or(0),
                stdout: text_of(row, "stdout").unwrap_or_default(),
                stderr: text_of(row, "stderr").unwrap_or_default(),
            })
        })
    }

    fn http(&self, socket: &Path, path: &str) -> Answer {
        let fits = |row: &&Table| {
            text_of(row, "socket").is_some_and(|text| Path::new(&text) == socket)
                && text_of(row, "path").as_deref() == Some(path)
        };
        if self.denies(socket) {
            return Answer::Denied;
        }
        self.rows("http").find(fits).map_or(Answer::Missing, |row| {
            Answer::Http(HttpAnswer {
                status: number(row, "status").unwrap_or(200),
                headers: Vec::new(),
                body: text_of(row, "body").unwrap_or_default(),
            })
        })
    }

    fn processes(&self, names: &[String]) -> Vec<Process> {
        let all = self.rows("processes").map(|row| Process {
            pid: number(row, "pid").unwrap_or(1),
            parent: number(row, "parent").unwrap_or(1),
            uid: number(row, "uid").unwrap_or(0),
            arguments: texts_of(row, "arguments"),
            exe: text_of(row, "exe").map(PathBuf::from),
            environment: Some(pairs_of(row, "environment")),
            started: row.get("started").and_then(Item::as_integer).unwrap_or(0),
            contained: row.get("contained").and_then(Item::as_bool).unwrap_or(false),
        });
        all.filter(|process| base_names(process).any(|name| names.contains(&name))).collect()
    }

    fn denies(&self, path: &Path) -> bool {
        self.rows("denied").filter_map(|row| text_of(row, "path")).any(|text| Path::new(&text) == path)
    }
}

fn base_names(process: &Process) -> impl Iterator<Item = String> {
    let first = process.arguments.first().map(PathBuf::from);
    let names = [process.exe.clone(), first];
    names.into_iter().flatten().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Item::as_str).map(str::to_string)
}

fn texts_of(table: &Table, key: &str) -> Vec<String> {
    let array = table.get(key).and_then(Item::as_array);
    array.into_iter().flat_map(|array| array.iter()).filter_map(|value| Some(value.as_str()?.to_string())).collect()
}

fn pairs_of(table: &Table, key: &str) -> Vec<(String, String)> {
    let pairs = table.get(key).and_then(Item::as_array).into_iter().flat_map(|array| array.iter());
    pairs
        .filter_map(|pair| {
            let pair = pair.as_array()?;
            Some((pair.get(0)?.as_str()?.to_string(), pair.get(1)?.as_str()?.to_string()))
        })
        .collect()
}

fn number<T: TryFrom<i64>>(table: &Table, key: &str) -> Option<T> {
    T::try_from(table.get(key).and_then(Item::as_integer)?).ok()
}
