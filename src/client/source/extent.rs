//! Bytes in a file: a file of its own, or the part that an archive gives to one of its members.
#![expect(clippy::disallowed_methods, reason = "an image lies where the person says")]

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use crate::client::digest::Digest;

/// How much is read at once.
const PIECE: usize = 512 * 1024;

#[derive(Debug, Clone)]
pub struct Extent {
    file: Holder,
    from: u64,
    length: u64,
}

#[derive(Debug, Clone)]
enum Holder {
    /// Opened when it is read: a layout has more blobs than a process may have files.
    Closed(PathBuf),
    Open(Arc<File>),
}

impl Extent {
    /// A whole file.
    ///
    /// # Errors
    /// It is not there, or is no file.
    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        let data = path.metadata()?;
        if !data.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
        }
        Ok(Self { file: Holder::Closed(path.to_path_buf()), from: 0, length: data.len() })
    }

    /// A part of a file that is open.
    pub(super) fn within(file: &Arc<File>, from: u64, length: u64) -> Self {
        Self { file: Holder::Open(Arc::clone(file)), from, length }
    }

    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `at` on, piece by piece, until `take` has enough.
    ///
    /// # Errors
    /// The file cannot be read, or is shorter than it was.
    pub(in crate::client) fn read(&self, at: u64, mut take: impl FnMut(Vec<u8>) -> Flow) -> io::Result<()> {
        let file = match &self.file {
            Holder::Closed(path) => Arc::new(File::open(path)?),
            Holder::Open(file) => Arc::clone(file),
        };
        let mut at = at;
        while at < self.length {
            let size = usize::try_from(self.length - at).unwrap_or(PIECE).min(PIECE);
            let mut piece = vec![0; size];
            file.read_exact_at(&mut piece, self.from + at)?;
            at += size as u64;
            if take(piece) == Flow::Enough {
                break;
            }
        }
        Ok(())
    }

    /// The SHA-256 of all of it.
    ///
    /// # Errors
    /// As [`Extent::read`].
    pub(in crate::client) fn digest(&self) -> io::Result<Digest> {
        let mut context = Context::new(&SHA256);
        self.read(0, |piece| {
            context.update(&piece);
            Flow::More
        })?;
        Ok(Digest::finished(context))
    }

    /// All of it, if that is not more than `limit`.
    pub(super) fn bytes(&self, limit: u64) -> io::Result<Vec<u8>> {
        if self.length > limit {
            return Err(io::Error::new(ErrorKind::InvalidData, format!("it is longer than {limit} bytes")));
        }
        let mut all = Vec::new();
        self.read(0, |piece| {
            all.extend(piece);
            Flow::More
        })?;
        Ok(all)
    }
}

/// Whether a reader wants to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Flow {
    More,
    Enough,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_part_is_read_and_a_file_that_shrank_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, b"0123456789").unwrap();
        let whole = Extent::of_file(&path).unwrap();
        assert_eq!((whole.length(), whole.bytes(10).unwrap()), (10, b"0123456789".to_vec()));
        assert!(whole.bytes(9).is_err() && Extent::of_file(folder.path()).is_err());
        let part = Extent::within(&Arc::new(File::open(&path).unwrap()), 2, 5);
        assert_eq!(part.bytes(5).unwrap(), b"23456");
        assert_eq!(part.digest().unwrap(), Digest::of(b"23456"));
        let mut rest = Vec::new();
        let keep = |piece: Vec<u8>| {
            rest.extend(piece);
            Flow::More
        };
        part.read(3, keep).unwrap();
        assert_eq!(rest, b"56");
        fs::write(&path, b"01").unwrap();
        assert_eq!(whole.bytes(10).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
