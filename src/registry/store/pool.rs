//! Every blob once, and its way into the repositories that hold it: by hard links.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::Disk;
use super::draft::Draft;
use super::layout::Layout;
use super::{StoreError, files, paths};
use crate::registry::digest::Digest;

#[derive(Debug)]
pub struct Pool {
    pub disk: Disk,
    /// Held while files come to the pool or leave it. What it guards is on disk, so a panic leaves nothing to repair.
    changing: Mutex<()>,
}

impl Pool {
    pub fn new(disk: Disk) -> Self {
        Self { disk, changing: Mutex::default() }
    }

    /// Puts verified bytes into the pool, unless they are there already, and from there into the repository.
    pub fn place(&self, layout: &Layout, draft: Draft, digest: &Digest) -> Result<(), StoreError> {
        let pooled = self.path(digest);
        self.disk.sync(&draft)?;
        {
            let _changing = self.changing();
            if pooled.exists() {
                files::touch(&pooled);
            } else {
                draft.persist(&pooled)?;
            }
            self.link(&pooled, layout, digest)?;
        }
        self.disk.sync_folder(&pooled)?;
        self.disk.sync_folder(&layout.blob(digest))
    }

    /// Where the blob is: in one of the repositories, or in the pool.
    pub fn find(&self, layouts: &[Arc<Layout>], digest: &Digest) -> Option<PathBuf> {
        let places = layouts.iter().map(|layout| layout.blob(digest));
        places.chain([self.path(digest)]).find(|place| place.is_file())
    }

    /// Takes the blob over from there; false when it is gone by now.
    pub fn mount(&self, place: &Path, layout: &Layout, digest: &Digest) -> Result<bool, StoreError> {
        {
            let _changing = self.changing();
            if !place.is_file() {
                return Ok(false);
            }
            files::touch(place);
            self.link(place, layout, digest)?;
        }
        self.disk.sync_folder(&layout.blob(digest))?;
        Ok(true)
    }

    /// Takes the blob out of the repository, and out of the pool when no other repository holds it.
    pub fn unlink(&self, layout: &Layout, digest: &Digest) -> Result<bool, StoreError> {
        let _changing = self.changing();
        let removed = files::remove(&layout.blob(digest))?;
        self.drop_unused(&self.path(digest))?;
        Ok(removed)
    }

    /// The same if nobody touched it for so long. Asked while nobody can: what a push was just told is there stays.
    pub fn unlink_old(&self, layout: &Layout, digest: &Digest, after: Duration) -> Result<(), StoreError> {
        let _changing = self.changing();
        let place = layout.blob(digest);
        if files::age(&place).is_some_and(|age| age >= after) {
            files::remove(&place)?;
            self.drop_unused(&self.path(digest))?;
        }
        Ok(())
    }

    /// Makes the blob as good as new; false when it is gone.
    pub fn renew(&self, place: &Path) -> bool {
        let _changing = self.changing();
        files::touch(place);
        place.is_file()
    }

    /// Removes what is in no repository: a run that was killed left it.
    pub fn clean(&self) -> Result<(), StoreError> {
        for (_, folder) in paths::algorithms(&paths::pool(&self.disk.root)) {
            for (_, pooled) in files::list(&folder)? {
                let _changing = self.changing();
                self.drop_unused(&pooled)?;
            }
        }
        Ok(())
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        paths::blob(&paths::pool(&self.disk.root), digest)
    }

    fn link(&self, source: &Path, layout: &Layout, digest: &Digest) -> Result<(), StoreError> {
        files::link(source, &layout.blob(digest), self.disk.scratch()?)
    }

    fn drop_unused(&self, pooled: &Path) -> Result<(), StoreError> {
        let Some((1, size)) = files::links(pooled) else { return Ok(()) };
        if files::remove(pooled)?
            && let Some(usage) = &self.disk.usage
        {
            usage.release(size);
        }
        Ok(())
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The size of all blobs.
pub fn size(root: &Path) -> Result<u64, StoreError> {
    let mut sum = 0;
    for (_, folder) in paths::algorithms(&paths::pool(root)) {
        sum +=
            files::list(&folder)?.iter().filter_map(|(_, path)| files::links(path)).map(|(_, size)| size).sum::<u64>();
    }
    Ok(sum)
}
