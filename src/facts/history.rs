//! The changes that regdoctor made on this host, as its journal tells them.

use std::path::PathBuf;

use crate::model::ask::{Answer, Ask};
use crate::model::observations::Observations;
use crate::model::record::{JOURNAL, LOCK, Record};

pub fn asks(seen: &Observations) -> Vec<Ask> {
    let mut asks = vec![Ask::dir(JOURNAL), Ask::Locked(LOCK.into())];
    asks.extend(files(seen).map(Ask::File));
    asks
}

/// Every record that may be read, oldest first. Only root may; for others the list is empty.
pub fn derive(seen: &Observations) -> Vec<Record> {
    let mut records: Vec<Record> =
        files(seen).filter_map(|path| serde_json::from_slice(&seen.file(path)?.bytes).ok()).collect();
    records.sort_by_key(|record| record.id);
    records
}

/// Whether a regdoctor is changing this host right now.
pub fn is_changing(seen: &Observations) -> bool {
    matches!(seen.answer(&Ask::Locked(LOCK.into())), Some(Answer::Locked(true)))
}

fn files(seen: &Observations) -> impl Iterator<Item = PathBuf> {
    let entries = seen.dir(JOURNAL).unwrap_or_default().iter();
    entries.filter(|entry| entry.name.ends_with(".json")).map(|entry| PathBuf::from(JOURNAL).join(&entry.name))
}
