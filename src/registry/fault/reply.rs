//! An answer in place of what was asked for.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName};
use serde_json::json;

use super::outgoing::Tamper;
use crate::registry::answer::{self, Answer};

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Values with what [`Here::fill`] fills in.
    pub headers: Vec<(String, String)>,
    pub content: Content,
    /// How long the client waits for it.
    pub delay: Duration,
    /// The first part of the repositories that are served after all.
    pub prefix: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// With what [`Here::fill`] fills in. Its media type is what it looks like.
    Text(String),
    /// `head`, then `unit` again and again: for ever, or until so many bytes are sent.
    Repeated { head: Vec<u8>, unit: Vec<u8>, total: Option<u64> },
    /// What was asked for, served as it is: only the delay counts.
    Served,
    /// No answer: the connection is closed.
    Closed,
}

/// The registry as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    pub tls: bool,
    /// The `Host` of the request.
    pub authority: String,
    pub path: String,
    /// A second address of ours, whose certificate nobody trusts.
    pub elsewhere: String,
}

impl Reply {
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        let content = Content::Text(text.into());
        Self { status, headers: Vec::new(), content, delay: Duration::ZERO, prefix: None }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_string(), value.into()));
        self
    }

    /// The request is served after all.
    pub fn serves(&self) -> bool {
        self.content == Content::Served
    }

    pub fn closes(&self) -> bool {
        self.content == Content::Closed
    }

    /// The answer and what is done to its body; `None` when there is none.
    pub fn answer(&self, here: &Here) -> Option<(Answer, Tamper)> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (mut answer, tamper) = match &self.content {
            Content::Closed | Content::Served => return None,
            Content::Text(text) => {
                let text = here.fill(text);
                let media_type = media_type(&text);
                let mut answer = answer::with_body(status, text);
                answer::set(&mut answer, CONTENT_TYPE, media_type);
                // What is no JSON comes from something in front of a registry, which does not call itself one.
                if media_type != "application/json" {
                    answer.headers_mut().remove(&answer::API_VERSION);
                }
                (answer, Tamper::None)
            }
            Content::Repeated { head, unit, total } => {
                let answer = answer::with_body(status, head.clone());
                (answer, Tamper::Repeat { unit: Bytes::from(unit.repeat(4096 / unit.len().max(1) + 1)), left: *total })
            }
        };
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), here.fill(value).parse()) {
                // The first of a name takes the place of ours, others stand beside it.
                if self.headers.iter().filter(|(other, _)| name == other.as_str()).count() > 1 {
                    answer.headers_mut().append(name, value);
                } else {
                    answer.headers_mut().insert(name, value);
                }
            }
        }
        Some((answer, tamper))
    }
}

impl Here {
    /// `text` with the places of this request for `{scheme}`, `{other-scheme}`, `{base}`, `{authority}`, `{host}`,
    /// `{port}`, `{path}` and `{elsewhere}`.
    pub fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_string();
        }
        let (scheme, other) = if self.tls { ("https", "http") } else { ("http", "https") };
        let (host, port) = match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (self.authority.as_str(), if self.tls { "443" } else { "80" }),
        };
        let places = [
            ("{scheme}", scheme),
            ("{other-scheme}", other),
            ("{base}", &format!("{scheme}://{}", self.authority)),
            ("{authority}", &self.authority),
            ("{host}", host),
            ("{port}", port),
            ("{path}", &self.path),
            ("{elsewhere}", &self.elsewhere),
        ];
        places.iter().fold(text.to_string(), |text, (place, value)| text.replace(place, value))
    }
}

/// An error body as the specification has it.
pub fn error(code: &str, message: &str) -> String {
    json!({ "errors": [{ "code": code, "message": message, "detail": {} }] }).to_string()
}

/// A page as front ends show it.
pub fn page(title: &str, server: &str) -> String {
    format!("<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<hr>{server}\n</body>\n</html>\n")
}

fn media_type(body: &str) -> &'static str {
    match body.trim_start().bytes().next() {
        Some(b'<') => "text/html",
        Some(b'{' | b'[') => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in() {
        let here = |tls: bool, authority: &str| Here {
            tls,
            authority: authority.into(),
            path: "/v2/".into(),
            elsewhere: "https://10.0.0.7:1".into(),
        };
        let rows = [
            (here(true, "r.lan:5000"), "{base}/token", "https://r.lan:5000/token"),
            (here(false, "r.lan"), "{scheme}://{host}:{port}{path}", "http://r.lan:80/v2/"),
            (here(true, "[::1]:5000"), "{other-scheme}://{host}:1", "http://[::1]:1"),
            (here(true, "[::1]"), "{host} {port}", "[::1] 443"),
            (here(true, "r"), "{elsewhere}{path} {unknown}", "https://10.0.0.7:1/v2/ {unknown}"),
        ];
        for (here, text, want) in rows {
            assert_eq!(here.fill(text), want, "{text}");
        }
    }
}
