//! One step of a plan: taken, or undone. Undoing bears a step that was never taken.

use std::time::Duration;

use super::exists;
use crate::host::Host;
use crate::model::act::{Act, ActError, Done};
use crate::model::ask::{Answer, Ask, Kind};
use crate::model::plan::{FileChange, Plan, Step};

/// How long a program that makes files effective may take (`update-ca-certificates` on a slow disk).
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// Refuses when a file is not what was planned against.
pub(super) fn unchanged(host: &dyn Host, plan: &Plan) -> Result<(), ActError> {
    for step in &plan.steps {
        if let Step::Write(change) | Step::RemoveFile(change) = step {
            let now = bytes(host, change)?;
            if now.as_deref() != change.before.as_ref().map(|kept| kept.0.as_slice()) {
                return Err(ActError::File {
                    doing: "change",
                    path: change.path.clone(),
                    reason: "somebody else changed it since this was planned; run the command again".into(),
                });
            }
        }
    }
    Ok(())
}

fn bytes(host: &dyn Host, change: &FileChange) -> Result<Option<Vec<u8>>, ActError> {
    let failed = |reason: String| ActError::File { doing: "read", path: change.path.clone(), reason };
    match host.ask(&Ask::file(&change.path)) {
        Answer::File(content) => Ok(Some(content.bytes)),
        Answer::Missing => Ok(None),
        Answer::Denied => Err(failed("permission denied".into())),
        Answer::Failed(reason) => Err(failed(reason)),
        _ => Err(failed("no answer".into())),
    }
}

pub(super) fn take(host: &dyn Host, step: &Step) -> Result<(), ActError> {
    match step {
        Step::Write(change) => write(host, change, change.after.as_ref().map(|kept| kept.0.as_slice())),
        Step::RemoveFile(change) => host.act(&Act::RemoveFile(change.path.clone())).map(|_| ()),
        Step::MakeFolder { path, mode } if !exists(host, path) => {
            host.act(&Act::MakeFolder { path: path.clone(), mode: *mode }).map(|_| ())
        }
        Step::RemoveFolder { path } if is_empty_folder(host, path) => {
            host.act(&Act::RemoveFolder(path.clone())).map(|_| ())
        }
        Step::MakeFolder { .. } | Step::RemoveFolder { .. } => Ok(()),
        Step::Run { words, .. } => run(host, words),
    }
}

pub(super) fn undo(host: &dyn Host, step: &Step) -> Result<(), ActError> {
    match step {
        Step::Write(change) | Step::RemoveFile(change) => {
            let now = bytes(host, change)?;
            if now.as_deref() == change.before.as_ref().map(|kept| kept.0.as_slice()) {
                return Ok(());
            }
            write(host, change, change.before.as_ref().map(|kept| kept.0.as_slice()))
        }
        // A folder that was there before holds something else, or is empty and stays: only ours is planned to be made.
        Step::MakeFolder { path, .. } if is_empty_folder(host, path) => {
            host.act(&Act::RemoveFolder(path.clone())).map(|_| ())
        }
        Step::RemoveFolder { path } if !exists(host, path) => {
            host.act(&Act::MakeFolder { path: path.clone(), mode: 0o755 }).map(|_| ())
        }
        Step::MakeFolder { .. } | Step::RemoveFolder { .. } => Ok(()),
        Step::Run { undo, .. } if undo.is_empty() => Ok(()),
        Step::Run { undo, .. } => run(host, undo),
    }
}

fn write(host: &dyn Host, change: &FileChange, bytes: Option<&[u8]>) -> Result<(), ActError> {
    let act = match bytes {
        Some(bytes) => Act::Write { path: change.path.clone(), bytes: bytes.to_vec(), mode: change.mode },
        None => Act::RemoveFile(change.path.clone()),
    };
    host.act(&act).map(|_| ())
}

fn is_empty_folder(host: &dyn Host, path: &std::path::Path) -> bool {
    let is_folder = matches!(host.ask(&Ask::path(path)), Answer::Path(status) if status.kind == Kind::Dir);
    is_folder && matches!(host.ask(&Ask::dir(path)), Answer::Dir(entries) if entries.is_empty())
}

/// Runs a program that must succeed. Under `--root` nothing runs.
pub(super) fn run(host: &dyn Host, words: &[String]) -> Result<(), ActError> {
    if host.is_folder() {
        return Ok(());
    }
    match host.act(&Act::Run { words: words.to_vec(), limit: RUN_LIMIT })? {
        Done::Output(output) if output.status != 0 => {
            let said = output.stderr.trim().lines().next_back().unwrap_or_default().to_string();
            Err(ActError::Run {
                command: words.join(" "),
                reason: format!("it ended with status {}: {said}", output.status),
            })
        }
        _ => Ok(()),
    }
}
