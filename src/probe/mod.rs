//! One registry, looked at from this host: what happened at each network layer and how long it took.
//!
//! Nothing here judges. [`trace`] sends nothing secret: no credentials, a client certificate only to the one server that
//! it is meant for, and the only token is the one that a registry gives to everybody. [`sign_in`] sends a login, and only with a [`crate::cert::Clearance`] for the
//! server. Every step is bounded, and so is everything that a peer can make us keep.

mod auth;
mod blob;
mod challenge;
mod client_pair;
mod deadline;
mod dns;
mod dns_message;
mod few;
mod http;
mod journey;
mod line;
mod manifest;
mod name_server;
mod offers;
mod pieces;
mod proxy;
mod route;
mod sign_in;
mod socks;
mod talk;
mod tcp;
mod tls;
mod tls_answer;
mod tls_hello;
mod tls_record;
pub mod token;
mod upload;
mod visit;
mod write;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod loopback;
#[cfg(test)]
mod proxy_tests;
#[cfg(test)]
mod scripted_tests;
#[cfg(test)]
mod sign_in_tests;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use challenge::parse as parse_challenges;
pub use client_pair::ClientPair;
pub use sign_in::{Permit, sign_in};
pub use write::{Push, push};

use crate::model::entry_point::EntryPoint;
use crate::model::trace::Trace;
use crate::model::way::Way;

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub registry: EntryPoint,
    pub repository: Option<String>,
    /// A tag or a digest; `latest` without one.
    pub reference: Option<String>,
    /// Docker would take plain HTTP here: fall back to it after any failure of TLS, and to port 80 without a port.
    /// Without it, plain HTTP is only asked where the TLS port did not speak TLS.
    pub accept_plain_http: bool,
    /// How the engine would go there.
    pub way: Way,
    /// A client certificate for a server that was seen, judged and found to ask for one.
    pub pair: Option<ClientPair>,
}

impl Target {
    #[must_use]
    pub fn new(registry: EntryPoint) -> Self {
        Self { registry, repository: None, reference: None, accept_plain_http: false, way: Way::default(), pair: None }
    }
}

/// How long each step may take, and all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub total: Duration,
    pub dns: Duration,
    /// For one address.
    pub tcp: Duration,
    pub tls: Duration,
    /// For one request.
    pub http: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(15),
            dns: Duration::from_secs(5),
            tcp: Duration::from_secs(4),
            tls: Duration::from_secs(5),
            http: Duration::from_secs(5),
        }
    }
}

/// Looks at one registry. Not from inside an async runtime: there, [`trace_async`] is the one.
#[must_use]
pub fn trace(target: &Target, limits: &Limits) -> Trace {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let trace = runtime.block_on(trace_async(target, limits));
            // A resolver that never answers must not hold the program: its thread is left behind.
            runtime.shutdown_background();
            trace
        }
        Err(error) => journey::unreached(target, &format!("no runtime: {error}")),
    }
}

/// The same inside a runtime. It always ends within `limits.total`, but for the overhead of the machine.
pub async fn trace_async(target: &Target, limits: &Limits) -> Trace {
    journey::walk(target, limits).await
}
