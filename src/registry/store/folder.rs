//! The store on disk: one OCI image layout for each repository, blobs shared by hard links.
//!
//! Every file appears by a rename or a link, so a reader sees all of it or nothing. What is in a repository is kept in
//! memory (`layout`), and read again when somebody else wrote it: a layout that is dropped into the folder is served
//! at once.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::cache::Cache;
use super::change::Change;
use super::disk::Disk;
use super::draft::Draft;
use super::layout::Layout;
use super::pool::{self, Pool};
use super::tidying::PAUSE;
use super::usage::Usage;
use super::{
    Blob, Care, Committed, Manifest, Put, Referrer, Source, Store, StoreError, Tidying, Trouble, files, paths,
    referrers,
};
use crate::registry::digest::Digest;
use crate::registry::names::{Reference, Repository, Tag};
use crate::registry::page::{Page, Wanted};

/// A data folder.
#[derive(Debug)]
pub struct FolderStore {
    pub(super) pool: Pool,
    pub(super) collect_after: Option<Duration>,
    /// The repositories that were asked for.
    layouts: Mutex<HashMap<Repository, Arc<Layout>>>,
    cache: Cache,
    /// Nobody else serves the folder; nothing to hold where nothing can be written.
    _lock: Option<File>,
    /// Removes the folder at the end, when it is a temporary one.
    temporary: Option<TempDir>,
}

impl FolderStore {
    /// Opens the folder, making it if it is not there. Uploads that a former run left behind are removed. A folder
    /// that cannot be written to is served all the same.
    pub fn open(root: &Path, care: Care) -> Result<Self, StoreError> {
        let lock = match prepare(root) {
            Err(error) if error.trouble() == Trouble::NotWritable && root.is_dir() => None,
            prepared => Some(prepared?),
        };
        let usage = match care.quota {
            Some(limit) => Some(Arc::new(Usage::new(limit, pool::size(root)?))),
            None => None,
        };
        Ok(Self {
            pool: Pool::new(Disk::new(root, care.durable, usage)),
            collect_after: care.collect_after,
            layouts: Mutex::default(),
            cache: Cache::default(),
            _lock: lock,
            temporary: None,
        })
    }

    /// A folder that is gone when the store is dropped.
    pub fn temporary(care: Care) -> Result<Self, StoreError> {
        let base = std::env::temp_dir();
        let temporary = tempfile::Builder::new()
            .prefix("registry-")
            .tempdir()
            .map_err(StoreError::io("make a folder in", &base))?;
        let mut store = Self::open(temporary.path(), care)?;
        store.temporary = Some(temporary);
        Ok(store)
    }

    fn layouts(&self) -> MutexGuard<'_, HashMap<Repository, Arc<Layout>>> {
        self.layouts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The repository, whether it is there or not; what is not there is not remembered.
    pub(super) fn layout(&self, repository: &Repository) -> Arc<Layout> {
        let mut layouts = self.layouts();
        if let Some(layout) = layouts.get(repository) {
            return Arc::clone(layout);
        }
        let layout = Arc::new(Layout::new(paths::layout(&self.pool.disk.root, repository)));
        if layout.exists() {
            layouts.insert(repository.clone(), Arc::clone(&layout));
        }
        layout
    }

    /// The repository, which is made if it is not there.
    fn layout_to_change(&self, repository: &Repository) -> Result<Arc<Layout>, StoreError> {
        let layout = self.layout(repository);
        if layout.is_whole() {
            return Ok(layout);
        }
        // Two that come at once must not both make it.
        let mut layouts = self.layouts();
        layout.make(&self.pool.disk)?;
        Ok(Arc::clone(layouts.entry(repository.clone()).or_insert(layout)))
    }

    /// The repositories that were asked for.
    pub(super) fn known_layouts(&self) -> Vec<Arc<Layout>> {
        self.layouts().values().map(Arc::clone).collect()
    }

    /// The bytes of a manifest that the layout names; an error when they are not what they should be.
    pub(super) fn bytes(&self, layout: &Layout, name: &Arc<str>) -> Result<Option<Bytes>, StoreError> {
        if let Some(bytes) = self.cache.find(name) {
            return Ok(Some(bytes));
        }
        // A digest of a form that is not known here cannot be served, wherever the layout came from.
        let Some(digest) = Digest::parse(name) else { return Ok(None) };
        let path = layout.blob(&digest);
        let Some(bytes) = files::read(&path)?.map(Bytes::from) else { return Ok(None) };
        if Digest::of(digest.algorithm(), &bytes) != digest {
            return Err(StoreError::Damaged { path });
        }
        self.cache.keep(name, &bytes);
        Ok(Some(bytes))
    }
}

/// Takes the folder for this process, and removes what a former one left in it.
fn prepare(root: &Path) -> Result<File, StoreError> {
    files::create_folder(root)?;
    let lock = files::hold(&paths::lock(root))?.ok_or_else(|| StoreError::Taken { folder: root.to_path_buf() })?;
    files::remove_folder(&paths::uploads(root))?;
    Ok(lock)
}

impl Store for FolderStore {
    fn is_durable(&self) -> bool {
        self.pool.disk.durable
    }

    fn begin(&self) -> Result<Draft, StoreError> {
        self.pool.disk.begin()
    }

    fn commit(&self, repository: &Repository, draft: Draft, digest: &Digest) -> Result<Committed, StoreError> {
        let received = draft.digest(digest.algorithm())?;
        if received != *digest {
            return Ok(Committed::Mismatch { received });
        }
        self.pool.place(self.layout_to_change(repository)?.as_ref(), draft, digest)?;
        Ok(Committed::Stored)
    }

