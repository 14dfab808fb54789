//! What is to be sent: an image that lies in files, as its blobs and manifests. It reads, and sends nothing.

mod archive;
mod docker;
mod error;
mod extent;
mod graph;
mod gzip;
mod layout;
mod name;
mod shelf;

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::SourceError;
pub use extent::Extent;
pub(super) use extent::Flow;
pub use graph::{Document, Graph, Piece};
pub use name::{FileKind, ImageName, ImageNameError, Pick};

use archive::Archive;
use shelf::Shelf;

/// Reads what an image consists of. Its manifests are verified; of its blobs, only the sizes.
///
/// # Errors
/// It is not there, it is not what it is said to be, or something of it is missing.
pub fn read(kind: FileKind, path: &Path, pick: &Pick) -> Result<Graph, SourceError> {
    match kind {
        FileKind::OciFolder => layout::read(&Shelf::Folder(path.to_path_buf()), pick),
        FileKind::OciArchive => layout::read(&Shelf::Archive(Archive::open(path)?), pick),
        FileKind::DockerArchive => docker::read(&Shelf::Archive(Archive::open(path)?), pick),
    }
}
