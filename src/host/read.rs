//! Files, folders and their attributes, read below a root that is never left.
//!
//! On this very machine the kernel follows links as it does for every program; only what is written is walked by hand.
#![expect(clippy::disallowed_methods, reason = "this folder is the door itself")]

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};

use super::commit;
use super::rooted::{self, Last, Place};
use crate::model::ask::{Answer, Attributes, DirEntry, FileContent, Kind, PathStatus};
use crate::model::record::JOURNAL;

/// Files larger than this are not configuration.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// A record of the journal holds a file several times.
const MOST_IN_JOURNAL: u64 = 8 * MOST_BYTES;

/// The content of a file; links are followed.
pub fn file(root: Option<&Path>, path: &Path) -> io::Result<Answer> {
    let (file, real) = open(root, path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Answer::Failed("it is not a regular file".into()));
    }
    let most = if path.starts_with(JOURNAL) { MOST_IN_JOURNAL } else { MOST_BYTES };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Ok(Answer::Failed(format!("it is larger than {} MiB", most / 1024 / 1024)));
    }
    Ok(Answer::File(FileContent {
        bytes,
        mode: metadata.mode() & 0o7777,
        uid: metadata.uid(),
        gid: metadata.gid(),
        modified: metadata.mtime(),
        target: real.filter(|real| real != path),
    }))
}

/// The open file, and its path without links.
fn open(root: Option<&Path>, path: &Path) -> io::Result<(File, Option<PathBuf>)> {
    if root.is_none() {
        // Opening what is no file may wait (a pipe) or do something (a device).
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        return Ok((File::open(path)?, fs::canonicalize(path).ok()));
    }
    let place = rooted::reach(root, path, Last::Follow)?;
    Ok((open_at(&place)?, Some(place.real)))
}

fn open_at(place: &Place) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    Ok(File::from(openat(&place.folder, place.name.as_os_str(), flags, Mode::empty())?))
}

/// The entries of a folder, sorted.
pub fn dir(root: Option<&Path>, path: &Path) -> io::Result<Answer> {
    let mut entries = match root {
        None => fs::read_dir(path)?
            .map(|entry| entry.and_then(|entry| named(&entry.file_name(), kind_of(&entry.metadata()?))))
            .collect::<io::Result<Vec<_>>>()?,
        Some(_) => dir_at(&rooted::reach(root, path, Last::Follow)?)?,
    };
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Answer::Dir(entries))
}

fn dir_at(place: &Place) -> io::Result<Vec<DirEntry>> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let folder = openat(&place.folder, place.name.as_os_str(), flags, Mode::empty())?;
    let again = folder.try_clone()?;
    let mut entries = Vec::new();
    for entry in Dir::from_fd(folder)?.iter() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            entries.push(named(name, kind_of_stat(&fstatat(&again, name, AtFlags::AT_SYMLINK_NOFOLLOW)?))?);
        }
    }
    Ok(entries)
}

#[expect(clippy::unnecessary_wraps, reason = "it ends chains of results")]
fn named(name: &OsStr, kind: Kind) -> io::Result<DirEntry> {
    Ok(DirEntry { name: name.to_string_lossy().into_owned(), kind })
}

/// What a path is; a last link is not followed.
pub fn path(root: Option<&Path>, path: &Path) -> io::Result<Answer> {
    if root.is_none() {
        let metadata = fs::symlink_metadata(path)?;
        return Ok(Answer::Path(PathStatus {
            kind: kind_of(&metadata),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            modified: metadata.mtime(),
            target: fs::read_link(path).ok(),
        }));
    }
    let place = rooted::reach(root, path, Last::Keep)?;
    let stat = fstatat(&place.folder, place.name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
    Ok(Answer::Path(PathStatus {
        kind: kind_of_stat(&stat),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        modified: stat.st_mtime,
        target: readlinkat(&place.folder, place.name.as_os_str()).ok().map(PathBuf::from),
    }))
}

/// Everything about a path but its content. A link is named, and what it leads to is described.
pub fn attributes(root: Option<&Path>, path: &Path) -> io::Result<Answer> {
    let kept = rooted::reach(root, path, Last::Keep)?;
    let link = readlinkat(&kept.folder, kept.name.as_os_str()).ok().map(PathBuf::from);
    let place = if link.is_some() { rooted::reach(root, path, Last::Follow)? } else { kept };
    Ok(Answer::Attributes(Attributes { link, ..commit::worn(&open_at(&place)?)? }))
}

/// Whether a process holds the lock on this file.
pub fn locked(root: Option<&Path>, path: &Path) -> io::Result<Answer> {
    match open(root, path)?.0.try_lock_shared() {
        Ok(()) => Ok(Answer::Locked(false)),
        Err(TryLockError::WouldBlock) => Ok(Answer::Locked(true)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn kind_of(metadata: &Metadata) -> Kind {
    let kind = metadata.file_type();
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Dir
    } else if kind.is_symlink() {
        Kind::Link
    } else if kind.is_socket() {
        Kind::Socket
    } else {
        Kind::Other
    }
}

fn kind_of_stat(stat: &FileStat) -> Kind {
    match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => Kind::File,
        SFlag::S_IFDIR => Kind::Dir,
        SFlag::S_IFLNK => Kind::Link,
        SFlag::S_IFSOCK => Kind::Socket,
        _ => Kind::Other,
    }
}
