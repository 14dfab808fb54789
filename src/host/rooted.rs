//! Paths walked by hand, one folder after the other, so that nobody can lead a write elsewhere.
//!
//! Every folder on the way is opened in the one before it and without following links; a link is read and walked in the
//! same way. So a root that somebody else may write to (`--root`) is never left, whatever is changed in it meanwhile, and
//! a link that an ordinary user could have put in the way of root is refused. It is `openat2` with `RESOLVE_IN_ROOT`,
//! which kernels before 5.6 lack.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};
use nix::unistd::Uid;

/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// A name in a folder that is held open.
#[derive(Debug)]
pub struct Place {
    pub folder: OwnedFd,
    pub name: OsString,
    /// The path without links, as the machine under the root names it.
    pub real: PathBuf,
}

/// What to do with a link at the very end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    Follow,
    Keep,
}

/// Where `path` really lies when `root` is `/`. The last component may be missing.
///
/// # Errors
/// A folder on the way is missing or may not be entered, the links form a loop, or, on this very machine, one of them may
/// have been put there by an ordinary user.
pub fn reach(root: Option<&Path>, path: &Path, last: Last) -> io::Result<Place> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let top = openat(AT_FDCWD, root.unwrap_or(Path::new("/")), flags, Mode::empty())?;
    let mut pending = steps(path);
    let mut above: Vec<(OwnedFd, OsString)> = Vec::new();
    let (mut here, mut name) = (top, OsString::new());
    let mut links = 0;
    while let Some(step) = pending.pop() {
        if step == ".." {
            // Above the root there is nothing.
            if let Some((folder, own)) = above.pop() {
                (here, name) = (folder, own);
            }
            continue;
        }
        let at_end = pending.is_empty();
        match if at_end && last == Last::Keep { Err(Errno::EINVAL) } else { readlinkat(&here, step.as_os_str()) } {
            Ok(target) => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Errno::ELOOP.into());
                }
                if root.is_none() {
                    refuse_planted(&here, &step)?;
                    if !at_end && is_procfs(&here)? {
                        // `/proc/PID/root` and its like lead to a folder, whatever their text says: only the kernel knows.
                        let next = openat(&here, step.as_os_str(), flags, Mode::empty())?;
                        above.push((std::mem::replace(&mut here, next), std::mem::replace(&mut name, step)));
                        continue;
                    }
                }
                let target = PathBuf::from(target);
                if target.is_absolute() {
                    while let Some((folder, own)) = above.pop() {
                        (here, name) = (folder, own);
                    }
                }
                pending.extend(steps(&target));
            }
            Err(Errno::EINVAL | Errno::ENOENT) if at_end => {
                let real = real(&above, &name).join(&step);
                return Ok(Place { folder: here, name: step, real });
            }
            // Not a link: the folder itself, whatever somebody may have put in its place just now.
            Err(Errno::EINVAL) => {
                let next = openat(&here, step.as_os_str(), flags | OFlag::O_NOFOLLOW, Mode::empty())?;
                above.push((std::mem::replace(&mut here, next), std::mem::replace(&mut name, step)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let real = real(&above, &name);
    Ok(Place { folder: here, name: ".".into(), real })
}

fn is_procfs(folder: &OwnedFd) -> io::Result<bool> {
    Ok(fstatfs(folder)?.filesystem_type() == PROC_SUPER_MAGIC)
}

/// The names of the folders that were entered, from the root on.
fn real(above: &[(OwnedFd, OsString)], name: &OsString) -> PathBuf {
    let names = above.iter().map(|(_, name)| name).chain([name]);
    std::iter::once(Path::new("/")).chain(names.map(Path::new)).collect()
}

/// The steps of a path, last one first.
fn steps(path: &Path) -> Vec<OsString> {
    path.components()
        .rev()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_os_string()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}

/// A link counts as root's own when root (or the one who runs this) owns it and its folder, and nobody else may write
/// to that folder.
fn refuse_planted(folder: &OwnedFd, name: &OsString) -> io::Result<()> {
    let link = fstatat(folder, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let around = fstat(folder)?;
    let trusted = |stat: &FileStat| stat.st_uid == 0 || stat.st_uid == Uid::effective().as_raw();
    let open = around.st_mode & 0o002 != 0 || around.st_mode & 0o020 != 0 && around.st_gid != 0;
    if trusted(&link) && trusted(&around) && !(open && Uid::effective().is_root()) {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name.as_bytes()).into_owned();
    Err(io::Error::other(format!(
        "`{name}` on the way is a link that an ordinary user can have put there (owner {}, folder of {} with mode {:04o})",
        link.st_uid,
        around.st_uid,
        around.st_mode & 0o7777
    )))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test lays a tree of its own")]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    use super::*;

    #[test]
    fn nothing_leads_out_of_the_root() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("etc/real")).unwrap();
        symlink("/etc/real", root.join("etc/absolute")).unwrap();
        symlink("../../../../etc/real", root.join("etc/climbing")).unwrap();
        symlink("loop", root.join("etc/loop")).unwrap();
        let at = |path: &str| reach(Some(root), Path::new(path), Last::Follow).map(|found| found.real);
        assert_eq!(at("/etc/absolute/file").unwrap(), Path::new("/etc/real/file"));
        assert_eq!(at("/etc/climbing/file").unwrap(), Path::new("/etc/real/file"));
        assert_eq!(at("/../../etc/passwd").unwrap(), Path::new("/etc/passwd"));
        assert_eq!(at("/").unwrap(), Path::new("/"));
        assert!(at("/etc/loop").is_err() && at("/etc/missing/file").is_err());
        let kept = reach(Some(root), Path::new("/etc/absolute"), Last::Keep).unwrap();
        assert_eq!((kept.real.as_path(), kept.name.to_str()), (Path::new("/etc/absolute"), Some("absolute")));
    }

    /// Only root can lay links that belong to somebody else.
    #[test]
    fn where_a_link_of_proc_leads_only_the_kernel_knows() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let held = fs::File::open(&folder).unwrap();
        fs::remove_dir(&folder).unwrap();
        // The link says "… (deleted)", and there is no such folder.
        let process = fs::canonicalize("/proc/self").unwrap();
        let path = process.join(format!("fd/{}/file", held.as_raw_fd()));
        assert_eq!(reach(None, &path, Last::Follow).unwrap().real, path);
    }

    #[test]
    fn a_link_that_somebody_may_have_planted_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        fs::create_dir_all(folder.join("real")).unwrap();
        symlink("real", folder.join("link")).unwrap();
        let reached = || reach(None, &folder.join("link/file"), Last::Follow);
        assert_eq!(reached().unwrap().real, folder.join("real/file"));
        if !Uid::effective().is_root() {
            return;
        }
        for mode in [0o777, 0o1777] {
            fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            assert!(reached().is_err(), "{mode:o}");
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        chown(&folder, Some(1234), None).unwrap();
        assert!(reached().is_err(), "in somebody's folder");
        chown(&folder, Some(0), None).unwrap();
        lchown(folder.join("link"), Some(1234), None).unwrap();
        assert!(reached().is_err(), "of somebody");
    }
}
