//! The questions for a manifest, as the engine asks them, and what it holds.

use aws_lc_rs::digest::{SHA256, digest};
use hyper::Method;
use serde::Deserialize;

use super::few::Few;
use super::http::{Fetched, Question, Reading};
use super::talk::{Keys, Talk};
use crate::model::printable::printable;
use crate::model::secret::Secret;
use crate::model::trace::{Content, Http, Manifest};

/// What Docker 20.10 and later accept.
const ACCEPT: &str = "application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v1+prettyjws, \
    application/json";

/// The largest that Docker takes (containerd's resolver, 28 and 29).
const MOST_BYTES: usize = 4 * 1024 * 1024;
const SHOWN: usize = 200;

impl Talk<'_> {
    pub(super) async fn head_manifest(&self, repository: &str, keys: &Keys) -> Http {
        let reference = self.journey.target.reference.as_deref().unwrap_or("latest");
        self.ask(&self.question(Method::HEAD, repository, reference, keys.pull.clone())).await.http
    }

    /// The manifest, and the blobs of the image: of an index, those of its first image.
    pub(super) async fn fetch_manifest(&self, repository: &str, keys: &Keys) -> (Manifest, Option<Vec<String>>) {
        let reference = self.journey.target.reference.as_deref().unwrap_or("latest");
        let fetched = self.fetch(repository, reference, keys).await;
        let (manifest, first) = read(self.accept(), reference, fetched);
        let blobs = match first {
            Some(digest) => {
                let fetched = self.fetch(repository, &digest, keys).await;
                read(self.accept(), &digest, fetched).0.blobs
            }
            None => manifest.blobs.clone(),
        };
        (manifest, Some(blobs))
    }

    async fn fetch(&self, repository: &str, reference: &str, keys: &Keys) -> Fetched {
        let question = self.question(Method::GET, repository, reference, keys.pull.clone());
        self.ask(&Question { reading: Reading::Whole(MOST_BYTES), ..question }).await
    }

    fn accept(&self) -> String {
        let own = &self.journey.target.way.accept;
        if own.is_empty() { ACCEPT.into() } else { own.join(", ") }
    }

    fn question(&self, method: Method, repository: &str, reference: &str, key: Option<Secret>) -> Question {
        let question = Question::new(method, format!("/v2/{repository}/manifests/{reference}")).with(key);
        Question { headers: vec![("accept", self.accept())], ..question }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    schema_version: Option<u64>,
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Few<Descriptor>,
    manifests: Few<Descriptor>,
    fs_layers: Few<Layer1>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Platform {
    os: String,
    architecture: String,
}

/// A layer of schema 1.
#[derive(Deserialize)]
struct Layer1 {
    #[serde(rename = "blobSum", default)]
    digest: String,
}

/// The manifest, and the digest of the first image where it is an index.
fn read(accept: String, reference: &str, fetched: Fetched) -> (Manifest, Option<String>) {
    let answer = fetched.http.answer().map(|(_, answer)| answer);
    let sent = answer.and_then(|answer| answer.header("content-type")).map(|value| printable(value, SHOWN));
    let promised = answer.and_then(|answer| answer.header("docker-content-digest")).map(str::to_string);
    let is_given = answer.is_some_and(|answer| answer.status == 200);
    let document: Document =
        if is_given { serde_json::from_slice(&fetched.body).unwrap_or_default() } else { Document::default() };
    let digests = document.config.iter().chain(&document.layers.0).map(|one| one.digest.clone());
    let digests = digests.chain(document.fs_layers.0.into_iter().map(|layer| layer.digest));
    let first = document.manifests.0.iter().map(|one| &one.digest).find(|digest| is_digest(digest)).cloned();
    let platform = |platform: &Platform| printable(&format!("{}/{}", platform.os, platform.architecture), 40);
    // A digest that was asked for is what must come; else what the registry says that it gives.
    let expected = Some(reference).filter(|text| is_digest(text)).map(str::to_string).or(promised);
    let content = expected.filter(|text| is_given && fetched.whole && is_digest(text)).map(|expected| Content {
        expected,
        received: digest_of(&fetched.body),
        bytes: fetched.body.len() as u64,
    });
    let manifest = Manifest {
        accept,
        media_type: document.media_type.map(|text| printable(&text, SHOWN)).or(sent),
        schema_version: document.schema_version,
        blobs: digests.filter(|digest| is_digest(digest)).collect(),
        platforms: document.manifests.0.iter().filter_map(|one| one.platform.as_ref().map(platform)).collect(),
        content,
        http: fetched.http,
    };
    (manifest, first)
}

/// `sha256:` and 64 digits: safe in a path, and the one kind that is computed here.
pub(super) fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn digest_of(bytes: &[u8]) -> String {
    let hex: String = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::HttpAnswer;

    fn given(body: &str, promised: &str) -> (Manifest, Option<String>) {
        let headers = vec![("docker-content-digest".to_string(), promised.to_string())];
        let answer = HttpAnswer { status: 200, headers, body: String::new() };
        let http = Http::Answer { scheme: "https".into(), answer };
        read("x".into(), "v1", Fetched { http, body: body.into(), whole: true })
    }

    #[test]
    fn reads_images_indexes_and_schema_1() {
        let (a, b) = (digest_of(b"a"), digest_of(b"b"));
        let image = format!(
            r#"{{"schemaVersion":2,"mediaType":"m","config":{{"digest":"{a}"}},"layers":[{{"digest":"{b}"}},{{"digest":"../x"}}]}}"#
        );
        let (manifest, first) = given(&image, &digest_of(image.as_bytes()));
        assert_eq!((manifest.blobs, first, manifest.schema_version), (vec![a.clone(), b.clone()], None, Some(2)));
        assert!(manifest.content.unwrap().is_right());
        let index =
            format!(r#"{{"manifests":[{{"digest":"{b}","platform":{{"os":"linux","architecture":"arm64"}}}}]}}"#);
        let (manifest, first) = given(&index, &a);
        assert_eq!((manifest.platforms, first), (vec!["linux/arm64".to_string()], Some(b.clone())));
        assert!(!manifest.content.unwrap().is_right());
        let (manifest, _) = given(&format!(r#"{{"schemaVersion":1,"fsLayers":[{{"blobSum":"{b}"}}]}}"#), "");
        assert_eq!((manifest.blobs, manifest.content), (vec![b], None));
        assert_eq!(given("<html>", "").0.blobs, Vec::<String>::new());
    }
}
