//! Where things lie in the data folder. Pure.
//!
//! ```text
//! DIR/team/app/oci-layout, index.json, blobs/sha256/…   one OCI image layout for each repository
//! DIR/team/app/index.log                                changes that index.json does not have yet
//! DIR/_blobs/sha256/…                                   every blob once; the layouts hold hard links to it
//! DIR/_uploads/run-…/…                                  what is still being received
//! DIR/_lock                                             held by the registry that serves the folder
//! ```
//! No repository name starts with `_`, so the last three cannot meet one. A part of a name that is also a name inside a
//! layout gets a `_` at its end, which no name has either.

use std::path::{Path, PathBuf};

use crate::registry::digest::{Algorithm, Digest};
use crate::registry::names::Repository;

pub const LAYOUT_FILE: &str = "oci-layout";
pub const INDEX_FILE: &str = "index.json";
pub const LOG_FILE: &str = "index.log";
const BLOBS: &str = "blobs";
const RESERVED: [&str; 4] = [LAYOUT_FILE, INDEX_FILE, LOG_FILE, BLOBS];

pub fn pool(root: &Path) -> PathBuf {
    root.join("_blobs")
}

pub fn uploads(root: &Path) -> PathBuf {
    root.join("_uploads")
}

pub fn lock(root: &Path) -> PathBuf {
    root.join("_lock")
}

pub fn layout(root: &Path, repository: &Repository) -> PathBuf {
    let mut folder = root.to_path_buf();
    for component in repository.components() {
        let reserved = RESERVED.contains(&component);
        folder.push(if reserved { format!("{component}_") } else { component.to_string() });
    }
    folder
}

/// The part of a repository name that a folder stands for; `None` when the folder is not part of any name.
pub fn component(folder: &str) -> Option<&str> {
    if RESERVED.contains(&folder) {
        return None;
    }
    folder.strip_suffix('_').filter(|name| RESERVED.contains(name)).or(Some(folder))
}

/// The folder for blobs inside a layout.
pub fn layout_blobs(layout: &Path) -> PathBuf {
    layout.join(BLOBS)
}

pub fn blob(blobs: &Path, digest: &Digest) -> PathBuf {
    blobs.join(digest.algorithm().name()).join(digest.hex())
}

/// The folder of each algorithm.
pub fn algorithms(blobs: &Path) -> impl Iterator<Item = (Algorithm, PathBuf)> {
    Algorithm::ALL.into_iter().map(|algorithm| (algorithm, blobs.join(algorithm.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_meets_a_name_of_the_layout() {
        let rows = [
            ("app", "/d/app"),
            ("team/app", "/d/team/app"),
            ("team/blobs", "/d/team/blobs_"),
            ("index.json/oci-layout", "/d/index.json_/oci-layout_"),
            ("index.log", "/d/index.log_"),
        ];
        for (name, want) in rows {
            let folder = layout(Path::new("/d"), &Repository::parse(name).unwrap());
            assert_eq!(folder, Path::new(want));
            let back: Vec<&str> =
                want.trim_start_matches("/d/").split('/').map(|folder| component(folder).unwrap()).collect();
            assert_eq!(back.join("/"), name);
        }
        assert_eq!(component("blobs"), None);
    }
}
