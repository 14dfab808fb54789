//! Paths below a folder that stands for `/`, without ever leaving it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// Where `path` really lies when `root` is `/`: links are followed inside the root, absolute ones from its top, and `..`
/// never climbs above it. The last component may be missing. With no root, the path itself.
///
/// # Errors
/// A folder on the way may not be read, or the links form a loop.
pub fn resolve(root: Option<&Path>, path: &Path, follow_last: bool) -> io::Result<PathBuf> {
    let Some(root) = root else { return Ok(path.to_path_buf()) };
    let mut pending: Vec<PathBuf> = steps(path);
    let mut inside = PathBuf::new();
    let mut links = 0;
    while let Some(step) = pending.pop() {
        if step.as_os_str() == ".." {
            inside.pop();
            continue;
        }
        let here = inside.join(&step);
        if pending.is_empty() && !follow_last {
            inside = here;
            break;
        }
        match fs::read_link(root.join(&here)) {
            Ok(target) => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(io::Error::other("too many levels of links"));
                }
                if target.is_absolute() {
                    inside = PathBuf::new();
                }
                pending.extend(steps(&target));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied) => return Err(error),
            Err(_) => inside = here,
        }
    }
    Ok(root.join(inside))
}

/// The steps of a path, last one first.
fn steps(path: &Path) -> Vec<PathBuf> {
    path.components()
        .rev()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(PathBuf::from(name)),
            Component::ParentDir => Some(PathBuf::from("..")),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test lays a tree of its own")]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_leads_out_of_the_root() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        fs::create_dir_all(root.join("etc/real")).unwrap();
        symlink("/etc/real", root.join("etc/absolute")).unwrap();
        symlink("../../../../etc/real", root.join("etc/climbing")).unwrap();
        symlink("loop", root.join("etc/loop")).unwrap();
        let at = |path: &str| {
            resolve(Some(root), Path::new(path), true).map(|found| found.strip_prefix(root).unwrap().to_path_buf())
        };
        assert_eq!(at("/etc/absolute/file").unwrap(), Path::new("etc/real/file"));
        assert_eq!(at("/etc/climbing/file").unwrap(), Path::new("etc/real/file"));
        assert_eq!(at("/../../etc/passwd").unwrap(), Path::new("etc/passwd"));
        assert!(at("/etc/loop").is_err());
        assert_eq!(resolve(None, Path::new("/etc/x"), true).unwrap(), Path::new("/etc/x"));
    }
}
