//! The store on disk: one OCI image layout for each repository, blobs shared by hard links.
//!
//! Every file appears by a rename or a link, so a reader sees all of it or nothing. `index.json` is read for each
//! question, so a layout that is dropped into the folder is served at once.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tempfile::TempDir;

use super::draft::Draft;
use super::index::{Descriptor, Index};
use super::{Blob, Committed, Manifest, Store, StoreError, files, paths};
use crate::registry::digest::Digest;
use crate::registry::names::{Reference, Repository, Tag};

const LAYOUT_TEXT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// A data folder.
#[derive(Debug)]
pub struct FolderStore {
    root: PathBuf,
    /// Held while links and indexes change. What it guards is on disk, so a panic leaves nothing to repair here.
    change: Mutex<()>,
    /// Removes the folder at the end, when it is a temporary one.
    _temporary: Option<TempDir>,
}

impl FolderStore {
    /// Opens the folder, making it if it is not there. Uploads that a former run left behind are removed.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let uploads = paths::uploads(root);
        files::empty_folder(&uploads)?;
        files::create_folder(&paths::pool(root))?;
        Ok(Self { root: root.to_path_buf(), change: Mutex::new(()), _temporary: None })
    }

    /// A folder that is gone when the store is dropped.
    pub fn temporary() -> Result<Self, StoreError> {
        let base = std::env::temp_dir();
        let temporary = tempfile::Builder::new()
            .prefix("registry-")
            .tempdir()
            .map_err(StoreError::io("make a folder in", &base))?;
        let store = Self::open(temporary.path())?;
        Ok(Self { _temporary: Some(temporary), ..store })
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn layout(&self, repository: &Repository) -> PathBuf {
        paths::layout(&self.root, repository)
    }

    fn pooled(&self, digest: &Digest) -> PathBuf {
        paths::blob(&paths::pool(&self.root), digest)
    }

    fn own(&self, repository: &Repository, digest: &Digest) -> PathBuf {
        paths::blob(&paths::layout_blobs(&self.layout(repository)), digest)
    }

    /// Makes the layout if it is not there yet.
    fn ensure_layout(&self, repository: &Repository) -> Result<(), StoreError> {
        let layout = self.layout(repository);
        if layout.join(paths::LAYOUT_FILE).exists() {
            return Ok(());
        }
        files::create_folder(&paths::layout_blobs(&layout))?;
        if !layout.join(paths::INDEX_FILE).exists() {
            self.write_index(repository, &Index::empty())?;
        }
        self.write(&layout.join(paths::LAYOUT_FILE), LAYOUT_TEXT)
    }

    fn index(&self, repository: &Repository) -> Result<Option<Index>, StoreError> {
        let path = self.layout(repository).join(paths::INDEX_FILE);
        let Some(bytes) = files::read(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| StoreError::Index { path, source })
    }

    fn write_index(&self, repository: &Repository, index: &Index) -> Result<(), StoreError> {
        let path = self.layout(repository).join(paths::INDEX_FILE);
        let text = serde_json::to_vec(index).map_err(|source| StoreError::Index { path: path.clone(), source })?;
        self.write(&path, &text)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let mut draft = self.begin()?;
        draft.append(&[Bytes::copy_from_slice(bytes)])?;
        draft.persist(path)
    }

    /// Puts verified bytes into the pool, unless they are there already, and from there into the repository.
    fn place(&self, repository: &Repository, draft: Draft, digest: &Digest) -> Result<(), StoreError> {
        let pooled = self.pooled(digest);
        if !pooled.exists() {
            files::create_parent(&pooled)?;
            draft.persist(&pooled)?;
        }
        self.link(repository, &pooled, digest)
    }

    /// Links the file into the repository.
    fn link(&self, repository: &Repository, source: &Path, digest: &Digest) -> Result<(), StoreError> {
        self.ensure_layout(repository)?;
        files::link(source, &self.own(repository, digest), &paths::uploads(&self.root))
    }

    /// Takes the blob out of the repository, and out of the pool when no other repository holds it.
    fn unlink(&self, repository: &Repository, digest: &Digest) -> Result<bool, StoreError> {
        let removed = files::remove(&self.own(repository, digest))?;
        let pooled = self.pooled(digest);
        if files::links(&pooled) == Some(1) {
            files::remove(&pooled)?;
        }
        Ok(removed)
    }
}

impl Store for FolderStore {
    fn begin(&self) -> Result<Draft, StoreError> {
        Draft::begin(&paths::uploads(&self.root))
    }

    fn commit(&self, repository: &Repository, draft: Draft, digest: &Digest) -> Result<Committed, StoreError> {
        let received = draft.digest(digest.algorithm())?;
        if received != *digest {
            return Ok(Committed::Mismatch { received });
        }
        let _changing = self.changing();
        self.place(repository, draft, digest)?;
        Ok(Committed::Stored)
    }

    fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Option<Blob>, StoreError> {
        files::open(&self.own(repository, digest))
    }

    fn mount(&self, repository: &Repository, from: Option<&Repository>, digest: &Digest) -> Result<bool, StoreError> {
        let mut places = vec![self.own(repository, digest), self.pooled(digest)];
        places.extend(from.map(|from| self.own(from, digest)));
        let _changing = self.changing();
        match places.iter().find(|place| place.is_file()) {
            Some(place) => self.link(repository, place, digest).map(|()| true),
            None => Ok(false),
        }
    }

    fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool, StoreError> {
        let _changing = self.changing();
        self.unlink(repository, digest)
    }

    fn put_manifest(&self, repository: &Repository, tag: Option<&Tag>, manifest: &Manifest) -> Result<(), StoreError> {
        let mut draft = self.begin()?;
        draft.append(&[Bytes::copy_from_slice(&manifest.bytes)])?;
        let _changing = self.changing();
        self.place(repository, draft, &manifest.digest)?;
        let mut index = self.index(repository)?.unwrap_or_else(Index::empty);
        index.put(&Descriptor::new(&manifest.media_type, &manifest.digest, manifest.bytes.len() as u64), tag);
        self.write_index(repository, &index)
    }

    fn manifest(&self, repository: &Repository, reference: &Reference) -> Result<Option<Manifest>, StoreError> {
        let Some(index) = self.index(repository)? else { return Ok(None) };
        let Some(found) = index.find(reference) else { return Ok(None) };
        // A digest of a form that is not known here cannot be served, wherever the layout came from.
        let Some(digest) = Digest::parse(&found.digest) else { return Ok(None) };
        let bytes = files::read(&self.own(repository, &digest))?;
        Ok(bytes.map(|bytes| Manifest { bytes, media_type: found.media_type.clone(), digest }))
    }

    fn delete_manifest(&self, repository: &Repository, reference: &Reference) -> Result<bool, StoreError> {
        let _changing = self.changing();
        let Some(mut index) = self.index(repository)? else { return Ok(false) };
        let removed = match reference {
            Reference::Tag(tag) => index.remove_tag(tag),
            Reference::Digest(digest) => index.remove_manifest(digest),
        };
        if !removed {
            return Ok(false);
        }
        self.write_index(repository, &index)?;
        if let Reference::Digest(digest) = reference {
            self.unlink(repository, digest)?;
        }
        Ok(true)
    }

    fn tags(&self, repository: &Repository) -> Result<Option<Vec<String>>, StoreError> {
        Ok(self.index(repository)?.map(|index| index.tags().map(str::to_string).collect()))
    }

    fn repositories(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        files::collect_layouts(&self.root, "", &mut found)?;
        Ok(found)
    }

    fn folder(&self) -> &Path {
        &self.root
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
