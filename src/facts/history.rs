//! The changes that regdoctor made on this host, as its journal tells them.

use std::path::PathBuf;

use crate::model::ask::Ask;
use crate::model::observations::Observations;
use crate::model::record::{JOURNAL, Record};

pub fn asks(seen: &Observations) -> Vec<Ask> {
    let mut asks = vec![Ask::dir(JOURNAL)];
    asks.extend(files(seen).map(Ask::File));
    asks
}

/// Every record that may be read, oldest first. Only root may; for others the list is empty.
pub fn derive(seen: &Observations) -> Vec<Record> {
    let mut records: Vec<Record> =
        files(seen).filter_map(|path| serde_json::from_slice(&seen.file(path)?.bytes).ok()).collect();
    records.sort_by(|one, other| one.id.cmp(&other.id));
    records
}

fn files(seen: &Observations) -> impl Iterator<Item = PathBuf> {
    let entries = seen.dir(JOURNAL).unwrap_or_default().iter();
    entries.filter(|entry| entry.name.ends_with(".json")).map(|entry| PathBuf::from(JOURNAL).join(&entry.name))
}
