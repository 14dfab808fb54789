//! The files that a change may touch, and what records tell of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::scenarios::Scenario;

/// What a case may change, as tar names it.
pub const BASE: &str = "etc/docker etc/default usr/local/share/ca-certificates var/lib/regdoctor";
/// The same of scenarios that change the store of certificates.
const STORE: &str = "etc/ssl/certs";
/// The folders whose calls count, also those of temporary files in them.
const WATCHED: &[&str] = &[
    "/etc",
    "/etc/docker",
    "/etc/docker/certs.d",
    "/etc/docker/certs.d/new.lab:5000",
    "/etc/default",
    "/usr/local/share",
    "/usr/local/share/ca-certificates",
    "/var/lib",
    "/var/lib/regdoctor",
    "/var/lib/regdoctor/journal",
];

/// What the scenario may change besides.
pub fn store(scenario: &Scenario) -> &'static str {
    if scenario.store { STORE } else { "" }
}

/// The options that have strace see only calls that touch these.
pub fn watched() -> String {
    WATCHED.iter().map(|folder| format!("-P {folder} -P {folder}/.regdoctor-new ")).collect()
}

/// The contents that records tell of each file.
pub fn contents(records: &[Value]) -> BTreeMap<PathBuf, Vec<Vec<u8>>> {
    let mut all: BTreeMap<PathBuf, Vec<Vec<u8>>> = BTreeMap::new();
    for record in records {
        let files = record.get("files").and_then(Value::as_array).into_iter().flatten();
        for file in files.chain(record.pointer("/effect/reload/neutral")) {
            let Some(path) = file["path"].as_str() else { continue };
            let texts = ["before", "after"].iter().filter_map(|side| file[*side].as_str());
            all.entry(path.into()).or_default().extend(texts.map(|text| text.as_bytes().to_vec()));
        }
    }
    all
}
