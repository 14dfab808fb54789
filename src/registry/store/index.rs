//! `index.json` of one layout: which manifests a repository holds, and its tags. Pure.
//!
//! What is in the file beyond that (annotations, platforms) is kept as it was.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::registry::digest::Digest;
use crate::registry::names::{Reference, Tag};

/// The annotation that every reader of OCI layouts takes as the tag.
const TAG_ANNOTATION: &str = "org.opencontainers.image.ref.name";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Descriptor {
    pub fn new(media_type: &str, digest: &Digest, size: u64) -> Self {
        let (annotations, rest) = (Map::new(), Map::new());
        Self { media_type: media_type.to_string(), digest: digest.to_string(), size, annotations, rest }
    }

    fn tag(&self) -> Option<&str> {
        self.annotations.get(TAG_ANNOTATION).and_then(Value::as_str)
    }
}

impl Index {
    pub fn empty() -> Self {
        let mut rest = Map::new();
        rest.insert("schemaVersion".into(), json!(2));
        rest.insert("mediaType".into(), json!("application/vnd.oci.image.index.v1+json"));
        Self { manifests: Vec::new(), rest }
    }

    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.manifests.iter().filter_map(Descriptor::tag)
    }

    pub fn find(&self, reference: &Reference) -> Option<&Descriptor> {
        match reference {
            Reference::Tag(tag) => self.manifests.iter().find(|one| one.tag() == Some(tag.as_str())),
            Reference::Digest(digest) => {
                let digest = digest.to_string();
                self.manifests.iter().find(|one| one.digest == digest)
            }
        }
    }

    /// Adds the manifest; `tag` points at it from now on, and what it pointed at before stays without it.
    pub fn put(&mut self, manifest: &Descriptor, tag: Option<&Tag>) {
        for known in self.manifests.iter_mut().filter(|known| known.digest == manifest.digest) {
            known.media_type.clone_from(&manifest.media_type);
        }
        let Some(tag) = tag else {
            if !self.manifests.iter().any(|known| known.digest == manifest.digest) {
                self.manifests.push(manifest.clone());
            }
            return;
        };
        self.remove_tag(tag);
        self.manifests.retain(|known| known.digest != manifest.digest || known.tag().is_some());
        let mut tagged = manifest.clone();
        tagged.annotations.insert(TAG_ANNOTATION.into(), json!(tag.as_str()));
        self.manifests.push(tagged);
    }

    /// Takes the tag away; its manifest stays. False when there is no such tag.
    pub fn remove_tag(&mut self, tag: &Tag) -> bool {
        let Some(position) = self.manifests.iter().position(|one| one.tag() == Some(tag.as_str())) else {
            return false;
        };
        let mut freed = self.manifests.remove(position);
        if !self.manifests.iter().any(|one| one.digest == freed.digest) {
            freed.annotations.remove(TAG_ANNOTATION);
            self.manifests.push(freed);
        }
        true
    }

    /// Takes the manifest and every tag of it away. False when it is not there.
    pub fn remove_manifest(&mut self, digest: &Digest) -> bool {
        let (before, digest) = (self.manifests.len(), digest.to_string());
        self.manifests.retain(|one| one.digest != digest);
        self.manifests.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::digest::Algorithm;

    fn descriptor(content: &str) -> Descriptor {
        Descriptor::new("m", &Digest::of(Algorithm::Sha256, content.as_bytes()), 1)
    }

    fn tag(text: &str) -> Tag {
        Tag::parse(text).unwrap()
    }

    #[test]
    fn a_moved_tag_leaves_its_manifest_behind() {
        let mut index = Index::empty();
        index.put(&descriptor("a"), Some(&tag("x")));
        index.put(&descriptor("b"), Some(&tag("x")));
        index.put(&descriptor("b"), Some(&tag("y")));
        index.put(&descriptor("b"), None);
        assert_eq!(index.tags().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(index.manifests.len(), 3);
        assert!(index.remove_tag(&tag("x")) && !index.remove_tag(&tag("x")));
        assert_eq!(index.manifests.len(), 2);
        assert!(index.remove_tag(&tag("y")));
        let b = Digest::of(Algorithm::Sha256, b"b");
        assert!(index.find(&Reference::Digest(b.clone())).is_some());
        assert!(index.remove_manifest(&b) && !index.remove_manifest(&b));
        assert_eq!(index.manifests, [descriptor("a")]);
    }

    #[test]
    fn a_push_gives_an_untagged_manifest_its_tag() {
        let mut index = Index::empty();
        index.put(&descriptor("a"), None);
        index.put(&descriptor("a"), Some(&tag("x")));
        assert_eq!(index.manifests.len(), 1);
        assert_eq!(index.find(&Reference::Tag(tag("x"))).unwrap().digest, descriptor("a").digest);
    }

    #[test]
    fn what_it_does_not_know_is_kept() {
        let text = r#"{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"sha256:a","size":1,"annotations":{"k":"v"},"platform":{"os":"linux"}}],"annotations":{"z":"1"}}"#;
        let index: Index = serde_json::from_str(text).unwrap();
        let back: Value = serde_json::to_value(&index).unwrap();
        assert_eq!(back, serde_json::from_str::<Value>(text).unwrap());
    }
}
