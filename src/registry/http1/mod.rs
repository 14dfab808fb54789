//! HTTP/1.1 without TLS, quicker than a general server can: bodies are read into the buffers that are written to the
//! disk, a small answer is one write, and a blob goes from the file to the socket inside the kernel.
//!
//! Only requests that leave no question open are served here. At the first other one the whole connection goes to hyper,
//! with what was read of it, so every rule of HTTP that matters to them is hyper's.

pub mod body;
mod head;
mod respond;
mod rewound;

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::connection::{Client, HEADER_BYTES, HEADERS};
use super::incoming::Incoming;
use super::seats::Seat;
use super::service;
use super::state::State;
use body::{Body, Connection, Home};
use head::{Head, Plain};
pub use rewound::Rewound;

/// How much of a head is asked for at once: most are shorter.
const PIECE: usize = 4 * 1024;
/// How long a client whose body nobody wants may go on sending it, so that it gets to read the answer.
const LINGER: Duration = Duration::from_secs(2);

/// Serves until the client or the seat leaves, or something comes that is not served here.
pub async fn serve(stream: TcpStream, client: &Client, state: &State, seat: &Seat) -> Option<Rewound> {
    let mut connection = Connection { stream, read: BytesMut::new() };
    let home = Home::default();
    loop {
        let head = tokio::select! {
            head = timeout(HEADERS, next_head(&mut connection)) => head.ok().flatten()?,
            () = seat.leave() => return None,
        };
        let Head::Plain { plain, .. } = head else {
            return Some(Rewound::new(connection.read.freeze(), connection.stream));
        };
        let Plain { request, framing, waiting, last } = *plain;
        let body = Incoming::from(Body::new(connection, framing, waiting, home.clone()));
        let answer = service::serve(state, client, seat.busy(), request.map(|()| body)).await;
        let over;
        (connection, over) = home.take()?;
        let last = last || !over;
        respond::send(&connection, answer.ok()?, last).await.ok()?;
        if last {
            linger(connection, over).await;
            return None;
        }
    }
}

/// The head of the next request, taken off what was read; `None` when the client closed.
async fn next_head(connection: &mut Connection) -> Option<Head> {
    let Connection { stream, read } = connection;
    loop {
        if !read.is_empty() {
            match head::parse(read) {
                Head::Incomplete if read.len() < HEADER_BYTES => {}
                Head::Plain { plain, length } => {
                    let _ = read.split_to(length);
                    return Some(Head::Plain { plain, length });
                }
                _ => return Some(Head::Other),
            }
        }
        read.reserve(PIECE);
        match stream.try_read_buf(read) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.readable().await.ok()?,
            Err(_) => return None,
        }
    }
}

/// Closing with unread bytes would reset the connection and take the answer with it.
async fn linger(connection: Connection, over: bool) {
    if over {
        return;
    }
    let mut stream = connection.stream;
    let reading = async {
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    let _ = timeout(LINGER, reading).await;
}
