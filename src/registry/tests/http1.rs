//! Connections over HTTP/1.1: several requests on one, bodies in every form, and what goes to hyper in the middle.

use super::*;

/// The answers to the requests in `wire`, each from its status on.
async fn answers(site: &Site, wire: &str) -> Vec<String> {
    let text = raw(site.running.address(), wire).await;
    text.split("HTTP/1.1 ").skip(1).map(str::to_string).collect()
}

fn statuses(answers: &[String]) -> Vec<&str> {
    answers.iter().map(|answer| answer.get(..3).unwrap_or_default()).collect()
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_order() {
    let site = Site::open().await;
    let digest = site.push("a", "hello").await;
    let one = format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: r\r\n\r\n");
    let two = "HEAD /v2/ HTTP/1.1\r\nHost: r\r\n\r\n";
    let three = "GET /v2/none/tags/list HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n";
    let got = answers(&site, &format!("{one}{two}{one}{three}")).await;
    assert_eq!(statuses(&got), ["200", "200", "200", "404"]);
    assert!(got[0].ends_with("\r\n\r\nhello") && got[1].ends_with("\r\n\r\n") && got[2].ends_with("\r\n\r\nhello"));
    assert!(got[3].contains("\r\nconnection: close\r\n"), "{}", got[3]);
    assert!(got[0].contains("\r\ndate: ") && got[0].contains(" GMT\r\n"), "{}", got[0]);
}

#[tokio::test]
async fn a_request_follows_a_body_of_either_form() {
    let site = Site::open().await;
    let location = site.begin("a").await;
    let chunked = format!(
        "PATCH {location} HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n\
         3;x\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: y\r\n\r\n"
    );
    let counted = format!("PATCH {location} HTTP/1.1\r\nHost: r\r\nContent-Length: 6\r\n\r\n world");
    let digest = digest("hello world");
    let end = format!("PUT {location}?digest={digest} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n");
    let got = answers(&site, &format!("{chunked}{counted}{end}")).await;
    assert_eq!(statuses(&got), ["202", "202", "201"]);
    assert_eq!(site.get(&format!("/v2/a/blobs/{digest}")).await, (200, "hello world".into()));
}

#[tokio::test]
async fn who_waits_to_be_told_is_told() {
    let site = Site::open().await;
    let (location, digest) = (site.begin("a").await, digest("hello"));
    let mut stream = TcpStream::connect(site.running.address()).await.unwrap();
    let head = format!(
        "PUT {location}?digest={digest} HTTP/1.1\r\nHost: r\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

#[tokio::test]
async fn what_is_not_plain_goes_to_hyper_with_the_connection() {
    let site = Site::open().await;
    let digest = site.push("a", "hello").await;
    let plain = format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: r\r\n\r\n");
    let absolute = format!("GET http://r/v2/a/blobs/{digest} HTTP/1.1\r\nHost: r\r\n\r\n");
    let last = "OPTIONS /v2/ HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n";
    let got = answers(&site, &format!("{plain}{absolute}{plain}{last}")).await;
    assert_eq!(statuses(&got), ["200", "200", "200", "405"]);
    assert!(got[..3].iter().all(|answer| answer.ends_with("\r\n\r\nhello")));
    for wrong in [
        "GET /v2/ HTTP/1.1\r\nHost : r\r\n\r\n",
        "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "nonsense\r\n\r\n",
    ] {
        let got = answers(&site, wrong).await;
        assert_eq!(statuses(&got), ["400"], "{wrong}");
    }
    let both = format!(
        "PATCH {} HTTP/1.1\r\nHost: r\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        site.begin("a").await
    );
    assert!(raw(site.running.address(), &both).await.starts_with("HTTP/1.1 "));
}

#[tokio::test]
async fn a_refusal_is_read_though_nobody_wanted_the_body() {
    let site = Site::open().await;
    let body = "x".repeat(8 << 20);
    let request = format!(
        "PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(statuses(&answers(&site, &request).await), ["400"]);
    let longer =
        format!("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: r\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 9);
    assert_eq!(statuses(&answers(&site, &longer).await), ["413"]);
    let broken = "PATCH /v2/a/manifests/v1 HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n";
    assert_eq!(statuses(&answers(&site, broken).await), ["405"]);
}

#[tokio::test]
async fn a_large_part_of_a_file_comes_whole() {
    let site = Site::open().await;
    let content = (0..500_000).map(|n: u32| n.to_string()).collect::<Vec<_>>().join(" ");
    let digest = site.push("a", &content).await;
    let range = format!("bytes=1234567-{}", content.len() - 5);
    let answer = site.ask("GET", &format!("/v2/a/blobs/{digest}")).header("range", range).send().await.unwrap();
    assert_eq!(said(answer).await, (206, content[1_234_567..content.len() - 4].to_string()));
    let request = format!("GET /v2/a/blobs/{digest} HTTP/1.1\r\nHost: r\r\n\r\n");
    let got = answers(&site, &format!("{request}HEAD /v2/ HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")).await;
    assert!(statuses(&got) == ["200", "200"] && got[0].ends_with(&content));
}
