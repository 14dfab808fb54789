//! Every fault, seen from outside.

use super::super::Fault;
use super::*;

async fn with(fault: Fault) -> Site {
    Site::start(Registry::builder().fault(fault)).await
}

#[tokio::test]
async fn the_base_can_answer_anything() {
    let site = with(Fault::BaseStatus { status: 503, body: "<html>down</html>".into() }).await;
    let answer = site.ask("GET", "/v2/").send().await.unwrap();
    assert_eq!(header(&answer, "content-type"), "text/html");
    assert_eq!(said(answer).await, (503, "<html>down</html>".into()));
    assert_eq!(site.get("/v2/_catalog").await.0, 200);

    let site = with(Fault::BaseStatus { status: 401, body: String::new() }).await;
    let answer = site.ask("GET", "/v2/").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "www-authenticate")), (401, ""));

    let redirect = Fault::BaseStatus { status: 307, body: String::new() };
    let target = Fault::BaseHeader { name: "Location".into(), value: "http://127.0.0.1:1/".into() };
    let site = Site::start(Registry::builder().fault(redirect).fault(target)).await;
    let answer = site.ask("GET", "/v2/").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (307, "http://127.0.0.1:1/"));
}

#[tokio::test]
async fn the_connection_can_be_closed_without_an_answer() {
    let site = with(Fault::CloseBeforeAnswer).await;
    let answer = raw(site.running.address(), "GET /v2/ HTTP/1.1\r\nHost: r\r\n\r\n").await;
    assert_eq!(answer, "");
}

#[tokio::test]
async fn uploads_can_be_sent_elsewhere() {
    let site = with(Fault::UploadLocation { prefix: "http://other.lan:1".into() }).await;
    assert!(site.begin("a").await.starts_with("http://other.lan:1/v2/a/blobs/uploads/"));
    let digest = digest("x");
    let answer = site.ask("POST", &format!("/v2/a/blobs/uploads/?digest={digest}")).body("x").send().await.unwrap();
    assert_eq!(header(&answer, "location"), format!("/v2/a/blobs/{digest}"));
}
