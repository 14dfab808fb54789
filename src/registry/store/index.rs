//! `index.json` of one layout, as it is on disk. What is in it beyond manifests and tags (annotations, platforms) is kept
//! as it was.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// The annotation that every reader of OCI layouts takes as the tag.
pub const TAG_ANNOTATION: &str = "org.opencontainers.image.ref.name";

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Index {
    #[serde(default)]
    pub manifests: Vec<Descriptor>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default)]
    pub annotations: Map<String, Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A descriptor that is about to be written.
#[derive(Debug)]
pub struct Line<'a> {
    pub media_type: &'a str,
    pub digest: &'a str,
    pub size: u64,
    pub tag: Option<&'a str>,
    pub extra: Option<&'a Extra>,
}

/// What somebody else wrote about a manifest.
#[derive(Debug)]
pub struct Extra {
    /// Without the tag.
    pub annotations: Map<String, Value>,
    pub rest: Map<String, Value>,
}

impl Index {
    pub fn empty() -> Self {
        let mut rest = Map::new();
        rest.insert("schemaVersion".into(), json!(2));
        rest.insert("mediaType".into(), json!("application/vnd.oci.image.index.v1+json"));
        Self { manifests: Vec::new(), rest }
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("mediaType", self.media_type)?;
        map.serialize_entry("digest", self.digest)?;
        map.serialize_entry("size", &self.size)?;
        let mut annotations = self.extra.map(|extra| extra.annotations.clone()).unwrap_or_default();
        if let Some(tag) = self.tag {
            annotations.insert(TAG_ANNOTATION.into(), json!(tag));
        }
        if !annotations.is_empty() {
            map.serialize_entry("annotations", &annotations)?;
        }
        for (key, value) in self.extra.iter().flat_map(|extra| &extra.rest) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
