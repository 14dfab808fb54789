//! What lies where a Docker from packages looks, on hosts whose Docker looks elsewhere.

use std::path::PathBuf;

use crate::model::ask::{Ask, Kind};
use crate::model::observations::Observations;

const FILE: &str = "/etc/docker/daemon.json";
const FOLDER: &str = "/etc/docker/certs.d";

#[must_use]
pub fn asks() -> Vec<Ask> {
    vec![Ask::path(FILE), Ask::dir(FOLDER)]
}

/// The file, and each folder with certificates, if it is there.
#[must_use]
pub fn derive(seen: &Observations) -> Vec<PathBuf> {
    let file = seen.exists(FILE).then(|| PathBuf::from(FILE));
    let folders = seen.dir(FOLDER).unwrap_or_default().iter().filter(|entry| entry.kind == Kind::Dir);
    file.into_iter().chain(folders.map(|entry| PathBuf::from(FOLDER).join(&entry.name))).collect()
}
