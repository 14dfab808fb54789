//! What is read from files, and read again when they change.

use std::error::Error;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::log::Log;
use crate::model::printable::chain;

/// A value made of files. While they cannot be read or make no sense, the former value is kept.
pub struct Watched<T> {
    paths: Vec<PathBuf>,
    read: Box<Read<T>>,
    log: Log,
    kept: Mutex<(Vec<Stamp>, Arc<T>)>,
}

type Read<T> = dyn Fn() -> Result<T, Box<dyn Error>> + Send + Sync;

/// What changes when a file does: device, number, length, and time of change.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

impl<T> Watched<T> {
    /// Reads them for the first time; then it has to succeed.
    pub fn new<E, F>(paths: Vec<PathBuf>, log: &Log, read: F) -> Result<Self, E>
    where
        E: Error + 'static,
        F: Fn() -> Result<T, E> + Send + Sync + 'static,
    {
        // Before the reading: a change in between is seen the next time.
        let stamps = stamps(&paths);
        let kept = Mutex::new((stamps, Arc::new(read()?)));
        Ok(Self { paths, read: Box::new(move || Ok(read()?)), log: log.clone(), kept })
    }

    /// The value as the files have it now.
    pub fn current(&self) -> Arc<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamps(&self.paths);
        if now != kept.0 {
            let names = self.paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
            match (self.read)() {
                Ok(value) => {
                    kept.1 = Arc::new(value);
                    self.log.say(&format!("{names} changed and was read again"));
                }
                Err(error) => {
                    let why = chain(error.as_ref());
                    self.log.say(&format!("{names} changed and cannot be used, so what it was before holds: {why}"));
                }
            }
            kept.0 = now;
        }
        Arc::clone(&kept.1)
    }
}

impl<T> fmt::Debug for Watched<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watched").field("paths", &self.paths).finish_non_exhaustive()
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| {
        let of = fs::metadata(path).ok()?;
        Some((of.dev(), of.ino(), of.len(), of.ctime(), of.ctime_nsec()))
    };
    paths.iter().map(stamp).collect()
}
