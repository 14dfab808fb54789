//! What happened on the way to one registry, layer by layer: dns → tcp → proxy → tls → http → auth → repository.
//!
//! A trace holds what was seen and how long it took. It judges nothing: whether a chain is trusted depends on who asks.

mod connection;
mod exchange;
mod image;
mod login;
mod opening;

pub use connection::{
    Dns, Handshake, KeyExchange, NameAnswer, NameServer, Offer, OfferOutcome, PairUse, Proxy, Resolver, Tcp,
    TcpAttempt, TcpOutcome, Tls,
};
pub use exchange::{Auth, Challenge, Http, TokenAnswer, TokenTry, Visit};
pub use image::{Blob, Content, Manifest, Upload, Write, WriteStep};
pub use login::{HelperOutcome, HelperRun, Login, LoginSource};
pub use opening::{Opening, Socks};

use serde::{Deserialize, Serialize};

use super::entry_point::EntryPoint;

/// One registry, seen once. Layers that an older regdoctor did not know are read as not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub registry: EntryPoint,
    pub repository: Option<String>,
    pub reference: Option<String>,
    pub dns: Layer<Dns>,
    /// What each of this host's name servers says, asked as Go asks it.
    #[serde(default)]
    pub resolver: Layer<Resolver>,
    /// Straight from this host, also where the engine goes through a proxy.
    pub tcp: Layer<Tcp>,
    /// The engine's proxy, where it would use one. When it let us through, all that follows was seen through it.
    #[serde(default)]
    pub proxy: Layer<Proxy>,
    pub tls: Layer<Tls>,
    /// The client certificate that the engine has for this registry; when it was shown, all that follows was seen with it.
    #[serde(default)]
    pub client_pair: Layer<PairUse>,
    /// Hand-made greetings, where a modern one did not lead to a handshake: what the server does speak.
    #[serde(default)]
    pub offers: Layer<Vec<Offer>>,
    /// `GET /v2/`: over TLS where that was spoken, else over plain HTTP.
    pub http: Layer<Http>,
    /// Where redirects of `/v2/` lead, one hop each.
    #[serde(default)]
    pub redirects: Layer<Vec<Visit>>,
    /// `GET /v1/_ping`, where `/v2/` is not one.
    #[serde(default)]
    pub v1: Layer<Http>,
    pub auth: Layer<Auth>,
    /// `HEAD` of the manifest; asked when a repository was given.
    pub manifest: Layer<Http>,
    /// `GET` of the manifest, and what it holds.
    #[serde(default)]
    pub image: Layer<Manifest>,
    /// The image's first blob.
    #[serde(default)]
    pub blob: Layer<Blob>,
    /// An upload that was started and cancelled.
    #[serde(default)]
    pub upload: Layer<Upload>,
    /// The program that keeps the login, where there is one.
    #[serde(default)]
    pub helper: Layer<HelperRun>,
    /// The same questions with the login that is stored for this registry.
    #[serde(default)]
    pub login: Layer<Login>,
    /// Images that were really pushed and removed (`--push`).
    #[serde(default)]
    pub write: Layer<Write>,
    pub took_ms: u64,
}

/// One layer: what was seen, or why nobody looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer<T> {
    Reached { seen: T, took_ms: u64 },
    NotReached(String),
}

impl<T> Default for Layer<T> {
    fn default() -> Self {
        Self::NotReached("nobody looked".into())
    }
}

impl<T> Layer<T> {
    #[must_use]
    pub fn skipped(why: impl Into<String>) -> Self {
        Self::NotReached(why.into())
    }

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

impl Layer<Http> {
    /// The scheme and the answer, when one came.
    #[must_use]
    pub fn answer(&self) -> Option<(&str, &super::ask::HttpAnswer)> {
        self.seen().and_then(Http::answer)
    }

    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|(_, answer)| answer.status)
    }
}

impl Trace {
    /// A registry at which nobody looked yet, every layer with the same reason.
    #[must_use]
    pub fn unreached(registry: EntryPoint, why: &str) -> Self {
        let mut trace = Self {
            registry,
            repository: None,
            reference: None,
            dns: Layer::skipped(why),
            resolver: Layer::skipped(why),
            tcp: Layer::default(),
            proxy: Layer::skipped("no proxy is used"),
            tls: Layer::default(),
            client_pair: Layer::skipped("none was shown"),
            offers: Layer::skipped("the handshake needed none"),
            http: Layer::default(),
            redirects: Layer::skipped("nothing was redirected"),
            v1: Layer::skipped("`/v2/` was not in doubt"),
            auth: Layer::default(),
            manifest: Layer::default(),
            image: Layer::default(),
            blob: Layer::default(),
            upload: Layer::default(),
            helper: Layer::skipped("no helper keeps a login for it"),
            login: Layer::skipped("no login was tried"),
            write: Layer::skipped("nothing was to be written"),
            took_ms: 0,
        };
        trace.skip_from_tcp(why);
        trace
    }

    pub fn skip_from_tcp(&mut self, why: &str) {
        self.tcp = Layer::skipped(why);
        self.skip_from_tls(why);
    }

    pub fn skip_from_tls(&mut self, why: &str) {
        self.tls = Layer::skipped(why);
        self.skip_from_http(why);
    }

    pub fn skip_from_http(&mut self, why: &str) {
        self.http = Layer::skipped(why);
        self.skip_from_auth(why);
    }

    pub fn skip_from_auth(&mut self, why: &str) {
        self.auth = Layer::skipped(why);
        self.skip_from_manifest(why);
    }

    pub fn skip_from_manifest(&mut self, why: &str) {
        self.manifest = Layer::skipped(why);
        self.skip_from_image(why);
        self.upload = Layer::skipped(why);
    }

    pub fn skip_from_image(&mut self, why: &str) {
        self.image = Layer::skipped(why);
        self.blob = Layer::skipped(why);
    }

    /// Where the connection that was spoken over leads: straight, or through the proxy.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match self.proxy.seen() {
            Some(proxy) => proxy.lets_through(),
            None => self.tcp.seen().and_then(Tcp::connected).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What regdoctor 0.1 wrote before it knew the layers of images and logins.
    const OLD: &str = r#"{"registry":"reg.lan:5000","repository":null,"reference":null,
        "dns":{"reached":{"seen":{"addresses":["10.0.0.7"]},"took_ms":1}},
        "tcp":{"not_reached":"x"},"tls":{"not_reached":"x"},"http":{"not_reached":"x"},
        "auth":{"reached":{"seen":{"challenges":[],"anonymous_token":null},"took_ms":1}},
        "manifest":{"not_reached":"x"},"took_ms":3}"#;

    #[test]
    fn old_traces_are_still_read() {
        let trace: Trace = serde_json::from_str(OLD).unwrap();
        assert_eq!(trace.upload, Layer::NotReached("nobody looked".into()));
        assert_eq!(trace.dns.seen().map(|dns| dns.addresses().len()), Some(1));
        assert!(trace.auth.seen().unwrap().tokens.is_empty());
        let again: Trace = serde_json::from_str(&serde_json::to_string(&trace).unwrap()).unwrap();
        assert_eq!(again, trace);
    }
}
