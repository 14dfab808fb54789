//! What happened on the way to one registry, layer by layer: dns → tcp → tls → http → auth → repository.
//!
//! A trace holds what was seen and how long it took. It judges nothing: whether a chain is trusted depends on who asks.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::ask::HttpAnswer;
use super::entry_point::EntryPoint;

/// One registry, seen once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub registry: EntryPoint,
    pub repository: Option<String>,
    pub reference: Option<String>,
    pub dns: Layer<Dns>,
    pub tcp: Layer<Tcp>,
    pub tls: Layer<Tls>,
    /// `GET /v2/`: over TLS where that was spoken, else over plain HTTP.
    pub http: Layer<Http>,
    pub auth: Layer<Auth>,
    /// `HEAD` of the manifest; asked when a repository was given.
    pub manifest: Layer<Http>,
    pub took_ms: u64,
}

/// One layer: what was seen, or why nobody looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer<T> {
    Reached { seen: T, took_ms: u64 },
    NotReached(String),
}

impl<T> Layer<T> {
    #[must_use]
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Reached { seen, .. } => Some(seen),
            Self::NotReached(_) => None,
        }
    }

    #[must_use]
    pub fn took_ms(&self) -> Option<u64> {
        match self {
            Self::Reached { took_ms, .. } => Some(*took_ms),
            Self::NotReached(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dns {
    /// The entry point is an address.
    Literal(IpAddr),
    Addresses(Vec<IpAddr>),
    NoSuchName,
    /// The resolver answered that it cannot answer, in its words.
    ResolverFailed(String),
    TimedOut,
}

impl Dns {
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Literal(address) => std::slice::from_ref(address),
            Self::Addresses(list) => list,
            _ => &[],
        }
    }
}

/// Every address that was tried, in order; the last one is connected when any is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tcp {
    pub attempts: Vec<TcpAttempt>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpAttempt {
    pub address: SocketAddr,
    pub outcome: TcpOutcome,
    pub took_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TcpOutcome {
    Connected,
    Refused,
    TimedOut,
    NoRoute,
    NetworkUnreachable,
    Failed(String),
}

impl Tcp {
    #[must_use]
    pub fn connected(&self) -> Option<SocketAddr> {
        self.attempts.iter().find(|one| one.outcome == TcpOutcome::Connected).map(|one| one.address)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    Handshake(Handshake),
    /// The server answered our hello with plain HTTP; the start of what it said.
    PlainHttp(String),
    /// It answered with something that is neither TLS nor HTTP.
    NotTls(String),
    /// It sent a TLS alert instead of finishing, by the alert's name.
    Alert(String),
    /// The same after it had shown its certificates: how TLS 1.2 refuses a client without a certificate.
    AlertAfterCertificates {
        alert: String,
        #[serde(with = "der_list")]
        chain: Vec<Vec<u8>>,
        client_certificate_asked: bool,
    },
    /// The connection was closed during the handshake.
    Closed,
    Reset,
    TimedOut,
    Failed(String),
}

/// A finished handshake; whether anyone trusts it is not said here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// "TLS 1.3".
    pub version: String,
    pub cipher: String,
    /// The certificates as sent, leaf first, each as DER.
    #[serde(with = "der_list")]
    pub chain: Vec<Vec<u8>>,
    /// The server asked for a client certificate.
    pub client_certificate_asked: bool,
}

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
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// The challenges of the 401, in order. Empty with a 401 means that nobody can log in.
    pub challenges: Vec<Challenge>,
    /// What the token endpoint gave to an anonymous caller, when one was named.
    pub anonymous_token: Option<TokenAnswer>,
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

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenAnswer {
    Granted,
    Refused(u16),
    /// The endpoint could not be used, with the reason.
    Unusable(String),
}

mod der_list {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(chain: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(chain.iter().map(|der| STANDARD.encode(der)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom))
            .collect()
    }
}
