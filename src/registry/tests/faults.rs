//! Faults, seen from outside.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use tokio::time::timeout;

use super::super::digest::Digest;
use super::super::{Fault, Storage, TlsMode};
use super::*;

async fn with(fault: &str) -> Site {
    Site::start(Registry::builder().fault(fault.parse().unwrap())).await
}

/// Every byte that comes within a moment, and how it ends: `|closed`, `|reset`, `|silent`.
async fn told(address: SocketAddr, request: &str) -> String {
    let mut stream = match timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        Err(_) => return "|lost".into(),
        Ok(Err(_)) => return "|refused".into(),
        Ok(Ok(stream)) => stream,
    };
    // A fault may have closed it already.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut bytes = Vec::new();
    let end = loop {
        if bytes.len() > 1 << 20 {
            break "|endless";
        }
        match timeout(Duration::from_millis(700), stream.read_buf(&mut bytes)).await {
            Err(_) => break "|silent",
            Ok(Err(_)) => break "|reset",
            Ok(Ok(0)) => break "|closed",
            Ok(Ok(_)) => {}
        }
    };
    String::from_utf8_lossy(&bytes).into_owned() + end
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: r.lan:5000\r\nConnection: close\r\n\r\n")
}

/// A body whose length nobody announces.
fn unannounced(text: &'static str) -> reqwest::Body {
    // What maps frames does not know their size.
    reqwest::Body::wrap(Full::new(Bytes::from_static(text.as_bytes())).map_frame(|frame| frame))
}

const BLOB: &str = "0123456789";

/// A fault, what is asked (a path, or a whole request), and what has to be in the answer.
const SEEN: &[(&str, &str, &[&str])] = &[
    ("nothing-listening-at-port", "/v2/", &["|refused"]),
    ("firewall-or-route-blocks-port", "/v2/", &["|lost"]),
    ("reset", "/v2/", &["|reset"]),
    ("close", "/v2/", &["|"]),
    ("silence", "/v2/", &["|silent"]),
    ("half-close", "/v2/", &["|closed"]),
    ("foreign-banner", "/v2/", &["SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n|silent"]),
    ("connection-closed-by-peer", "/v2/", &["|closed"]),
    ("close-during-answer", "BLOB", &["content-length: 10\r\n", "\r\n\r\n01234|closed"]),
    ("close-during-answer:after=2", "BLOB", &["\r\n\r\n01|closed"]),
    ("reset-during-answer", "BLOB", &["|reset"]),
    ("stall-during-answer", "BLOB", &["\r\n\r\n01234|silent"]),
    ("mtu-blackhole:size=100", "/v2/", &["|silent"]),
    ("slow-drip:bytes=10,interval=5ms", "/v2/", &["HTTP/1.1 200 OK", "{}|closed"]),
    ("http-registry-treated-as-https", "/v2/", &["HTTP/1.1 200 OK"]),
    ("client-plain-http-to-https-port", "/v2/", &["HTTP/1.1 400", "The plain HTTP request was sent to HTTPS port"]),
    ("image-name-missing-port", "/v2/", &["HTTP/1.1 404", "server: nginx"]),
    ("registry-v1-only", "/v2/", &["HTTP/1.1 404"]),
    ("registry-v1-only", "/v1/_ping", &["HTTP/1.1 200", "x-docker-registry-version: 0.9.1", "true|"]),
    ("registry-path-prefix", "/v2/app/tags/list", &["HTTP/1.1 404", "NAME_UNKNOWN"]),
    ("registry-path-prefix:prefix=a", "BLOB", &["HTTP/1.1 200"]),
    (
        "rate-limited:retry-after=soon",
        "/v2/",
        &["HTTP/1.1 429", "retry-after: soon", "TOOMANYREQUESTS", "ratelimit-limit: 100;"],
    ),
    ("redirect-loop", "/v2/", &["HTTP/1.1 307", "location: http://r.lan:5000/v2/\r\n"]),
    ("redirect-to-http:code=301", "/v2/a", &["HTTP/1.1 301", "location: http://r.lan:5000/v2/a\r\n"]),
    ("dns-lookup-fails", "/v2/", &["location: http://registry.invalid/v2/\r\n"]),
    ("proxy-denies:code=407", "/v2/", &["HTTP/1.1 407", "proxy-authenticate: Basic", "via: 1.1 proxy.lan"]),
    ("daemon-proxy-no-bypass", "/v2/", &["HTTP/1.1 503", "x-squid-error: ERR_DNS_FAIL 0"]),
    (
        "proxy-mishandles-registry-requests",
        "PATCH /v2/ HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n",
        &["HTTP/1.1 405", "text/html"],
    ),
    ("mirror-or-cache-misconfigured", "BLOB", &["HTTP/1.1 500", "upstream.invalid"]),
    ("header:name=X-A,value=b", "/v2/", &["x-a: b\r\n"]),
    ("not-logged-in", "/v2/", &["HTTP/1.1 401", "www-authenticate: Basic realm=\"Registry\""]),
    ("token-realm-http", "/v2/", &["Bearer realm=\"http://r.lan:5000/token\",service=\"registry\""]),
    ("token-endpoint-not-trusted", "/v2/", &["Bearer realm=\"https://127.0.0.1:"]),
    ("basic-and-bearer-mixed", "/v2/", &["www-authenticate: Basic", "www-authenticate: Bearer"]),
    ("unknown-challenge", "/v2/", &["www-authenticate: Negotiate\r\n"]),
    ("tag-or-repo-missing", "/v2/a/manifests/v1", &["HTTP/1.1 404", "MANIFEST_UNKNOWN"]),
    ("registry-gc-or-delete-damage", "BLOB", &["HTTP/1.1 404", "BLOB_UNKNOWN"]),
    ("data-corrupted-on-path-or-host", "BLOB", &["\r\n\r\n0123446789|closed"]),
    ("data-corrupted-on-path-or-host:after=0", "BLOB", &["\r\n\r\n1123456789|closed"]),
    ("blob-truncated", "BLOB", &["content-length: 5\r\n", "\r\n\r\n01234|closed"]),
    ("length-lie", "BLOB", &["content-length: 26\r\n", "\r\n\r\n0123456789|closed"]),
    ("digest-lie", "BLOB", &["docker-content-digest: sha256:f41f3fa6"]),
    (
        "blob-host-unreachable-or-untrusted",
        "BLOB",
        &["HTTP/1.1 307", "location: https://127.0.0.1:1/v2/a/blobs/sha256:"],
    ),
    ("blob-host-untrusted", "BLOB", &["location: https://127.0.0.1:"]),
    (
        "range-ignored",
        "GET BLOB HTTP/1.1\r\nHost: r\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n",
        &["HTTP/1.1 416"],
    ),
    ("manifest-format-mismatch", "/v2/a/manifests/v1", &["manifest.v1+prettyjws", "\"schemaVersion\":1"]),
    ("media-type-lie", "/v2/a/manifests/v1", &["content-type: application/octet-stream"]),
    ("tags-endless", "/v2/a/tags/list", &["link: </v2/a/tags/list?n=1>; rel=\"next\""]),
    ("endless-headers", "/v2/", &["HTTP/1.1 200 OK\r\nx-endless: ", "|endless"]),
    ("endless-body", "/v2/", &["|endless"]),
    ("json-bomb", "/v2/", &["application/json", "[[[[[[[[", "|endless"]),
    ("gzip-bomb", "/v2/", &["content-encoding: gzip", "|endless"]),
    ("escape-sequences", "/v2/", &["\\u001b[2J"]),
    ("long-header:size=10000", "/v2/", &["x-long: aaaaaaaa"]),
];

