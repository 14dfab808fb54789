//! What came of a push, as data of its own: the public contract of `push --format json`.

use serde::Serialize;

use super::view::Report;

/// Adding a field is free; anything else makes the next number.
pub const SCHEMA: &str = "regdoctor.push/1";

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PushReport {
    pub schema: &'static str,
    /// As it was typed.
    pub image: String,
    pub registry: String,
    pub repository: String,
    pub tag: String,
    /// The registry has it, and said so when it was asked again.
    pub pushed: bool,
    /// The digest under which it has it.
    pub digest: Option<String>,
    /// Of an index.
    pub platforms: Vec<String>,
    pub blobs: Vec<BlobView>,
    /// Of those blobs that were sent.
    pub bytes_sent: u64,
    pub duration_ms: u64,
    /// The first error, and what it came from.
    pub errors: Vec<String>,
    /// The root cause of the failure, where one was recognised.
    pub cause: Option<&'static str>,
    /// What `check` found about this registry after the failure.
    pub report: Option<Report>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BlobView {
    pub digest: String,
    pub size: u64,
    /// `present`, `mounted` or `sent`.
    pub how: &'static str,
}
