//! Where blobs and manifests are kept: the trait, and what can go wrong.
//!
//! A store blocks; callers run it on a thread that may block. It knows nothing of HTTP.

pub mod draft;
mod files;
pub mod folder;
mod index;
mod paths;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::digest::Digest;
use super::names::{Reference, Repository, Tag};
pub use draft::Draft;
pub use folder::FolderStore;

/// The seam between the protocol and the disk.
pub trait Store: Send + Sync + fmt::Debug {
    /// An empty place for bytes that are still to come.
    fn begin(&self) -> Result<Draft, StoreError>;
    /// Makes the draft a blob of the repository, if its bytes have that digest.
    fn commit(&self, repository: &Repository, draft: Draft, digest: &Digest) -> Result<Committed, StoreError>;
    fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Option<Blob>, StoreError>;
    /// Takes the blob over from wherever it is kept; false when it is nowhere.
    fn mount(&self, repository: &Repository, from: Option<&Repository>, digest: &Digest) -> Result<bool, StoreError>;
    /// False when there was none; the same for the other deletes.
    fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool, StoreError>;
    /// Keeps the manifest, whose digest was verified, and points `tag` at it.
    fn put_manifest(&self, repository: &Repository, tag: Option<&Tag>, manifest: &Manifest) -> Result<(), StoreError>;
    fn manifest(&self, repository: &Repository, reference: &Reference) -> Result<Option<Manifest>, StoreError>;
    /// A tag alone, or a manifest with every tag that points at it.
    fn delete_manifest(&self, repository: &Repository, reference: &Reference) -> Result<bool, StoreError>;
    /// In no order; `None` when there is no such repository.
    fn tags(&self, repository: &Repository) -> Result<Option<Vec<String>>, StoreError>;
    /// In no order.
    fn repositories(&self) -> Result<Vec<String>, StoreError>;
    /// The folder that holds everything.
    fn folder(&self) -> &Path;
}

/// An opened blob. It stays readable when it is deleted meanwhile.
#[derive(Debug)]
pub struct Blob {
    pub file: File,
    pub size: u64,
}

/// A manifest, byte for byte, with the media type it was pushed as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub bytes: Vec<u8>,
    pub media_type: String,
    pub digest: Digest,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Committed {
    Stored,
    /// The bytes have another digest; they are gone.
    Mismatch {
        received: Digest,
    },
}

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot {doing} {}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is not an OCI image index", path.display())]
    Index { path: PathBuf, source: serde_json::Error },
}

impl StoreError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
