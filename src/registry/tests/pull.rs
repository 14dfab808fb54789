//! Blobs on their way out, and away.

use super::*;

#[tokio::test]
async fn ranges_are_parts_or_refusals() {
    let site = Site::open().await;
    let path = format!("/v2/a/blobs/{}", site.push("a", "0123456789").await);
    let rows = [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
        ("bytes=x", 200, "0123456789", ""),
    ];
    for (range, status, body, content_range) in rows {
        let answer = site.ask("GET", &path).header("range", range).send().await.unwrap();
        assert_eq!(header(&answer, "content-range"), content_range, "{range}");
        assert_eq!(said(answer).await, (status, body.into()), "{range}");
    }
    for range in ["bytes=10-", "bytes=5-2", "bytes=-0"] {
        let answer = site.ask("GET", &path).header("range", range).send().await.unwrap();
        assert_eq!(header(&answer, "content-range"), "bytes */10");
        assert_eq!(refusal(answer).await.0, 416, "{range}");
    }
    let answer =
        site.ask("GET", &path).header("range", "bytes=0-3").header("if-range", "\"old\"").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let site = Site::open().await;
    let digest = site.push("a", "x").await;
    let path = format!("/v2/a/blobs/{digest}");
    for (tag, status) in [(format!("\"{digest}\""), 304), ("\"other\"".into(), 200), ("*".into(), 304)] {
        let answer = site.ask("GET", &path).header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{tag}");
        assert_eq!(header(&answer, "etag"), format!("\"{digest}\""));
    }
}

#[tokio::test]
async fn a_deleted_blob_is_gone_from_its_repository_alone() {
    let site = Site::open().await;
    let digest = site.push("a", "x").await;
    site.push("b", "x").await;
    let delete = async || site.ask("DELETE", &format!("/v2/a/blobs/{digest}")).send().await.unwrap();
    assert_eq!(delete().await.status(), 202);
    assert_eq!(refusal(delete().await).await, (404, "BLOB_UNKNOWN".into()));
    assert_eq!(site.get(&format!("/v2/a/blobs/{digest}")).await.0, 404);
    assert_eq!(site.get(&format!("/v2/b/blobs/{digest}")).await.0, 200);
}

#[tokio::test]
async fn no_path_leaves_the_data_folder() {
    let site = Site::open().await;
    let secret = site.running.data_folder().join("secret");
    std::os::unix::fs::symlink("/etc/hostname", &secret).unwrap();
    for path in [
        "/v2/../secret",
        "/v2/a/blobs/../../secret",
        "/v2/a/blobs/sha256:../../../secret",
        "/v2/%2e%2e/manifests/secret",
        "/v2/..%2f..%2fetc/tags/list",
        "/v2/a/manifests/..%2f..%2fsecret",
        "/v2/_blobs/tags/list",
        "/v2/a/blobs/uploads/..%2f..%2fsecret",
        "//etc/passwd",
    ] {
        let answer =
            raw(site.running.address(), &format!("GET {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
}
