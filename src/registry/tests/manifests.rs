//! Manifests, tags and the catalog.

use super::*;

const INDEX: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

#[tokio::test]
async fn a_manifest_is_found_by_tag_and_by_digest() {
    let site = Site::open().await;
    let (body, path) = ("{\"schemaVersion\": 2}\n", "/v2/team/app/manifests/v1");
    let digest = digest(body);
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let answer = site.ask("PUT", path).header("content-type", docker).body(body).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "docker-content-digest")), (201, &*digest.to_string()));
    assert_eq!(header(&answer, "location"), format!("/v2/team/app/manifests/{digest}"));
    for reference in ["v1", &digest.to_string()] {
        let path = format!("/v2/team/app/manifests/{reference}");
        for method in ["GET", "HEAD"] {
            let answer = site.ask(method, &path).send().await.unwrap();
            assert_eq!(header(&answer, "content-type"), docker);
            assert_eq!(header(&answer, "content-length"), body.len().to_string());
            assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
            let want = if method == "GET" { body } else { "" };
            assert_eq!(said(answer).await, (200, want.to_string()));
        }
    }
    let answer = site.ask("GET", "/v2/team/app/manifests/v2").send().await.unwrap();
    assert_eq!(refusal(answer).await, (404, "MANIFEST_UNKNOWN".into()));
}

#[tokio::test]
async fn what_is_no_manifest_is_refused() {
    let site = Site::open().await;
    let put = async |reference: &str, body: &str| refusal(site.put_manifest("a", reference, body).await).await;
    assert_eq!(put("v1", "nonsense").await, (400, "MANIFEST_INVALID".into()));
    assert_eq!(put("v1", INDEX).await, (400, "MANIFEST_INVALID".into()));
    assert_eq!(put("-v1", "{}").await, (400, "MANIFEST_INVALID".into()));
    assert_eq!(put(&digest("other").to_string(), "{}").await, (400, "DIGEST_INVALID".into()));
    assert_eq!(put("sha256:abc", "{}").await, (400, "DIGEST_INVALID".into()));
    let padding = format!("{{\"x\":\"{}\"}}", "y".repeat(super::super::manifest::LIMIT));
    assert_eq!(put("v1", &padding).await, (413, "SIZE_INVALID".into()));
    let large = format!("{{\"x\":\"{}\"}}", "y".repeat(super::super::manifest::LIMIT - 8));
    assert_eq!(large.len(), super::super::manifest::LIMIT);
    assert_eq!(site.put_manifest("a", "large", &large).await.status(), 201);
}

#[tokio::test]
async fn tags_and_repositories_come_in_pages() {
    let site = Site::open().await;
    for (repository, tag) in [("b/c", "v2"), ("a", "Beta"), ("a", "alpha"), ("a", "gamma"), ("c", "x")] {
        assert_eq!(site.put_manifest(repository, tag, "{}").await.status(), 201);
    }
    let rows = [
        ("/v2/a/tags/list", r#"{"name":"a","tags":["alpha","Beta","gamma"]}"#, ""),
        (
            "/v2/a/tags/list?n=2",
            r#"{"name":"a","tags":["alpha","Beta"]}"#,
            "</v2/a/tags/list?n=2&last=Beta>; rel=\"next\"",
        ),
        ("/v2/a/tags/list?n=2&last=Beta", r#"{"name":"a","tags":["gamma"]}"#, ""),
        ("/v2/a/tags/list?n=0", r#"{"name":"a","tags":[]}"#, ""),
        ("/v2/_catalog", r#"{"repositories":["a","b/c","c"]}"#, ""),
        ("/v2/_catalog?n=1&last=a", r#"{"repositories":["b/c"]}"#, "</v2/_catalog?n=1&last=b/c>; rel=\"next\""),
    ];
    for (path, body, link) in rows {
        let answer = site.ask("GET", path).send().await.unwrap();
        assert_eq!(header(&answer, "link"), link, "{path}");
        assert_eq!(said(answer).await, (200, body.to_string()), "{path}");
    }
    let unknown = site.ask("GET", "/v2/z/tags/list").send().await.unwrap();
    assert_eq!(refusal(unknown).await, (404, "NAME_UNKNOWN".into()));
    let bad = site.ask("GET", "/v2/a/tags/list?n=many").send().await.unwrap();
    assert_eq!(refusal(bad).await, (400, "PAGINATION_NUMBER_INVALID".into()));
}

#[tokio::test]
async fn a_tag_goes_alone_and_a_manifest_with_its_tags() {
    let site = Site::open().await;
    for tag in ["x", "y"] {
        site.put_manifest("a", tag, "{}").await;
    }
    let by_digest = format!("/v2/a/manifests/{}", digest("{}"));
    let delete = async |path: &str| site.ask("DELETE", path).send().await.unwrap().status().as_u16();
    assert_eq!((delete("/v2/a/manifests/x").await, delete("/v2/a/manifests/x").await), (202, 404));
    assert_eq!((site.get("/v2/a/manifests/y").await.0, site.get(&by_digest).await.0), (200, 200));
    assert_eq!((delete(&by_digest).await, delete(&by_digest).await), (202, 404));
    assert_eq!(site.get("/v2/a/manifests/y").await.0, 404);
    assert_eq!(site.get("/v2/a/tags/list").await, (200, r#"{"name":"a","tags":[]}"#.into()));
}
