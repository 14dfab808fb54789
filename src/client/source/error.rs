//! Why an image that lies in files cannot be sent.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::client::digest::Digest;

#[derive(Debug, Error)]
pub enum SourceError {
    #[error("cannot read {place}", place = .place.display())]
    Read { place: PathBuf, source: io::Error },
    #[error("{place} is no {kind}: it has no {missing}", place = .place.display())]
    NoImage { place: PathBuf, kind: &'static str, missing: &'static str },
    #[error("{place} cannot be used: {reason}", place = .place.display())]
    Unusable { place: PathBuf, reason: String },
    #[error("{file} of {place} cannot be understood: {reason}", place = .place.display())]
    Malformed { place: PathBuf, file: String, reason: String },
    #[error("{place} has more than one image: {}", names.join(", "), place = .place.display())]
    Several { place: PathBuf, names: Vec<String> },
    #[error("{place} has no image `{wanted}`{}", shown_names(names), place = .place.display())]
    NotThere { place: PathBuf, wanted: String, names: Vec<String> },
    #[error("{place} lacks {what} {digest}", place = .place.display())]
    Lacks { place: PathBuf, what: &'static str, digest: Digest },
    #[error("{digest} of {place} has {found} bytes, and its manifest says {said}", place = .place.display())]
    Size { place: PathBuf, digest: Digest, said: u64, found: u64 },
    #[error("the layers of {place} cannot be compressed into {folder}", place = .place.display())]
    Pack { place: PathBuf, folder: &'static str, source: io::Error },
    #[error("the file of {digest} in {place} holds something else: {found}", place = .place.display())]
    Altered { place: PathBuf, digest: Digest, found: Digest },
}

fn shown_names(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; it has {}", names.join(", ")) }
}
