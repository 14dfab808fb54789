//! How bytes come to their places in the data folder: whole or not at all, and durably where that is asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use super::draft::Draft;
use super::usage::Usage;
use super::{StoreError, files, paths};

#[derive(Debug)]
pub struct Disk {
    pub root: PathBuf,
    /// Whether everything is on the disk, and not only with the system, before it counts as done.
    pub durable: bool,
    /// How much room there is, when that is limited.
    pub usage: Option<Arc<Usage>>,
    /// Where this run keeps what has no name yet.
    scratch: OnceLock<TempDir>,
}

impl Disk {
    pub fn new(root: &Path, durable: bool, usage: Option<Arc<Usage>>) -> Self {
        Self { root: root.to_path_buf(), durable, usage, scratch: OnceLock::new() }
    }

    /// A place for bytes of a client.
    pub fn begin(&self) -> Result<Draft, StoreError> {
        Draft::begin(self.scratch()?, self.usage.clone())
    }

    /// Writes a file of our own, in one step.
    pub fn write(
        &self,
        path: &Path,
        content: impl FnOnce(&mut File) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut draft = Draft::begin(self.scratch()?, None)?;
        content(draft.file_mut())?;
        self.sync(&draft)?;
        draft.persist(path)?;
        self.sync_folder(path)
    }

    pub fn sync(&self, draft: &Draft) -> Result<(), StoreError> {
        if self.durable { draft.sync() } else { Ok(()) }
    }

    /// A folder for files that get their names later. The first file makes it, and the folders that blobs go to: a start
    /// without them answers sooner.
    pub fn scratch(&self) -> Result<&Path, StoreError> {
        if let Some(folder) = self.scratch.get() {
            return Ok(folder.path());
        }
        for (_, folder) in paths::algorithms(&paths::pool(&self.root)) {
            files::create_folder(&folder)?;
        }
        let made = files::create_apart(&paths::uploads(&self.root))?;
        Ok(self.scratch.get_or_init(|| made).path())
    }

    /// Makes sure that the name of the file lasts, and the names of the folders that it is in.
    pub fn sync_folder(&self, path: &Path) -> Result<(), StoreError> {
        if !self.durable {
            return Ok(());
        }
        let inside = |folder: &&Path| folder.starts_with(&self.root);
        path.ancestors().skip(1).take_while(inside).try_for_each(files::sync)
    }
}
