//! What happens to a connection before anything is said on it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::act::{End, Opening};
use super::wire::Socket as _;

/// Nobody is kept waiting for longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// Does it, to the end of the connection.
pub async fn open(mut stream: TcpStream, opening: &Opening) {
    match opening {
        Opening::End(End::Close) => {}
        Opening::End(End::Reset) => stream.reset_on_close(),
        Opening::End(End::Stall) => swallow(&mut stream).await,
        Opening::HalfClose => {
            let _ = stream.shutdown().await;
            swallow(&mut stream).await;
        }
        Opening::Banner(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            swallow(&mut stream).await;
        }
    }
}

/// Reads and says nothing until the client closes.
pub async fn swallow(stream: &mut TcpStream) {
    let mut bytes = [0; 4096];
    let reading = async { while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {} };
    let _ = timeout(PATIENCE, reading).await;
}
