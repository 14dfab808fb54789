//! One HTTP request and the bounded start of its answer. No redirect is followed, nothing is decompressed.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::line::Line;
use super::pieces::Pieces;
use super::route::Route;
use super::tls;
use crate::model::ask::HttpAnswer;
use crate::model::printable::{causes, chain, printable, printable_bytes};
use crate::model::secret::Secret;
use crate::model::trace::Http;

pub(super) const USER_AGENT: &str = concat!("regdoctor/", env!("CARGO_PKG_VERSION"));
/// What hyper may keep of a head; beyond it, the answer is malformed.
pub(super) const HEAD_BYTES: usize = 64 * 1024;
const HEADERS: usize = 64;
const VALUE_SHOWN: usize = 4096;
/// What is kept of a body to be shown.
const BODY_SHOWN: usize = 4096;

#[derive(Debug, Clone)]
pub(super) struct Question {
    pub method: Method,
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub authorization: Option<Secret>,
    pub body: Sent,
    pub reading: Reading,
}

/// What goes along with a request.
#[derive(Debug, Clone)]
pub(super) enum Sent {
    Nothing,
    Whole(Bytes),
    /// Without a length, as Docker's classic store sends layers.
    Chunked(Bytes),
}

/// How much of an answer's body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// What can be shown.
    Start,
    /// All of it, if it is not longer than this.
    Whole(usize),
}

/// An answer, with the bytes that were read of its body.
#[derive(Debug)]
pub(super) struct Fetched {
    pub http: Http,
    pub body: Vec<u8>,
    /// The body ended, and nothing of it is missing.
    pub whole: bool,
}

impl Question {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        let (body, reading) = (Sent::Nothing, Reading::Start);
        Self { method, path: path.into(), headers: Vec::new(), authorization: None, body, reading }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn with(mut self, authorization: Option<Secret>) -> Self {
        self.authorization = authorization;
        self
    }
}

impl Fetched {
    fn none(http: Http) -> Self {
        Self { http, body: Vec::new(), whole: false }
    }
}

/// Asks over `line`, or over a fresh connection.
pub(super) async fn ask(route: &Route, line: Option<Line>, question: &Question, until: Instant) -> Fetched {
    let line = match line {
        Some(line) => Ok(line),
        None => Box::pin(route.open(until)).await,
    };
    match line {
        Ok(line) => Box::pin(exchange(route, line, question, until)).await,
        Err(failed) => Fetched::none(failed),
    }
}

async fn exchange(route: &Route, line: Line, question: &Question, until: Instant) -> Fetched {
    let request = match request(route, question) {
        Ok(request) => request,
        Err(error) => return Fetched::none(Http::Malformed(format!("the request cannot be written: {error}"))),
    };
    let shaken = http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(TokioIo::new(line)).await;
    let (mut sender, connection) = match shaken {
        Ok(pair) => pair,
        Err(error) => return Fetched::none(failed(&error)),
    };
    // Dropping the set ends the connection, whatever the peer is doing.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    match timeout_at(until, sender.send_request(request)).await {
        Err(_) => Fetched::none(Http::TimedOut),
        Ok(Err(error)) => Fetched::none(failed(&error)),
        Ok(Ok(response)) => read(route.scheme(), response, question.reading, until).await,
    }
}

fn request(route: &Route, question: &Question) -> Result<Request<BoxBody<Bytes, Infallible>>, hyper::http::Error> {
    let uri = route.target(&question.path);
    let mut request = Request::builder().method(&question.method).uri(uri).header("host", &route.host);
    for (name, value) in &question.headers {
        request = request.header(*name, value);
    }
    if let Some(authorization) = &question.authorization {
        request = request.header("authorization", authorization.expose());
    }
    let body = match &question.body {
        Sent::Nothing if question.method == Method::POST => Full::new(Bytes::new()).boxed(),
        Sent::Nothing => http_body_util::Empty::new().boxed(),
        Sent::Whole(bytes) => Full::new(bytes.clone()).boxed(),
        Sent::Chunked(bytes) => Pieces::of(bytes.clone()).boxed(),
    };
    request.header("user-agent", USER_AGENT).body(body)
}

/// Reads an answer as far as it is wanted.
pub(super) async fn read(scheme: &str, response: Response<Incoming>, reading: Reading, until: Instant) -> Fetched {
    let Http::Answer { mut answer, .. } = head(scheme, &response) else {
        return Fetched::none(Http::TimedOut);
    };
    let limit = match reading {
        Reading::Start => BODY_SHOWN,
        Reading::Whole(limit) => limit,
    };
    let (body, whole) = body(response, limit, until).await;
    answer.body = printable_bytes(&body, BODY_SHOWN);
    Fetched { http: Http::Answer { scheme: scheme.into(), answer }, body, whole }
}

/// Status and headers alone.
pub(super) fn head<B>(scheme: &str, response: &Response<B>) -> Http {
    let (status, headers) = (response.status().as_u16(), headers(response.headers()));
    Http::Answer { scheme: scheme.into(), answer: HttpAnswer { status, headers, body: String::new() } }
}

fn headers(map: &HeaderMap) -> Vec<(String, String)> {
    let shown = map.iter().take(HEADERS);
    shown.map(|(name, value)| (name.as_str().to_string(), printable_bytes(value.as_bytes(), VALUE_SHOWN))).collect()
}

/// What has come by then: a body that drips or breaks off is kept as far as it came.
async fn body(response: Response<Incoming>, limit: usize, until: Instant) -> (Vec<u8>, bool) {
    let mut body = response.into_body();
    let mut start = Vec::new();
    if body.is_end_stream() {
        return (start, true);
    }
    loop {
        let frame: Frame<Bytes> = match timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return (start, true),
            Ok(Some(Err(_))) | Err(_) => return (start, false),
        };
        let Some(data) = frame.data_ref() else { continue };
        let room = limit - start.len();
        start.extend(data.iter().take(room));
        if data.len() > room {
            return (start, false);
        }
    }
}

pub(super) fn failed(error: &hyper::Error) -> Http {
    let reason = match tls::alert(error) {
        Some(alert) => format!("TLS alert {alert}"),
        None if is_cut_off(error) => "the connection was closed".into(),
        None => printable(&chain(error), 200),
    };
    if error.is_parse() { Http::Malformed(reason) } else { Http::Closed(reason) }
}

/// TLS that ends without its last word, as a peer does that just goes away.
fn is_cut_off(error: &hyper::Error) -> bool {
    let ends = |cause: &io::Error| cause.kind() == io::ErrorKind::UnexpectedEof;
    causes(error).any(|cause| cause.downcast_ref().is_some_and(ends)) || error.is_incomplete_message()
}
