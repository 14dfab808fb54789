//! What an engine would do with a registry: the answer before anybody types `docker push`.

use crate::cert::Refusal;
use crate::model::finding::Outcome;

/// One engine, one registry.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub engine: &'static str,
    pub title: String,
    /// Why nothing that this person types reaches the engine, whatever the registry does.
    pub unusable: Option<Unusable>,
    pub access: Access,
    pub pull: Outcome,
    pub push: Outcome,
}

/// Why an engine does nothing for this person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    NotRunning,
    /// Its socket is closed to this person.
    Denied,
    /// Another engine answers in its place, or what is typed as its command is another one's.
    Foreign(String),
}

/// How the engine would talk to the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// TLS, verified, with where the trust comes from: "the system's store", "certs.d/reg:5000".
    Verified {
        by: String,
    },
    /// TLS that is not verified, because the registry is listed as insecure.
    Unverified {
        because: String,
    },
    /// Plain HTTP, because the registry is listed as insecure.
    Plain {
        because: String,
    },
    Blocked(Blocked),
    /// Nothing can be said, with the reason.
    Unknown(String),
}

/// What keeps the engine from talking to the registry at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Blocked {
    /// The network, below TLS: the layers of the trace say what.
    Network,
    /// The registry speaks plain HTTP and the engine insists on TLS.
    PlainHttp,
    /// TLS itself failed.
    Tls,
    /// The certificate is refused, as the engine's Go library would.
    Certificate(Refusal),
    /// The certificate folder for this registry makes every request fail, with the engine's words.
    CertsFolder(String),
    /// The system's certificates would do, and the running engine has not read them since they were changed.
    StoreNotReread,
    /// The engine would go through a proxy that was not tried.
    Proxy(String),
}
