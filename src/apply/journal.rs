//! The journal: what is about to change, durable before it changes; the history afterwards. Readable by root alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Work, exists};
use crate::host::{Host, Lock};
use crate::model::act::{Act, ActError};
use crate::model::ask::{Answer, Ask};
use crate::model::plan::{FileChange, Plan, Step};
use crate::model::record::{FileRecord, JOURNAL, Record, State};

/// The lock's file lies beside the journal.
const LOCK: &str = "/var/lib/regdoctor/lock";

/// Takes the machine's lock, and waits for another regdoctor up to `limit`.
///
/// # Errors
/// Another one kept it, or this user may not change this machine.
pub fn lock(host: &dyn Host, limit: Duration) -> Result<Lock, ActError> {
    make_folders(host)?;
    host.lock(Path::new(LOCK), limit)
}

fn make_folders(host: &dyn Host) -> Result<(), ActError> {
    let folders: Vec<&Path> = Path::new(JOURNAL).ancestors().filter(|path| path.parent().is_some()).collect();
    for path in folders.into_iter().rev() {
        let private = path.starts_with("/var/lib/regdoctor");
        let mode = if private { 0o700 } else { 0o755 };
        if !exists(host, path) {
            let act = Act::MakeFolder { path: path.to_path_buf(), mode };
            // Another one that started at the same moment may have made it.
            host.act(&act).map(|_| ()).or_else(|error| if exists(host, path) { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(())
}

/// Opens the record of a change, durably.
pub(super) fn begin(work: &Work<'_>, plan: &Plan) -> Result<Record, ActError> {
    make_folders(work.host)?;
    let all = || plan.steps.iter().chain(&plan.afterwards);
    let record = Record {
        id: next_id(work),
        started: work.now,
        by: work.by.clone(),
        title: plan.title.clone(),
        state: State::Running,
        files: all().filter_map(file_of).map(kept).collect(),
        folders: all()
            .filter_map(|step| match step {
                Step::MakeFolder { path, .. } if !exists(work.host, path) => Some(path.clone()),
                _ => None,
            })
            .collect(),
        commands: all()
            .filter_map(|step| match step {
                Step::Run { undo, .. } => Some(undo.clone()),
                _ => None,
            })
            .collect(),
    };
    write(work.host, &record)?;
    Ok(record)
}

fn file_of(step: &Step) -> Option<&FileChange> {
    match step {
        Step::Write(change) | Step::RemoveFile(change) => Some(change),
        _ => None,
    }
}

/// A private key's bytes are not kept: the record says only that there was no such file.
fn kept(change: &FileChange) -> FileRecord {
    let after = if change.secret { None } else { change.after.clone() };
    FileRecord { path: change.path.clone(), before: change.before.clone(), after, mode: change.mode }
}

fn next_id(work: &Work<'_>) -> String {
    let taken = match work.host.ask(&Ask::dir(JOURNAL)) {
        Answer::Dir(entries) => entries.len(),
        _ => 0,
    };
    format!("{}-{:04}", work.now, taken + 1)
}

/// Writes the record in its present state, durably.
pub(super) fn write(host: &dyn Host, record: &Record) -> Result<(), ActError> {
    let path = PathBuf::from(JOURNAL).join(format!("{}.json", record.id));
    let bytes = serde_json::to_vec_pretty(record).map_err(|error| ActError::File {
        doing: "write",
        path: path.clone(),
        reason: error.to_string(),
    })?;
    host.act(&Act::Write { path, bytes, mode: 0o600 }).map(|_| ())
}
