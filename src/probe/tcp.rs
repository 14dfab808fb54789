//! The connection: every address, IPv4 and IPv6 apart.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::deadline::{Deadline, milliseconds};
use crate::model::trace::{Tcp, TcpAttempt, TcpOutcome};

/// A connection and its far end.
pub(super) type Connected = (SocketAddr, TcpStream);

/// What one family came to.
type Tried = (Vec<TcpAttempt>, Option<Connected>);

/// What the other family may still take when one has connected: Go waits 300 ms before it tries it.
const GRACE: Duration = Duration::from_millis(700);

/// Tries the addresses of each family in order, both families at the same time; on the next port, where none connects.
pub(super) async fn connect(
    addresses: &[IpAddr],
    ports: &[u16],
    limit: Duration,
    deadline: &Deadline,
) -> (Tcp, Option<Connected>) {
    let mut attempts = Vec::new();
    // In the order of the resolver, in which a Go program tries them.
    let rank = |address: SocketAddr| addresses.iter().position(|one| *one == address.ip());
    for port in ports {
        let ends = |v6: bool| {
            let family = addresses.iter().filter(move |address| address.is_ipv6() == v6);
            family.map(|address| SocketAddr::new(*address, *port)).collect::<Vec<_>>()
        };
        let connected = Notify::new();
        let (v4, v6) = (ends(false), ends(true));
        let tried = tokio::join!(family(&v4, limit, deadline, &connected), family(&v6, limit, deadline, &connected));
        let ((mut first, one), (second, other)) = tried;
        first.extend(second);
        first.sort_by_key(|attempt| rank(attempt.address));
        attempts.extend(first);
        if let Some(best) = one.into_iter().chain(other).min_by_key(|(address, _)| rank(*address)) {
            return (Tcp { attempts }, Some(best));
        }
    }
    (Tcp { attempts }, None)
}

/// One family, until one of its addresses connects or the other family has, and a little longer.
async fn family(ends: &[SocketAddr], limit: Duration, deadline: &Deadline, connected: &Notify) -> Tried {
    let mut attempts = Vec::new();
    for address in ends {
        if deadline.is_over() {
            break;
        }
        let began = Instant::now();
        let opened = tokio::select! {
            opened = open(*address, deadline.step(limit)) => opened,
            () = async { connected.notified().await; sleep(GRACE).await } => Err(TcpOutcome::TimedOut),
        };
        let outcome = opened.as_ref().map_or_else(Clone::clone, |_| TcpOutcome::Connected);
        let gave_up = outcome == TcpOutcome::TimedOut && began.elapsed() < limit;
        attempts.push(TcpAttempt { address: *address, outcome, took_ms: milliseconds(began.elapsed()) });
        if let Ok(stream) = opened {
            // One permit is kept for the other family, should it not be waiting yet.
            connected.notify_one();
            return (attempts, Some((*address, stream)));
        }
        if gave_up {
            break;
        }
    }
    (attempts, None)
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
