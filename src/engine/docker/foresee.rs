//! What this Docker would do with this registry: its rules, its trust and its Go, applied to what was seen.

use super::fetcher::{self, Fetcher};
use super::{beyond, folder, go as go_release, hosts_toml, insecure, proxy};
use crate::cert::go::{self, Question};
use crate::cert::{Certificate, Pool, Refusal};
use crate::engine::{Access, Blocked, Forecast, PairFiles, Unusable};
use crate::model::facts::{ClientVersion, Daemon, Enclosure, EndpointState, EngineFacts, Facts, RegistryCerts};
use crate::model::finding::Outcome;
use crate::model::trace::{Handshake, PairUse, Proxy, Tls, Trace};

/// What is known when one registry is judged.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) facts: &'a Facts,
    pub(super) engine: &'a EngineFacts,
    pub(super) trace: &'a Trace,
    pub(super) fetcher: Fetcher,
}

pub(super) fn foresee(facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Forecast {
    let version = super::place::version(engine).map(|version| format!("{} {version}", engine.title));
    let sight = Sight { facts, engine, trace, fetcher: Fetcher::of(engine) };
    let (access, unusable) = (sight.access(), unusable(facts, engine));
    let (pull, push) = match (&unusable, &access) {
        // What the other engine makes of it is for its own files to say.
        (Some(Unusable::Foreign(_)), _) | (None, Access::Unknown(_)) => (Outcome::Unknown, Outcome::Unknown),
        (Some(_), _) | (None, Access::Blocked(_)) => (Outcome::Fails, Outcome::Fails),
        (None, _) => (beyond::pull(&sight), beyond::push(&sight)),
    };
    let title = version.unwrap_or_else(|| engine.title.to_string());
    Forecast { engine: engine.engine, title, unusable, access, pull, push }
}

/// The pair is read whenever its folder is; it is shown to a server that is trusted.
pub(super) fn client_pair(facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Option<PairFiles> {
    let sight = Sight { facts, engine, trace, fetcher: Fetcher::of(engine) };
    let certs = sight.folder()?;
    let stem = folder::pair(certs)?;
    let insecure = insecure::because(engine, trace).is_some();
    if insecure && sight.fetcher == Fetcher::Classic {
        return None;
    }
    let chain = match trace.tls.seen() {
        Some(Tls::Handshake(handshake)) => handshake.chain.as_slice(),
        Some(Tls::AlertAfterCertificates { chain, .. }) => chain,
        _ => &[],
    };
    let trusted = insecure || sight.verify(chain, trace.registry.host()).is_ok();
    Some(PairFiles {
        certificate: certs.path.join(format!("{stem}.cert")),
        key: certs.path.join(format!("{stem}.key")),
        server: chain.first().filter(|_| trusted).cloned(),
    })
}

/// Nothing that this person types reaches a daemon. In a folder that stands for a machine nothing runs yet.
fn unusable(facts: &Facts, engine: &EngineFacts) -> Option<Unusable> {
    if facts.enclosure == Some(Enclosure::Root) || engine.endpoint.elsewhere.is_some() {
        return None;
    }
    if let Some(ClientVersion::Posing(name)) = engine.client.as_ref().map(|client| &client.version) {
        return Some(Unusable::Foreign(name.clone()));
    }
    match &engine.endpoint.state {
        EndpointState::Answers => None,
        EndpointState::Denied => Some(Unusable::Denied),
        EndpointState::Foreign(name) => Some(Unusable::Foreign(name.clone())),
        EndpointState::Missing | EndpointState::Silent(_) => match engine.daemon {
            // Of a host that was recorded without its sockets, nothing can be said.
            Daemon::Running(_) if engine.endpoint.state == EndpointState::Missing => None,
            _ => Some(Unusable::NotRunning),
        },
    }
}

impl Sight<'_> {
    fn access(&self) -> Access {
        if let Some(blocked) = self.proxy() {
            return Access::Blocked(blocked);
        }
        if !self.trace.is_connected() {
            return Access::Blocked(Blocked::Network);
        }
        if let Some(access) = self.by_hosts_toml() {
            return access;
        }
        if self.fetcher.heeds_the_list(self.engine) {
            return match insecure::because(self.engine, self.trace) {
                Some(because) => self.unverified(because),
                None => self.verified(),
            };
        }
        if fetcher::is_local_by_name(self.trace) {
            return self.unverified("containerd takes a loopback address as insecure".into());
        }
        self.verified()
    }

    /// The proxy that stands in the way, unless all that follows was seen through it.
    fn proxy(&self) -> Option<Blocked> {
        let used = proxy::used_for(self.engine, &self.trace.registry)?;
        let lets_through = self.trace.proxy.seen().is_some_and(Proxy::lets_through);
        (!lets_through).then_some(Blocked::Proxy(used))
    }

    /// What containerd's own file decides before anything else.
    fn by_hosts_toml(&self) -> Option<Access> {
        let certs = self.folder().filter(|_| self.fetcher == Fetcher::Hosts)?;
        let toml = hosts_toml::of(certs)?;
        let because = || format!("{} says so", certs.path.join(hosts_toml::NAME).display());
        if toml.elsewhere {
            return Some(Access::Unknown(format!(
                "{} names other servers",
                certs.path.join(hosts_toml::NAME).display()
            )));
        }
        let plain = self.trace.http.answer().is_some_and(|(scheme, _)| scheme == "http");
        match (toml.plain, toml.skip_verify) {
            (true, _) if plain => Some(Access::Plain { because: because() }),
            (true, _) => Some(Access::Blocked(Blocked::Tls)),
            (false, true) => Some(self.unverified(because())),
            (false, false) => None,
        }
    }

    /// https without verification first, plain http only when TLS gave no answer.
    fn unverified(&self, because: String) -> Access {
        if let Some(message) =
            self.folder().filter(|_| self.fetcher != Fetcher::Classic).and_then(|certs| self.fault(certs))
        {
            return Access::Blocked(Blocked::CertsFolder(message));
        }
        let plain = self.trace.http.answer().is_some_and(|(scheme, _)| scheme == "http");
        match self.trace.tls.seen() {
            Some(Tls::Handshake(handshake)) if self.has_cipher(handshake) => Access::Unverified { because },
            // containerd turns to http only after an answer that says HTTP (28.5.2, 29.7.2), Docker's own code after any
            // failure (1.6 to 29).
            Some(Tls::PlainHttp(_)) | None if plain => Access::Plain { because },
            _ if plain && self.fetcher != Fetcher::Hosts => Access::Plain { because },
            _ => Access::Blocked(Blocked::Tls),
        }
    }

    fn verified(&self) -> Access {
        if let Some(message) = self.folder().and_then(|certs| self.fault(certs)) {
            return Access::Blocked(Blocked::CertsFolder(message));
        }
        if self.wants_a_pair_that_was_not_shown() {
            return Access::Unknown("the registry asks for a client certificate, which only Docker shows it".into());
        }
        match self.trace.tls.seen() {
            Some(Tls::Handshake(handshake)) if !self.has_cipher(handshake) => Access::Blocked(Blocked::Tls),
            Some(Tls::Handshake(handshake)) => self.judge(handshake),
            Some(Tls::PlainHttp(_)) => Access::Blocked(Blocked::PlainHttp),
            _ if self.trace.http.answer().is_some_and(|(scheme, _)| scheme == "http") => {
                Access::Blocked(Blocked::PlainHttp)
            }
            _ => Access::Blocked(Blocked::Tls),
        }
    }

    /// Docker's own code offers a list of its own for TLS 1.2: with AES-CBC from 1.8 to 28, with ChaCha20 from 29.5
    /// (go-connections `tlsconfig`; both seen on 28.5.2). containerd offers what Go does, which has both.
    /// We offer AES-GCM first, then ChaCha20: a server that takes another one all the same has nothing better.
    fn has_cipher(&self, handshake: &Handshake) -> bool {
        if self.fetcher != Fetcher::Classic || handshake.version != "TLS 1.2" {
            return true;
        }
        let at_least = |major, minor| self.engine.version().is_some_and(|version| version.at_least(major, minor, 0));
        match &handshake.cipher {
            cipher if cipher.contains("CHACHA20") => at_least(29, 5),
            cipher if cipher.contains("CBC") => !at_least(29, 0),
            _ => true,
        }
    }

    fn folder(&self) -> Option<&RegistryCerts> {
        folder::of(self.engine, &self.trace.registry.to_string(), self.fetcher)
    }

    fn fault(&self, certs: &RegistryCerts) -> Option<String> {
        folder::fault(self.engine, certs, self.fetcher).or_else(|| match self.trace.client_pair.seen() {
            Some(PairUse::Unusable(reason)) => Some(reason.clone()),
            _ => None,
        })
    }

    /// Where regdoctor may not read the key, it cannot go where Docker can: TLS ended after the question for a certificate,
    /// and Docker has a pair for this registry.
    fn wants_a_pair_that_was_not_shown(&self) -> bool {
        if self.trace.client_pair.seen().is_some() {
            return false;
        }
        let asked = match self.trace.tls.seen() {
            Some(Tls::AlertAfterCertificates { client_certificate_asked, .. }) => *client_certificate_asked,
            Some(Tls::Handshake(handshake)) => handshake.client_certificate_asked && self.trace.http.answer().is_none(),
            _ => false,
        };
        asked && self.folder().and_then(folder::pair).is_some()
    }

    fn judge(&self, handshake: &Handshake) -> Access {
        match self.verify(&handshake.chain, self.trace.registry.host()) {
            Ok(Trust::System) if self.is_not_reread(handshake) => Access::Blocked(Blocked::StoreNotReread),
            Ok(Trust::System) => Access::Verified { by: "the system's certificates".into() },
            Ok(Trust::Folder) => {
                Access::Verified { by: self.folder().map(|certs| certs.path.display().to_string()).unwrap_or_default() }
            }
            Err(refusal) => Access::Blocked(Blocked::Certificate(refusal)),
        }
    }

    /// Whom this Docker trusts for this registry, and for what the registry sends it to.
    pub(super) fn verify(&self, chain: &[Vec<u8>], name: &str) -> Result<Trust, Refusal> {
        let (go, build) = go_release::of(Some(self.engine));
        let question = Question { name, now: self.facts.now, go, build };
        let system = Pool::from_pem(&self.facts.system_store.pem);
        if go::verify(chain, &[&system], &question).is_ok() {
            return Ok(Trust::System);
        }
        let own = self.folder().map(|certs| folder::authorities(certs, self.fetcher)).unwrap_or_default();
        go::verify(chain, &[&system, &own], &question).map(|()| Trust::Folder)
    }

    /// The system's certificates are read once, when the first certificate is verified (20.10 to 29). Docker has verified
    /// one as soon as anybody tried to pull, so what was written after its start is not in effect. Public authorities were there before.
    fn is_not_reread(&self, handshake: &Handshake) -> bool {
        let leaf = handshake.chain.first().and_then(|der| Certificate::from_der(der).ok());
        if leaf.is_some_and(|leaf| leaf.is_publicly_logged()) {
            return false;
        }
        let written = self.facts.system_store.modified;
        let started = self.engine.daemon.running().and_then(|running| running.started);
        // The start is counted from the kernel's, which is known to the second: one second may be either's.
        matches!((written, started), (Some(written), Some(started)) if written > started + 1)
    }
}

/// Where trust came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    System,
    Folder,
}
