//! The few things that the store does with files, each with the path in its error.

#![expect(clippy::disallowed_methods, reason = "the registry keeps its own data, which is no part of an examined host")]

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::draft::Draft;
use super::{Blob, StoreError, paths};
use crate::registry::names::Repository;

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

/// Makes `target` the same file as `source`, unless there is one already.
pub fn link(source: &Path, target: &Path, scratch: &Path) -> Result<(), StoreError> {
    create_parent(target)?;
    match fs::hard_link(source, target) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links: a copy of the bytes, which appears in one step as well.
        Err(_) => {
            let mut draft = Draft::begin(scratch)?;
            File::open(source)
                .and_then(|mut file| io::copy(&mut file, draft.file_mut()))
                .map_err(StoreError::io("copy a blob to", target))?;
            draft.persist(target)
        }
    }
}

/// How many names the file has.
pub fn links(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.nlink())
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

/// Makes the folder, and removes what is in it.
pub fn empty_folder(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        fs::remove_dir_all(path).map_err(StoreError::io("clean", path))?;
    }
    create_folder(path)
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
