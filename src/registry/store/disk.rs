//! How bytes come to their places in the data folder: whole or not at all, and durably where that is asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
}

impl Disk {
    /// A place for bytes of a client.
    pub fn begin(&self) -> Result<Draft, StoreError> {
        Draft::begin(&paths::uploads(&self.root), self.usage.clone())
    }

    /// Writes a file of our own, in one step.
    pub fn write(
        &self,
        path: &Path,
        content: impl FnOnce(&mut File) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut draft = Draft::begin(&paths::uploads(&self.root), None)?;
        content(draft.file_mut())?;
        self.sync(&draft)?;
        draft.persist(path)?;
        self.sync_folder(path)
    }

    pub fn sync(&self, draft: &Draft) -> Result<(), StoreError> {
        if self.durable { draft.sync() } else { Ok(()) }
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
