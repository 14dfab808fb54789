//! How to reach the registry again: the address that answered, with or without TLS.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{tcp, tls};
use crate::model::entry_point::EntryPoint;
use crate::model::trace::{Http, TcpOutcome, Tls};

#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The `Host` header: the entry point as written.
    pub host: String,
    /// The name for TLS, without a port.
    pub server_name: String,
    pub address: SocketAddr,
    pub secure: bool,
}

/// An open connection, ready for HTTP.
pub(super) enum Line {
    Plain(TcpStream),
    Secured(tls::Secured),
}

impl Route {
    pub(super) fn new(registry: &EntryPoint, address: SocketAddr) -> Self {
        Self { host: registry.to_string(), server_name: registry.host().to_string(), address, secure: false }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// A fresh connection, or what its failure means for the HTTP layer.
    pub(super) async fn open(&self, until: Instant) -> Result<Line, Http> {
        let stream = match tcp::open(self.address, until).await {
            Ok(stream) => stream,
            Err(TcpOutcome::TimedOut) => return Err(Http::TimedOut),
            Err(outcome) => return Err(Http::Closed(format!("the second connection failed: {outcome:?}"))),
        };
        if !self.secure {
            return Ok(Line::Plain(stream));
        }
        match tls::handshake(&self.server_name, stream, until).await {
            (_, Some(secured)) => Ok(Line::Secured(secured)),
            (Tls::TimedOut, None) => Err(Http::TimedOut),
            (failed, None) => Err(Http::Closed(format!("the second TLS handshake failed: {failed:?}"))),
        }
    }
}
