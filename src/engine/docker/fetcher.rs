//! The part of dockerd that talks to registries: with each image store another one, with rules of its own.

use crate::model::facts::{EngineFacts, ImageStore};
use crate::model::trace::Trace;

/// Whose code pulls and pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fetcher {
    /// Docker's own, with the classic image store (1.6 to 29).
    Classic,
    /// BuildKit's resolver, with containerd's image store of 24 to 27.
    Resolver,
    /// containerd's own, with its image store since 28.0: `hosts.toml`, `_default`, another idea of loopback.
    Hosts,
}

impl Fetcher {
    pub(super) fn of(engine: &EngineFacts) -> Self {
        let Some(effective) = &engine.effective else { return Self::Classic };
        match effective.image_store {
            ImageStore::Classic => Self::Classic,
            ImageStore::Containerd if effective.version.at_least(28, 0, 0) => Self::Hosts,
            ImageStore::Containerd => Self::Resolver,
        }
    }

    /// Whether Docker's list of insecure registries counts. containerd's own code is told of it only where something was
    /// added to it, or a mirror is set (`mergeLegacyConfig` of 28 and 29); without that it has its own idea of loopback.
    pub(super) fn heeds_the_list(self, engine: &EngineFacts) -> bool {
        let Some(effective) = engine.effective.as_ref().filter(|_| self == Self::Hosts) else { return true };
        let added = |entry: &&crate::model::wish::InsecureEntry| {
            !matches!(entry.to_string().as_str(), "127.0.0.0/8" | "::1/128")
        };
        !effective.mirrors.is_empty() || effective.insecure.iter().any(|entry| added(&entry))
    }
}

/// containerd's `MatchLocalhost`: the literal name or address, whatever it resolves to.
pub(super) fn is_local_by_name(trace: &Trace) -> bool {
    let host = trace.registry.host();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
