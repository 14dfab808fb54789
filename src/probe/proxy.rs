//! A way through a proxy, as a Go program asks for it: `CONNECT`, or SOCKS 5.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::http::{self, Reading};
use super::line::Line;
use super::socks;
use super::tls::{self, Proof};
use crate::model::proxies::ProxyAddress;
use crate::model::trace::{Http, Opening, Tls};

/// Asks for a way to a host and port. A line comes back exactly when the proxy gave one.
pub(super) async fn open(
    stream: Line,
    proxy: &ProxyAddress,
    to: (&str, u16),
    until: Instant,
) -> (Opening, Option<Line>) {
    if proxy.is_socks() {
        let (socks, line) = socks::open(stream, proxy, to, until).await;
        return (Opening::Socks(socks), line);
    }
    let (http, line) = connect(stream, proxy, to, until).await;
    (Opening::Http(http), line)
}

async fn connect(
    stream: Line,
    proxy: &ProxyAddress,
    (host, port): (&str, u16),
    until: Instant,
) -> (Http, Option<Line>) {
    let stream = if proxy.scheme == "https" {
        match tls::handshake(&proxy.host, stream, &Proof::Nothing, until).await {
            (_, Some(secured)) => secured,
            (Tls::TimedOut, None) => return (Http::TimedOut, None),
            (failed, None) => return (Http::Closed(format!("TLS with the proxy failed: {failed:?}")), None),
        }
    } else {
        stream
    };
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    match timeout_at(until, Box::pin(ask(stream, proxy, &authority, until))).await {
        Ok(answer) => answer,
        Err(_) => (Http::TimedOut, None),
    }
}

async fn ask(stream: Line, proxy: &ProxyAddress, authority: &str, until: Instant) -> (Http, Option<Line>) {
    let request = match request(proxy, authority) {
        Ok(request) => request,
        Err(error) => return (Http::Malformed(format!("the request cannot be written: {error}")), None),
    };
    let shaken = http1::Builder::new().max_buf_size(http::HEAD_BYTES).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = match shaken {
        Ok(pair) => pair,
        Err(error) => return (http::failed(&error), None),
    };
    // It ends with the line that it carries, or with the refusal.
    let driver = tokio::spawn(connection.with_upgrades());
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        Err(error) => return (http::failed(&error), None),
    };
    if !response.status().is_success() {
        let refused = http::read("http", response, Reading::Start, until).await.http;
        driver.abort();
        return (refused, None);
    }
    let granted = http::head("http", &response);
    match hyper::upgrade::on::<Response<_>>(response).await {
        Ok(line) => (granted, Some(Box::new(TokioIo::new(line)))),
        Err(error) => (http::failed(&error), None),
    }
}

/// Only over plain HTTP: there the engine sends the login with every request, as the person wrote it. Over TLS it would
/// travel to a proxy that was not verified here.
fn request(proxy: &ProxyAddress, authority: &str) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let mut request = Request::builder().method(Method::CONNECT).uri(authority).header("host", authority);
    if let Some((user, password)) = proxy.login.as_ref().filter(|_| proxy.scheme == "http") {
        let login = STANDARD.encode(format!("{user}:{}", password.expose()));
        request = request.header("proxy-authorization", format!("Basic {login}"));
    }
    request.header("user-agent", http::USER_AGENT).body(Empty::new())
}
