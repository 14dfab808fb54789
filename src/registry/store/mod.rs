//! Where blobs and manifests are kept: the trait, and what can go wrong.
//!
//! A store blocks; callers run it on a thread that may block, but for what takes a few calls and waits for no disk. It
//! knows nothing of HTTP.

mod cache;
mod change;
mod contents;
mod disk;
pub mod draft;
mod files;
pub mod folder;
mod index;
mod layout;
mod paths;
mod pool;
mod referrers;
mod tidying;
mod usage;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};
use thiserror::Error;

use super::digest::Digest;
use super::names::{Reference, Repository, Tag};
use super::page::{Page, Wanted};
pub use draft::Draft;
pub use folder::FolderStore;

/// How the data folder is looked after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Care {
    /// Whether a push is acknowledged only when it is on the disk: it outlasts a power failure then.
    pub durable: bool,
    /// Blobs that no manifest refers to are removed when they are so old.
    pub collect_after: Option<Duration>,
    /// How many bytes of blobs there may be.
    pub quota: Option<u64>,
}

/// The seam between the protocol and the disk.
pub trait Store: Send + Sync + fmt::Debug {
    /// Whether changes are on the disk when they are done.
    fn is_durable(&self) -> bool;
    /// An empty place for bytes that are still to come.
    fn begin(&self) -> Result<Draft, StoreError>;
    /// Makes the draft a blob of the repository, if its bytes have that digest.
    fn commit(&self, repository: &Repository, draft: Draft, digest: &Digest) -> Result<Committed, StoreError>;
    fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Option<Blob>, StoreError>;
    /// Takes the blob over; false when it is not there.
    fn mount(&self, repository: &Repository, from: &Source, digest: &Digest) -> Result<bool, StoreError>;
    /// False when there was none; the same for the other deletes.
    fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool, StoreError>;
    /// Keeps the manifest, whose digest was verified, and points the tags at it.
    fn put_manifest(&self, repository: &Repository, tags: &[Tag], manifest: &Manifest) -> Result<Put, StoreError>;
    fn manifest(&self, repository: &Repository, reference: &Reference) -> Result<Option<Manifest>, StoreError>;
    /// A tag alone, or a manifest with every tag that points at it.
    fn delete_manifest(&self, repository: &Repository, reference: &Reference) -> Result<bool, StoreError>;
    /// `None` when there is no such repository.
    fn tags(&self, repository: &Repository, wanted: &Wanted) -> Result<Option<Page>, StoreError>;
    /// The manifests of the repository whose subject this is, in no order.
    fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Referrer>, StoreError>;
    /// In no order.
    fn repositories(&self) -> Result<Vec<String>, StoreError>;
    /// Whether an index waits to be brought up to date.
    fn waits(&self) -> bool;
    /// A push is under way there: what it brought so far gets no older.
    fn keep_recent(&self, repository: &Repository) -> Result<(), StoreError>;
    /// What is to be done now and then.
    fn tidy(&self, when: Tidying) -> Result<(), StoreError>;
    /// The folder that holds everything.
    fn folder(&self) -> &Path;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tidying {
    /// What a former run left behind is put in order.
    AtStart,
    /// Indexes that had a pause are brought up to date.
    Often,
    /// Blobs that nobody needs are removed.
    Seldom,
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
    pub bytes: Bytes,
    pub media_type: String,
    pub digest: Digest,
}

/// A manifest that refers to another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Referrer {
    pub media_type: String,
    pub digest: String,
    pub size: u64,
    pub artifact_type: Option<String>,
    pub annotations: Map<String, Value>,
}

/// From where a blob is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Wherever it is kept; `first` is where the client says.
    Anywhere {
        first: Option<Repository>,
    },
    Only(Repository),
}

#[derive(Debug, PartialEq, Eq)]
pub enum Committed {
    Stored,
    /// The bytes have another digest; they are gone.
    Mismatch {
        received: Digest,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub enum Put {
    Stored,
    /// Unreferenced blobs are collected, and this one, which the manifest needs, is not there (any more).
    Lacks {
        digest: Digest,
    },
}

#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot {doing} {}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is not an OCI image index", path.display())]
    Index { path: PathBuf, source: serde_json::Error },
    #[error("{} does not have the digest that it is named after", path.display())]
    Damaged { path: PathBuf },
    #[error("another registry serves {}", folder.display())]
    Taken { folder: PathBuf },
    #[error("{wanted} bytes more than the {used} that are used would exceed the quota of {limit}")]
    Quota { limit: u64, used: u64, wanted: u64 },
}

/// What kind of trouble a client is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    NotWritable,
    Full,
    Quota,
    Other,
}

impl StoreError {
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Quota { .. } => Trouble::Quota,
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Trouble::NotWritable,
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    Trouble::Full
                }
                _ => Trouble::Other,
            },
            _ => Trouble::Other,
        }
    }

    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}
