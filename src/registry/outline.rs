//! What a manifest says of itself and of what it refers to. Pure.
//!
//! Any JSON object is a manifest here: artefacts come in shapes of their own. Only the kinds that the specifications
//! describe are held to their shape.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The kinds whose shape is known.
const DESCRIBED: &[&str] = &[
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
];
const LISTS: &[&str] =
    &["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"];

/// The parts of a manifest that a registry looks at; everything else is the client's.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outline {
    pub media_type: Option<String>,
    pub artifact_type: Option<String>,
    pub config: Option<Target>,
    pub layers: Option<Vec<Target>>,
    /// The manifests of an index.
    pub manifests: Option<Vec<Target>>,
    /// What artefact manifests had before images took their place.
    pub blobs: Option<Vec<Target>>,
    /// Layers of schema 1.
    pub fs_layers: Option<Vec<Layer>>,
    pub subject: Option<Target>,
    pub annotations: Option<Map<String, Value>>,
}

/// A descriptor, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub digest: String,
    #[serde(default)]
    pub media_type: String,
    #[serde(default)]
    pub size: u64,
    pub platform: Option<Platform>,
    /// Where else the bytes are.
    pub urls: Option<Vec<String>>,
    /// The bytes themselves.
    pub data: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Platform {
    pub os: String,
    pub architecture: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    pub blob_sum: String,
}

impl Outline {
    /// Reads a manifest; the reason when it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        match serde_json::from_slice::<Self>(bytes) {
            Ok(outline) if bytes.trim_ascii_start().first() == Some(&b'{') => Ok(outline),
            Err(error) if error.is_data() => Self::of_another_shape(bytes),
            _ => Err("it is not a JSON object"),
        }
    }

    /// A manifest that uses the same words for something else: only what it calls itself is known.
    fn of_another_shape(bytes: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Name {
            media_type: Option<Value>,
        }
        let name: Name = serde_json::from_slice(bytes).map_err(|_| "it is not a JSON object")?;
        match name.media_type {
            Some(Value::String(own)) if DESCRIBED.contains(&own.as_str()) => Err("it is not what its mediaType says"),
            Some(Value::String(own)) => Ok(Self { media_type: Some(own), ..Self::default() }),
            Some(_) => Err("its mediaType is not a string"),
            None => Ok(Self::default()),
        }
    }

    /// The digests of everything that must be kept for this manifest.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let one = self.config.iter().chain(self.layers.iter().flatten());
        let many = self.manifests.iter().flatten().chain(self.blobs.iter().flatten());
        let layers = self.fs_layers.iter().flatten().map(|layer| layer.blob_sum.as_str());
        one.chain(many).map(|target| target.digest.as_str()).chain(layers)
    }

    /// The digests of the blobs that a client sends before this manifest: not those that have their bytes elsewhere.
    pub fn blobs(&self) -> impl Iterator<Item = &str> {
        let sent = self.config.iter().chain(self.layers.iter().flatten()).chain(self.blobs.iter().flatten());
        let foreign = |kind: &str| kind.contains("nondistributable") || kind.contains("foreign");
        let here =
            move |target: &&Target| target.urls.is_none() && target.data.is_none() && !foreign(&target.media_type);
        let layers = self.fs_layers.iter().flatten().map(|layer| layer.blob_sum.as_str());
        sent.filter(here).map(|target| target.digest.as_str()).chain(layers)
    }

    /// What a list of referrers calls this manifest: an image without a type of its own has that of its config.
    pub fn referrer_type(&self) -> Option<&str> {
        let own = self.artifact_type.as_deref().filter(|own| !own.is_empty());
        own.or_else(|| self.config.as_ref().map(|config| config.media_type.as_str()))
    }
}

/// Whether a manifest of this kind lists other manifests.
pub fn is_list(media_type: &str) -> bool {
    LISTS.contains(&media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_knows_and_lets_the_rest_pass() {
        let rows = [
            ("{}", Ok(None)),
            (r#" {"mediaType":"a/b"}"#, Ok(Some("a/b"))),
            (r#"{"mediaType":"a/b","layers":"none","subject":7}"#, Ok(Some("a/b"))),
            (r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}"#, Ok(Some(DESCRIBED[3]))),
            (
                r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":"none"}"#,
                Err("it is not what its mediaType says"),
            ),
            (r#"{"mediaType":1}"#, Err("its mediaType is not a string")),
            ("[]", Err("it is not a JSON object")),
            ("[1,2,3,4,5,6,7,8,9]", Err("it is not a JSON object")),
            ("null", Err("it is not a JSON object")),
            ("", Err("it is not a JSON object")),
            ("{", Err("it is not a JSON object")),
        ];
        for (text, want) in rows {
            let read = Outline::read(text.as_bytes());
            assert_eq!(read.as_ref().map(|outline| outline.media_type.as_deref()), want.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn the_type_of_an_image_is_that_of_its_config() {
        let rows = [
            (r#"{"artifactType":"a/b","config":{"digest":"d","mediaType":"c/d"}}"#, Some("a/b")),
            (r#"{"artifactType":"","config":{"digest":"d","mediaType":"c/d"}}"#, Some("c/d")),
            (r#"{"config":{"digest":"d","mediaType":"c/d"}}"#, Some("c/d")),
            (r#"{"manifests":[]}"#, None),
        ];
        for (text, want) in rows {
            assert_eq!(Outline::read(text.as_bytes()).unwrap().referrer_type(), want, "{text}");
        }
    }

    #[test]
    fn names_what_a_client_sends_before() {
        let text = r#"{"config":{"digest":"a"},"layers":[{"digest":"b"},{"digest":"c","urls":["https://x.test/"]},
            {"digest":"d","data":"eA=="},{"digest":"e","mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}],
            "manifests":[{"digest":"f"}],"blobs":[{"digest":"g"}],"fsLayers":[{"blobSum":"h"}],"subject":{"digest":"i"}}"#;
        let outline = Outline::read(text.as_bytes()).unwrap();
        assert_eq!(outline.blobs().collect::<Vec<_>>(), ["a", "b", "g", "h"]);
    }

    #[test]
    fn names_everything_that_must_be_kept() {
        let text = r#"{"config":{"digest":"a"},"layers":[{"digest":"b"}],"manifests":[{"digest":"c"}],
            "blobs":[{"digest":"d"}],"fsLayers":[{"blobSum":"e"}],"subject":{"digest":"f"}}"#;
        let outline = Outline::read(text.as_bytes()).unwrap();
        assert_eq!(outline.targets().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
    }
}
