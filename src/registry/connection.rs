//! One connection from its first byte to its end: TLS, HTTP/1.1 and HTTP/2, their limits, and the faults of connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::ServerConnection;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::fault::wire::{Control, Wire};
use super::fault::{Act, Active, Handshake, Opening, handshake, opening};
use super::http1;
use super::log::Entry;
use super::seats::Seat;
use super::server::Site;
use super::service;
use super::watched::Watched;

/// From the connection to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For the headers of a request, and between two requests.
pub const HEADERS: Duration = Duration::from_secs(60);
/// The most that the headers of one request may take.
pub const HEADER_BYTES: usize = 256 * 1024;
const HTTP2_HEADER_BYTES: u32 = 64 * 1024;
/// For the end of open requests on a connection that has to go.
const LEAVING: Duration = Duration::from_secs(10);
/// Requests at a time on one connection of HTTP/2.
const STREAMS: u32 = 128;
/// What Go's server says, and what Docker shows, word for word.
const PLAIN_HTTP_ANSWER: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// What is known of a client before it asks for anything.
#[derive(Debug, Clone)]
pub struct Client {
    pub peer: SocketAddr,
    pub tls: bool,
    /// The common name of its certificate.
    pub name: Option<String>,
    /// Where faults change how bytes go out.
    pub wire: Option<Arc<Control>>,
}

/// One connection to its end. What goes wrong with it is the client's to see: there is nobody else to tell.
pub async fn serve(stream: TcpStream, peer: SocketAddr, site: Arc<Site>, seat: Seat) {
    // Without it every small answer waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let client = Client { peer, tls: false, name: None, wire: None };
    if !site.state.faults.is_empty() && site.faulty {
        let opened = tokio::select! {
            opened = faulty(stream, client, &site) => opened,
            () = seat.leave() => return,
        };
        if let Some((wire, version, client)) = opened {
            http(wire, version, client, site, seat).await;
        }
        return;
    }
    let first = tokio::select! {
        first = first_byte(&stream) => first,
        () = seat.leave() => return,
    };
    let Some(first) = first else { return };
    match site.tls.as_ref().map(Watched::current) {
        None => plain(stream, client, site, seat).await,
        Some(_) if first.is_ascii_uppercase() => answer_plain_http(stream).await,
        Some(acceptor) => {
            let Some((secured, version, client)) = secure(stream, client, &acceptor).await else { return };
            http(secured, version, client, site, seat).await;
        }
    }
}

/// Without TLS and without faults the quick way, as far as that goes.
async fn plain(stream: TcpStream, client: Client, site: Arc<Site>, seat: Seat) {
    if !site.state.faults.is_empty() {
        return http(stream, Version::Http1, client, site, seat).await;
    }
    if let Some(rest) = http1::serve(stream, &client, &site.state, &seat).await {
        http(rest, Version::Http1, client, site, seat).await;
    }
}

type Secured<S> = tokio_rustls::server::TlsStream<S>;

async fn secure<S>(stream: S, client: Client, acceptor: &TlsAcceptor) -> Option<(Secured<S>, Version, Client)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let secured = timeout(HANDSHAKE, acceptor.accept(stream)).await.ok()?.ok()?;
    let session = secured.get_ref().1;
    let version = if session.alpn_protocol() == Some(b"h2") { Version::Http2 } else { Version::Http1 };
    let client = Client { tls: true, name: shown_name(session), ..client };
    Some((secured, version, client))
}

