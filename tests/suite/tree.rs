//! A folder as one value: every path with its bytes or target, mode and owner.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

pub type Tree = BTreeMap<PathBuf, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The text of a file or the target of a link; nothing for a folder.
    content: Option<String>,
    mode: u32,
    owner: (u32, u32),
}

impl Node {
    pub fn mode(&self) -> u32 {
        self.mode
    }
}

/// Everything below `root` but what lies in `except`.
pub fn read(root: &Path, except: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_path_buf();
            if name == except {
                continue;
            }
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_symlink() {
                Some(fs::read_link(&path).unwrap().display().to_string())
            } else if metadata.is_dir() {
                folders.push(path);
                None
            } else {
                Some(String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned())
            };
            tree.insert(name, Node { content, mode: metadata.mode(), owner: (metadata.uid(), metadata.gid()) });
        }
    }
    tree
}

/// Fails with the paths that differ.
pub fn compare(want: &Tree, got: &Tree, what: &str) {
    let paths = want.keys().chain(got.keys()).filter(|path| want.get(*path) != got.get(*path));
    let mut rows: Vec<String> = paths
        .map(|path| format!("{}\n  was {:?}\n  is  {:?}", path.display(), want.get(path), got.get(path)))
        .collect();
    rows.dedup();
    assert!(rows.is_empty(), "{what}:\n{}", rows.join("\n"));
}

/// Copies a fixture's tree, links as links and without the files that only keep a folder.
pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        let kind = entry.unwrap().file_type().unwrap();
        if kind.is_symlink() {
            symlink(fs::read_link(&source).unwrap(), &target).unwrap();
        } else if kind.is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&source, &target);
        } else if source.file_name().is_some_and(|name| name != ".keep") {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// Another mode and, where that is allowed, another owner than the one who acts.
pub fn give_away(path: &Path, mode: u32) {
    // Only root may give files away; without it the mode alone is tested.
    let _ = chown(path, Some(1234), Some(2345));
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
