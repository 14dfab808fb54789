//! What is done now and then: logs are folded into their indexes, what a former run left is put in order, and blobs that
//! nobody needs are removed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::contents::Contents;
use super::folder::FolderStore;
use super::layout::Layout;
use super::{Store as _, StoreError, files};
use crate::registry::digest::Digest;
use crate::registry::names::Repository;
use crate::registry::outline::Outline;

/// How long a repository must be left alone before its index is written.
pub const PAUSE: Duration = Duration::from_millis(500);

impl FolderStore {
    /// Writes the index of every repository that was left alone for so long.
    pub(super) fn fold(&self, pause: Duration) -> Result<(), StoreError> {
        let layouts = self.known_layouts();
        // One that cannot be written must not keep the others from it.
        layouts.iter().map(|layout| layout.fold(&self.pool.disk, pause)).fold(Ok(()), Result::and)
    }

    /// Logs that a former run left are folded, and blobs that it did not get into a repository are removed.
    pub(super) fn recover(&self) -> Result<(), StoreError> {
        for layout in self.all_layouts()?.iter().filter(|layout| layout.has_log()) {
            layout.look(|_| Ok(()))?;
            layout.fold(&self.pool.disk, Duration::ZERO)?;
        }
        self.pool.clean()
    }

    /// Removes blobs that no manifest refers to. Whatever was pushed or looked at within `after` stays: its manifest
    /// may be on the way.
    pub(super) fn collect(&self, after: Duration) -> Result<(), StoreError> {
        for layout in self.all_layouts()? {
            let _removing = layout.removing();
            layout.look(|contents| self.collect_in(&layout, contents, after))?;
        }
        Ok(())
    }

    /// What is too young to be removed gets as good as new.
    pub(super) fn renew_recent(&self, layout: &Layout) -> Result<(), StoreError> {
        let Some(after) = self.collect_after else { return Ok(()) };
        let blobs = layout.blobs()?.into_iter().map(|(_, path)| path);
        for path in blobs.filter(|path| files::age(path).is_some_and(|age| age < after)) {
            self.pool.renew(&path);
        }
        Ok(())
    }

    /// The repository is held meanwhile, so no manifest comes in between.
    fn collect_in(&self, layout: &Layout, contents: &Contents, after: Duration) -> Result<(), StoreError> {
        let needed = self.needed(layout, contents)?;
        for (digest, path) in layout.blobs()? {
            // Most are needed or young: only those that are neither keep others from the pool.
            if !needed.contains(&digest.to_string()) && files::age(&path).is_some_and(|age| age >= after) {
                self.pool.unlink_old(layout, &digest, after)?;
            }
        }
        Ok(())
    }

    /// The digests of all manifests and of everything that they name.
    fn needed(&self, layout: &Layout, contents: &Contents) -> Result<HashSet<String>, StoreError> {
        let mut needed = HashSet::new();
        for (digest, _) in contents.manifests() {
            needed.insert(digest.to_string());
            let Some(outline) = self.bytes(layout, digest)?.and_then(|bytes| Outline::read(&bytes).ok()) else {
                continue;
            };
            needed.extend(outline.targets().map(str::to_string));
        }
        Ok(needed)
    }

    /// What a manifest needs and the repository lacks, where blobs are collected: a push that took longer than they
    /// are kept has to send it again, or it would be acknowledged and broken.
    pub(super) fn lacking(&self, layout: &Layout, bytes: &[u8]) -> Option<Digest> {
        self.collect_after?;
        let outline = Outline::read(bytes).ok()?;
        outline.blobs().filter_map(Digest::parse).find(|digest| !layout.blob(digest).is_file())
    }

    fn all_layouts(&self) -> Result<Vec<Arc<Layout>>, StoreError> {
        let names = self.repositories()?;
        Ok(names.iter().filter_map(|name| Repository::parse(name)).map(|name| self.layout(&name)).collect())
    }
}
