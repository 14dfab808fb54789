//! Replaces a file at one instant, keeping everything about it but its content.
//!
//! A reader sees the old bytes or the new ones. Owner, mode and extended attributes (the SELinux label among them) go to
//! the new file before it takes the old one's name. The two change names, so that what was replaced can be looked at: when
//! somebody saved the file just then, it comes back. Where a rename is impossible (a bind-mounted file gives EBUSY) the
//! file is rewritten in place; the journal of `apply` is the safety then.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, FallocateFlags, OFlag, fallocate, openat, readlinkat, renameat};
use nix::sys::stat::{Mode, SFlag, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, symlinkat, unlinkat};
use rustix::fs::{RenameFlags, renameat_with};
use xattr::FileExt;

use super::rooted::Place;
use crate::model::act::{BESIDE, Instead};
use crate::model::ask::Attributes;

/// Writes `bytes` to a place whose links were followed already. A file that is there keeps its attributes.
///
/// # Errors
/// The old content is still there, unless the error came from a rewrite in place.
pub fn replace(place: &Place, bytes: &[u8], fresh: &Attributes, instead_of: &Instead) -> io::Result<()> {
    discard(place)?;
    let old = open_old(place)?;
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let build = || {
        let new = File::from(openat(&place.folder, BESIDE, flags, Mode::from_bits_truncate(0o600))?);
        prepare(&new, bytes, old.as_ref(), fresh)?;
        exchange(place, old.as_ref(), instead_of)
    };
    match build() {
        Ok(Exchanged::Done) => {
            discard(place)?;
            sync(&place.folder)
        }
        Ok(Exchanged::Impossible) => {
            discard(place)?;
            rewrite(place, bytes, instead_of)
        }
        // No room for a second file, and none is needed.
        Err(error) if is_full(&error) && old.as_ref().is_some_and(|old| fits(old, bytes)) => {
            discard(place)?;
            rewrite(place, bytes, instead_of)
        }
        Err(error) => {
            // What somebody else saved is never thrown away: `back` left it there and nowhere else.
            if !matches!(error.kind(), io::ErrorKind::ResourceBusy) {
                discard(place)?;
            }
            Err(error)
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn fits(old: &File, bytes: &[u8]) -> bool {
    old.metadata().is_ok_and(|metadata| metadata.len() >= bytes.len() as u64)
}

/// The file that is there, if it is one.
fn open_old(place: &Place) -> io::Result<Option<File>> {
    match fstatat(&place.folder, place.name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(stat) if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG => {}
        Ok(_) => return Err(io::Error::other("it is not a regular file")),
        Err(Errno::ENOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    Ok(Some(File::from(openat(&place.folder, place.name.as_os_str(), flags, Mode::empty())?)))
}

fn prepare(mut new: &File, bytes: &[u8], old: Option<&File>, fresh: &Attributes) -> io::Result<()> {
    new.write_all(bytes)?;
    match old {
        Some(old) => dress(new, &worn(old)?)?,
        None => dress(new, fresh)?,
    }
    new.sync_all()
}

enum Exchanged {
    Done,
    /// This file cannot be renamed.
    Impossible,
}

/// The new file takes the name; the old one is left beside it for a look.
fn exchange(place: &Place, old: Option<&File>, instead_of: &Instead) -> io::Result<Exchanged> {
    let flags = if old.is_some() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    let name = place.name.as_os_str();
    match renameat_with(&place.folder, BESIDE, &place.folder, name, flags) {
        Ok(()) if old.is_none() => return Ok(Exchanged::Done),
        Ok(()) => {}
        Err(rustix::io::Errno::BUSY | rustix::io::Errno::XDEV) => return Ok(Exchanged::Impossible),
        // Kernels before 3.15 and some file systems know no exchange: then there is an instant without a look.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            compare(old, instead_of)?;
            renameat(&place.folder, BESIDE, &place.folder, name)?;
            return Ok(Exchanged::Done);
        }
        Err(rustix::io::Errno::EXIST) if *instead_of != Instead::Anything => return Err(changed()),
        Err(error) => return Err(error.into()),
    }
    // An editor that renames puts another file in the place of the one that was opened before.
    look(place, instead_of).map(|()| Exchanged::Done).map_err(|error| back(place, RenameFlags::EXCHANGE, error))
}

/// Whether what was just taken out of the way is what was planned against.
fn look(place: &Place, instead_of: &Instead) -> io::Result<()> {
    if *instead_of == Instead::Anything { Ok(()) } else { compare(beside(place)?.as_ref(), instead_of) }
}

/// Gives the name back to what was taken out of the way.
fn back(place: &Place, flags: RenameFlags, error: io::Error) -> io::Error {
    match renameat_with(&place.folder, BESIDE, &place.folder, place.name.as_os_str(), flags) {
        Ok(()) => error,
        Err(_) => io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!("what somebody else saved just now is {BESIDE} beside it"),
        ),
    }
}

fn beside(place: &Place) -> io::Result<Option<File>> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(&place.folder, BESIDE, flags, Mode::empty()) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(Errno::ENOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether what is there is what was planned against.
fn compare(file: Option<&File>, instead_of: &Instead) -> io::Result<()> {
    let Instead::Of(wanted) = instead_of else { return Ok(()) };
    let found = file.map(read).transpose()?;
    if found == *wanted { Ok(()) } else { Err(changed()) }
}

fn changed() -> io::Error {
    io::Error::other("somebody else changed it since this was planned")
}

fn read(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// In place: the journal has the old bytes, should this be cut short. Room for the new ones is taken before the first
/// one is written.
fn rewrite(place: &Place, bytes: &[u8], instead_of: &Instead) -> io::Result<()> {
    let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut file = File::from(openat(&place.folder, place.name.as_os_str(), flags, Mode::empty())?);
    compare(Some(&file), instead_of)?;
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    // Some file systems know no such thing, and say so with other errors.
    let room = fallocate(&file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, length.max(1));
    if let Err(error @ (Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG)) = room {
        return Err(error.into());
    }
    file.rewind()?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}

/// Removes a file, or a link itself.
///
/// # Errors
/// It is still there.
pub fn remove_file(place: &Place, instead_of: &Instead) -> io::Result<()> {
    let name = place.name.as_os_str();
    let is_link = readlinkat(&place.folder, name).is_ok();
    if *instead_of == Instead::Anything || is_link {
        unlinkat(&place.folder, name, UnlinkatFlags::NoRemoveDir)?;
        return sync(&place.folder);
    }
    discard(place)?;
    // Aside first, so that what is removed is what was looked at.
    renameat(&place.folder, name, &place.folder, BESIDE)?;
    look(place, instead_of).map_err(|error| back(place, RenameFlags::NOREPLACE, error))?;
    discard(place)?;
    sync(&place.folder)
}

/// Makes a folder with these attributes.
///
/// # Errors
/// It may have been made without them.
pub fn make_folder(place: &Place, fresh: &Attributes) -> io::Result<()> {
    let name = place.name.as_os_str();
    mkdirat(&place.folder, name, Mode::from_bits_truncate(fresh.mode & 0o7777))?;
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    dress(&File::from(openat(&place.folder, name, flags, Mode::empty())?), fresh)?;
    sync(&place.folder)
}

/// Removes an empty folder.
///
/// # Errors
/// It is still there.
pub fn remove_folder(place: &Place) -> io::Result<()> {
    unlinkat(&place.folder, place.name.as_os_str(), UnlinkatFlags::RemoveDir)?;
    sync(&place.folder)
}

/// Makes a link.
///
/// # Errors
/// Something is there already.
pub fn make_link(place: &Place, target: &OsStr) -> io::Result<()> {
    symlinkat(target, &place.folder, place.name.as_os_str())?;
    sync(&place.folder)
}

/// Removes what a killed write left, unless somebody else's content got there.
///
/// # Errors
/// It is still there.
pub fn sweep(place: &Place, known: &[Vec<u8>]) -> io::Result<()> {
    let Some(file) = beside(place)? else { return Ok(()) };
    let left = read(&file)?;
    if known.iter().any(|one| one.starts_with(&left)) {
        discard(place)?;
        return sync(&place.folder);
    }
    Err(io::Error::other(format!("{BESIDE} beside it holds what somebody else saved; look at it, then remove it")))
}

fn discard(place: &Place) -> io::Result<()> {
    match unlinkat(&place.folder, BESIDE, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What an open file has beside its content.
///
/// # Errors
/// What the system reports. A file system without extended attributes has none.
pub fn worn(file: &File) -> io::Result<Attributes> {
    let metadata = file.metadata()?;
    let mut extended = Vec::new();
    for name in file.list_xattr().into_iter().flatten() {
        if let (Some(text), Some(value)) = (name.to_str(), file.get_xattr(&name)?) {
            extended.push((text.to_string(), crate::model::record::Kept(value)));
        }
    }
    let owner = Some((metadata.uid(), metadata.gid()));
    Ok(Attributes { mode: metadata.mode() & 0o7777, owner, extended, link: None })
}

/// Owner before mode, which it would take bits from; labels last.
fn dress(file: &File, attributes: &Attributes) -> io::Result<()> {
    let now = file.metadata()?;
    if let Some((uid, gid)) = attributes.owner.filter(|owner| *owner != (now.uid(), now.gid())) {
        fchown(file, Some(uid), Some(gid))?;
    }
    file.set_permissions(Permissions::from_mode(attributes.mode & 0o7777))?;
    for (name, value) in &attributes.extended {
        if file.get_xattr(name).ok().flatten().as_deref() != Some(&value.0) {
            file.set_xattr(name, &value.0)?;
        }
    }
    Ok(())
}

/// Makes what happened in this folder last through a power cut.
fn sync(folder: &OwnedFd) -> io::Result<()> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    File::from(openat(folder.as_fd(), ".", flags, Mode::empty())?).sync_all()
}
