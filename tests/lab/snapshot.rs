//! Takes down what lies below some paths, so that a test can compare a machine's
//! files before and after.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    Other,
}

/// One file, folder or link; a link's bytes are where it leads.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    pub bytes: Vec<u8>,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

impl std::fmt::Debug for Entry {
    /// Shows the bytes as text, so that a failed comparison can be read.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{:?} {:o} {}:{} {:?}",
            self.kind,
            self.mode,
            self.uid,
            self.gid,
            String::from_utf8_lossy(&self.bytes)
        )
    }
}

/// All entries at or below `paths` of a root, by their path inside it. A path that
/// is not there adds nothing.
pub fn take(root: &Path, paths: &[&str]) -> Result<BTreeMap<PathBuf, Entry>, String> {
    let mut taken = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    while let Some(inside) = waiting.pop() {
        let real = root.join(inside.strip_prefix("/").unwrap_or(&inside));
        let report = |error: std::io::Error| format!("{}: {error}", inside.display());
        let metadata = match fs::symlink_metadata(&real) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                continue;
            }
            other => other.map_err(report)?,
        };
        let (kind, bytes) = if metadata.is_file() {
            (Kind::File, fs::read(&real).map_err(report)?)
        } else if metadata.is_dir() {
            for entry in fs::read_dir(&real).map_err(report)? {
                waiting.push(inside.join(entry.map_err(report)?.file_name()));
            }
            (Kind::Folder, Vec::new())
        } else if metadata.is_symlink() {
            let target = fs::read_link(&real).map_err(report)?;
            (Kind::Link, target.as_os_str().as_bytes().to_vec())
        } else {
            (Kind::Other, Vec::new())
        };
        let (mode, uid, gid) = (metadata.mode() & 0o7777, metadata.uid(), metadata.gid());
        taken.insert(inside.clone(), Entry { kind, bytes, mode, uid, gid });
    }
    Ok(taken)
}
