//! Traces of small servers on loopback: each shows one thing, and the trace must say that thing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::loopback::{Clients, acceptor, closed_port, request, serve, speak};
use super::*;
use tokio::net::TcpStream;

use super::journey::NO_PLAIN;
use crate::model::trace::{Dns, Handshake, Http, Layer, TcpOutcome, Tls, TokenAnswer};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const UNREADABLE: &str =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request";

fn limits() -> Limits {
    let short = Duration::from_millis(400);
    Limits { total: Duration::from_secs(5), dns: Duration::from_secs(2), tcp: short, tls: short, http: short }
}

fn target(address: SocketAddr) -> Target {
    let registry = crate::model::entry_point::parse(&address.to_string()).unwrap().entry_point;
    Target::new(registry)
}

async fn look(address: SocketAddr) -> Trace {
    trace_async(&target(address), &limits()).await
}

fn handshake(trace: &Trace) -> &Handshake {
    match trace.tls.seen() {
        Some(Tls::Handshake(handshake)) => handshake,
        other => panic!("{other:?}"),
    }
}

fn status(layer: &Layer<Http>) -> (&str, u16) {
    let (scheme, answer) = layer.seen().and_then(Http::answer).unwrap_or_else(|| panic!("{layer:?}"));
    (scheme, answer.status)
}

fn why<T: std::fmt::Debug>(layer: &Layer<T>) -> &str {
    match layer {
        Layer::NotReached(why) => why,
        reached @ Layer::Reached { .. } => panic!("{reached:?}"),
    }
}

/// A Go server, as it answers a TLS hello on a plain port.
async fn plain(stream: TcpStream) {
    let mut first = [0];
    if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
        speak(stream, |_| UNREADABLE.into()).await;
    } else {
        speak(stream, |head| if head.starts_with("GET /v2/ HTTP/1.1\r\n") { OK.into() } else { UNREADABLE.into() })
            .await;
    }
}

#[tokio::test]
async fn plain_http_on_the_port() {
    let address = serve(plain_http).await;
    let trace = look(address).await;
    assert_eq!(trace.dns.seen(), Some(&Dns::Literal(address.ip())));
    assert_eq!(trace.tcp.seen().and_then(crate::model::trace::Tcp::connected), Some(address));
    assert!(matches!(trace.tls.seen(), Some(Tls::PlainHttp(start)) if start.starts_with("HTTP/1.1 400")), "{trace:?}");
    assert_eq!(status(&trace.http), ("http", 200));
    assert_eq!(why(&trace.auth), "no sign-in was asked for (HTTP 200)");
    assert_eq!(why(&trace.manifest), "no repository was given");
}

/// As [`plain`], but it answers the hello without waiting for a blank line that never comes.
async fn plain_http(mut stream: TcpStream) {
    let mut first = [0];
    if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
        let _ = stream.write_all(UNREADABLE.as_bytes()).await;
        let _ = stream.shutdown().await;
    } else {
        plain(stream).await;
    }
}

#[tokio::test]
async fn self_signed_tls() {
    let acceptor = acceptor(Clients::Any);
    let address = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                speak(stream, |_| OK.into()).await;
            }
        }
    })
    .await;
    let trace = look(address).await;
    let seen = handshake(&trace);
    assert_eq!((seen.version.as_str(), seen.chain.len(), seen.client_certificate_asked), ("TLS 1.3", 1, false));
    assert!(seen.cipher.starts_with("TLS_"), "{}", seen.cipher);
    assert_eq!(crate::cert::Certificate::from_der(&seen.chain[0]).unwrap().dns_names(), ["localhost"]);
    assert_eq!(status(&trace.http), ("https", 200));
    let replayed: Trace = serde_json::from_str(&serde_json::to_string(&trace).unwrap()).unwrap();
    assert_eq!(replayed, trace);
}

