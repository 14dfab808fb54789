//! The plan that takes an earlier change back: the exact old bytes where nobody changed the file since, otherwise the
//! inverse of the edit on today's file, otherwise a refusal that shows what changed.

use std::path::PathBuf;

use crate::edit;
use crate::model::ask::{Answer, Ask};
use crate::model::change::{Action, Edit};
use crate::model::observations::Observations;
use crate::model::plan::{Effect, FileChange, Plan, Step};
use crate::model::record::{FileRecord, Kept, Record, Secrecy, State};
use crate::model::secret::sha256;

/// Why a change is not taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUndone {
    #[error("change {id} was put back when it failed: there is nothing to take back")]
    PutBack { id: u64 },
    #[error("change {id} did not end")]
    Unfinished { id: u64 },
    #[error("change {id} was taken back already, by change {by}")]
    Already { id: u64, by: u64 },
    #[error("{path} was changed since, and the change cannot be told from what was there before", path = .path.display())]
    Changed { path: PathBuf, left: Option<Kept>, today: Option<Kept> },
    #[error("{path} is not the private key that was put there", path = .path.display())]
    OtherKey { path: PathBuf },
    #[error("{path} was a private key, and regdoctor keeps none", path = .path.display())]
    KeyNotKept { path: PathBuf },
    #[error("{path} cannot be read", path = .path.display())]
    Unreadable { path: PathBuf },
}

/// The plan, still without an effect. `seen` holds today's content of every file of the record.
///
/// # Errors
/// The change cannot be taken back without a risk for what others wrote since.
pub fn undo(record: &Record, history: &[Record], seen: &Observations) -> Result<Plan, NotUndone> {
    let id = record.id;
    match record.state {
        State::PutBack => return Err(NotUndone::PutBack { id }),
        State::Running | State::Stuck => return Err(NotUndone::Unfinished { id }),
        State::Done => {}
    }
    if let Some(other) = record.undone_by(history) {
        return Err(NotUndone::Already { id, by: other.id });
    }
    let mut changes = Vec::new();
    for file in record.originals() {
        changes.extend(take_back(record, file, seen)?);
    }
    Ok(Plan {
        title: format!("take back change {id}: {}", record.title),
        engine: record.engine.clone(),
        steps: steps(record, changes),
        effect: Effect::Nothing,
        afterwards: Vec::new(),
        warnings: Vec::new(),
        expects: Vec::new(),
        held: Vec::new(),
        undoes: Some(id),
    })
}

/// Folders before the files in them, programs after all files, and folders that were made for them at the end.
fn steps(record: &Record, changes: Vec<FileChange>) -> Vec<Step> {
    if changes.is_empty() {
        return Vec::new();
    }
    // A private key goes last: once it is gone, there is no way back.
    let (keys, others): (Vec<FileChange>, Vec<FileChange>) = changes.into_iter().partition(|change| change.secret);
    let made = record.removed.iter().rev().map(|folder| Step::MakeFolder {
        path: folder.path.clone(),
        mode: folder.attributes.mode,
        again: Some(folder.attributes.clone()),
    });
    let runs = record.commands.iter();
    let runs = runs.map(|command| Step::Run { words: command.undo.clone(), undo: command.words.clone() });
    let gone = record.folders.iter().rev().map(|path| Step::RemoveFolder { path: path.clone() });
    let files = others.into_iter().chain(keys).map(FileChange::step);
    made.chain(files).chain(runs).chain(gone).collect()
}

/// The change of one file; `None` when there is nothing left to take back in it.
fn take_back(record: &Record, file: &FileRecord, seen: &Observations) -> Result<Option<FileChange>, NotUndone> {
    let path = &file.path;
    let today = match seen.answer(&Ask::file(path)) {
        Some(Answer::File(content)) => Some(Kept(content.bytes.clone())),
        Some(Answer::Missing) => None,
        _ => return Err(NotUndone::Unreadable { path: path.clone() }),
    };
    let change = |after: Option<Kept>| FileChange {
        again: after.as_ref().and(file.attributes.clone()),
        ..FileChange::new(path.clone(), today.clone(), after, file.mode)
    };
    match (&file.secret, &today) {
        (Some(Secrecy::Removed(_)), _) => return Err(NotUndone::KeyNotKept { path: path.clone() }),
        (Some(Secrecy::Written(_)), None) => return Ok(None),
        (Some(Secrecy::Written(digest)), Some(kept)) if *digest == sha256(&kept.0) => {
            return Ok(Some(FileChange { secret: true, ..change(None) }));
        }
        (Some(Secrecy::Written(_)), Some(_)) => return Err(NotUndone::OtherKey { path: path.clone() }),
        (None, _) => {}
    }
    let left = record.last_of(path).and_then(|last| last.after.clone());
    if today == file.before {
        return Ok(None);
    }
    if today == left {
        return Ok(Some(change(file.before.clone())));
    }
    if today.is_none() && !gives_back(file) {
        return Ok(None);
    }
    let bytes = today.as_ref().map(|kept| kept.0.as_slice()).unwrap_or_default();
    match without(file, bytes).map(Kept) {
        Some(after) if Some(&after) == today.as_ref() => Ok(None),
        Some(after) => {
            let edit = file.edit.as_ref().and_then(Edit::inverse);
            Ok(Some(FileChange { edit, ..change(Some(after)) }))
        }
        None => Err(NotUndone::Changed { path: path.clone(), left, today }),
    }
}

/// Whether taking the edit back puts something into the file.
fn gives_back(file: &FileRecord) -> bool {
    let inverse = file.edit.as_ref().and_then(Edit::inverse);
    inverse.is_some_and(|edit| edit.changes.iter().any(|change| matches!(change.action, Action::Append(_))))
}

/// Today's bytes without what this change put into them, whatever else was changed since.
#[must_use]
pub fn without(file: &FileRecord, today: &[u8]) -> Option<Vec<u8>> {
    let inverse = file.edit.as_ref()?.inverse()?;
    edit::edit(inverse.syntax, today, &inverse.changes).ok()
}
