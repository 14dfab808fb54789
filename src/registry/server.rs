//! Connections: accepting them, TLS, HTTP/1.1 and HTTP/2, their limits, and a graceful end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::service;
use super::state::State;

/// From the connection to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For the headers of a request, and between two requests.
const HEADERS: Duration = Duration::from_secs(60);
/// The most that the headers of one request may take.
const HEADER_BYTES: usize = 256 * 1024;
const HTTP2_HEADER_BYTES: u32 = 64 * 1024;
/// How long open requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);
/// After a failed accept, as when no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(50);
/// What Go's server says, and what Docker shows, word for word.
const PLAIN_HTTP_ANSWER: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Serves until `stop` changes, then lets open requests end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let connection = connection(stream, peer, tls.clone(), Arc::clone(&state), stop.clone());
                    connections.spawn(connection);
                }
                Err(_) => sleep(PAUSE).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            _ = stop.changed() => break,
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, ended).await.is_err() {
        connections.shutdown().await;
    }
}

/// One connection to its end. What goes wrong with it is the client's to see: there is nobody else to tell.
async fn connection(
    mut stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
    mut stop: watch::Receiver<bool>,
) {
    // Without it every small answer waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let opening = tokio::select! {
        opening = timeout(HANDSHAKE, first_byte(&stream)) => opening,
        _ = stop.changed() => return,
    };
    let Ok(Ok(Some(first))) = opening else { return };
    let Some(acceptor) = tls else { return http(stream, Version::Http1, peer, state, stop).await };
    if first.is_ascii_uppercase() {
        let _ = timeout(HANDSHAKE, answer_plain_http(&mut stream)).await;
        return;
    }
    let Ok(Ok(secured)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
    let version = match secured.get_ref().1.alpn_protocol() {
        Some(b"h2") => Version::Http2,
        _ => Version::Http1,
    };
    http(secured, version, peer, state, stop).await;
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

async fn http<S>(stream: S, version: Version, peer: SocketAddr, state: Arc<State>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { service::serve(&state, peer, request).await }
    });
    let builder = protocol(version);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn protocol(version: Version) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HTTP2_HEADER_BYTES)
        .adaptive_window(true)
        .keep_alive_interval(HEADERS)
        .keep_alive_timeout(HANDSHAKE);
    match version {
        Version::Http1 => builder.http1_only(),
        Version::Http2 => builder.http2_only(),
    }
}

/// The first byte, left where it is; `None` when the client closed instead.
async fn first_byte(stream: &TcpStream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let count = stream.peek(&mut byte).await?;
    Ok(byte.first().copied().filter(|_| count > 0))
}

async fn answer_plain_http(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(PLAIN_HTTP_ANSWER).await?;
    stream.shutdown().await?;
    // Closing with unread bytes would reset the connection and take the answer with it.
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
