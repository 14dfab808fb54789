//! The few things that the store does with files, each with the path in its error.

#![expect(clippy::disallowed_methods, reason = "the registry keeps its own data, which is no part of an examined host")]

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
use tempfile::TempDir;

use super::draft::Draft;
use super::{Blob, StoreError, paths};
use crate::registry::names::Repository;

/// How long somebody may need to let go of a lock.
const HELD_WITHIN: Duration = Duration::from_secs(1);

/// What tells one version of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// `None` when there is no such file.
pub fn stamp(path: &Path) -> Result<Option<Stamp>, StoreError> {
    match fs::metadata(path) {
        Ok(found) => {
            Ok(Some(Stamp { inode: found.ino(), size: found.len(), modified: (found.mtime(), found.mtime_nsec()) }))
        }
        Err(error) if missing(&error) => Ok(None),
        Err(source) => Err(StoreError::io("read", path)(source)),
    }
}

/// Every folder below `folder` that is a layout and whose path is a repository name.
pub fn collect_layouts(folder: &Path, prefix: &str, found: &mut Vec<String>) -> Result<(), StoreError> {
    let reading = || StoreError::io("list", folder);
    for entry in fs::read_dir(folder).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        let name = entry.file_name();
        let Some(component) = name.to_str().and_then(paths::component) else { continue };
        let path = entry.path();
        let full = if prefix.is_empty() { component.to_string() } else { format!("{prefix}/{component}") };
        if !path.is_dir() || Repository::parse(&full).is_none() {
            continue;
        }
        if path.join(paths::LAYOUT_FILE).is_file() {
            found.push(full.clone());
        }
        collect_layouts(&path, &full, found)?;
    }
    Ok(())
}

/// The files of a folder, with their names; none when there is no such folder.
pub fn list(folder: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let reading = || StoreError::io("list", folder);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if missing(&error) => return Ok(Vec::new()),
        Err(source) => return Err(reading()(source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(reading())?;
        found.extend(entry.file_name().into_string().ok().map(|name| (name, entry.path())));
    }
    Ok(found)
}

/// Makes `target` the same file as `source`, unless there is one already.
pub fn link(source: &Path, target: &Path, scratch: &Path) -> Result<(), StoreError> {
    let mut linked = fs::hard_link(source, target);
    if linked.as_ref().is_err_and(missing) {
        create_parent(target)?;
        linked = fs::hard_link(source, target);
    }
    match linked {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // It may be another file with the same bytes, and an old one.
            touch(target);
            Ok(())
        }
        // A file system without hard links: a copy of the bytes, which appears in one step as well.
        Err(_) => {
            let mut draft = Draft::begin(scratch, None)?;
            File::open(source)
                .and_then(|mut file| io::copy(&mut file, draft.file_mut()))
                .map_err(StoreError::io("copy a blob to", target))?;
            draft.persist(target)
        }
    }
}

/// How many names the file has, and how long it is.
pub fn links(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|metadata| (metadata.nlink(), metadata.len()))
}

/// How long ago the file was written or touched.
pub fn age(path: &Path) -> Option<Duration> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    Some(SystemTime::now().duration_since(modified).unwrap_or_default())
}

/// Makes the file look as if it were written now.
pub fn touch(path: &Path) {
    // Where that fails the file is as old as it was, which is what it would be without trying.
    let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
}

pub fn open(path: &Path) -> Result<Option<Blob>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if missing(&error) => return Ok(None),
        Err(source) => return Err(StoreError::io("open", path)(source)),
    };
    let metadata = file.metadata().map_err(StoreError::io("read", path))?;
    Ok(metadata.is_file().then(|| Blob { file, size: metadata.len() }))
}

/// Opens a log to append to it, without what stands behind its first `whole` bytes.
pub fn open_log(path: &Path, whole: u64) -> Result<File, StoreError> {
    let open = File::options().append(true).create(true).open(path);
    open.and_then(|log| log.set_len(whole).map(|()| log)).map_err(StoreError::io("open", path))
}

/// A file that only one process can hold; `None` when another one does, after a moment: whoever holds it may be about to
/// end, and a child that was just started shares what its parent holds until it runs its own program.
pub fn hold(path: &Path) -> Result<Option<File>, StoreError> {
    let open = File::options().append(true).create(true).open(path).map_err(StoreError::io("open", path))?;
    let started = Instant::now();
    loop {
        match open.try_lock() {
            Ok(()) => return Ok(Some(open)),
            Err(fs::TryLockError::WouldBlock) if started.elapsed() < HELD_WITHIN => thread::sleep(HELD_WITHIN / 20),
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(source)) => return Err(StoreError::io("lock", path)(source)),
        }
    }
}

/// Brings a file or a folder to the disk.
pub fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(StoreError::io("write to the disk", path))
}

/// Removes the folder with all that is in it, if it is there.
pub fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Makes a new folder in `parent`, for many files, away from others on the disk where the file system offers that.
///
/// For each new file ext4 passes over all inodes near its folder that were freed in the last minutes, one by one
/// (`recently_deleted` in its `ialloc.c`). Where thousands of files have just been deleted, as in a folder for temporary
/// data, that took a quarter of the time of pushing small blobs. The folders inside one that bears the flag `T` of
/// chattr(1) are spread over the disk.
pub fn create_apart(parent: &Path) -> Result<TempDir, StoreError> {
    create_folder(parent)?;
    // Without the flag the files are as good, and only slower to make.
    let _ = spread(parent);
    tempfile::Builder::new().prefix("run-").tempdir_in(parent).map_err(StoreError::io("make a folder in", parent))
}

fn spread(parent: &Path) -> io::Result<()> {
    let parent = File::open(parent)?;
    let flags = ioctl_getflags(&parent)?;
    Ok(ioctl_setflags(&parent, flags | IFlags::TOPDIR)?)
}

pub fn create_parent(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), create_folder)
}

pub fn create_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io("make the folder", path))
}

pub fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if missing(&error) => Ok(None),
        Err(source) => Err(StoreError::io("read", path)(source)),
    }
}

pub fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if missing(&error) => Ok(false),
        Err(source) => Err(StoreError::io("remove", path)(source)),
    }
}

fn missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
