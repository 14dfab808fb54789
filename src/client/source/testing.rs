//! Layouts for tests, made by hand.
#![expect(clippy::disallowed_methods, reason = "tests lay files of their own")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{FileKind, Graph, Pick, SourceError, read};
use crate::client::digest::Digest;
use crate::client::image::{OCI_CONFIG, OCI_INDEX, OCI_MANIFEST};

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// An OCI layout in a folder of its own.
pub(in crate::client) struct Laid {
    pub folder: tempfile::TempDir,
}

impl Laid {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blobs/sha256")).unwrap();
        fs::write(folder.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { folder }
    }

    /// With one image of these layers, called `v1`.
    pub fn with(layers: &[&[u8]]) -> Self {
        let laid = Self::new();
        let image = laid.image("one", layers);
        laid.list(&[("v1", &image)]);
        laid
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        fs::write(self.blob_path(&digest), bytes).unwrap();
        json!({ "mediaType": media_type, "digest": digest.as_str(), "size": bytes.len() })
    }

    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.path().join("blobs").join(digest.as_str().replace(':', "/"))
    }

    pub fn image(&self, name: &str, layers: &[&[u8]]) -> Value {
        let config = self.blob(OCI_CONFIG, json!({ "os": "linux", "comment": name }).to_string().as_bytes());
        let layers: Vec<Value> = layers.iter().map(|bytes| self.blob(LAYER, bytes)).collect();
        let body = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers });
        self.blob(OCI_MANIFEST, body.to_string().as_bytes())
    }

    pub fn index(&self, children: &[(&str, &Value)]) -> Value {
        let child = |(architecture, one): &(&str, &Value)| {
            let mut one = (*one).clone();
            one["platform"] = json!({ "os": "linux", "architecture": architecture });
            one
        };
        let children: Vec<Value> = children.iter().map(child).collect();
        let body = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
        self.blob(OCI_INDEX, body.to_string().as_bytes())
    }

    pub fn list(&self, named: &[(&str, &Value)]) {
        let one = |(name, descriptor): &(&str, &Value)| {
            let mut one = (*descriptor).clone();
            one["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
            one
        };
        let all: Vec<Value> = named.iter().map(one).collect();
        fs::write(self.path().join("index.json"), json!({ "schemaVersion": 2, "manifests": all }).to_string()).unwrap();
    }

    pub fn read(&self, pick: &Pick) -> Result<Graph, SourceError> {
        read(FileKind::OciFolder, self.path(), pick)
    }

    pub fn graph(&self) -> Graph {
        self.read(&Pick::Only).unwrap()
    }

    /// The same as an archive, by tar itself.
    pub fn archive(&self, form: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = std::process::Command::new("tar");
        let tar = tar.arg(format!("--format={form}")).arg("-cf").arg(file.path()).arg("-C").arg(self.path()).arg(".");
        assert!(tar.status().unwrap().success());
        file
    }
}
