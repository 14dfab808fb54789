//! How to reach a server again: the address that answered, straight or through a proxy, with or without TLS.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::line::Line;
use super::tls::Proof;
use super::{proxy, tcp, tls};
use crate::model::proxies::ProxyAddress;
use crate::model::trace::{Http, TcpOutcome, Tls};

#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The `Host` header: the entry point as written.
    pub host: String,
    /// The name for TLS, without a port.
    pub server_name: String,
    pub secure: bool,
    pub through: Through,
    /// What the server must prove before anything is sent.
    pub proof: Proof,
}

#[derive(Debug, Clone)]
pub(super) enum Through {
    Straight(SocketAddr),
    /// `CONNECT authority` at the proxy's address.
    Tunnel {
        proxy: ProxyAddress,
        at: SocketAddr,
        to: (String, u16),
    },
    /// Plain HTTP: the proxy is asked for the whole URL.
    Forward {
        at: SocketAddr,
    },
}

impl Route {
    pub(super) fn straight(host: String, server_name: &str, address: SocketAddr) -> Self {
        let through = Through::Straight(address);
        Self { host, server_name: server_name.to_string(), secure: false, through, proof: Proof::Nothing }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// What stands behind the method: a path, or for a proxy the whole URL.
    pub(super) fn target(&self, path: &str) -> String {
        match self.through {
            Through::Forward { .. } => format!("http://{}{path}", self.host),
            _ => path.to_string(),
        }
    }

    /// A fresh connection to the server, before any TLS.
    pub(super) async fn connect(&self, until: Instant) -> Result<Line, Http> {
        let address = match &self.through {
            Through::Straight(address) | Through::Tunnel { at: address, .. } | Through::Forward { at: address } => {
                *address
            }
        };
        let stream: Line = match tcp::open(address, until).await {
            Ok(stream) => Box::new(stream),
            Err(TcpOutcome::TimedOut) => return Err(Http::TimedOut),
            Err(outcome) => return Err(Http::Closed(format!("the second connection failed: {outcome:?}"))),
        };
        let Through::Tunnel { proxy, to: (host, port), .. } = &self.through else { return Ok(stream) };
        match proxy::open(stream, proxy, (host, *port), until).await {
            (_, Some(line)) => Ok(line),
            (opening, None) => Err(Http::Closed(format!("the proxy {}", opening.told()))),
        }
    }

    /// A fresh connection that is ready for HTTP, or what its failure means for the HTTP layer.
    pub(super) async fn open(&self, until: Instant) -> Result<Line, Http> {
        let stream = self.connect(until).await?;
        if !self.secure {
            return Ok(stream);
        }
        match tls::handshake(&self.server_name, stream, &self.proof, until).await {
            (_, Some(secured)) => Ok(secured),
            (Tls::TimedOut, None) => Err(Http::TimedOut),
            (failed, None) => Err(Http::Closed(format!("the second TLS handshake failed: {failed:?}"))),
        }
    }
}
