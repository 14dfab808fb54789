//! Who gets in.

use super::super::Access;
use super::*;
use crate::model::secret::Secret;

#[tokio::test]
async fn basic_access_challenges_and_admits() {
    let access = Access::Basic { user: "alice".into(), password: Secret::new("secret-word") };
    let site = Site::start(Registry::builder().access(access)).await;
    for path in ["/v2/", "/v2/a/tags/list", "/v2/_catalog", "/nowhere"] {
        let answer = site.ask("GET", path).send().await.unwrap();
        assert_eq!(header(&answer, "www-authenticate"), "Basic realm=\"regdoctor test registry\"");
        assert_eq!(header(&answer, "docker-distribution-api-version"), "registry/2.0");
        assert_eq!(refusal(answer).await, (401, "UNAUTHORIZED".into()), "{path}");
    }
    let wrong = site.ask("GET", "/v2/").basic_auth("alice", Some("guess")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    let right = site.ask("GET", "/v2/").basic_auth("alice", Some("secret-word")).send().await.unwrap();
    assert_eq!(right.status(), 200);
    let push = site.ask("POST", "/v2/a/blobs/uploads/").body("x".repeat(100_000)).send().await.unwrap();
    assert_eq!(push.status(), 401);
}
