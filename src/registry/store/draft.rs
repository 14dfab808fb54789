//! Bytes that are being received: written to a temporary file and hashed on the way.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use tempfile::{NamedTempFile, PersistError};

use super::StoreError;
use super::usage::Usage;
use crate::registry::digest::{Algorithm, Digest, Hasher};

const READ_PIECE: usize = 256 * 1024;
/// For more in one call the kernel looks for so large a piece of free memory that finding it takes longer than copying:
/// seen with ext4 on Linux 6.18, where calls of 512 KiB take three times the CPU of calls of 256 KiB.
const WRITE_PIECE: usize = 256 * 1024;

/// A file that nobody sees yet. Dropping it removes it.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    /// Has seen every byte of the file; away while they are hashed elsewhere, or for good after a failure.
    hasher: Option<Hasher>,
    size: u64,
    room: Room,
}

/// A point of a draft to go back to.
#[derive(Debug)]
pub struct Checkpoint {
    hasher: Option<Hasher>,
    size: u64,
}

/// What the draft takes of the quota until it is dropped.
#[derive(Debug)]
struct Room {
    usage: Option<Arc<Usage>>,
    taken: u64,
}

impl Draft {
    pub fn begin(folder: &Path, usage: Option<Arc<Usage>>) -> Result<Self, StoreError> {
        let file = tempfile::Builder::new()
            .prefix("upload-")
            .permissions(std::fs::Permissions::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(StoreError::io("make a file in", folder))?;
        Ok(Self { file, hasher: Some(Hasher::new(Algorithm::Sha256)), size: 0, room: Room { usage, taken: 0 } })
    }

    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Says which digest will be asked for, so that the bytes need not be read again. Late, it changes nothing.
    pub fn expect_algorithm(&mut self, algorithm: Algorithm) {
        if self.size == 0 {
            self.hasher = Some(Hasher::new(algorithm));
        }
    }

    /// Takes the hasher away: whoever has it hashes what is written meanwhile.
    pub fn take_hasher(&mut self) -> Option<Hasher> {
        self.hasher.take()
    }

    /// Gives the hasher back, which has seen everything that was written.
    pub fn give_hasher(&mut self, hasher: Hasher) {
        self.hasher = Some(hasher);
    }

    /// Appends and hashes the bytes, all or none of them.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let hasher = self.take_hasher();
        self.write(bytes)?;
        if let Some(mut hasher) = hasher {
            hasher.update(bytes);
            self.give_hasher(hasher);
        }
        Ok(())
    }

    /// Appends the bytes, all or none of them, for somebody who hashes them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let length = bytes.len() as u64;
        self.room.take(length)?;
        let file = self.file.as_file_mut();
        if let Err(source) = bytes.chunks(WRITE_PIECE).try_for_each(|piece| file.write_all(piece)) {
            let path = self.file.path().to_path_buf();
            self.room.release(length);
            self.go_back(Checkpoint { hasher: None, size: self.size })?;
            return Err(StoreError::Io { doing: "write to", path, source });
        }
        self.size += length;
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
        self.room.release(self.size - checkpoint.size);
        self.hasher = checkpoint.hasher;
        self.size = checkpoint.size;
        Ok(())
    }

    /// Whether the digest is known without reading the bytes again.
    #[must_use]
    pub fn is_hashed(&self, algorithm: Algorithm) -> bool {
        self.hasher.as_ref().is_some_and(|hasher| hasher.algorithm() == algorithm)
    }

    /// The digest of all bytes; read again only when another algorithm was expected, or a write had failed.
    pub fn digest(&self, algorithm: Algorithm) -> Result<Digest, StoreError> {
        match &self.hasher {
            Some(hasher) if hasher.algorithm() == algorithm => Ok(hasher.clone().finish()),
            _ => self.file.reopen().and_then(|file| hash(file, algorithm)).map_err(StoreError::io("read", self.path())),
        }
    }

    /// Brings the bytes to the disk.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.file.as_file().sync_all().map_err(StoreError::io("write to the disk", self.path()))
    }

    /// The file itself, for bytes that need no digest.
    pub(super) fn file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives the file its name, in one step. What it takes of the quota stays taken.
    pub fn persist(self, path: &Path) -> Result<(), StoreError> {
        let Self { file, mut room, .. } = self;
        let persisted = file.persist(path).map(|_| ()).map_err(|PersistError { error, .. }| error);
        if persisted.is_ok() {
            room.taken = 0;
        }
        persisted.map_err(StoreError::io("write", path))
    }
}

impl Room {
    fn take(&mut self, bytes: u64) -> Result<(), StoreError> {
        self.usage.as_ref().map_or(Ok(()), |usage| usage.reserve(bytes))?;
        self.taken += bytes;
        Ok(())
    }

    fn release(&mut self, bytes: u64) {
        self.taken = self.taken.saturating_sub(bytes);
        if let Some(usage) = &self.usage {
            usage.release(bytes);
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.release(self.taken);
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
        let usage = Arc::new(Usage::new(5, 0));
        let mut draft = Draft::begin(folder.path(), Some(Arc::clone(&usage))).unwrap();
        draft.append(b"ab").unwrap();
        let checkpoint = draft.checkpoint();
        draft.append(b"xy").unwrap();
        assert!(matches!(draft.append(b"zz"), Err(StoreError::Quota { .. })));
        draft.go_back(checkpoint).unwrap();
        draft.append(b"c").unwrap();
        assert_eq!(draft.size(), 3);
        for algorithm in Algorithm::ALL {
            assert_eq!(draft.digest(algorithm).unwrap(), Digest::of(algorithm, b"abc"));
        }
        drop(draft.take_hasher());
        assert_eq!(draft.digest(Algorithm::Sha256).unwrap(), Digest::of(Algorithm::Sha256, b"abc"));
        drop(draft);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        assert!(usage.reserve(5).is_ok(), "a draft gives back what it took");
    }
}
