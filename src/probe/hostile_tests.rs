//! Servers that want to hurt whoever looks at them: each ends, in time, and leaves little behind.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::loopback::{request, serve};
use super::*;
use crate::model::trace::Http;

fn limits() -> Limits {
    let step = Duration::from_millis(600);
    Limits { total: Duration::from_secs(4), dns: step, tcp: step, tls: step, http: step }
}

/// The limit, and what a busy machine may add.
const AT_MOST: Duration = Duration::from_secs(10);
/// What a saved trace may be.
const KEPT: usize = 200_000;

/// A server that closes on TLS and sends `head`, then `again` for ever, with a pause before each.
async fn endless(head: &'static str, again: String, pause: Duration) -> SocketAddr {
    serve(move |mut stream: TcpStream| {
        let again = again.clone();
        async move {
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
                return;
            }
            request(&mut stream).await;
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(again.as_bytes()).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
    })
    .await
}

async fn look(address: SocketAddr) -> Trace {
    let registry = crate::model::entry_point::parse(&address.to_string()).unwrap().entry_point;
    let target = Target { repository: Some("team/app".into()), ..Target::new(registry) };
    let began = Instant::now();
    let trace = trace_async(&target, &limits()).await;
    assert!(began.elapsed() < AT_MOST, "{:?}", began.elapsed());
    let text = serde_json::to_string(&trace).unwrap();
    assert!(text.len() < KEPT, "{}", text.len());
    assert!(!text.contains("\\u001b"), "an escape sequence was kept");
    trace
}

#[tokio::test]
async fn a_drip_is_not_waited_for() {
    let address = endless("HTTP/1.1 200 OK\r\nX: ", "a".into(), Duration::from_millis(20)).await;
    assert_eq!(look(address).await.http.seen(), Some(&Http::TimedOut));
    let address = endless("HTTP/1.1 200 OK\r\n\r\n", "a".into(), Duration::from_millis(20)).await;
    let trace = look(address).await;
    let (_, answer) = trace.http.answer().unwrap();
    assert!(answer.body.len() < 100 && answer.body.starts_with('a'), "{}", answer.body);
}

#[tokio::test]
async fn floods_are_cut_off() {
    let rows = [
        ("HTTP/1.1 200 OK\r\n", "X-A: b\r\n".repeat(1000)),
        ("HTTP/1.1 200 OK\r\nX: ", "a".repeat(100_000)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n".repeat(1000)),
        ("HTTP/1.1 200 OK\r\n\r\n", "\u{1b}]0;owned\u{7}\u{202e}".repeat(1000)),
    ];
    for (head, again) in rows {
        look(endless(head, again, Duration::ZERO).await).await;
    }
}

/// A body that says gzip stays what it is: nothing here unpacks anything.
#[tokio::test]
async fn bombs_stay_packed() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u{1f}\u{8b}";
    let trace = look(endless(head, String::new(), Duration::from_secs(1)).await).await;
    let (_, answer) = trace.http.answer().unwrap();
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.chars().count() <= 4);
}

/// One answer for every question, so that a million errors also come as the manifest and as the token.
async fn always(body: String, headers: &'static str, status: &'static str) -> SocketAddr {
    serve(move |mut stream: TcpStream| {
        let body = body.clone();
        async move {
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
                return;
            }
            let head = request(&mut stream).await;
            let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_string();
            let headers = headers.replace("HOST", &host);
            let start = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(start.as_bytes()).await;
            let _ = stream.write_all(body.as_bytes()).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_million_of_anything() {
    let errors = format!(r#"{{"errors":[{}{{}}]}}"#, r#"{"code":"X"},"#.repeat(300_000));
    let trace = look(always(errors, "", "200 OK").await).await;
    assert!(trace.image.seen().is_some_and(|image| image.blobs.is_empty()));
    let layers = format!(r#"{{"layers":[{}{{}}]}}"#, r#"{"digest":""},"#.repeat(250_000));
    look(always(layers, "", "200 OK").await).await;
    let challenge = "WWW-Authenticate: Bearer realm=\"http://HOST/token\"\r\n";
    let tokens = format!(r#"{{"token":"{}"}}"#, "a".repeat(1_000_000));
    let trace = look(always(tokens, challenge, "401 Unauthorized").await).await;
    assert_eq!(trace.http.status(), Some(401));
}

#[tokio::test]
async fn names_that_confuse_are_shown_harmlessly() {
    let body = "\u{1b}[2J\u{1b}]8;;http://evil\u{7}".repeat(10);
    let trace = look(always(body, "Server: a\u{1b}[31mb\r\n", "503 Service Unavailable").await).await;
    let text = format!("{trace:?}");
    assert!(!text.contains('\u{1b}') && !text.contains("\\u{1b}"), "{text}");
}