/// A folder with a blob, a manifest and a tag.
async fn filled() -> (tempfile::TempDir, Digest) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(Registry::builder().storage(Storage::Folder(folder.path().to_path_buf()))).await;
    let blob = site.push("a", BLOB).await;
    let manifest = format!(r#"{{"schemaVersion":2,"config":{{"digest":"{blob}","size":10}},"layers":[]}}"#);
    assert_eq!(site.put_manifest("a", "v1", &manifest).await.status(), 201);
    site.running.stop().await;
    (folder, blob)
}

#[tokio::test]
async fn every_fault_shows_what_it_says() {
    crate::cert::provider::install();
    let (folder, blob) = filled().await;
    let mut wrong = String::new();
    for (fault, request, want) in SEEN {
        let data = Storage::Folder(folder.path().to_path_buf());
        let registry = Registry::builder().storage(data).fault(fault.parse().unwrap());
        let running = registry.start().await.unwrap();
        let request = request.replace("BLOB", &format!("/v2/a/blobs/{blob}"));
        let request = if request.starts_with('/') { get(&request) } else { request };
        let answer = told(running.address(), &request).await;
        let shown: String = answer.chars().take(600).collect();
        for part in want.iter().filter(|part| !answer.contains(**part)) {
            writeln!(wrong, "{fault}: {part:?} is not in\n{shown}").unwrap();
        }
        running.stop().await;
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn a_push_fails_where_it_is_told_to() {
    let rows = [
        ("storage-error:at=start", "500 - -"),
        ("storage-error:at=bytes", "202 500 -"),
        ("storage-error:at=finish", "202 202 500"),
        ("multi-instance-no-shared-state", "202 404 -"),
        ("registry-not-writable", "405 - -"),
        ("refused-after-upload", "202 202 403"),
        ("proxy-body-size-limit:after=4", "202 413 -"),
        ("proxy-body-size-limit:after=5", "202 202 201"),
        ("proxy-timeout-or-buffering:delay=1ms", "202 504 -"),
        ("upload-location-missing", "202 - -"),
        ("upload-location-prefix", "202 404 -"),
        ("upload-location-relative", "202 202 201"),
        ("storage-error:method=PUT,first=1", "202 202 500"),
    ];
    for (fault, want) in rows {
        let site = with(fault).await;
        assert_eq!(push_in_steps(&site).await, want, "{fault}");
    }
}

/// Statuses of `POST`, of a `PATCH` whose length is not announced, and of `PUT`, as far as it goes.
async fn push_in_steps(site: &Site) -> String {
    let start = format!("{}/v2/a/blobs/uploads/", site.base);
    let mut at = reqwest::Url::parse(&start).unwrap();
    let mut statuses = Vec::new();
    for method in ["POST", "PATCH", "PUT"] {
        let body = match method {
            "PATCH" => unannounced("hello"),
            _ => reqwest::Body::from(""),
        };
        if method == "PUT" {
            at.query_pairs_mut().append_pair("digest", &digest("hello").to_string());
        }
        let answer = site.ask(method, at.as_str()).body(body).send().await.unwrap();
        statuses.push(answer.status().as_u16().to_string());
        let next = at.join(header(&answer, "location")).ok().filter(|_| !header(&answer, "location").is_empty());
        match next.filter(|_| answer.status().is_success()) {
            Some(next) => at = next,
            None => break,
        }
    }
    statuses.resize(3, "-".into());
    statuses.join(" ")
}

/// As after a garbage collection that went wrong: what is pushed again is there again.
#[tokio::test]
async fn a_lost_blob_can_be_pushed_again() {
    let (folder, blob) = filled().await;
    let data = Storage::Folder(folder.path().to_path_buf());
    let lost = "registry-gc-or-delete-damage".parse().unwrap();
    let site = Site::start(Registry::builder().storage(data).fault(lost)).await;
    let path = format!("/v2/a/blobs/{blob}");
    assert_eq!(site.get(&path).await.0, 404);
    assert_eq!(site.push("a", BLOB).await, blob);
    assert_eq!(site.get(&path).await.0, 200);
}

#[tokio::test]
async fn limits_choose_the_requests() {
    let rows = [
        ("status:code=503,first=2", "503 503 200 200 200 200"),
        ("status:code=503,every=3", "200 200 503 200 200 503"),
        ("status:code=503,path=/v2/_cat*", "200 200 200 200 200 200"),
        ("status:code=503,method=put", "200 200 200 200 200 200"),
        ("status:code=503,chance=0", "200 200 200 200 200 200"),
        ("status:code=503,chance=100", "503 503 503 503 503 503"),
    ];
    for (fault, want) in rows {
        let site = with(fault).await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(site.get("/v2/").await.0.to_string());
        }
        assert_eq!(statuses.join(" "), want, "{fault}");
    }
}

#[tokio::test]
async fn the_log_names_the_fault_that_acted_and_no_other() {
    let lines = Lines::default();
    let faults = ["status:code=503,first=1", "header:path=/v2/_catalog", "silence:every=1000"];
    let registry = Registry::builder().log(lines.log());
    let site = Site::start(faults.iter().fold(registry, |one, fault| one.fault(fault.parse().unwrap()))).await;
    for path in ["/v2/", "/v2/", "/v2/_catalog"] {
        site.get(path).await;
    }
    site.running.stop().await;
    let lines = lines.all();
    assert!(lines[0].contains(" GET /v2/ 503 ") && lines[0].ends_with(" fault=status"), "{lines:?}");
    assert!(lines[1].contains(" GET /v2/ 200 ") && !lines[1].contains("fault="), "{lines:?}");
    assert!(lines[2].contains(" 200 ") && lines[2].ends_with(" fault=header"), "{lines:?}");
}

#[tokio::test]
async fn an_answer_waits() {
    let site = with("slow-answer:delay=150ms").await;
    let started = Instant::now();
    assert_eq!(site.get("/v2/").await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn certificates_need_an_authority() {
    let fault: Fault = "cert-cn-only".parse().unwrap();
    let plain = Registry::builder().fault(fault.clone()).start().await.unwrap_err();
    assert_eq!(plain.to_string(), "cert-cn-only needs TLS from an authority of the registry's own");
    let tls = TlsMode::FreshAuthority { names: Vec::new() };
    Registry::builder().tls(tls).fault(fault).start().await.unwrap();
}