/// What is left for HTTP after the faults of connections; each that acts gets its line in the log.
async fn faulty(stream: TcpStream, client: Client, site: &Site) -> Option<(Wire, Version, Client)> {
    let acting = site.state.faults.on_connection();
    for one in &acting {
        site.state.log.write(&acted(one, &client));
    }
    let first = acting.iter().find_map(|one| match (one.act(), one.after()) {
        (Act::Open(opening), None) => Some(opening),
        _ => None,
    });
    if let Some(opening) = first {
        opening::open(stream, opening).await;
        return None;
    }
    let hello = first_byte(&stream).await?;
    let handshake = acting.iter().find_map(|one| match one.act() {
        Act::Handshake(handshake) => Some(handshake),
        _ => None,
    });
    let acceptor = match handshake {
        Some(Handshake::PlainHttp) => None,
        Some(Handshake::Tls) => site.wrong.unwanted.clone(),
        Some(other) => {
            handshake::act(stream, other, &site.wrong.chain).await;
            return None;
        }
        None => site.tls.as_ref().map(|tls| shown(site, &acting).unwrap_or_else(|| tls.current().as_ref().clone())),
    };
    if acceptor.is_some() && hello.is_ascii_uppercase() {
        answer_plain_http(stream).await;
        return None;
    }
    let below = limited(Wire::new(stream), &acting);
    let Some(acceptor) = acceptor else { return Some(watched(below, Version::Http1, client)) };
    let (secured, version, client) = secure(below, client, &acceptor).await?;
    Some(watched(Wire::new(secured), version, client))
}

/// The wrong certificate, if one is to be shown.
fn shown(site: &Site, acting: &[&Active]) -> Option<TlsAcceptor> {
    let wrong = acting.iter().find_map(|one| match one.act() {
        Act::Certificate(wrong) => Some(*wrong),
        _ => None,
    })?;
    site.wrong.certificates.iter().find(|(kind, _)| *kind == wrong).map(|(_, acceptor)| acceptor.clone())
}

/// With the end that comes after so many bytes.
fn limited(wire: Wire, acting: &[&Active]) -> Wire {
    for one in acting {
        if let (Act::Open(Opening::End(end)), Some(after)) = (one.act(), one.after()) {
            wire.control().end_when_read(after, *end);
        }
    }
    wire
}

fn watched(wire: Wire, version: Version, client: Client) -> (Wire, Version, Client) {
    let client = Client { wire: Some(wire.control()), ..client };
    (wire, version, client)
}

fn acted(one: &Active, client: &Client) -> Entry {
    Entry { faults: vec![one.name()], outcome: "connection".into(), ..Entry::of_connection(client.peer) }
}

#[derive(Debug, Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

async fn http<S>(stream: S, version: Version, client: Client, site: Arc<Site>, seat: Seat)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let seat = Arc::new(seat);
    let sitting = Arc::clone(&seat);
    let service = service_fn(move |request| {
        let (site, client, seat) = (Arc::clone(&site), client.clone(), Arc::clone(&sitting));
        async move { service::serve(&site.state, &client, seat.busy(), request).await }
    });
    let builder = protocol(version);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = seat.leave() => connection.as_mut().graceful_shutdown(),
    }
    let _ = timeout(LEAVING, connection).await;
}

fn protocol(version: Version) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HTTP2_HEADER_BYTES)
        .max_concurrent_streams(STREAMS)
        .adaptive_window(true)
        .keep_alive_interval(HEADERS)
        .keep_alive_timeout(HANDSHAKE);
    match version {
        Version::Http1 => builder.http1_only(),
        Version::Http2 => builder.http2_only(),
    }
}

/// The first byte, left where it is; `None` when the client closed instead, or said nothing in time.
async fn first_byte(stream: &TcpStream) -> Option<u8> {
    let mut byte = [0];
    let count = timeout(HANDSHAKE, stream.peek(&mut byte)).await.ok()?.ok()?;
    byte.first().copied().filter(|_| count > 0)
}

async fn answer_plain_http(mut stream: TcpStream) {
    let answering = async {
        stream.write_all(PLAIN_HTTP_ANSWER).await?;
        stream.shutdown().await?;
        // Closing with unread bytes would reset the connection and take the answer with it.
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = timeout(HANDSHAKE, answering).await;
}

/// The common name of the client's certificate, which was verified.
fn shown_name(session: &ServerConnection) -> Option<String> {
    let certificate = session.peer_certificates()?.first()?;
    let parsed = X509Certificate::from_der(certificate).ok()?.1;
    parsed.subject().iter_common_name().next()?.as_str().ok().map(str::to_string)
}