#[tokio::test]
async fn client_certificates() {
    for clients in [Clients::WithCertificate12, Clients::WithCertificate13] {
        let acceptor = acceptor(clients);
        let address = serve(move |stream| {
            let acceptor = acceptor.clone();
            async move { drop(acceptor.accept(stream).await) }
        })
        .await;
        let trace = look(address).await;
        match (clients, trace.tls.seen()) {
            (
                Clients::WithCertificate12,
                Some(Tls::AlertAfterCertificates { alert, chain, client_certificate_asked }),
            ) => {
                assert!(*client_certificate_asked && chain.len() == 1, "{alert}");
                assert_eq!(why(&trace.http), NO_PLAIN);
            }
            (_, Some(Tls::Handshake(seen))) => {
                assert!(seen.client_certificate_asked);
                let alert = Http::Closed("TLS alert certificate_required".into());
                assert_eq!(trace.http.seen(), Some(&alert));
            }
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn peers_that_are_no_registry() {
    let closes = serve(|stream| async { drop(stream) }).await;
    let trace = look(closes).await;
    assert!(matches!(trace.tls.seen(), Some(Tls::Closed | Tls::Reset)), "{trace:?}");
    assert!(matches!(trace.http.seen(), Some(Http::Closed(_))), "{trace:?}");

    let banner = serve(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
        request(&mut stream).await;
    })
    .await;
    let trace = look(banner).await;
    assert_eq!(trace.tls.seen(), Some(&Tls::NotTls("SSH-2.0-OpenSSH_9.2  ".into())));
    assert!(matches!(trace.http.seen(), Some(Http::Malformed(_))), "{trace:?}");

    let silent = serve(|stream| async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(stream);
    })
    .await;
    let trace = look(silent).await;
    assert_eq!(trace.tls.seen(), Some(&Tls::TimedOut));
    assert_eq!(why(&trace.http), NO_PLAIN);
    assert!((400..3000).contains(&trace.took_ms), "{}", trace.took_ms);

    let trace = trace_async(&Target { accept_plain_http: true, ..target(silent) }, &limits()).await;
    assert_eq!((trace.tls.seen(), trace.http.seen()), (Some(&Tls::TimedOut), Some(&Http::TimedOut)));
}

#[tokio::test]
async fn nobody_listens() {
    let trace = look(closed_port().await).await;
    let outcomes: Vec<_> = trace.tcp.seen().unwrap().attempts.iter().map(|one| one.outcome.clone()).collect();
    assert_eq!(outcomes, [TcpOutcome::Refused]);
    assert_eq!(why(&trace.tls), "no address could be connected");
    assert_eq!(why(&trace.manifest), "no address could be connected");
}

#[tokio::test]
async fn no_time_at_all() {
    let limits = Limits { total: Duration::ZERO, ..limits() };
    let trace = trace_async(&target(closed_port().await), &limits).await;
    assert_eq!((why(&trace.dns), why(&trace.http)), ("the time was up", "the time was up"));
}

#[test]
fn blocks_for_callers_without_a_runtime() {
    let registry = crate::model::entry_point::parse("127.0.0.1:1").unwrap().entry_point;
    assert_eq!(why(&trace(&Target::new(registry), &limits()).tls), "no address could be connected");
}

#[tokio::test]
async fn hostile_answers_end() {
    type Hostile = (&'static str, &'static str, &'static str);
    let rows: [Hostile; 4] = [
        ("endless header", "HTTP/1.1 200 OK\r\nX: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("endless headers", "HTTP/1.1 200 OK\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
        ("endless continue", "", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("endless body", "HTTP/1.1 200 OK\r\n\r\n", "\u{1b}[31mred\u{1b}[0m"),
    ];
    for (name, head, again) in rows {
        let address = serve(move |mut stream| async move {
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
                return;
            }
            request(&mut stream).await;
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(again.repeat(100).as_bytes()).await.is_ok() {}
        })
        .await;
        let trace = look(address).await;
        assert!(trace.took_ms < 3000, "{name}: {}", trace.took_ms);
        match trace.http.seen() {
            Some(Http::Answer { answer, .. }) if name == "endless body" => {
                assert_eq!((answer.body.chars().count(), answer.body.contains('\u{1b}')), (4096, false), "{name}");
            }
            Some(Http::Malformed(_)) if name.starts_with("endless header") => {}
            Some(Http::TimedOut | Http::Malformed(_)) if name == "endless continue" => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_for_everybody() {
    let acceptor = acceptor(Clients::Any);
    let token_server = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            speak(stream, |head| {
                let asked = "GET /token?service=reg.lan&scope=repository%3Ateam%2Fapp%3Apull ";
                let body = if head.starts_with(asked) { r#"{"token":"for-all"}"# } else { "{}" };
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            })
            .await;
        }
    })
    .await;
    let registry = serve(move |stream| async move {
        let mut first = [0];
        if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
            return;
        }
        speak(stream, |head| {
            if head.contains("authorization: Bearer for-all\r\n") && head.starts_with("HEAD /v2/team/app/manifests/v1 ")
            {
                return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nDocker-Content-Digest: sha256:aa\r\n\r\n".into();
            }
            format!(
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\
                 WWW-Authenticate: Bearer realm=\"https://{token_server}/token\",service=\"reg.lan\"\r\n\r\n"
            )
        })
        .await;
    })
    .await;
    let wanted = Target { repository: Some("team/app".into()), reference: Some("v1".into()), ..target(registry) };
    let trace = trace_async(&wanted, &limits()).await;
    assert_eq!(status(&trace.http), ("http", 401));
    let auth = trace.auth.seen().unwrap();
    assert_eq!((auth.challenges.len(), &auth.anonymous_token), (1, &Some(TokenAnswer::Granted)));
    assert_eq!(status(&trace.manifest), ("http", 200));
    let (_, manifest) = trace.manifest.seen().and_then(Http::answer).unwrap();
    assert_eq!(manifest.header("docker-content-digest"), Some("sha256:aa"));
    assert!(!serde_json::to_string(&trace).unwrap().contains("for-all"));

    let without = trace_async(&target(registry), &limits()).await;
    assert_eq!(without.auth.seen().unwrap().anonymous_token, None);
}
