//! One readable line for each request: who asked for what, what was answered. Never a secret.
//!
//! Nothing is printed here; a line goes to whoever was given.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The longest text from a client that a line shows.
const SHOWN: usize = 200;

#[derive(Clone, Default)]
pub enum Log {
    #[default]
    Off,
    /// Called with each line, without its end, from the threads of the server.
    To(Arc<dyn Fn(&str) + Send + Sync>),
}

/// One request and its answer.
#[derive(Debug)]
pub struct Entry<'a> {
    pub peer: SocketAddr,
    pub user: Option<&'a str>,
    pub method: &'a str,
    /// Without parameters: a client may put anything there.
    pub path: &'a str,
    pub agent: &'a str,
    /// `200`, `404 MANIFEST_UNKNOWN`, `closed (fault)`.
    pub outcome: String,
    pub took: Duration,
}

impl Log {
    pub fn write(&self, entry: &Entry<'_>) {
        if let Self::To(sink) = self {
            sink(&entry.to_string());
        }
    }
}

impl Log {
    /// A line that belongs to no request.
    pub fn say(&self, line: &str) {
        if let Self::To(sink) = self {
            sink(line);
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Off => "Off",
            Self::To(_) => "To(..)",
        })
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.took.as_secs_f64() * 1000.0;
        let (user, method, path) = (plain(self.user.unwrap_or("-")), plain(self.method), plain(self.path));
        write!(formatter, "{} {user} {method} {path} {} {milliseconds:.1} ms", self.peer, self.outcome)?;
        if !self.agent.is_empty() {
            write!(formatter, " \"{}\"", plain(self.agent))?;
        }
        Ok(())
    }
}

/// The error and what caused it, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_no_control_characters_and_ends() {
        let entry = Entry {
            peer: "127.0.0.1:4711".parse().unwrap(),
            user: Some("alice"),
            method: "GET",
            path: &format!("/v2/{}\u{1b}[31m", "a".repeat(500)),
            agent: "docker/20.10\r\nx",
            outcome: "200".into(),
            took: Duration::from_micros(1250),
        };
        let line = entry.to_string();
        assert!(
            line.starts_with("127.0.0.1:4711 alice GET /v2/aaa") && line.ends_with(" 200 1.2 ms \"docker/20.10x\""),
            "{line}"
        );
        assert!(line.len() < 300 && !line.contains('\u{1b}'));
    }
}
