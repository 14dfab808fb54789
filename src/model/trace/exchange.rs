//! Requests and answers, the sign-in that is asked for, and other servers that a registry sends to.

use serde::{Deserialize, Serialize};

use super::{Dns, Layer, Tcp, Tls};
use crate::model::ask::HttpAnswer;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Http {
    Answer {
        /// `https` or `http`.
        scheme: String,
        answer: HttpAnswer,
    },
    /// The peer closed or reset the connection before it answered.
    Closed(String),
    TimedOut,
    /// What came back is not HTTP, or is beyond every limit.
    Malformed(String),
}

impl Http {
    #[must_use]
    pub fn answer(&self) -> Option<(&str, &HttpAnswer)> {
        match self {
            Self::Answer { scheme, answer } => Some((scheme, answer)),
            _ => None,
        }
    }

    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|(_, answer)| answer.status)
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        let (_, answer) = self.answer()?;
        answer.header("location").filter(|_| (300..400).contains(&answer.status))
    }
}

/// Another address that the registry sends its clients to, seen from this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Whole, but for what such addresses carry as permission: the query's values are left out.
    pub url: String,
    pub dns: Layer<Dns>,
    pub tcp: Layer<Tcp>,
    pub tls: Layer<Tls>,
    pub http: Layer<Http>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// The challenges of the 401, in order. Empty with a 401 means that nobody can log in.
    pub challenges: Vec<Challenge>,
    /// What the token endpoint gave to an anonymous caller who wants to pull, when one was named.
    pub anonymous_token: Option<TokenAnswer>,
    /// The way to the token endpoint, with the answer to the first question.
    #[serde(default)]
    pub token_server: Option<Box<Visit>>,
    /// Every question for a token that was asked anonymously.
    #[serde(default)]
    pub tokens: Vec<TokenTry>,
}

impl Auth {
    /// The challenge of this scheme, in any case.
    #[must_use]
    pub fn challenge(&self, scheme: &str) -> Option<&Challenge> {
        self.challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// `Bearer` or `Basic`, as sent.
    pub scheme: String,
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// One question for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenTry {
    /// `pull`, `push`.
    pub wanted: Vec<String>,
    pub answer: TokenAnswer,
    /// The actions that the token itself names for the repository; `None` where it cannot be read.
    pub granted: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenAnswer {
    Granted,
    Refused(u16),
    /// The endpoint could not be used, with the reason.
    Unusable(String),
}
