//! The data folder as clients notice it: quota, layouts that others wrote, a disk that takes nothing more.

use super::super::{Care, Storage};
use super::*;

fn on(folder: &Path, care: Care) -> Registry {
    Registry::builder().storage(Storage::Folder(folder.into())).care(care)
}

#[tokio::test]
async fn a_used_up_quota_is_said_and_nothing_else_stops() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(on(folder.path(), Care { quota: Some(40), ..Care::default() })).await;
    let first = site.push("a", "thirty bytes, give or take one").await;
    let path = format!("/v2/a/blobs/uploads/?digest={}", digest("twenty bytes of more"));
    let answer = site.ask("POST", &path).body("twenty bytes of more").send().await.unwrap();
    assert_eq!(refusal(answer).await, (403, "DENIED".into()));
    assert_eq!(refusal(site.put_manifest("a", "v1", "{\"large\":\"manifest\"}").await).await, (403, "DENIED".into()));
    assert_eq!(site.get(&format!("/v2/a/blobs/{first}")).await.0, 200);
    let answer = site.ask("DELETE", &format!("/v2/a/blobs/{first}")).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    site.push("a", "twenty bytes of more").await;
    assert_eq!(uploads(folder.path()), 0);
}

#[tokio::test]
async fn an_upload_goes_on_after_a_refusal_for_want_of_room() {
    let site = Site::start(Registry::builder().care(Care { quota: Some(8), ..Care::default() })).await;
    let other = site.push("b", "12345").await;
    let location = site.begin("a").await;
    let send = async |range: &str, body: &'static str| {
        site.ask("PATCH", &location).header("content-range", range).body(body).send().await.unwrap()
    };
    assert_eq!(send("0-2", "abc").await.status(), 202);
    assert_eq!(refusal(send("3-5", "def").await).await, (403, "DENIED".into()));
    let answer = site.ask("GET", &location).send().await.unwrap();
    assert_eq!(header(&answer, "range"), "0-2");
    site.ask("DELETE", &format!("/v2/b/blobs/{other}")).send().await.unwrap();
    assert_eq!(send("3-5", "def").await.status(), 202);
    let answer = site.ask("PUT", &format!("{location}?digest={}", digest("abcdef"))).send().await.unwrap();
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "another program writes into the folder, which is no examined host")]
async fn a_layout_that_is_dropped_into_the_folder_is_served() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = Site::start(on(elsewhere.path(), Care::default())).await;
    let blob = source.push("team/app", "layer").await;
    source.put_manifest("team/app", "v1", "{}").await;
    source.running.stop().await;
    let site = Site::start(on(folder.path(), Care::default())).await;
    assert_eq!(site.get("/v2/other/name/tags/list").await.0, 404);
    let target = folder.path().join("other");
    std::fs::DirBuilder::new().create(&target).unwrap();
    let mut copy = std::process::Command::new("cp");
    copy.arg("-r").arg(elsewhere.path().join("team/app")).arg(target.join("name"));
    assert!(copy.status().unwrap().success());
    assert_eq!(site.get("/v2/other/name/tags/list").await, (200, r#"{"name":"other/name","tags":["v1"]}"#.into()));
    assert_eq!(site.get("/v2/other/name/manifests/v1").await, (200, "{}".into()));
    assert_eq!(site.get(&format!("/v2/other/name/blobs/{blob}")).await, (200, "layer".into()));
    assert_eq!(site.get("/v2/_catalog").await, (200, r#"{"repositories":["other/name"]}"#.into()));
}

#[tokio::test]
async fn a_durable_push_is_a_push() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(on(folder.path(), Care { durable: true, ..Care::default() })).await;
    let blob = site.push("a/b", "x").await;
    assert_eq!(site.put_manifest("a/b", "v1", "{}").await.status(), 201);
    site.running.stop().await;
    let site = Site::start(on(folder.path(), Care::default())).await;
    assert_eq!(site.get(&format!("/v2/a/b/blobs/{blob}")).await, (200, "x".into()));
    assert_eq!(site.get("/v2/a/b/manifests/v1").await, (200, "{}".into()));
}
