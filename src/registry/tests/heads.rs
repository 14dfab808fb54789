//! A `HEAD` has the headers of the `GET` and never a body, whatever the answer.

use http_body_util::BodyExt as _;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::serving::{fresh, secured};
use super::*;

const BLOB: &str = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"; // of "x"

/// Path, where BLOB stands for the digest; status.
const ROWS: [(&str, u16); 9] = [
    ("/v2/", 200),
    ("/v2/_catalog", 200),
    ("/v2/a/tags/list", 200),
    ("/v2/a/blobs/BLOB", 200),
    ("/v2/a/manifests/v1", 200),
    ("/v2/a/manifests/v2", 404),
    ("/v2/a/blobs/sha256:x", 400),
    ("/v2/b/blobs/BLOB", 404),
    ("/elsewhere", 404),
];

fn rows() -> impl Iterator<Item = (String, u16)> {
    ROWS.into_iter().map(|(path, status)| (path.replace("BLOB", BLOB), status))
}

#[tokio::test]
async fn over_http1() {
    let site = Site::open().await;
    site.push("a", "x").await;
    assert_eq!(site.put_manifest("a", "v1", "{}").await.status(), 201);
    for (path, status) in rows() {
        let (_, body) = site.get(&path).await;
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n");
        let answer = raw(site.running.address(), &request).await;
        let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{path}: {head}");
        assert_eq!(rest, "", "{path}");
    }
}

#[tokio::test]
async fn over_http2() {
    let registry = Registry::builder().tls(fresh()).start().await.unwrap();
    let stream = TokioIo::new(secured(&registry, &["h2"]).await);
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let served = tokio::spawn(connection);
    // Status, announced length and body. A body that comes to a HEAD is an error here.
    let ask = async |method: &str, path: &str, body: &str| {
        let request = hyper::Request::builder().method(method).uri(format!("https://localhost{path}"));
        let request = request.header("content-type", "application/vnd.oci.image.manifest.v1+json");
        let answer = sender.clone().send_request(request.body(body.to_string()).unwrap()).await.unwrap();
        let length = answer.headers().get("content-length").map_or("", |length| length.to_str().unwrap()).to_string();
        let status = answer.status().as_u16();
        (status, length, answer.into_body().collect().await.unwrap().to_bytes().len())
    };
    assert_eq!(ask("POST", &format!("/v2/a/blobs/uploads/?digest={BLOB}"), "x").await.0, 201);
    assert_eq!(ask("PUT", "/v2/a/manifests/v1", "{}").await.0, 201);
    for (path, status) in rows() {
        let (_, length, received) = ask("GET", &path, "").await;
        assert_eq!(length, received.to_string(), "{path}");
        assert_eq!(ask("HEAD", &path, "").await, (status, length, 0), "{path}");
    }
    served.abort();
}
