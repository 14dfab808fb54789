//! Referrers: who refers to a subject, by kind, in pages.

use serde_json::{Value, json};

use super::*;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A manifest that refers to `subject`; `own` is merged into it.
fn referrer(media_type: &str, subject: &Digest, own: &Value) -> String {
    let subject = json!({ "mediaType": IMAGE, "digest": subject.to_string(), "size": 2 });
    let mut manifest = json!({ "schemaVersion": 2, "mediaType": media_type, "subject": subject });
    for (key, value) in own.as_object().unwrap() {
        manifest[key] = value.clone();
    }
    manifest.to_string()
}

async fn push(site: &Site, manifest: &str) -> Digest {
    let digest = digest(manifest);
    let kind = serde_json::from_str::<Value>(manifest).unwrap()["mediaType"].as_str().unwrap().to_string();
    let path = format!("/v2/a/manifests/{digest}");
    let request = site.ask("PUT", &path).header("content-type", kind).body(manifest.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    digest
}

async fn list(site: &Site, path: &str) -> (Response, Vec<Value>) {
    let answer = site.ask("GET", path).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, INDEX), "{path}");
    let again = site.ask("GET", path).send().await.unwrap();
    let index: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!((&index["schemaVersion"], &index["mediaType"]), (&json!(2), &json!(INDEX)));
    (again, index["manifests"].as_array().unwrap().clone())
}

#[tokio::test]
async fn referrers_are_listed_with_their_kind_and_annotations() {
    let site = Site::open().await;
    let subject = digest("{}");
    let config = |kind: &str| json!({ "mediaType": kind, "digest": digest("{}").to_string(), "size": 2 });
    let rows = [
        (IMAGE, json!({ "artifactType": "x/sbom", "annotations": { "k": "v" } }), Some("x/sbom")),
        (IMAGE, json!({ "config": config("x/config") }), Some("x/config")),
        (IMAGE, json!({ "artifactType": "", "config": config("x/other") }), Some("x/other")),
        (INDEX, json!({ "artifactType": "x/index", "manifests": [] }), Some("x/index")),
        (INDEX, json!({ "manifests": [] }), None),
    ];
    // Some before anybody asked, some after; the subject itself never comes.
    for (number, (kind, own, want)) in rows.iter().enumerate() {
        let manifest = referrer(kind, &subject, own);
        let path = format!("/v2/a/manifests/{}", digest(&manifest));
        let answer = site.ask("PUT", &path).header("content-type", *kind).body(manifest.clone()).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "oci-subject")), (201, &*subject.to_string()));
        let (_, listed) = list(&site, &format!("/v2/a/referrers/{subject}")).await;
        assert_eq!(listed.len(), number + 1);
        let entry = listed.iter().find(|one| one["digest"] == digest(&manifest).to_string()).unwrap();
        assert_eq!((&entry["mediaType"], &entry["size"]), (&json!(kind), &json!(manifest.len())));
        assert_eq!(entry.get("artifactType").and_then(Value::as_str), *want);
        assert_eq!(entry.get("annotations"), own.get("annotations"));
    }
    assert_eq!(site.get(&format!("/v2/a/manifests/{subject}")).await.0, 404);
}

#[tokio::test]
async fn a_filter_leaves_one_kind_and_says_so() {
    let site = Site::open().await;
    let subject = digest("{}");
    for kind in ["x/a+json", "x/b"] {
        push(&site, &referrer(IMAGE, &subject, &json!({ "artifactType": kind }))).await;
    }
    let path = format!("/v2/a/referrers/{subject}");
    let rows = [
        ("?artifactType=x/a%2Bjson", 1, "artifactType"),
        ("?artifactType=x/none", 0, "artifactType"),
        ("?artifactType=", 2, ""),
        ("", 2, ""),
    ];
    for (query, want, applied) in rows {
        let (answer, listed) = list(&site, &format!("{path}{query}")).await;
        assert_eq!((listed.len(), header(&answer, "oci-filters-applied")), (want, applied), "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let site = Site::open().await;
    let subject = digest("{}");
    for number in 0..5 {
        push(&site, &referrer(IMAGE, &subject, &json!({ "artifactType": "x/a+b", "n": number }))).await;
    }
    push(&site, &referrer(IMAGE, &subject, &json!({ "artifactType": "x/c" }))).await;
    let mut next = format!("/v2/a/referrers/{subject}?n=2&artifactType=x/a%2Bb");
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let (answer, listed) = list(&site, &next).await;
        seen.extend(listed.iter().map(|one| one["digest"].as_str().unwrap().to_string()));
        pages += 1;
        let link = header(&answer, "link").to_string();
        let Some((target, relation)) = link.split_once(';') else { break };
        assert_eq!(relation, " rel=\"next\"");
        next = target.trim_matches(['<', '>']).to_string();
    }
    seen.dedup();
    assert_eq!((seen.len(), pages), (5, 3));
}

#[tokio::test]
async fn what_nothing_refers_to_has_an_empty_list_and_a_bad_digest_is_refused() {
    let site = Site::open().await;
    let (_, listed) = list(&site, &format!("/v2/nowhere/referrers/{}", digest("x"))).await;
    assert!(listed.is_empty());
    for bad in ["sha256:12", "latest", "sha512:0123"] {
        let answer = site.ask("GET", &format!("/v2/a/referrers/{bad}")).send().await.unwrap();
        assert_eq!(refusal(answer).await, (400, "DIGEST_INVALID".into()), "{bad}");
    }
}

#[tokio::test]
async fn a_deleted_referrer_is_listed_no_more() {
    let site = Site::open().await;
    let subject = push(&site, &referrer(IMAGE, &digest("none"), &json!({}))).await;
    let first = push(&site, &referrer(IMAGE, &subject, &json!({ "n": 1 }))).await;
    let second = push(&site, &referrer(IMAGE, &subject, &json!({ "n": 2 }))).await;
    let path = format!("/v2/a/referrers/{subject}");
    assert_eq!(list(&site, &path).await.1.len(), 2);
    for gone in [&first, &subject] {
        let answer = site.ask("DELETE", &format!("/v2/a/manifests/{gone}")).send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
    let (_, listed) = list(&site, &path).await;
    assert_eq!(listed.len(), 1, "a referrer outlives its subject");
    assert_eq!(listed[0]["digest"], second.to_string());
}
