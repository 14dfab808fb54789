//! Where the files of a layout are: in a folder, or in an archive.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::error::SourceError;
use super::extent::Extent;

#[derive(Debug)]
pub(super) enum Shelf {
    Folder(PathBuf),
    Archive(Archive),
}

impl Shelf {
    /// Of a name that is safe to build a path from.
    pub(super) fn find(&self, name: &str) -> Result<Option<Extent>, SourceError> {
        match self {
            Self::Archive(archive) => Ok(archive.find(name)),
            Self::Folder(folder) => match Extent::of_file(&folder.join(name)) {
                Ok(extent) => Ok(Some(extent)),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
                Err(source) => Err(SourceError::Read { place: folder.join(name), source }),
            },
        }
    }

    /// All of a small file.
    pub(super) fn text(&self, name: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let read = |source| SourceError::Read { place: self.place().join(name), source };
        self.find(name)?.map(|extent| extent.bytes(SMALL).map_err(read)).transpose()
    }

    /// For people.
    pub(super) fn place(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::Archive(archive) => archive.path(),
        }
    }
}

/// More than this no list of images has.
const SMALL: u64 = 16 * 1024 * 1024;
