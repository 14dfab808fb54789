//! What a repository gives and takes: manifests, blobs, uploads.

use serde::{Deserialize, Serialize};

use super::{Http, Layer, Visit};

/// A manifest that was fetched, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What was accepted, as the engine sends it.
    pub accept: String,
    /// The answer, with the start of its body.
    pub http: Http,
    /// What the manifest calls itself, else what the answer calls it.
    pub media_type: Option<String>,
    pub schema_version: Option<u64>,
    /// Digests of the blobs that it names, the configuration first.
    pub blobs: Vec<String>,
    /// `linux/amd64`, for every entry of an index.
    pub platforms: Vec<String>,
    /// What the registry said it gives, and what it gave, compared.
    pub content: Option<Content>,
}

/// Bytes whose digest was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub expected: String,
    pub received: String,
    pub bytes: u64,
}

impl Content {
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.expected == self.received
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    pub digest: String,
    /// The registry's own answer to `GET`.
    pub http: Http,
    /// Where it redirects to.
    pub target: Option<Box<Visit>>,
    /// The bytes, where all of them came: only small blobs are read to the end.
    pub content: Option<Content>,
}

/// An upload that was started, and cancelled where its address says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// `POST …/blobs/uploads/`.
    pub start: Http,
    /// `Location` as it was sent, without the values of its query.
    pub location: Option<String>,
    /// The same resolved as the engine resolves it.
    pub resolved: Option<String>,
    /// The way there, where it is another server than the registry.
    pub elsewhere: Option<Box<Visit>>,
    /// `DELETE` of it, where it is the registry's own.
    pub cancelled: Option<Http>,
}

impl Upload {
    /// The path of its address as it was resolved: `/v2/team/app/blobs/uploads/…`.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        let (_, rest) = self.resolved.as_deref()?.split_once("://")?;
        rest.find('/').and_then(|at| rest.get(at..))
    }

    /// Its address has neither a scheme nor a slash in front. RFC 3986 allows that, and containerd takes its first part for
    /// a host (28.5.2); Docker's own code does not.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        self.location.as_deref().is_some_and(|location| !location.starts_with('/') && !location.contains("://"))
    }
}

/// A small image that was pushed and removed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    pub repository: String,
    pub tag: String,
    pub steps: Vec<WriteStep>,
    /// What stays in the registry, in words; nothing when it was removed.
    pub left_behind: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteStep {
    /// `POST an upload`, `PATCH 2.5 MiB`, …
    pub what: String,
    pub bytes: u64,
    pub http: Layer<Http>,
}
