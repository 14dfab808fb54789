//! One HTTP request over a Unix socket: how engines offer their API.

use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::model::act::HttpRequest;
use crate::model::ask::HttpAnswer;

/// Engines answer `/info` with a few KiB; push and pull stream progress lines.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Why a request got no answer.
#[derive(Debug)]
pub enum NoAnswer {
    Io(io::Error),
    Protocol(String),
    TimedOut,
}

/// Sends one request and reads the whole answer.
///
/// # Errors
/// The socket is missing or denied, nobody answers in time, or what comes back is not HTTP.
pub fn exchange(request: &HttpRequest) -> Result<HttpAnswer, NoAnswer> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(NoAnswer::Io)?;
    runtime.block_on(async {
        match tokio::time::timeout(request.limit, send(request)).await {
            Ok(result) => result,
            Err(_) => Err(NoAnswer::TimedOut),
        }
    })
}

/// `GET path`, with the limit of a question.
///
/// # Errors
/// As [`exchange`].
pub fn get(socket: &Path, path: &str, limit: Duration) -> Result<HttpAnswer, NoAnswer> {
    exchange(&HttpRequest {
        socket: socket.to_path_buf(),
        method: "GET",
        path: path.to_string(),
        headers: Vec::new(),
        body: Vec::new(),
        limit,
    })
}

async fn send(request: &HttpRequest) -> Result<HttpAnswer, NoAnswer> {
    let protocol = |error: &dyn std::fmt::Display| NoAnswer::Protocol(error.to_string());
    let stream = UnixStream::connect(&request.socket).await.map_err(NoAnswer::Io)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| protocol(&error))?;
    let driver = tokio::spawn(connection);
    let mut built = Request::builder().method(request.method).uri(&request.path).header("host", "docker");
    for (name, value) in &request.headers {
        built = built.header(name, value);
    }
    let built = built.body(Full::new(Bytes::from(request.body.clone()))).map_err(|error| protocol(&error))?;
    let response = sender.send_request(built).await.map_err(|error| protocol(&error))?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await.map_err(|error| protocol(&error))?;
    driver.abort();
    Ok(HttpAnswer { status, headers, body: String::from_utf8_lossy(&body.to_bytes()).into_owned() })
}
