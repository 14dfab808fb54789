//! Names, connections, proxies and TLS, as they were seen.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Layer, Opening};

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

/// The name servers that were asked directly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolver {
    pub servers: Vec<NameServer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameServer {
    pub server: SocketAddr,
    /// The name that was asked for: with a search domain where the registry's name has no dot.
    pub name: String,
    pub answer: NameAnswer,
    pub took_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameAnswer {
    Addresses(Vec<IpAddr>),
    /// NXDOMAIN, or a name without addresses.
    NoSuchName,
    /// SERVFAIL.
    ServerFailure,
    /// REFUSED, and every other code, by its name.
    Refused(String),
    /// No answer in time.
    Silent,
    /// It could not be asked, or what came is no answer.
    Failed(String),
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

/// The proxy that an engine sends a registry to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// Without a name and password.
    pub url: String,
    pub dns: Layer<Dns>,
    pub tcp: Layer<Tcp>,
    /// Whether it opens a way. Where plain HTTP is spoken, a proxy for HTTP is asked like a server, and there is none.
    pub opening: Layer<Opening>,
}

impl Proxy {
    #[must_use]
    pub fn lets_through(&self) -> bool {
        self.opening.seen().is_some_and(Opening::lets_through)
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
    /// The same after it had shown its certificates: how TLS 1.2 refuses a client without a certificate. The alert is
    /// `none` where the connection ended without one that arrived, after it had asked for a certificate.
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

/// What became of the engine's client certificate for a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairUse {
    Shown,
    /// It and its key are no pair, in Go's words.
    Unusable(String),
}

/// One greeting that was made by hand, and what the server said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The highest version offered: "TLS 1.0".
    pub version: String,
    pub key_exchange: KeyExchange,
    /// The size of the greeting, as some middleboxes drop large ones.
    pub bytes: usize,
    pub outcome: OfferOutcome,
    pub took_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyExchange {
    /// Every one there is.
    Any,
    Ecdhe,
    Dhe,
    /// The key is sent encrypted with the certificate's own key.
    Rsa,
    /// A suite that no server has: whoever speaks TLS answers with an alert, which fits into the smallest packet.
    Nobodys,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferOutcome {
    /// It chose these: "TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA" or the number in hexadecimal.
    Chosen {
        version: String,
        cipher: String,
    },
    Alert(String),
    PlainHttp,
    NotTls,
    Closed,
    Reset,
    Silent,
    Failed(String),
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
