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

#[tokio::test]
async fn a_push_by_digest_sets_the_tags_of_its_parameters() {
    let site = Site::open().await;
    let body = "{\"schemaVersion\":2}";
    for digest in [digest(body), Digest::of(Algorithm::Sha512, body.as_bytes())] {
        let (one, two) = (format!("one-{}", digest.algorithm().name()), format!("two-{}", digest.algorithm().name()));
        let answer = site.put_manifest("a", &format!("{digest}?tag={one}&tag={two}"), body).await;
        assert_eq!((answer.status().as_u16(), header(&answer, "docker-content-digest")), (201, &*digest.to_string()));
        let tags: Vec<&str> = answer.headers().get_all("oci-tag").iter().map(|tag| tag.to_str().unwrap()).collect();
        assert_eq!(tags, [&one, &two]);
        for tag in tags {
            let answer = site.ask("HEAD", &format!("/v2/a/manifests/{tag}")).send().await.unwrap();
            assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
        }
    }
    let bad = site.put_manifest("a", &format!("{}?tag=-x", digest(body)), body).await;
    assert_eq!(refusal(bad).await, (400, "MANIFEST_INVALID".into()));
    let many: String = (0..101).map(|number| format!("&tag=t{number}")).collect();
    let answer = site.put_manifest("a", &format!("{}?{many}", digest(body)), body).await;
    assert_eq!(refusal(answer).await, (414, "MANIFEST_INVALID".into()));
}

#[tokio::test]
async fn a_manifest_may_be_known_by_its_sha512() {
    let site = Site::open().await;
    let digest = Digest::of(Algorithm::Sha512, b"{}");
    let answer = site.put_manifest("a", &format!("v1?digest={digest}"), "{}").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "docker-content-digest")), (201, &*digest.to_string()));
    for reference in ["v1".to_string(), digest.to_string()] {
        let answer = site.ask("GET", &format!("/v2/a/manifests/{reference}")).send().await.unwrap();
        assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
        assert_eq!(said(answer).await, (200, "{}".into()));
    }
    let wrong = site.put_manifest("a", &format!("v1?digest={}", Digest::of(Algorithm::Sha512, b"x")), "{}").await;
    assert_eq!(refusal(wrong).await, (400, "DIGEST_INVALID".into()));
}

/// Nested, empty and sparse indexes, artefacts, layers that are elsewhere: nothing of it needs to be here.
#[tokio::test]
async fn manifests_of_every_kind_are_kept_byte_for_byte() {
    let site = Site::open().await;
    let missing = digest("missing").to_string();
    let index = "application/vnd.oci.image.index.v1+json";
    let image = "application/vnd.oci.image.manifest.v1+json";
    let foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    let rows = [
        (index, format!(r#"{{"schemaVersion":2,"mediaType":"{index}","manifests":[]}}"#)),
        (index, format!(r#"{{"manifests":[{{"mediaType":"{index}","digest":"{missing}","size":1}}]}}"#)),
        (image, format!(r#"{{"config":{{"mediaType":"c","digest":"{missing}","size":1}},"layers":[]}}"#)),
        (
            image,
            format!(r#"{{"layers":[{{"mediaType":"{foreign}","digest":"{missing}","urls":["https://x.test/"]}}]}}"#),
        ),
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", r#"{"fsLayers":[],"signatures":[]}"#.into()),
        ("application/vnd.docker.distribution.manifest.list.v2+json", r#"{ "manifests" : [ ] }"#.into()),
        ("application/vnd.example.anything", r#"{"layers":"of another shape","config":7}"#.into()),
    ];
    for (kind, body) in rows {
        let path = format!("/v2/a/manifests/{}", digest(&body));
        let answer = site.ask("PUT", &path).header("content-type", kind).body(body.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{body}");
        let answer = site.ask("GET", &path).send().await.unwrap();
        assert_eq!(header(&answer, "content-type"), kind);
        assert_eq!(said(answer).await, (200, body));
    }
}

#[tokio::test]
async fn a_client_that_takes_no_lists_gets_the_image_for_linux() {
    let site = Site::open().await;
    let (image, index) = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json");
    let child = |digest: &Digest, architecture: &str| {
        format!(
            r#"{{"mediaType":"{image}","digest":"{digest}","size":2,"platform":{{"os":"linux","architecture":"{architecture}"}}}}"#
        )
    };
    assert_eq!(site.put_manifest("a", &digest("{}").to_string(), "{}").await.status(), 201);
    let list = format!(r#"{{"manifests":[{},{}]}}"#, child(&digest("other"), "arm64"), child(&digest("{}"), "amd64"));
    let path = "/v2/a/manifests/v1";
    let answer = site.ask("PUT", path).header("content-type", index).body(list.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let rows =
        [(image, "{}"), (&*format!("{image}, {index}"), &*list), ("*/*", &list), ("text/html", &list), ("", &list)];
    for (accept, want) in rows {
        let answer = site.ask("GET", path).header("accept", accept).send().await.unwrap();
        assert_eq!(said(answer).await, (200, want.to_string()), "{accept}");
    }
    let by_digest = site.ask("GET", &format!("/v2/a/manifests/{}", digest(&list))).header("accept", image);
    assert_eq!(said(by_digest.send().await.unwrap()).await.1, list);
}

#[tokio::test]
async fn a_known_manifest_is_not_sent_again() {
    let site = Site::open().await;
    site.put_manifest("a", "v1", "{}").await;
    for (tag, status) in [(format!("\"{}\"", digest("{}")), 304), ("\"other\"".into(), 200)] {
        let answer = site.ask("GET", "/v2/a/manifests/v1").header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{tag}");
    }
}
