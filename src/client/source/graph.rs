//! What an image consists of: blobs, and the manifests that name them, children before parents.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use super::error::SourceError;
use super::extent::Extent;
use super::shelf::Shelf;
use crate::client::digest::Digest;
use crate::client::image::{OCI_INDEX, OCI_MANIFEST};
use crate::model::printable::printable;

/// An image with everything that is to be sent for it.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The last one is the image itself.
    pub manifests: Vec<Document>,
    /// Each one once.
    pub blobs: Vec<Piece>,
    /// `linux/amd64`, for every image of an index.
    pub platforms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub digest: Digest,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// A blob, and where its bytes are.
#[derive(Debug, Clone)]
pub struct Piece {
    pub digest: Digest,
    pub extent: Extent,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    #[serde(default)]
    pub annotations: std::collections::BTreeMap<String, String>,
    platform: Option<Platform>,
}

#[derive(Debug, Clone, Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    media_type: String,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

/// Registries take no more than this.
const MANIFEST_BYTES: u64 = 4 * 1024 * 1024;
/// Indexes in indexes: one is usual, more than this is a trap.
const DEPTH: usize = 4;
const MOST: usize = 100_000;

impl Graph {
    /// Follows a descriptor through a layout.
    pub(super) fn of(shelf: &Shelf, root: &Descriptor) -> Result<Self, SourceError> {
        let graph = Self { manifests: Vec::new(), blobs: Vec::new(), platforms: Vec::new() };
        let mut walk = Walk { shelf, graph, known: HashSet::new() };
        walk.manifest(root, 0)?;
        Ok(walk.graph)
    }

    /// The image itself.
    #[must_use]
    pub fn root(&self) -> Option<&Document> {
        self.manifests.last()
    }

    /// Of all blobs.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.blobs.iter().map(|piece| piece.extent.length()).sum()
    }
}

struct Walk<'a> {
    shelf: &'a Shelf,
    graph: Graph,
    known: HashSet<Digest>,
}

impl Walk<'_> {
    fn manifest(&mut self, descriptor: &Descriptor, depth: usize) -> Result<(), SourceError> {
        let place = self.shelf.place();
        let digest = digest_of(descriptor, place)?;
        if self.known.contains(&digest) {
            return Ok(());
        }
        let malformed = |reason: &str| SourceError::Malformed {
            place: place.to_path_buf(),
            file: digest.to_string(),
            reason: reason.to_string(),
        };
        if depth > DEPTH || self.known.len() > MOST {
            return Err(malformed("it has too many images inside of images"));
        }
        let extent = self.extent(descriptor, &digest, "the manifest")?;
        let read = |source| SourceError::Read { place: place.to_path_buf(), source };
        let bytes = extent.bytes(MANIFEST_BYTES).map_err(read)?;
        let found = Digest::of(&bytes);
        if found != digest {
            return Err(SourceError::Altered { place: place.to_path_buf(), digest, found });
        }
        let body: Body = serde_json::from_slice(&bytes).map_err(|error| malformed(&error.to_string()))?;
        let media_type = media_type(descriptor, &body).ok_or_else(|| malformed("it is no manifest"))?;
        match (&body.manifests, &body.config) {
            (Some(children), _) => {
                for child in children {
                    self.graph.platforms.extend(child.platform.as_ref().and_then(Platform::shown));
                    self.manifest(child, depth + 1)?;
                }
            }
            (None, Some(config)) => {
                self.blob(config, "the configuration")?;
                for layer in &body.layers {
                    self.blob(layer, "the layer")?;
                }
            }
            (None, None) => return Err(malformed("it is neither the manifest of an image nor an index")),
        }
        self.known.insert(digest.clone());
        self.graph.manifests.push(Document { digest, media_type, bytes });
        Ok(())
    }

    fn blob(&mut self, descriptor: &Descriptor, what: &'static str) -> Result<(), SourceError> {
        let digest = digest_of(descriptor, self.shelf.place())?;
        if self.known.contains(&digest) {
            return Ok(());
        }
        let extent = match self.extent(descriptor, &digest, what) {
            // Windows has layers that nobody may hand on: clients get them from their maker.
            Err(SourceError::Lacks { .. }) if is_foreign(&descriptor.media_type) => return Ok(()),
            found => found?,
        };
        self.known.insert(digest.clone());
        self.graph.blobs.push(Piece { digest, extent });
        Ok(())
    }

    fn extent(&self, descriptor: &Descriptor, digest: &Digest, what: &'static str) -> Result<Extent, SourceError> {
        let place = || self.shelf.place().to_path_buf();
        let name = format!("blobs/{}", digest.as_str().replacen(':', "/", 1));
        let found = self.shelf.find(&name)?;
        let extent = found.ok_or_else(|| SourceError::Lacks { place: place(), what, digest: digest.clone() })?;
        let (said, found) = (descriptor.size, extent.length());
        if said != found {
            return Err(SourceError::Size { place: place(), digest: digest.clone(), said, found });
        }
        Ok(extent)
    }
}

fn digest_of(descriptor: &Descriptor, place: &Path) -> Result<Digest, SourceError> {
    Digest::parse(&descriptor.digest).ok_or_else(|| SourceError::Unusable {
        place: place.to_path_buf(),
        reason: format!("it names a part by `{}`, which is no SHA-256 digest", printable(&descriptor.digest, 100)),
    })
}

/// What it is called where it is named, else what it calls itself, else what it looks like.
fn media_type(descriptor: &Descriptor, body: &Body) -> Option<String> {
    let said = [&descriptor.media_type, &body.media_type].into_iter().find(|text| !text.is_empty());
    let usual = if body.manifests.is_some() { OCI_INDEX } else { OCI_MANIFEST };
    let text = said.map_or(usual, String::as_str);
    text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_string())
}

fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".foreign.") || media_type.contains(".nondistributable.")
}

impl Platform {
    /// Attestations of BuildKit call theirs `unknown/unknown`.
    fn shown(&self) -> Option<String> {
        if self.os.is_empty() || self.os == "unknown" {
            return None;
        }
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        Some(printable(&format!("{}/{}{variant}", self.os, self.architecture), 60))
    }
}
