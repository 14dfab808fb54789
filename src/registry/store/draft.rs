//! Bytes that are being received: written to a temporary file and hashed on the way.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use tempfile::NamedTempFile;

use super::StoreError;
use crate::registry::digest::{Algorithm, Digest, Hasher};

const READ_PIECE: usize = 256 * 1024;

/// A file that nobody sees yet. Dropping it removes it.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    hasher: Hasher,
    size: u64,
}

/// A point of a draft to go back to.
#[derive(Debug)]
pub struct Checkpoint {
    hasher: Hasher,
    size: u64,
}

impl Draft {
    pub fn begin(folder: &Path) -> Result<Self, StoreError> {
        let file = tempfile::Builder::new()
            .prefix("upload-")
            .permissions(std::fs::Permissions::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(StoreError::io("make a file in", folder))?;
        Ok(Self { file, hasher: Hasher::new(Algorithm::Sha256), size: 0 })
    }

    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Says which digest will be asked for, so that the bytes need not be read again. Late, it changes nothing.
    pub fn expect_algorithm(&mut self, algorithm: Algorithm) {
        if self.size == 0 {
            self.hasher = Hasher::new(algorithm);
        }
    }

    /// Appends the pieces, all or none of them.
    pub fn append(&mut self, pieces: &[Bytes]) -> Result<(), StoreError> {
        let before = self.checkpoint();
        for piece in pieces {
            if let Err(source) = self.file.write_all(piece) {
                let path = self.file.path().to_path_buf();
                self.go_back(before)?;
                return Err(StoreError::Io { doing: "write to", path, source });
            }
            self.hasher.update(piece);
            self.size += piece.len() as u64;
        }
        Ok(())
    }

    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { hasher: self.hasher.clone(), size: self.size }
    }

    /// Forgets everything after the checkpoint.
    pub fn go_back(&mut self, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let path = self.file.path().to_path_buf();
        let file = self.file.as_file_mut();
        file.set_len(checkpoint.size)
            .and_then(|()| file.seek(SeekFrom::Start(checkpoint.size)))
            .map_err(StoreError::io("shorten", &path))?;
        self.hasher = checkpoint.hasher;
        self.size = checkpoint.size;
        Ok(())
    }

    /// The digest of all bytes; read again only when another algorithm was expected.
    pub fn digest(&self, algorithm: Algorithm) -> Result<Digest, StoreError> {
        if self.hasher.algorithm() == algorithm {
            return Ok(self.hasher.clone().finish());
        }
        let reread = || -> io::Result<Digest> { hash(self.file.reopen()?, algorithm) };
        reread().map_err(StoreError::io("read", self.file.path()))
    }

    /// The file itself, for bytes that need no digest.
    pub(super) fn file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Gives the file its name, in one step.
    pub fn persist(self, path: &Path) -> Result<(), StoreError> {
        self.file.persist(path).map_err(|error| error.error).map_err(StoreError::io("write", path))?;
        Ok(())
    }
}

fn hash(mut file: File, algorithm: Algorithm) -> io::Result<Digest> {
    let mut hasher = Hasher::new(algorithm);
    let mut piece = vec![0; READ_PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(piece.get(..count).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_what_it_keeps_and_forgets_what_it_should() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::begin(folder.path()).unwrap();
        draft.append(&[Bytes::from_static(b"ab")]).unwrap();
        let checkpoint = draft.checkpoint();
        draft.append(&[Bytes::from_static(b"x"), Bytes::from_static(b"y")]).unwrap();
        draft.go_back(checkpoint).unwrap();
        draft.append(&[Bytes::from_static(b"c")]).unwrap();
        assert_eq!(draft.size(), 3);
        for algorithm in Algorithm::ALL {
            assert_eq!(draft.digest(algorithm).unwrap(), Digest::of(algorithm, b"abc"));
        }
        drop(draft);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
