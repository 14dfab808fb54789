//! A port: accepting connections, how many at a time, and a graceful end.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::connection;
use super::seats::Seats;
use super::state::State;
use super::watched::Watched;
use super::wrong::Wrong;

/// How long open requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);
/// After a failed accept, as when no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(50);

/// What the connections of one port have in common.
#[derive(Debug)]
pub struct Site {
    pub state: Arc<State>,
    pub tls: Option<Watched<TlsAcceptor>>,
    pub wrong: Wrong,
    /// Whether faults act on connections here.
    pub faulty: bool,
}

/// Serves until `stop` changes, then lets open requests end.
pub async fn serve(listener: TcpListener, site: Arc<Site>, seats: Arc<Seats>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match (accepted, seats.take()) {
                (Ok((stream, peer)), Some(seat)) => {
                    connections.spawn(connection::serve(stream, peer, Arc::clone(&site), seat));
                }
                // With everybody busy, whoever comes next is turned away.
                (Ok(_), None) => {}
                (Err(_), _) => sleep(PAUSE).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    seats.clear();
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, ended).await.is_err() {
        connections.shutdown().await;
    }
}
