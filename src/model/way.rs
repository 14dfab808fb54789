//! How an engine would go to a registry, as far as the probe has to do it in the same way.

use std::net::{IpAddr, SocketAddr};

use super::proxies::Proxies;

/// The default goes straight, and asks as a current Docker does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// The media types of manifests that the engine accepts, in its order; empty means those of a current Docker.
    pub accept: Vec<String>,
    pub proxies: Proxies,
    /// The name servers that a Go program on this host asks, in order.
    pub name_servers: Vec<SocketAddr>,
    /// What the engine's own hosts file says of the registry, where this host's says something else; where it says nothing,
    /// only the name servers are left to the engine.
    pub hosts: Option<Vec<IpAddr>>,
    /// Domains that are tried behind a name without a dot.
    pub search: Vec<String>,
}
