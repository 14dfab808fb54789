//! Why the client could not do its work.

use std::fmt;
use std::io;

use thiserror::Error;

use super::digest::Digest;
use crate::model::ask::HttpAnswer;

/// What was being done, and to what: "push a layer to", `reg:5000/team/app`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    pub verb: Verb,
    pub place: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Reach,
    FetchToken,
    ReadManifest,
    ReadManifestAgain,
    PullLayer,
    FindLayer,
    TakeLayer,
    StartUpload,
    PushLayer,
    PushManifest,
    DeleteManifest,
}

/// Text of a registry in it is cut and holds nothing that steers a terminal.
#[derive(Debug, Error)]
pub enum ClientError {
    #[error("the asynchronous runtime cannot be started")]
    Runtime { source: io::Error },
    #[error("the HTTP client cannot be set up")]
    Http { source: reqwest::Error },
    #[error("TLS cannot be set up")]
    Tls { source: rustls::Error },
    #[error("the text that was given as trusted certificates holds none")]
    NoCertificate,
    #[error("`{registry}` is no address that a request can be sent to")]
    Address { registry: String },
    #[error("a password is not sent to {registry}, because its certificate is not verified")]
    SignInUnverified { registry: String },
    #[error("`{name}` is not the name of a repository")]
    RepositoryName { name: String },
    #[error("`{name}` is not a tag")]
    TagName { name: String },
    #[error("cannot {doing}: the certificate is not trusted")]
    NotTrusted { doing: Doing, source: rustls::Error },
    #[error("cannot {doing}: no answer in time")]
    TimedOut { doing: Doing },
    #[error("cannot {doing}")]
    Unreachable { doing: Doing, source: reqwest::Error },
    #[error("cannot {doing}: the registry asks for a sign-in ({})", shown_schemes(schemes))]
    SignInNeeded { doing: Doing, schemes: Vec<String> },
    #[error("cannot {doing}: the registry answers {status}{}", shown_reason(code.as_deref(), message.as_deref()))]
    Refused {
        doing: Doing,
        status: u16,
        code: Option<String>,
        message: Option<String>,
        /// As it came, for who wants to know more.
        answer: Box<HttpAnswer>,
    },
    #[error("cannot {doing}: the registry sends to another server, `{location}`")]
    Elsewhere { doing: Doing, location: String },
    #[error("cannot {doing}: the answer is longer than {limit} bytes")]
    TooLong { doing: Doing, limit: usize },
    #[error("cannot {doing}: {reason}")]
    Malformed { doing: Doing, reason: &'static str },
    #[error("cannot {doing}: expected {expected}, got {received}")]
    WrongDigest { doing: Doing, expected: Digest, received: Digest },
}

impl ClientError {
    /// What was being done, where anything was.
    #[must_use]
    pub fn doing(&self) -> Option<&Doing> {
        match self {
            Self::NotTrusted { doing, .. }
            | Self::TimedOut { doing }
            | Self::Unreachable { doing, .. }
            | Self::SignInNeeded { doing, .. }
            | Self::Refused { doing, .. }
            | Self::Elsewhere { doing, .. }
            | Self::TooLong { doing, .. }
            | Self::Malformed { doing, .. }
            | Self::WrongDigest { doing, .. } => Some(doing),
            _ => None,
        }
    }
}

impl Verb {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::FetchToken => "fetch a token from",
            Self::ReadManifest => "read a manifest of",
            Self::ReadManifestAgain => "ask again for a manifest of",
            Self::PullLayer => "pull a layer of",
            Self::FindLayer => "look for a layer in",
            Self::TakeLayer => "take a layer over into",
            Self::StartUpload => "start an upload to",
            Self::PushLayer => "push a layer to",
            Self::PushManifest => "push a manifest to",
            Self::DeleteManifest => "delete a manifest of",
        }
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.verb.words(), self.place)
    }
}

fn shown_schemes(schemes: &[String]) -> String {
    if schemes.is_empty() { "without saying which".into() } else { schemes.join(", ") }
}

fn shown_reason(code: Option<&str>, message: Option<&str>) -> String {
    match (code, message) {
        (Some(code), Some(message)) => format!(" {code}: {message}"),
        (Some(text), None) | (None, Some(text)) => format!(": {text}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_being_done() {
        let answer = |status| Box::new(HttpAnswer { status, headers: Vec::new(), body: String::new() });
        let doing = || Doing { verb: Verb::PushLayer, place: "reg:5000/team/app".into() };
        let rows = [
            (
                ClientError::Refused {
                    doing: doing(),
                    status: 403,
                    code: Some("DENIED".into()),
                    message: None,
                    answer: answer(403),
                },
                "cannot push a layer to reg:5000/team/app: the registry answers 403: DENIED",
            ),
            (
                ClientError::Refused {
                    doing: doing(),
                    status: 400,
                    code: Some("NAME_INVALID".into()),
                    message: Some("invalid repository name".into()),
                    answer: answer(400),
                },
                "cannot push a layer to reg:5000/team/app: the registry answers 400 NAME_INVALID: invalid repository name",
            ),
            (
                ClientError::Refused { doing: doing(), status: 502, code: None, message: None, answer: answer(502) },
                "cannot push a layer to reg:5000/team/app: the registry answers 502",
            ),
            (
                ClientError::SignInNeeded { doing: doing(), schemes: vec!["Bearer".into(), "Basic".into()] },
                "cannot push a layer to reg:5000/team/app: the registry asks for a sign-in (Bearer, Basic)",
            ),
        ];
        for (error, want) in rows {
            assert_eq!(error.to_string(), want);
        }
    }
}
