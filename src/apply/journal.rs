//! The journal: what is about to change, durable before it changes; the history afterwards. Readable by root alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Work, exists, steps};
use crate::host::{Host, Lock};
use crate::model::act::{Act, ActError, Instead};
use crate::model::ask::{Answer, Ask, Attributes};
use crate::model::plan::{FileChange, Plan, Step};
use crate::model::record::{CommandRecord, FileRecord, FolderRecord, JOURNAL, LOCK, Reached, Record, Secrecy, State};
use crate::model::secret::sha256;

/// Ended changes beyond these are forgotten, oldest first.
pub const MOST_RECORDS: usize = 200;
pub const MOST_DAYS: i64 = 400;

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
        let fresh = Attributes::fresh(if private { 0o700 } else { 0o755 });
        if !exists(host, path) {
            let act = Act::MakeFolder { path: path.to_path_buf(), fresh };
            // Another one that started at the same moment may have made it.
            host.act(&act).map(|_| ()).or_else(|error| if exists(host, path) { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(())
}

/// Opens the record of a change, durably.
pub(super) fn begin(work: &Work<'_>, plan: &Plan) -> Result<Record, ActError> {
    make_folders(work.host)?;
    let folder = |step: &Step| match step {
        Step::MakeFolder { path, .. } if !exists(work.host, path) => Some(path.clone()),
        _ => None,
    };
    let record = Record {
        id: numbers(work.host).max().unwrap_or(0) + 1,
        started: work.now,
        by: work.by.clone(),
        title: plan.title.clone(),
        engine: plan.engine.clone(),
        state: State::Running,
        reached: Reached::Files,
        undoes: plan.undoes,
        files: plan
            .all_steps()
            .filter_map(Step::file)
            .map(|change| kept(work.host, change))
            .collect::<Result<_, _>>()?,
        folders: plan.all_steps().filter_map(folder).collect(),
        removed: plan.all_steps().filter_map(|step| removed(work.host, step)).collect(),
        commands: plan.all_steps().filter_map(command).collect(),
        effect: plan.effect.clone(),
        held: plan.held.clone(),
    };
    write(work.host, &record).inspect_err(|_| {
        // It may be there all the same, and tell of a change that never began.
        let act = Act::RemoveFile { path: file_of(record.id), instead_of: Instead::Anything };
        let _ = work.host.act(&act);
    })?;
    Ok(record)
}

/// A private key's bytes are not kept, only their digest.
fn kept(host: &dyn Host, change: &FileChange) -> Result<FileRecord, ActError> {
    let attributes = match host.ask(&Ask::Attributes(change.path.clone())) {
        Answer::Attributes(attributes) => Some(attributes),
        Answer::Missing => None,
        other => return Err(steps::unreadable(&change.path, &other)),
    };
    let record = FileRecord { path: change.path.clone(), mode: change.mode, attributes, ..FileRecord::default() };
    if !change.secret {
        let (before, after, edit) = (change.before.clone(), change.after.clone(), change.edit.clone());
        return Ok(FileRecord { before, after, edit, ..record });
    }
    let written = change.after.as_ref().map(|kept| Secrecy::Written(sha256(&kept.0)));
    let removed = change.before.as_ref().map(|kept| Secrecy::Removed(sha256(&kept.0)));
    Ok(FileRecord { secret: written.or(removed), ..record })
}

fn removed(host: &dyn Host, step: &Step) -> Option<FolderRecord> {
    let Step::RemoveFolder { path } = step else { return None };
    match host.ask(&Ask::Attributes(path.clone())) {
        Answer::Attributes(attributes) => Some(FolderRecord { path: path.clone(), attributes }),
        _ => None,
    }
}

fn command(step: &Step) -> Option<CommandRecord> {
    match step {
        Step::Run { words, undo } if !undo.is_empty() => {
            Some(CommandRecord { words: words.clone(), undo: undo.clone() })
        }
        _ => None,
    }
}

/// Says durably that the next stage begins.
pub(super) fn reach(host: &dyn Host, record: &mut Record, stage: Reached) -> Result<(), ActError> {
    if record.reached >= stage {
        return Ok(());
    }
    record.reached = stage;
    write(host, record)
}

/// Writes the record in its present state, durably.
pub(super) fn write(host: &dyn Host, record: &Record) -> Result<(), ActError> {
    let path = file_of(record.id);
    let bytes = serde_json::to_vec_pretty(record).map_err(|error| ActError::File {
        doing: "write",
        path: path.clone(),
        reason: error.to_string(),
    })?;
    let fresh = Attributes::fresh(0o600);
    host.act(&Act::Write { path, bytes, fresh, instead_of: Instead::Anything }).map(|_| ())
}

/// Closes the record. On a disk so full that it cannot be written, a change of which nothing is left is forgotten.
pub(super) fn close(host: &dyn Host, record: &Record) -> Result<(), ActError> {
    write(host, record).or_else(|error| match record.state {
        State::PutBack => {
            let act = Act::RemoveFile { path: file_of(record.id), instead_of: Instead::Anything };
            host.act(&act).map(|_| ()).map_err(|_| error)
        }
        _ => Err(error),
    })
}

/// The file of a record.
#[must_use]
pub fn file_of(id: u64) -> PathBuf {
    PathBuf::from(JOURNAL).join(format!("{id:08}.json"))
}

fn numbers(host: &dyn Host) -> impl Iterator<Item = u64> {
    let entries = match host.ask(&Ask::dir(JOURNAL)) {
        Answer::Dir(entries) => entries,
        _ => Vec::new(),
    };
    entries.into_iter().filter_map(|entry| entry.name.strip_suffix(".json")?.parse().ok())
}

/// Forgets ended changes that are too old or too many. The newest stays, so that numbers are never given twice.
pub(super) fn forget(work: &Work<'_>) {
    let mut all: Vec<u64> = numbers(work.host).collect();
    all.sort_unstable_by(|one, other| other.cmp(one));
    for (index, id) in all.into_iter().enumerate().skip(1) {
        let path = file_of(id);
        let aged = |status: &crate::model::ask::PathStatus| work.now - status.modified > MOST_DAYS * 24 * 60 * 60;
        let old = matches!(work.host.ask(&Ask::path(&path)), Answer::Path(status) if aged(&status));
        if (old || index >= MOST_RECORDS) && has_ended(work.host, &path) {
            // It is only kept a little longer then.
            let _ = work.host.act(&Act::RemoveFile { path, instead_of: Instead::Anything });
        }
    }
}

fn has_ended(host: &dyn Host, path: &Path) -> bool {
    let Answer::File(file) = host.ask(&Ask::file(path)) else { return false };
    let record: Option<Record> = serde_json::from_slice(&file.bytes).ok();
    record.is_some_and(|record| matches!(record.state, State::Done | State::PutBack))
}
