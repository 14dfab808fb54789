//! Everything that was asked of one host, with its answers.
//!
//! The value can be written to a file and read back (`check --save`, `check --from`). Before it is written,
//! secrets are taken out of it by [`Observations::redacted`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ask::{Answer, Ask, DirEntry, FileContent, HttpAnswer, Output, PathStatus, Process};
use super::secret;

/// Answers by question. Each question is asked once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observations(BTreeMap<Ask, Answer>);

impl Observations {
    #[must_use]
    pub fn knows(&self, ask: &Ask) -> bool {
        self.0.contains_key(ask)
    }

    pub fn add(&mut self, ask: Ask, answer: Answer) {
        self.0.insert(ask, answer);
    }

    #[must_use]
    pub fn answer(&self, ask: &Ask) -> Option<&Answer> {
        self.0.get(ask)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Ask, &Answer)> {
        self.0.iter()
    }

    /// The file's content and attributes, if it was read.
    #[must_use]
    pub fn file(&self, path: impl AsRef<Path>) -> Option<&FileContent> {
        match self.answer(&Ask::file(path.as_ref())) {
            Some(Answer::File(content)) => Some(content),
            _ => None,
        }
    }

    /// The file's text, if it was read; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        self.file(path).map(|content| String::from_utf8_lossy(&content.bytes).into_owned())
    }

    #[must_use]
    pub fn dir(&self, path: impl AsRef<Path>) -> Option<&[DirEntry]> {
        match self.answer(&Ask::dir(path.as_ref())) {
            Some(Answer::Dir(entries)) => Some(entries),
            _ => None,
        }
    }

    #[must_use]
    pub fn path(&self, path: impl AsRef<Path>) -> Option<&PathStatus> {
        match self.answer(&Ask::path(path.as_ref())) {
            Some(Answer::Path(status)) => Some(status),
            _ => None,
        }
    }

    /// Whether the path was seen to exist, by any question about it.
    #[must_use]
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        self.path(path).is_some() || self.file(path).is_some() || self.dir(path).is_some()
    }

    #[must_use]
    pub fn command(&self, words: &[&str]) -> Option<&Output> {
        match self.answer(&Ask::command(words)) {
            Some(Answer::Output(output)) => Some(output),
            _ => None,
        }
    }

    #[must_use]
    pub fn http(&self, socket: impl AsRef<Path>, path: &str) -> Option<&HttpAnswer> {
        match self.answer(&Ask::unix_http(socket.as_ref(), path)) {
            Some(Answer::Http(answer)) => Some(answer),
            _ => None,
        }
    }

    #[must_use]
    pub fn env(&self, name: &str) -> Option<&str> {
        match self.answer(&Ask::env(name)) {
            Some(Answer::Text(value)) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn program(&self, name: &str) -> Option<&Path> {
        match self.answer(&Ask::program(name)) {
            Some(Answer::Text(path)) => Some(Path::new(path)),
            _ => None,
        }
    }

    #[must_use]
    pub fn processes(&self, names: &[&str]) -> &[Process] {
        let ask = Ask::Processes(names.iter().map(ToString::to_string).collect());
        match self.answer(&ask) {
            Some(Answer::Processes(list)) => list,
            _ => &[],
        }
    }

    /// The same observations without passwords, tokens and private keys.
    #[must_use]
    pub fn redacted(&self) -> Self {
        Self(self.0.iter().map(|(ask, answer)| (ask.clone(), redact(answer))).collect())
    }
}

fn redact(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    match &mut answer {
        Answer::File(content) => {
            if let Ok(text) = std::str::from_utf8(&content.bytes) {
                content.bytes = secret::redact(text).into_bytes();
            }
        }
        Answer::Text(text) => *text = secret::redact(text),
        Answer::Output(output) => {
            output.stdout = secret::redact(&output.stdout);
            output.stderr = secret::redact(&output.stderr);
        }
        Answer::Http(http) => {
            http.body = secret::redact(&http.body);
            for (_, value) in &mut http.headers {
                *value = secret::redact(value);
            }
        }
        Answer::Processes(list) => {
            for process in list {
                for argument in &mut process.arguments {
                    *argument = secret::redact(argument);
                }
                for (_, value) in process.environment.iter_mut().flatten() {
                    *value = secret::redact(value);
                }
            }
        }
        _ => {}
    }
    answer
}

impl Serialize for Observations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(ask, answer)| Pair { ask: ask.clone(), answer: answer.clone() }))
    }
}

impl<'de> Deserialize<'de> for Observations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<Pair>::deserialize(deserializer)?;
        Ok(Self(pairs.into_iter().map(|pair| (pair.ask, pair.answer)).collect()))
    }
}

#[derive(Serialize, Deserialize)]
struct Pair {
    ask: Ask,
    answer: Answer,
}

/// Bytes as text where they are text, as base64 otherwise, so that a saved machine can be read by a person.
pub mod readable_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Readable {
        Text(String),
        Base64 { base64: String },
    }

    /// # Errors
    /// What the serializer reports.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Readable::Text(text.to_string()),
            Err(_) => Readable::Base64 { base64: STANDARD.encode(bytes) },
        }
        .serialize(serializer)
    }

    /// # Errors
    /// The value is neither text nor base64.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        match Readable::deserialize(deserializer)? {
            Readable::Text(text) => Ok(text.into_bytes()),
            Readable::Base64 { base64 } => STANDARD.decode(base64).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_a_round_trip_and_hides_secrets() {
        let mut seen = Observations::default();
        seen.add(Ask::env("HTTPS_PROXY"), Answer::Text("http://bob:hunter2@proxy:3128".into()));
        let json = serde_json::to_string(&seen.redacted()).unwrap();
        assert!(!json.contains("hunter2"), "{json}");
        let back: Observations = serde_json::from_str(&json).unwrap();
        assert_eq!(back.env("HTTPS_PROXY"), Some("http://xxxxx:xxxxx@proxy:3128"));
    }
}
