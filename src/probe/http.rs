//! One HTTP request and the bounded start of its answer. No redirect is followed, nothing is decompressed.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::route::{Line, Route};
use super::sanitize::sanitize;
use super::tls;
use crate::model::ask::HttpAnswer;
use crate::model::trace::Http;

const USER_AGENT: &str = concat!("regdoctor/", env!("CARGO_PKG_VERSION"));
/// What hyper may keep of a head; beyond it, the answer is malformed.
const HEAD_BYTES: usize = 64 * 1024;
const HEADERS: usize = 64;
const VALUE_SHOWN: usize = 4096;
const BODY_BYTES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub method: Method,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

impl Question {
    pub(super) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new() }
    }
}

/// Asks over `line`, or over a fresh connection.
pub(super) async fn ask(route: &Route, line: Option<Line>, question: &Question, until: Instant) -> Http {
    let line = match line {
        Some(line) => Ok(line),
        None => route.open(until).await,
    };
    match line {
        Ok(Line::Plain(stream)) => Box::pin(exchange(route, stream, question, until)).await,
        Ok(Line::Secured(stream)) => Box::pin(exchange(route, stream, question, until)).await,
        Err(failed) => failed,
    }
}

async fn exchange<S>(route: &Route, stream: S, question: &Question, until: Instant) -> Http
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = match request(&route.host, question) {
        Ok(request) => request,
        Err(error) => return Http::Malformed(format!("the request cannot be written: {error}")),
    };
    let shaken = http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = match shaken {
        Ok(pair) => pair,
        Err(error) => return failed(&error),
    };
    // Dropping the set ends the connection, whatever the peer is doing.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    match timeout_at(until, sender.send_request(request)).await {
        Err(_) => Http::TimedOut,
        Ok(Err(error)) => failed(&error),
        Ok(Ok(response)) => {
            let status = response.status().as_u16();
            let headers = headers(response.headers());
            let body = body_start(response, until).await;
            Http::Answer { scheme: route.scheme().into(), answer: HttpAnswer { status, headers, body } }
        }
    }
}

fn request(host: &str, question: &Question) -> Result<Request<Empty<Bytes>>, hyper::http::Error> {
    let mut request = Request::builder().method(&question.method).uri(&question.path).header("host", host);
    for (name, value) in &question.headers {
        request = request.header(*name, value);
    }
    request.header("user-agent", USER_AGENT).body(Empty::new())
}

fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let shown = map.iter().take(HEADERS);
    shown.map(|(name, value)| (name.as_str().to_string(), sanitize(value.as_bytes(), VALUE_SHOWN))).collect()
}

/// What has come by then: a body that drips or breaks off is shown as far as it came.
async fn body_start(response: Response<Incoming>, until: Instant) -> String {
    let mut body = response.into_body();
    let mut start = Vec::new();
    while start.len() < BODY_BYTES {
        let Ok(Some(Ok(frame))) = timeout_at(until, body.frame()).await else { break };
        if let Some(data) = frame.data_ref() {
            start.extend(data.iter().take(BODY_BYTES - start.len()));
        }
    }
    sanitize(&start, BODY_BYTES)
}

fn failed(error: &hyper::Error) -> Http {
    let reason = match tls::alert(error) {
        Some(alert) => format!("TLS alert {alert}"),
        None if is_cut_off(error) => "the connection was closed".into(),
        None => sanitize(reasons(error).as_bytes(), 200),
    };
    if error.is_parse() { Http::Malformed(reason) } else { Http::Closed(reason) }
}

/// TLS that ends without its last word, as a peer does that just goes away.
fn is_cut_off(error: &hyper::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if cause.downcast_ref::<std::io::Error>().is_some_and(|cause| cause.kind() == std::io::ErrorKind::UnexpectedEof)
        {
            return true;
        }
        next = cause.source();
    }
    error.is_incomplete_message()
}

/// An error with its causes: `connection error: Connection reset by peer`.
pub(super) fn reasons(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
