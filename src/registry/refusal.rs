//! Every way in which the registry says no: status, the specification's code, and what it is about.

use std::io;

use hyper::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

use super::digest::Digest;
use super::names::Repository;
use super::store::{StoreError, Trouble};

/// A request that is answered with an error body.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error("this registry has no such path")]
    NoSuchPath { path: String },
    #[error("the operation is unsupported")]
    MethodNotAllowed { method: String },
    #[error("invalid repository name")]
    BadName { name: String },
    #[error("repository name not known to registry")]
    UnknownName { repository: Repository },
    #[error("provided digest is not of a known algorithm and form")]
    BadDigest { digest: String },
    #[error("a digest parameter is needed")]
    NoDigest,
    #[error("provided digest did not match uploaded content")]
    DigestMismatch { given: Digest, received: Digest },
    #[error("invalid tag name")]
    BadTag { tag: String },
    #[error("manifest unknown")]
    UnknownManifest { reference: String },
    #[error("manifest invalid: {reason}")]
    BadManifest { reason: &'static str },
    #[error("manifest larger than {limit} bytes")]
    ManifestTooLarge { limit: usize },
    #[error("more than {limit} tags in one push")]
    TooManyTags { limit: usize },
    #[error("blob unknown to registry")]
    UnknownBlob { digest: Digest },
    #[error("manifest references a blob unknown to registry")]
    ManifestBlobUnknown { digest: Digest },
    #[error("blob upload unknown to registry")]
    UnknownUpload { id: String },
    #[error("the requested range is not satisfiable")]
    RangeNotSatisfiable { size: u64 },
    #[error("the chunk does not start where the upload ended")]
    ChunkOutOfOrder { location: String, received: u64 },
    #[error("Content-Range is not of the form <start>-<end>")]
    BadContentRange { text: String },
    #[error("the chunk is not as long as Content-Range says")]
    ChunkLength { announced: u64, received: u64 },
    #[error("only the last chunk may be shorter than {minimum} bytes")]
    ChunkTooShort { minimum: u64 },
    #[error("invalid number of results requested")]
    BadPageSize { text: String },
    #[error("authentication required")]
    SignInNeeded { challenge: String },
    #[error("the name or the password is wrong")]
    BadCredentials,
    #[error("this is no request for a token")]
    BadTokenRequest,
    #[error("requested access to the resource is denied")]
    Denied,
    #[error("this registry is read-only")]
    ReadOnly,
    #[error("the client stopped sending")]
    BodyTimedOut,
    #[error("the client's body ended early")]
    BodyBroken { source: io::Error },
    #[error("a fault ended the upload")]
    CutByFault,
    #[error("{}", store_message(.0))]
    Store(#[from] StoreError),
    #[error("the registry was stopped in the middle of the work")]
    Interrupted,
    #[error("the system gave no random numbers")]
    NoRandomness,
}

impl Refusal {
    /// The specification's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPath { .. } => "NOT_FOUND",
            Self::BadName { .. } => "NAME_INVALID",
            Self::UnknownName { .. } => "NAME_UNKNOWN",
            Self::BadDigest { .. } | Self::NoDigest | Self::DigestMismatch { .. } => "DIGEST_INVALID",
            Self::BadTag { .. } | Self::BadManifest { .. } | Self::TooManyTags { .. } => "MANIFEST_INVALID",
            Self::ManifestTooLarge { .. }
            | Self::ChunkLength { .. }
            | Self::ChunkTooShort { .. }
            | Self::RangeNotSatisfiable { .. } => "SIZE_INVALID",
            Self::UnknownManifest { .. } => "MANIFEST_UNKNOWN",
            Self::UnknownBlob { .. } => "BLOB_UNKNOWN",
            Self::ManifestBlobUnknown { .. } => "MANIFEST_BLOB_UNKNOWN",
            Self::UnknownUpload { .. } => "BLOB_UPLOAD_UNKNOWN",
            Self::ChunkOutOfOrder { .. }
            | Self::BadContentRange { .. }
            | Self::BodyTimedOut
            | Self::CutByFault
            | Self::BodyBroken { .. } => "BLOB_UPLOAD_INVALID",
            Self::BadPageSize { .. } => "PAGINATION_NUMBER_INVALID",
            Self::SignInNeeded { .. } | Self::BadCredentials => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::MethodNotAllowed { .. } | Self::ReadOnly | Self::BadTokenRequest => "UNSUPPORTED",
            Self::Store(error) if matches!(error.trouble(), Trouble::NotWritable | Trouble::Quota) => "DENIED",
            Self::Store(_) | Self::Interrupted | Self::NoRandomness => "UNKNOWN",
        }
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath { .. }
            | Self::UnknownName { .. }
            | Self::UnknownManifest { .. }
            | Self::UnknownBlob { .. }
            | Self::UnknownUpload { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } | Self::ReadOnly => StatusCode::METHOD_NOT_ALLOWED,
            Self::ManifestTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RangeNotSatisfiable { .. } | Self::ChunkOutOfOrder { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::SignInNeeded { .. } | Self::BadCredentials => StatusCode::UNAUTHORIZED,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::BodyTimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyTags { .. } => StatusCode::URI_TOO_LONG,
            Self::Store(error) => match error.trouble() {
                Trouble::NotWritable | Trouble::Quota => StatusCode::FORBIDDEN,
                Trouble::Full => StatusCode::INSUFFICIENT_STORAGE,
                Trouble::Other => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Interrupted | Self::NoRandomness => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What the refusal is about. Never null: Docker 20.10 turns a 404 without detail into an HTTP 500 of its own.
    #[must_use]
    pub fn detail(&self) -> Value {
        match self {
            Self::NoSuchPath { path } => json!({ "path": path }),
            Self::MethodNotAllowed { method } => json!({ "method": method }),
            Self::BadName { name } => json!({ "name": name }),
            Self::UnknownName { repository } => json!({ "name": repository.as_str() }),
            Self::BadDigest { digest } => json!({ "digest": digest }),
            Self::DigestMismatch { given, received } => {
                json!({ "given": given.to_string(), "received": received.to_string() })
            }
            Self::BadTag { tag } => json!({ "tag": tag }),
            Self::UnknownManifest { reference } => json!({ "reference": reference }),
            Self::UnknownBlob { digest } | Self::ManifestBlobUnknown { digest } => {
                json!({ "digest": digest.to_string() })
            }
            Self::UnknownUpload { id } => json!({ "upload": id }),
            Self::RangeNotSatisfiable { size } => json!({ "size": size }),
            Self::ChunkOutOfOrder { received, .. } => json!({ "received": received }),
            Self::BadContentRange { text } => json!({ "content-range": text }),
            Self::ChunkLength { announced, received } => json!({ "announced": announced, "received": received }),
            Self::ChunkTooShort { minimum } => json!({ "minimum": minimum }),
            Self::BadPageSize { text } => json!({ "n": text }),
            _ => json!({}),
        }
    }

    /// The error body of the specification.
    #[must_use]
    pub fn body(&self) -> String {
        json!({ "errors": [{ "code": self.code(), "message": self.to_string(), "detail": self.detail() }] }).to_string()
    }
}

/// What the client is told; the log has the path and what the system said.
fn store_message(error: &StoreError) -> &'static str {
    match error.trouble() {
        Trouble::NotWritable => "the data folder of the registry cannot be written to",
        Trouble::Quota => "the quota of the registry is used up",
        Trouble::Full => "the disk of the registry is full",
        Trouble::Other => "the registry cannot store or read its data",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_code_message_and_detail() {
        let refusal = Refusal::BadDigest { digest: "x".into() };
        assert_eq!(
            refusal.body(),
            r#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest is not of a known algorithm and form","detail":{"digest":"x"}}]}"#
        );
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
        assert!(Refusal::NoDigest.detail().is_object());
    }
}
