//! An image as its bytes: the smallest one that engines and registries accept.

use serde_json::json;

use super::digest::Digest;
use super::tar;

pub(super) const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(super) const ONE_MANIFEST: &[&str] = &[MANIFEST, OCI_MANIFEST];
/// Whatever an image can be.
pub(super) const ANY_MANIFEST: &[&str] = &[MANIFEST, LIST, OCI_MANIFEST, OCI_INDEX];
pub(super) const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub(super) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A layer without gzip, which Docker 20.10.5 and 28.5.2 pull as it is.
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
const FILE: &str = "regdoctor.txt";

/// Bytes with their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    pub bytes: Vec<u8>,
}

/// An image for one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its digest is what a push gives and what a tag stands for.
    pub manifest: Blob,
    /// The manifest's media type.
    pub media_type: String,
    pub config: Blob,
    /// From the lowest to the highest.
    pub layers: Vec<Blob>,
}

impl Blob {
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { digest: Digest::of(&bytes), bytes }
    }
}

impl Image {
    /// One layer with one small file that holds `unique`: no registry has this image yet.
    #[must_use]
    pub fn tiny(unique: &str) -> Self {
        let layer = Blob::new(Self::root_tar(unique));
        let config = json!({
            "architecture": architecture(),
            "os": "linux",
            "created": "1970-01-01T00:00:00Z",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": [layer.digest.as_str()] },
            "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "regdoctor" }],
        });
        let config = Blob::new(config.to_string().into_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &config),
            "layers": [descriptor(LAYER, &layer)],
        });
        let manifest = Blob::new(manifest.to_string().into_bytes());
        Self { manifest, media_type: MANIFEST.to_string(), config, layers: vec![layer] }
    }

    /// The file system of [`Image::tiny`] as a plain tar: what `POST /images/create?fromSrc=-` of Docker's API takes.
    #[must_use]
    pub fn root_tar(unique: &str) -> Vec<u8> {
        tar::archive(FILE, format!("{unique}\n").as_bytes())
    }
}

fn descriptor(media_type: &str, blob: &Blob) -> serde_json::Value {
    json!({ "mediaType": media_type, "size": blob.bytes.len(), "digest": blob.digest.as_str() })
}

/// This machine's architecture in the words of Go.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_tiny_image_names_its_own_parts() {
        let image = Image::tiny("first");
        let manifest: Value = serde_json::from_slice(&image.manifest.bytes).unwrap();
        let config: Value = serde_json::from_slice(&image.config.bytes).unwrap();
        let layer = &image.layers[0];
        assert_eq!(manifest["config"]["digest"], image.config.digest.as_str());
        assert_eq!(manifest["config"]["size"], image.config.bytes.len());
        assert_eq!(manifest["layers"][0]["digest"], layer.digest.as_str());
        assert_eq!(manifest["layers"][0]["size"], layer.bytes.len());
        // Without gzip the layer is its own diff.
        assert_eq!(config["rootfs"]["diff_ids"][0], layer.digest.as_str());
        assert_eq!(layer.bytes, Image::root_tar("first"));
    }

    #[test]
    fn the_same_text_is_the_same_image_and_another_is_another() {
        assert_eq!(Image::tiny("a"), Image::tiny("a"));
        let (a, b) = (Image::tiny("a"), Image::tiny("b"));
        assert!(a.manifest.digest != b.manifest.digest && a.config != b.config && a.layers != b.layers);
    }
}
