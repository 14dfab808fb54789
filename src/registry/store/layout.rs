//! One repository: its layout on disk, what is in it, and the log of changes in front of `index.json`.
//!
//! A change is acknowledged when it is in the log. `index.json` gets it after a pause, and at the end. Somebody else may
//! write `index.json` as well: it is read again whenever it is another file than the one that was seen last, and the
//! log is played over it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use super::change::{self, Change};
use super::contents::Contents;
use super::disk::Disk;
use super::files::Stamp;
use super::index::Index;
use super::{StoreError, files, paths};
use crate::registry::digest::Digest;
use crate::registry::outline::{self, Outline};

const LAYOUT_TEXT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// A longer log is folded into the index without waiting for a pause, or playing it again would take too long.
const LOG_LIMIT: u64 = 8 * 1024 * 1024;

#[derive(Debug)]
pub struct Layout {
    folder: PathBuf,
    held: Mutex<Held>,
    /// Shared by those who bring manifests, held alone by whoever takes something away: a manifest does not come while
    /// its bytes, or what it needs, go. Taken before everything else.
    removing: RwLock<()>,
}

#[derive(Debug, Default)]
struct Held {
    contents: Option<Contents>,
    /// `index.json` as it was when `contents` was made of it.
    seen: Option<Stamp>,
    log: Option<File>,
    /// How many bytes of the log are whole lines.
    logged: u64,
    changed: Option<Instant>,
}

