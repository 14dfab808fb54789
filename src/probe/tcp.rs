//! The connection: every address in order until one connects.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::deadline::{Deadline, milliseconds};
use crate::model::trace::{Tcp, TcpAttempt, TcpOutcome};

/// A connection and its far end.
pub(super) type Connected = (SocketAddr, TcpStream);

/// Tries every address on the first port, then on the next.
pub(super) async fn connect(
    addresses: &[IpAddr],
    ports: &[u16],
    limit: Duration,
    deadline: &Deadline,
) -> (Tcp, Option<Connected>) {
    let mut attempts = Vec::new();
    let ends = ports.iter().flat_map(|port| addresses.iter().map(|address| SocketAddr::new(*address, *port)));
    for address in ends {
        if deadline.is_over() {
            break;
        }
        let began = Instant::now();
        let opened = open(address, deadline.step(limit)).await;
        let outcome = opened.as_ref().map_or_else(Clone::clone, |_| TcpOutcome::Connected);
        attempts.push(TcpAttempt { address, outcome, took_ms: milliseconds(began.elapsed()) });
        if let Ok(stream) = opened {
            return (Tcp { attempts }, Some((address, stream)));
        }
    }
    (Tcp { attempts }, None)
}

/// One connection, or why there is none.
pub(super) async fn open(address: SocketAddr, until: Instant) -> Result<TcpStream, TcpOutcome> {
    match timeout_at(until, TcpStream::connect(address)).await {
        Err(_) => Err(TcpOutcome::TimedOut),
        Ok(Err(error)) => Err(failed(&error)),
        Ok(Ok(stream)) => {
            // A request in two segments would wait for a delayed acknowledgement; where this is not to be had, it waits.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
    }
}

fn failed(error: &io::Error) -> TcpOutcome {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TcpOutcome::Refused,
        io::ErrorKind::TimedOut => TcpOutcome::TimedOut,
        io::ErrorKind::HostUnreachable => TcpOutcome::NoRoute,
        io::ErrorKind::NetworkUnreachable => TcpOutcome::NetworkUnreachable,
        _ => TcpOutcome::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_refusals_apart() {
        // The numbers of Linux; `No route to host` is what a firewall's REJECT gives.
        let rows = [
            (111, TcpOutcome::Refused),
            (110, TcpOutcome::TimedOut),
            (113, TcpOutcome::NoRoute),
            (101, TcpOutcome::NetworkUnreachable),
        ];
        for (number, want) in rows {
            assert_eq!(failed(&io::Error::from_raw_os_error(number)), want);
        }
        assert!(matches!(failed(&io::Error::from_raw_os_error(13)), TcpOutcome::Failed(_)));
    }
}
