//! A port: accepting connections, how many at a time, and a graceful end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::connection;
use super::seats::{Seat, Seats};
use super::state::State;
use super::watched::Watched;
use super::workers::Runtimes;
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

/// Serves on these runtimes until `stop` changes, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    seats: Arc<Seats>,
    runtimes: Runtimes,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match (accepted, seats.take()) {
                (Ok((stream, peer)), Some(seat)) => {
                    let connection = connect(stream.into_std(), peer, Arc::clone(&site), seat);
                    connections.spawn_on(connection, &runtimes.least_busy());
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

/// Serves one connection on the runtime that this runs on; what was accepted belonged to another.
async fn connect(stream: io::Result<std::net::TcpStream>, peer: SocketAddr, site: Arc<Site>, seat: Seat) {
    // Where no file descriptor is left for it, the client sees its connection closed.
    if let Ok(stream) = stream.and_then(TcpStream::from_std) {
        connection::serve(stream, peer, site, seat).await;
    }
}