impl Layout {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, held: Mutex::default(), removing: RwLock::default() }
    }

    pub fn exists(&self) -> bool {
        self.folder.join(paths::INDEX_FILE).exists()
    }

    pub fn blob(&self, digest: &Digest) -> PathBuf {
        paths::blob(&paths::layout_blobs(&self.folder), digest)
    }

    /// Every blob, with where it lies.
    pub fn blobs(&self) -> Result<Vec<(Digest, PathBuf)>, StoreError> {
        let mut found = Vec::new();
        for (algorithm, folder) in paths::algorithms(&paths::layout_blobs(&self.folder)) {
            let named = |name: &str| Digest::parse(&format!("{}:{name}", algorithm.name()));
            let blobs = files::list(&folder)?.into_iter();
            found.extend(blobs.filter_map(|(name, path)| named(&name).map(|digest| (digest, path))));
        }
        Ok(found)
    }

    /// Nothing is taken away as long as this is held.
    pub fn bringing(&self) -> RwLockReadGuard<'_, ()> {
        self.removing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// No manifest comes as long as this is held.
    pub fn removing(&self) -> RwLockWriteGuard<'_, ()> {
        self.removing.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has_log(&self) -> bool {
        self.log_path().exists()
    }

    /// Whether it has the two files that make a folder a layout.
    pub fn is_whole(&self) -> bool {
        self.exists() && self.folder.join(paths::LAYOUT_FILE).exists()
    }

    /// Whether `index.json` lacks a change.
    pub fn waits(&self) -> bool {
        self.hold().logged > 0
    }

    /// Makes what is not there of it.
    pub fn make(&self, disk: &Disk) -> Result<(), StoreError> {
        let marker = self.folder.join(paths::LAYOUT_FILE);
        files::create_folder(&paths::layout_blobs(&self.folder))?;
        let index = self.folder.join(paths::INDEX_FILE);
        if !index.exists() {
            disk.write(&index, |file| write_index(&Contents::from(Index::empty()), file, &index))?;
        }
        if marker.exists() {
            return Ok(());
        }
        disk.write(&marker, |file| file.write_all(LAYOUT_TEXT).map_err(StoreError::io("write", &marker)))
    }

    /// Looks at what is there; `None` when there is no such repository.
    pub fn look<T>(
        &self,
        question: impl FnOnce(&mut Contents) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut held = self.hold();
        self.refresh(&mut held)?;
        held.contents.as_mut().map(question).transpose()
    }

    /// Makes the change; false when it changes nothing.
    pub fn change(&self, disk: &Disk, change: &Change) -> Result<bool, StoreError> {
        let mut held = self.hold();
        self.refresh(&mut held)?;
        if !held.contents.as_ref().is_some_and(|contents| contents.differs(change)) {
            return Ok(false);
        }
        self.log(&mut held, disk, change)?;
        if let Some(contents) = &mut held.contents {
            contents.apply(change);
        }
        held.changed = Some(Instant::now());
        Ok(true)
    }

    /// Brings the changes of the log into `index.json`, when there was none for so long.
    pub fn fold(&self, disk: &Disk, pause: Duration) -> Result<(), StoreError> {
        let mut held = self.hold();
        let waiting = held.changed.is_some_and(|changed| changed.elapsed() < pause);
        if held.logged == 0 || (waiting && held.logged < LOG_LIMIT) {
            return Ok(());
        }
        self.refresh(&mut held)?;
        let index = self.folder.join(paths::INDEX_FILE);
        if let Some(contents) = &held.contents {
            disk.write(&index, |file| write_index(contents, file, &index))?;
            held.seen = files::stamp(&index)?;
            files::remove(&self.log_path())?;
        }
        (held.log, held.logged, held.changed) = (None, 0, None);
        Ok(())
    }

    fn hold(&self) -> MutexGuard<'_, Held> {
        // A panic leaves what was read from the disk, and the disk is right.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join(paths::LOG_FILE)
    }

    fn log(&self, held: &mut Held, disk: &Disk, change: &Change) -> Result<(), StoreError> {
        let path = self.log_path();
        let line = change.line().map_err(|source| StoreError::Index { path: path.clone(), source })?;
        let fresh = held.log.is_none();
        if held.log.is_none() {
            held.log = Some(files::open_log(&path, held.logged)?);
        }
        let Some(log) = &mut held.log else { return Ok(()) };
        let written = log.write_all(&line).and_then(|()| if disk.durable { log.sync_data() } else { Ok(()) });
        if let Err(source) = written {
            // Half a line would hide the lines after it. If it stays, opening the log again cuts it off.
            let _ = log.set_len(held.logged);
            held.log = None;
            return Err(StoreError::Io { doing: "write to", path, source });
        }
        held.logged += line.len() as u64;
        if fresh { disk.sync_folder(&path) } else { Ok(()) }
    }

    /// Reads what is on disk, if that is not what was seen last.
    fn refresh(&self, held: &mut Held) -> Result<(), StoreError> {
        let path = self.folder.join(paths::INDEX_FILE);
        let stamp = files::stamp(&path)?;
        if stamp == held.seen && held.contents.is_some() == stamp.is_some() {
            return Ok(());
        }
        *held = Held { changed: held.changed, ..Held::default() };
        let Some(bytes) = files::read(&path)? else { return Ok(()) };
        let index: Index = serde_json::from_slice(&bytes).map_err(|source| StoreError::Index { path, source })?;
        let mut contents = Contents::from(index);
        if let Some(log) = files::read(&self.log_path())? {
            let (changes, whole) = change::read(&log);
            for change in &changes {
                contents.apply(change);
            }
            held.logged = whole as u64;
        }
        self.find_children(&mut contents);
        (held.contents, held.seen) = (Some(contents), stamp);
        Ok(())
    }

    /// Adds the manifests that only another manifest names, as other tools write layouts.
    fn find_children(&self, contents: &mut Contents) {
        let lists = |contents: &Contents| -> Vec<String> {
            let lists = contents.manifests().filter(|(_, known)| outline::is_list(&known.media_type));
            lists.map(|(digest, _)| digest.to_string()).collect()
        };
        let mut left = lists(contents);
        while let Some(list) = left.pop() {
            let Some(bytes) = self.manifest_bytes(&list) else { continue };
            for child in Outline::read(&bytes).ok().and_then(|outline| outline.manifests).unwrap_or_default() {
                let Some(digest) = Digest::parse(&child.digest) else { continue };
                if contents.has(&child.digest) || !self.blob(&digest).is_file() {
                    continue;
                }
                contents.add_child(&child.digest, &child.media_type, child.size);
                if outline::is_list(&child.media_type) {
                    left.push(child.digest);
                }
            }
        }
    }

    /// What cannot be read is not there: this is about what others wrote.
    fn manifest_bytes(&self, digest: &str) -> Option<Vec<u8>> {
        files::read(&self.blob(&Digest::parse(digest)?)).ok().flatten()
    }
}

fn write_index(contents: &Contents, file: &mut File, path: &Path) -> Result<(), StoreError> {
    let mut writer = BufWriter::new(file);
    contents.write(&mut writer).map_err(|source| StoreError::Index { path: path.to_path_buf(), source })?;
    writer.flush().map_err(StoreError::io("write", path))
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
