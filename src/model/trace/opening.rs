//! What a proxy made of the wish for a way through.

use serde::{Deserialize, Serialize};

use super::Http;

/// The two languages in which a Go program asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// The answer to CONNECT.
    Http(Http),
    Socks(Socks),
}

/// How a conversation in SOCKS 5 (RFC 1928 and 1929) ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Socks {
    Open,
    /// The proxy takes neither nobody nor the name and password that are set.
    NoLoginAccepted,
    /// The name and password are wrong.
    LoginRefused,
    /// Its reply, as the RFC numbers them.
    Refused(u8),
    /// What came back is not SOCKS 5; the first byte is that of another version, or of another protocol.
    OtherVersion(u8),
    Closed(String),
    TimedOut,
}

impl Opening {
    /// Asked with CONNECT.
    #[must_use]
    pub fn http(&self) -> Option<&Http> {
        match self {
            Self::Http(http) => Some(http),
            Self::Socks(_) => None,
        }
    }

    #[must_use]
    pub fn lets_through(&self) -> bool {
        match self {
            Self::Http(http) => http.status().is_some_and(|status| (200..300).contains(&status)),
            Self::Socks(socks) => *socks == Socks::Open,
        }
    }

    /// The proxy answered, whatever it said.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Http(http) => http.answer().is_some(),
            Self::Socks(socks) => !matches!(socks, Socks::OtherVersion(_) | Socks::Closed(_) | Socks::TimedOut),
        }
    }

    /// For people, after the words "the proxy".
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Http(http) => match http.status() {
                Some(status) => format!("answers CONNECT with {status}"),
                None => "does not answer CONNECT".into(),
            },
            Self::Socks(socks) => match socks.refusal() {
                Some(refusal) => format!("refuses: {refusal}"),
                None => "does not answer in SOCKS 5".into(),
            },
        }
    }
}

impl Socks {
    /// In the words of `golang.org/x/net/internal/socks`, which Go's net/http has as `socks_bundle.go` since 1.9.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let reply = match self {
            Self::NoLoginAccepted => return Some("no acceptable authentication methods".into()),
            Self::LoginRefused => return Some("username/password authentication failed".into()),
            Self::Refused(reply) => reply,
            _ => return None,
        };
        Some(format!(
            "unknown error {}",
            match reply {
                1 => "general SOCKS server failure",
                2 => "connection not allowed by ruleset",
                3 => "network unreachable",
                4 => "host unreachable",
                5 => "connection refused",
                6 => "TTL expired",
                7 => "command not supported",
                8 => "address type not supported",
                other => return Some(format!("unknown error unknown code: {other}")),
            }
        ))
    }
}
