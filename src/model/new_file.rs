//! A file that a command makes for a person, in a folder that the person chose.

use std::fmt;
use std::path::PathBuf;

/// Everything about it, before it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub mode: u32,
    /// Of the folders above it that are not there yet.
    pub folder_mode: u32,
    /// The very bytes that it may replace; without them, nothing.
    pub over: Option<Vec<u8>>,
}

impl NewFile {
    /// For everybody to read.
    #[must_use]
    pub fn public(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), mode: 0o644, folder_mode: 0o755, over: None }
    }

    /// For its owner alone.
    #[must_use]
    pub fn secret(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o600, ..Self::public(path, bytes) }
    }

    /// In a folder for its owner alone.
    #[must_use]
    pub fn in_own_folder(self) -> Self {
        Self { folder_mode: 0o700, ..self }
    }

    #[must_use]
    pub fn over(self, bytes: Option<Vec<u8>>) -> Self {
        Self { over: bytes, ..self }
    }
}

/// What is in it may be a key.
impl fmt::Debug for NewFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({:04o}, {} bytes)", self.path.display(), self.mode, self.bytes.len())
    }
}
