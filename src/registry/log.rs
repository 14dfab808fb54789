//! One line for each request: who asked for what, what was answered, and which fault acted. Never a secret.
//!
//! Nothing is printed here; a line goes to whoever was given.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The longest text from a client that a line shows.
const SHOWN: usize = 200;

#[derive(Clone, Default)]
pub enum Log {
    #[default]
    Off,
    /// Called with each line, without its end, from the threads of the server.
    To(Form, Arc<dyn Fn(&str) + Send + Sync>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// One request and its answer, or what a fault did to a connection before there was any.
#[derive(Debug, Clone)]
pub struct Entry {
    pub peer: SocketAddr,
    pub user: Option<String>,
    pub method: String,
    /// Without parameters: a client may put anything there.
    pub path: String,
    pub agent: String,
    /// `200`, `404 MANIFEST_UNKNOWN`, `closed`.
    pub outcome: String,
    pub faults: Vec<&'static str>,
    /// Bytes of the request's body, and of the answer's.
    pub received: u64,
    pub sent: u64,
    /// From the request's head to the end of the answer.
    pub took: Duration,
}

/// The line of one answer, written when it is over.
#[derive(Debug)]
pub struct Record(Option<Box<Open>>);

#[derive(Debug)]
struct Open {
    log: Log,
    entry: Entry,
    started: Instant,
    /// How long the body is to be, where that is known.
    length: Option<u64>,
}

impl Log {
    pub fn write(&self, entry: &Entry) {
        match self {
            Self::Off => {}
            Self::To(Form::Human, sink) => sink(&entry.to_string()),
            Self::To(Form::Json, sink) => sink(&entry.json()),
        }
    }

    /// A line that belongs to no request.
    pub fn say(&self, text: &str) {
        match self {
            Self::Off => {}
            Self::To(Form::Human, sink) => sink(text),
            Self::To(Form::Json, sink) => sink(&json!({ "time": now(), "note": text }).to_string()),
        }
    }
}

impl Record {
    /// Begins the line of an answer whose body has `length` bytes, where that is known.
    pub fn begin(log: &Log, entry: Entry, started: Instant, length: Option<u64>) -> Self {
        let open = || Box::new(Open { log: log.clone(), entry, started, length });
        Self((!matches!(log, Log::Off)).then(open))
    }

    /// So many bytes of the body went out.
    pub fn sent(&mut self, bytes: usize) {
        if let Some(open) = &mut self.0 {
            open.entry.sent += bytes as u64;
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some(mut open) = self.0.take() {
            open.entry.took = open.started.elapsed();
            if open.length.is_some_and(|length| open.entry.sent < length) {
                open.entry.outcome.push_str(" broken off");
            }
            open.log.write(&open.entry);
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("Off"),
            Self::To(form, _) => write!(formatter, "To({form:?}, ..)"),
        }
    }
}

impl Entry {
    /// An entry that says no more yet than who it is about.
    pub fn of_connection(peer: SocketAddr) -> Self {
        Self {
            peer,
            user: None,
            method: "-".into(),
            path: "-".into(),
            agent: String::new(),
            outcome: String::new(),
            faults: Vec::new(),
            received: 0,
            sent: 0,
            took: Duration::ZERO,
        }
    }

    /// For machines; the names of the fields are stable.
    fn json(&self) -> String {
        let micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        json!({
            "time": now(),
            "peer": self.peer.to_string(),
            "user": self.user.as_deref().map(plain),
            "method": plain(&self.method),
            "path": plain(&self.path),
            "agent": plain(&self.agent),
            "status": self.outcome.get(..3).and_then(|digits| digits.parse::<u16>().ok()),
            "outcome": self.outcome,
            "faults": self.faults,
            "bytes_in": self.received,
            "bytes_out": self.sent,
            "took_us": micros,
        })
        .to_string()
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.took.as_secs_f64() * 1000.0;
        let (user, method, path) = (plain(self.user.as_deref().unwrap_or("-")), plain(&self.method), plain(&self.path));
        write!(formatter, "{} {user} {method} {path} {}", self.peer, self.outcome)?;
        write!(formatter, " in={} out={} {milliseconds:.1} ms", self.received, self.sent)?;
        if !self.agent.is_empty() {
            write!(formatter, " \"{}\"", plain(&self.agent))?;
        }
        if !self.faults.is_empty() {
            write!(formatter, " fault={}", self.faults.join(","))?;
        }
        Ok(())
    }
}

fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            peer: "127.0.0.1:4711".parse().unwrap(),
            user: Some("alice".into()),
            method: "GET".into(),
            path: format!("/v2/{}\u{1b}[31m", "a".repeat(500)),
            agent: "docker/20.10\r\nx".into(),
            outcome: "200".into(),
            faults: vec!["blob-truncated"],
            received: 0,
            sent: 17,
            took: Duration::from_micros(1250),
        }
    }

    #[test]
    fn a_line_shows_no_control_characters_and_ends() {
        let line = entry().to_string();
        assert!(line.starts_with("127.0.0.1:4711 alice GET /v2/aaa"), "{line}");
        assert!(line.ends_with(" 200 in=0 out=17 1.2 ms \"docker/20.10x\" fault=blob-truncated"), "{line}");
        assert!(line.len() < 330 && !line.contains('\u{1b}'));
    }

    #[test]
    fn machines_get_an_object() {
        let value: serde_json::Value = serde_json::from_str(&entry().json()).unwrap();
        assert_eq!((&value["status"], &value["bytes_out"], &value["took_us"]), (&json!(200), &json!(17), &json!(1250)));
        assert_eq!((&value["faults"], &value["user"]), (&json!(["blob-truncated"]), &json!("alice")));
        assert!(value["time"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_body_that_does_not_come_to_its_end_is_said() {
        let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = Log::To(Form::Human, Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_string())));
        for (sent, want) in [(10, "200 in="), (9, "200 broken off in=")] {
            let mut record = Record::begin(&log, Entry { sent: 0, ..entry() }, Instant::now(), Some(10));
            record.sent(sent);
            drop(record);
            assert!(lines.lock().unwrap().pop().unwrap().contains(want));
        }
    }
}