    fn blob(&self, repository: &Repository, digest: &Digest) -> Result<Option<Blob>, StoreError> {
        let path = self.layout(repository).blob(digest);
        let blob = files::open(&path)?;
        // Who asks may be about to push a manifest that needs it.
        let aging = |after: Duration| files::age(&path).is_some_and(|age| age >= after / 2);
        if blob.is_some() && self.collect_after.is_some_and(aging) && !self.pool.renew(&path) {
            return Ok(None);
        }
        Ok(blob)
    }

    fn mount(&self, repository: &Repository, from: &Source, digest: &Digest) -> Result<bool, StoreError> {
        let place = match from {
            Source::Only(from) => Some(self.layout(from).blob(digest)).filter(|place| place.is_file()),
            Source::Anywhere { first } => {
                let layouts: Vec<_> = first.iter().chain([repository]).map(|from| self.layout(from)).collect();
                self.pool.find(&layouts, digest)
            }
        };
        match place {
            Some(place) => self.pool.mount(&place, self.layout_to_change(repository)?.as_ref(), digest),
            None => Ok(false),
        }
    }

    fn delete_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool, StoreError> {
        let layout = self.layout(repository);
        let _removing = layout.removing();
        // A manifest is a blob as well, and without its bytes it is gone.
        layout.change(&self.pool.disk, &Change::Remove { digest: digest.to_string() })?;
        self.pool.unlink(&layout, digest)
    }

    fn put_manifest(&self, repository: &Repository, tags: &[Tag], manifest: &Manifest) -> Result<Put, StoreError> {
        let Manifest { bytes, media_type, digest } = manifest;
        let layout = self.layout_to_change(repository)?;
        let _bringing = layout.bringing();
        if let Some(digest) = self.lacking(&layout, bytes) {
            return Ok(Put::Lacks { digest });
        }
        if !layout.blob(digest).is_file() {
            let mut draft = self.begin()?;
            draft.append(bytes)?;
            self.pool.place(&layout, draft, digest)?;
        }
        layout.change(
            &self.pool.disk,
            &Change::Put {
                media_type: media_type.clone(),
                digest: digest.to_string(),
                size: bytes.len() as u64,
                tags: tags.iter().map(|tag| tag.as_str().to_string()).collect(),
            },
        )?;
        self.cache.keep(&digest.to_string().into(), bytes);
        Ok(Put::Stored)
    }

    fn manifest(&self, repository: &Repository, reference: &Reference) -> Result<Option<Manifest>, StoreError> {
        let layout = self.layout(repository);
        let found = layout.look(|contents| {
            let found = contents.find(reference);
            Ok(found.map(|(digest, known)| (Arc::clone(digest), Arc::clone(&known.media_type))))
        })?;
        let Some((name, media_type)) = found.flatten() else { return Ok(None) };
        let Some(digest) = Digest::parse(&name) else { return Ok(None) };
        let bytes = self.bytes(&layout, &name)?;
        Ok(bytes.map(|bytes| Manifest { bytes, media_type: media_type.to_string(), digest }))
    }

    fn delete_manifest(&self, repository: &Repository, reference: &Reference) -> Result<bool, StoreError> {
        let layout = self.layout(repository);
        match reference {
            Reference::Tag(tag) => layout.change(&self.pool.disk, &Change::Untag { tag: tag.as_str().to_string() }),
            Reference::Digest(digest) => {
                let _removing = layout.removing();
                let removed = layout.change(&self.pool.disk, &Change::Remove { digest: digest.to_string() })?;
                if removed {
                    self.pool.unlink(&layout, digest)?;
                }
                Ok(removed)
            }
        }
    }

    fn tags(&self, repository: &Repository, wanted: &Wanted) -> Result<Option<Page>, StoreError> {
        self.layout(repository).look(|contents| Ok(contents.tags(wanted)))
    }

    fn referrers(&self, repository: &Repository, subject: &Digest) -> Result<Vec<Referrer>, StoreError> {
        let layout = self.layout(repository);
        let subject = subject.to_string();
        let found =
            layout.look(|contents| referrers::find(contents, &subject, |digest| self.bytes(&layout, digest)))?;
        Ok(found.unwrap_or_default())
    }

    fn repositories(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        files::collect_layouts(&self.pool.disk.root, "", &mut found)?;
        Ok(found)
    }

    fn waits(&self) -> bool {
        self.known_layouts().iter().any(|layout| layout.waits())
    }

    fn keep_recent(&self, repository: &Repository) -> Result<(), StoreError> {
        self.renew_recent(&self.layout(repository))
    }

    fn tidy(&self, when: Tidying) -> Result<(), StoreError> {
        match (when, self.collect_after) {
            (Tidying::AtStart, _) => self.recover(),
            (Tidying::Often, _) => self.fold(PAUSE),
            (Tidying::Seldom, Some(after)) => self.collect(after),
            (Tidying::Seldom, None) => Ok(()),
        }
    }

    fn folder(&self) -> &Path {
        &self.pool.disk.root
    }
}

impl Drop for FolderStore {
    /// The layouts are whole when the registry is gone.
    fn drop(&mut self) {
        if self.temporary.is_none() {
            // What cannot be written now is in the logs, where the next run finds it.
            let _ = self.fold(Duration::ZERO);
        }
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
