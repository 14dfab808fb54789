//! Replaces a file at one instant, keeping everything about it but its content.
//!
//! A reader sees the old bytes or the new ones. Owner, mode and extended attributes (the SELinux label among them) go to
//! the new file before it takes the old one's name. Where a rename is impossible (a bind-mounted file gives EBUSY) the
//! file is rewritten in place; the journal of `apply` is the safety then.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use nix::errno::Errno;

/// Writes `bytes` to `path`, whose links were followed already; a new file gets `mode`.
///
/// # Errors
/// The old content is still there, unless the error came from a rewrite in place.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    let mut beside = tempfile::Builder::new().prefix(".regdoctor-").tempfile_in(folder)?;
    beside.write_all(bytes)?;
    match fs::symlink_metadata(path) {
        Ok(old) if old.file_type().is_file() => copy_attributes(path, &old, beside.as_file())?,
        Ok(_) => return Err(io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            beside.as_file().set_permissions(Permissions::from_mode(mode))?;
        }
        Err(error) => return Err(error),
    }
    beside.as_file().sync_all()?;
    match beside.persist(path) {
        Ok(_) => sync_folder(folder),
        Err(failed) if rename_is_impossible(&failed.error) => rewrite(path, bytes),
        Err(failed) => Err(failed.error),
    }
}

fn rename_is_impossible(error: &io::Error) -> bool {
    error.raw_os_error().map(Errno::from_raw).is_some_and(|errno| matches!(errno, Errno::EBUSY | Errno::EXDEV))
}

fn copy_attributes(path: &Path, old: &fs::Metadata, new: &File) -> io::Result<()> {
    let fresh = new.metadata()?;
    if (fresh.uid(), fresh.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
    copy_labels(path, new)
}

/// Extended attributes; a file system without them has none to keep.
fn copy_labels(path: &Path, new: &File) -> io::Result<()> {
    use xattr::FileExt;
    let Ok(names) = xattr::list(path) else { return Ok(()) };
    for name in names {
        if let Some(value) = xattr::get(path, &name)?
            && new.get_xattr(&name).ok().flatten().as_deref() != Some(&value)
        {
            new.set_xattr(&name, &value)?;
        }
    }
    Ok(())
}

fn rewrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits()).open(path)?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}

/// Makes a rename or removal in this folder last through a power cut.
///
/// # Errors
/// What the system reports.
#[expect(clippy::disallowed_methods, reason = "this folder is the door itself")]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test looks at the files themselves")]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_mode_of_an_old_file_and_gives_a_new_one_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        fs::write(&old, "a").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o640)).unwrap();
        replace(&old, b"b", 0o600).unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"b");
        assert_eq!(fs::metadata(&old).unwrap().mode() & 0o7777, 0o640);
        let new = folder.path().join("new");
        replace(&new, b"c", 0o644).unwrap();
        assert_eq!(fs::metadata(&new).unwrap().mode() & 0o7777, 0o644);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside the files");
    }
}
