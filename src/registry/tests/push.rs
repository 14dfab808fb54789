//! Blobs on their way in.

use super::*;

/// What Docker 20.10 sends: POST, one chunked PATCH without length, an empty PUT, HEAD.
#[tokio::test]
async fn docker_pushes_a_layer() {
    let site = Site::open().await;
    let (content, address) = ("hello layer", site.running.address());
    let digest = digest(content);
    let (status, _) = said(site.ask("HEAD", &format!("/v2/team/app/blobs/{digest}")).send().await.unwrap()).await;
    assert_eq!(status, 404);

    let answer = site.ask("POST", "/v2/team/app/blobs/uploads/").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "range")), (202, "0-0"));
    let (location, id) = (header(&answer, "location"), header(&answer, "docker-upload-uuid"));
    assert_eq!(location, format!("/v2/team/app/blobs/uploads/{id}"));

    let patch = format!(
        "PATCH {location} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
         6\r\nhello \r\n5\r\nlayer\r\n0\r\n\r\n"
    );
    let answer = raw(address, &patch).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 202 ") && answer.contains("\r\nrange: 0-10\r\n"), "{answer}");
    assert!(answer.contains(&format!("\r\nlocation: {location}\r\n")));

    let answer = site.ask("PUT", &format!("{location}?digest={digest}")).body("").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(header(&answer, "location"), format!("/v2/team/app/blobs/{digest}"));
    assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
    let answer = site.ask("HEAD", &format!("/v2/team/app/blobs/{digest}")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-length")), (200, "11"));
    assert_eq!(site.get(&format!("/v2/team/app/blobs/{digest}")).await, (200, content.to_string()));
    assert_eq!(site.get(location).await.0, 404);
}

#[tokio::test]
async fn containerd_pushes_with_one_put_and_others_with_one_post() {
    let site = Site::open().await;
    let location = site.begin("a").await;
    let answer = site.ask("PUT", &format!("{location}?digest={}", digest("x"))).body("x").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    site.push("a", "y").await;
    site.push("a", "").await;
    for content in ["x", "y", ""] {
        assert_eq!(site.get(&format!("/v2/a/blobs/{}", digest(content))).await, (200, content.to_string()));
    }
}

#[tokio::test]
async fn sha512_is_kept_as_what_it_is() {
    let site = Site::open().await;
    let digest = Digest::of(Algorithm::Sha512, b"x");
    for way in ["announced", "late"] {
        let query = if way == "announced" { "?digest-algorithm=sha512" } else { "" };
        let answer = site.ask("POST", &format!("/v2/{way}/blobs/uploads/{query}")).send().await.unwrap();
        let location = header(&answer, "location").to_string();
        assert_eq!(site.ask("PATCH", &location).body("x").send().await.unwrap().status(), 202);
        let answer = site.ask("PUT", &format!("{location}?digest={digest}")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "docker-content-digest")), (201, &*digest.to_string()));
        assert_eq!(site.get(&format!("/v2/{way}/blobs/{digest}")).await, (200, "x".into()));
    }
}

