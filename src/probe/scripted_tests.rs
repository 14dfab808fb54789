//! A scripted registry on loopback for what lies behind `/v2/`: tokens, images, blobs, uploads, pushes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::loopback::{closed_port, request, serve};
use super::manifest::digest_of;
use super::*;
use crate::cert::Clearance;
use crate::model::trace::{Http, TcpOutcome, TokenAnswer};

/// Every head that a server was asked with.
pub(super) type Heads = Arc<Mutex<Vec<String>>>;

pub(super) fn limits() -> Limits {
    // For a busy machine; whatever answers is far quicker.
    let step = Duration::from_secs(10);
    Limits { total: Duration::from_secs(30), dns: step, tcp: step, tls: step, http: step }
}

pub(super) fn target(address: SocketAddr) -> Target {
    let registry = crate::model::entry_point::parse(&address.to_string()).unwrap().entry_point;
    let (repository, reference) = (Some("team/app".into()), Some("v1".into()));
    Target { repository, reference, ..Target::new(registry) }
}

/// A plain registry: closes on TLS, and answers each request by its head. A body is read as far as its length says.
pub(super) async fn registry(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Heads) {
    let heads = Heads::default();
    let (answer, seen) = (Arc::new(answer), heads.clone());
    let address = serve(move |mut stream: TcpStream| {
        let (answer, seen) = (answer.clone(), seen.clone());
        async move {
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
                return;
            }
            loop {
                let head = request(&mut stream).await;
                if head.is_empty() {
                    return;
                }
                drain(&mut stream, &head).await;
                seen.lock().unwrap().push(head.clone());
                if stream.write_all(answer(&head).as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (address, heads)
}

/// Reads a body to its end, with or without a length.
async fn drain(stream: &mut TcpStream, head: &str) {
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    if let Some(length) = length {
        let mut body = vec![0; length];
        let _ = stream.read_exact(&mut body).await;
    } else if lower.contains("transfer-encoding: chunked") {
        let mut tail = Vec::new();
        let mut piece = [0; 8192];
        while !tail.ends_with(b"0\r\n\r\n") {
            match stream.read(&mut piece).await {
                Ok(read @ 1..) => {
                    tail.extend_from_slice(&piece[..read]);
                    let keep = tail.len().saturating_sub(8);
                    tail.drain(..keep);
                }
                _ => return,
            }
        }
    }
}

pub(super) fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

pub(super) const CONFIG: &str = "{\"os\":\"linux\"}";

fn image() -> String {
    format!(r#"{{"schemaVersion":2,"config":{{"digest":"{}"}},"layers":[]}}"#, digest_of(CONFIG.as_bytes()))
}

pub(super) fn manifest_reply(head: &str) -> Option<String> {
    let body = image();
    let headers = format!("Docker-Content-Digest: {}\r\n", digest_of(body.as_bytes()));
    if head.starts_with("GET /v2/team/app/manifests/v1 ") {
        return Some(reply("200 OK", &headers, &body));
    }
    head.starts_with("HEAD /v2/team/app/manifests/v1 ").then(|| reply("200 OK", &headers, ""))
}

#[tokio::test]
async fn an_image_its_blob_and_an_upload() {
    let blob = format!("GET /v2/team/app/blobs/{} ", digest_of(CONFIG.as_bytes()));
    let (storage, stored) = registry(|_| reply("200 OK", "", CONFIG)).await;
    let (address, heads) = registry(move |head| {
        if let Some(manifest) = manifest_reply(head) {
            manifest
        } else if head.starts_with(&blob) {
            reply("307 Temporary Redirect", &format!("Location: http://{storage}/b?X-Signature=s3cret\r\n"), "")
        } else if head.starts_with("POST /v2/team/app/blobs/uploads/ ") {
            reply("202 Accepted", "Location: /v2/team/app/blobs/uploads/1?_state=s3cret\r\n", "")
        } else if head.starts_with("DELETE /v2/team/app/blobs/uploads/1?_state=s3cret ") {
            reply("204 No Content", "", "")
        } else {
            reply("200 OK", "", "{}")
        }
    })
    .await;
    let mut wanted = target(address);
    wanted.way.accept = vec!["one/type".into(), "another/type".into()];
    let trace = trace_async(&wanted, &limits()).await;
    assert_eq!(trace.manifest.status(), Some(200));
    let image = trace.image.seen().unwrap();
    assert_eq!((image.accept.as_str(), image.schema_version), ("one/type, another/type", Some(2)));
    assert!(image.content.as_ref().unwrap().is_right());
    let blob = trace.blob.seen().unwrap();
    let visit = blob.target.as_ref().unwrap();
    assert_eq!((visit.url.clone(), visit.http.status()), (format!("http://{storage}/b?…"), Some(200)));
    assert!(blob.content.as_ref().unwrap().is_right());
    let upload = trace.upload.seen().unwrap();
    assert_eq!(upload.location.as_deref(), Some("/v2/team/app/blobs/uploads/1?…"));
    assert_eq!(upload.cancelled.as_ref().and_then(Http::status), Some(204));
    assert!(upload.elsewhere.is_none());
    assert!(heads.lock().unwrap().iter().any(|head| head.contains("accept: one/type, another/type\r\n")));
    assert!(stored.lock().unwrap()[0].starts_with("GET /b?X-Signature=s3cret "));
    assert!(!serde_json::to_string(&trace).unwrap().contains("s3cret"));
}

#[tokio::test]
async fn an_upload_that_is_sent_away() {
    let closed = closed_port().await;
    let (address, _) = registry(move |head| match manifest_reply(head) {
        _ if head.starts_with("POST ") => {
            reply("202 Accepted", &format!("Location: http://{closed}/v2/team/app/blobs/uploads/1\r\n"), "")
        }
        _ => reply("404 Not Found", "", ""),
    })
    .await;
    let trace = trace_async(&target(address), &limits()).await;
    let visit = trace.upload.seen().unwrap().elsewhere.clone().unwrap();
    let attempts = &visit.tcp.seen().unwrap().attempts;
    assert_eq!((attempts.len(), &attempts[0].outcome), (1, &TcpOutcome::Refused));
    // `/v2/` is 404 and says nothing of a registry: the old protocol was asked for.
    assert_eq!(trace.v1.status(), Some(404));
}

#[tokio::test]
async fn redirects_end() {
    let (address, heads) = registry(|_| reply("302 Found", "Location: /v2/\r\n", "")).await;
    let trace = trace_async(&Target { repository: None, ..target(address) }, &limits()).await;
    assert_eq!(trace.redirects.seen().map(Vec::len), Some(5));
    assert!(heads.lock().unwrap().len() < 10);
}

#[tokio::test]
async fn a_push_in_both_ways() {
    let (address, heads) = registry(|head| match head.split(' ').next().unwrap_or_default() {
        "POST" => reply("202 Accepted", "Location: /v2/team/app/blobs/uploads/1?s=2\r\n", ""),
        "PATCH" => reply("202 Accepted", "Location: /v2/team/app/blobs/uploads/1?s=3\r\n", ""),
        "PUT" => reply("201 Created", "", ""),
        "DELETE" => reply("202 Accepted", "", ""),
        _ => reply("200 OK", "", "{}"),
    })
    .await;
    let mut trace = trace_async(&target(address), &limits()).await;
    let clearance = Clearance::declared_insecure("it is listed as insecure");
    push(&target(address), &limits(), &mut trace, &Push { tag: "t1", registry: &clearance, permit: None }).await;
    let write = trace.write.seen().unwrap();
    assert!(write.steps.iter().all(|step| step.http.status().is_some_and(|status| status < 300)), "{write:?}");
    assert_eq!(
        (write.left_behind.clone(), write.steps.iter().filter(|step| step.bytes > 2_097_152).count()),
        (None, 2)
    );
    let heads = heads.lock().unwrap();
    let asked = |start: &str| heads.iter().filter(|head| head.starts_with(start)).count();
    assert_eq!(
        (asked("PATCH "), asked("PUT /v2/team/app/manifests/t1 "), asked("DELETE /v2/team/app/manifests/sha256:")),
        (1, 1, 1)
    );
    assert_eq!(asked("DELETE /v2/team/app/blobs/sha256:"), 3);
    let patch = heads.iter().find(|head| head.starts_with("PATCH ")).unwrap();
    assert!(patch.contains("transfer-encoding: chunked\r\n") && !patch.contains("content-length"));
    // Without it distribution 2.8 makes schema 1 of the image, and answers 400 where it cannot.
    let again = heads.iter().find(|head| head.starts_with("HEAD /v2/team/app/manifests/t1 ")).unwrap();
    assert!(again.contains("accept: application/vnd.docker.distribution.manifest.v2+json\r\n"), "{again}");
}

#[tokio::test]
async fn a_front_end_that_limits_bodies() {
    let (address, _) = registry(|head| match head.split(' ').next().unwrap_or_default() {
        "POST" => reply("202 Accepted", "Location: /v2/team/app/blobs/uploads/1\r\n", ""),
        "PATCH" => reply("413 Request Entity Too Large", "Server: nginx\r\n", "<html>"),
        _ => reply("200 OK", "", "{}"),
    })
    .await;
    let mut trace = trace_async(&target(address), &limits()).await;
    let clearance = Clearance::declared_insecure("it is listed as insecure");
    push(&target(address), &limits(), &mut trace, &Push { tag: "t1", registry: &clearance, permit: None }).await;
    assert_eq!(trace.write.seen().unwrap().steps.last().unwrap().http.status(), Some(413));
}

/// What tokens are asked for, and what stays of them.
#[tokio::test]
async fn tokens_for_pull_and_for_push() {
    let (address, heads) = registry(|head| {
        if head.starts_with("GET /token?") {
            return reply("200 OK", "", r#"{"token":"t0ken"}"#);
        }
        let realm = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_string();
        reply(
            "401 Unauthorized",
            &format!("WWW-Authenticate: Bearer realm=\"http://{realm}/token\",service=\"s\"\r\n"),
            "",
        )
    })
    .await;
    let trace = trace_async(&target(address), &limits()).await;
    let auth = trace.auth.seen().unwrap();
    assert_eq!(auth.tokens.iter().map(|one| one.wanted.join(",")).collect::<Vec<_>>(), ["pull", "push,pull"]);
    assert!(auth.tokens.iter().all(|one| one.answer == TokenAnswer::Granted && one.granted.is_none()));
    assert_eq!(auth.token_server.as_ref().unwrap().http.status(), Some(200));
    assert!(heads.lock().unwrap().iter().any(|head| head.contains("scope=repository%3Ateam%2Fapp%3Apush%2Cpull ")));
    assert!(!serde_json::to_string(&trace).unwrap().contains("t0ken"));
}
