//! A real registry inside this program: for tests, for the demo, for `serve-test-registry`.
//!
//! ```text
//! server (connections, TLS) → service → fault, access, route (pure) → blob, manifest, tag, referrer, upload → store (disk)
//! ```
//! It answers as the distribution specification says and verifies every digest; it is wrong only where a [`Fault`]
//! says so. It prints nothing and knows nothing of the host that is being examined.

mod access;
mod answer;
mod blob;
mod buffers;
mod builder;
mod call;
mod connection;
mod digest;
mod fault;
mod file;
mod fuzz;
mod http1;
mod incoming;
mod log;
mod manifest;
mod names;
mod outline;
mod page;
mod port;
mod query;
mod range;
mod receive;
mod referrer;
mod refusal;
mod route;
mod running;
mod seats;
mod server;
mod service;
mod session;
mod state;
mod store;
mod tag;
mod tls;
mod upkeep;
mod upload;
mod watched;
mod workers;
mod wrong;

#[cfg(test)]
mod tests;

pub use access::{Access, AccessError, Challenge, HtpasswdError, RightsError, Users};
pub use builder::{Registry, StartError, Storage};
pub use fault::{Fault, FaultError, KINDS, Kind, LIMITS, Layer};
pub use fuzz::fuzz;
pub use log::{Entry, Form, Log};
pub use running::{Background, Running};
pub use store::{Care, StoreError};
pub use tls::{TlsError, TlsMode};