#[tokio::test]
async fn chunks_come_in_order_or_not_at_all() {
    let site = Site::open().await;
    let location = site.begin("a").await;
    let send = async |method: &str, query: &str, range: &str, body: &'static str| {
        let url = format!("{location}{query}");
        site.ask(method, &url).header("content-range", range).body(body).send().await.unwrap()
    };
    let answer = send("PATCH", "", "0-2", "abc").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "range")), (202, "0-2"));
    for (method, range, body) in [("PATCH", "4-5", "ef"), ("PATCH", "0-2", "abc"), ("PUT", "4-5", "ef")] {
        let answer = send(method, &format!("?digest={}", digest("abcdef")), range, body).await;
        assert_eq!((header(&answer, "range"), header(&answer, "location")), ("0-2", location.as_str()));
        assert_eq!(refusal(answer).await, (416, "BLOB_UPLOAD_INVALID".into()), "{method} {range}");
    }
    assert_eq!(refusal(send("PATCH", "", "3-9", "de").await).await, (400, "SIZE_INVALID".into()));
    assert_eq!(refusal(send("PATCH", "", "three", "d").await).await, (400, "BLOB_UPLOAD_INVALID".into()));
    let lying = format!(
        "PATCH {location} HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Range: 3-9\r\n\
         Transfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
    );
    assert!(raw(site.running.address(), &lying).await.starts_with("HTTP/1.1 400 "));
    let answer = site.ask("GET", &location).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "range")), (204, "0-2"));
    let answer = send("PUT", &format!("?digest={}", digest("abcdef")), "3-5", "def").await;
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn a_broken_stream_can_be_resumed() {
    let site = Site::open().await;
    let location = site.begin("a").await;
    let cut = format!("PATCH {location} HTTP/1.1\r\nHost: r\r\nContent-Length: 6\r\n\r\nabc");
    let mut stream = TcpStream::connect(site.running.address()).await.unwrap();
    stream.write_all(cut.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let answer = site.ask("GET", &location).send().await.unwrap();
    assert_eq!(header(&answer, "range"), "0-2");
    let answer = site.ask("PATCH", &location).header("content-range", "3-5").body("def").send().await.unwrap();
    assert_eq!(header(&answer, "range"), "0-5");
}

#[tokio::test]
async fn a_wrong_digest_is_refused_and_nothing_stays() {
    let site = Site::open().await;
    let wrong = digest("other");
    let location = site.begin("a").await;
    let rows = [
        ("POST", format!("/v2/a/blobs/uploads/?digest={wrong}")),
        ("POST", "/v2/a/blobs/uploads/?digest=sha256:12".into()),
        ("POST", "/v2/a/blobs/uploads/?mount=latest".into()),
        ("PUT", location.clone()),
        ("PUT", format!("{location}?digest=md5:d41d8cd98f00b204e9800998ecf8427e")),
        ("PUT", format!("{location}?digest={wrong}")),
    ];
    for (method, path) in rows {
        let answer = site.ask(method, &path).body("content").send().await.unwrap();
        assert_eq!(refusal(answer).await, (400, "DIGEST_INVALID".into()), "{method} {path}");
    }
    assert_eq!(site.get(&format!("/v2/a/blobs/{wrong}")).await.0, 404);
    let kept = uploads(site.running.data_folder());
    assert_eq!(kept, 0, "no upload is left in the data folder");
}

#[tokio::test]
async fn a_blob_is_mounted_from_wherever_it_is() {
    let site = Site::open().await;
    let digest = site.push("a", "x").await;
    for (to, query) in [("b", "&from=a"), ("c", "&from=nowhere"), ("d", "")] {
        let answer = site.ask("POST", &format!("/v2/{to}/blobs/uploads/?mount={digest}{query}")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "docker-content-digest")), (201, &*digest.to_string()));
        assert_eq!(header(&answer, "location"), format!("/v2/{to}/blobs/{digest}"));
        assert_eq!(site.get(&format!("/v2/{to}/blobs/{digest}")).await, (200, "x".into()));
    }
    let unknown = super::digest("unknown");
    let answer = site.ask("POST", &format!("/v2/b/blobs/uploads/?mount={unknown}&from=a")).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert!(header(&answer, "location").starts_with("/v2/b/blobs/uploads/"));
}

#[tokio::test]
async fn an_upload_belongs_to_its_repository_and_can_be_given_up() {
    let site = Site::open().await;
    let location = site.begin("a").await;
    let elsewhere = location.replace("/v2/a/", "/v2/b/");
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = site.ask(method, &elsewhere).send().await.unwrap();
        assert_eq!(refusal(answer).await, (404, "BLOB_UPLOAD_UNKNOWN".into()));
    }
    assert_eq!(site.ask("DELETE", &location).send().await.unwrap().status(), 204);
    assert_eq!(site.get(&location).await.0, 404);
}

#[tokio::test]
async fn a_large_blob_goes_in_and_out_whole() {
    let site = Site::open().await;
    // No two pieces are alike, so a piece in the wrong place is seen.
    let content = (0..400_000).map(|n: u32| n.to_string()).collect::<Vec<_>>().join(" ");
    let digest = site.push("a", &content).await;
    let (status, back) = site.get(&format!("/v2/a/blobs/{digest}")).await;
    assert!(status == 200 && back == content);
}

#[tokio::test]
async fn an_unknown_digest_algorithm_is_refused_at_once() {
    let site = Site::open().await;
    let answer = site.ask("POST", "/v2/a/blobs/uploads/?digest-algorithm=md5").send().await.unwrap();
    assert_eq!(refusal(answer).await, (400, "DIGEST_INVALID".into()));
}

#[tokio::test]
async fn only_the_last_chunk_may_be_short() {
    let site = Site::start(Registry::builder().chunk_minimum(4)).await;
    let answer = site.ask("POST", "/v2/a/blobs/uploads/").send().await.unwrap();
    assert_eq!(header(&answer, "oci-chunk-min-length"), "4");
    let location = header(&answer, "location").to_string();
    let send = async |method: &str, query: &str, range: &str, body: &'static str| {
        let request = site.ask(method, &format!("{location}{query}")).header("content-range", range);
        request.body(body).send().await.unwrap()
    };
    assert_eq!(send("PATCH", "", "0-3", "abcd").await.status(), 202);
    assert_eq!(send("PATCH", "", "4-5", "ef").await.status(), 202);
    assert_eq!(refusal(send("PATCH", "", "6-9", "ghij").await).await, (400, "SIZE_INVALID".into()));
    let answer = site.ask("PUT", &format!("{location}?digest={}", digest("abcdef"))).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}
