//! The recorded hosts of `fixtures/hosts`, as the program sees them.

use std::fs;
use std::path::{Path, PathBuf};

use regdoctor::facts;
use regdoctor::host::{self, Host, Recorded};
use regdoctor::model::facts::Facts;
use regdoctor::model::observations::Observations;

/// The folder of one fixture.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hosts").join(name)
}

/// Every fixture's name, sorted.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(path("")).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The machine of a fixture.
pub fn recorded(name: &str) -> Recorded {
    Recorded::folder(&path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All that the program asks a machine, with its answers.
pub fn observe(host: &dyn Host) -> Observations {
    host::observe(host, &facts::asks)
}

/// A machine's facts.
pub fn facts(host: &dyn Host) -> Facts {
    facts::derive(&observe(host), host.is_folder())
}
