//! One step of a plan, taken.

use std::path::Path;
use std::time::Duration;

use super::exists;
use crate::host::Host;
use crate::model::act::{Act, ActError, Done, Instead};
use crate::model::ask::{Answer, Ask, Attributes, Kind};
use crate::model::plan::{FileChange, Plan, Step};

/// How long a program that makes files effective may take (`update-ca-certificates` on a slow disk).
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// Refuses when a file is not what was planned against.
pub(super) fn unchanged(host: &dyn Host, plan: &Plan) -> Result<(), ActError> {
    for change in plan.steps.iter().filter_map(Step::file) {
        let now = bytes(host, &change.path)?;
        if now.as_deref() != change.before.as_ref().map(|kept| kept.0.as_slice()) {
            return Err(ActError::Changed { path: change.path.clone() });
        }
    }
    Ok(())
}

/// What a file holds now; `None` when it does not exist.
pub(super) fn bytes(host: &dyn Host, path: &Path) -> Result<Option<Vec<u8>>, ActError> {
    match host.ask(&Ask::file(path)) {
        Answer::File(content) => Ok(Some(content.bytes)),
        Answer::Missing => Ok(None),
        other => Err(unreadable(path, &other)),
    }
}

/// The error of an answer that is none.
pub(super) fn unreadable(path: &Path, answer: &Answer) -> ActError {
    let reason = match answer {
        Answer::Denied => "permission denied".into(),
        Answer::Failed(reason) => reason.clone(),
        _ => "no answer".into(),
    };
    ActError::File { doing: "read", path: path.to_path_buf(), reason }
}

pub(super) fn take(host: &dyn Host, step: &Step) -> Result<(), ActError> {
    match step {
        Step::Write(change) | Step::RemoveFile(change) => change_file(host, change),
        Step::MakeFolder { path, mode, again } if !exists(host, path) => {
            make_folder(host, path, again.clone().unwrap_or_else(|| Attributes::fresh(*mode)))
        }
        Step::RemoveFolder { path } => remove_empty(host, path),
        Step::MakeFolder { .. } => Ok(()),
        Step::Run { words, .. } => run(host, words),
    }
}

fn change_file(host: &dyn Host, change: &FileChange) -> Result<(), ActError> {
    let fresh = change.again.clone().unwrap_or_else(|| Attributes::fresh(change.mode));
    let before = change.before.as_ref().map(|kept| kept.0.clone());
    put(host, &change.path, before, change.after.as_ref().map(|kept| kept.0.as_slice()), fresh)
}

/// Gives a file new content in the place of what it holds now; a link that is gone is made again as a link.
pub(super) fn put(
    host: &dyn Host,
    path: &Path,
    now: Option<Vec<u8>>,
    content: Option<&[u8]>,
    fresh: Attributes,
) -> Result<(), ActError> {
    let path = path.to_path_buf();
    let act = match (content, fresh.link.clone().filter(|_| now.is_none())) {
        (None, _) => Act::RemoveFile { path, instead_of: Instead::Of(now) },
        (Some(_), Some(target)) => Act::MakeLink { path, target },
        (Some(bytes), None) => Act::Write { path, bytes: bytes.to_vec(), fresh, instead_of: Instead::Of(now) },
    };
    host.act(&act).map(|_| ())
}

pub(super) fn make_folder(host: &dyn Host, path: &Path, fresh: Attributes) -> Result<(), ActError> {
    host.act(&Act::MakeFolder { path: path.to_path_buf(), fresh }).map(|_| ())
}

/// A folder that holds something else stays.
pub(super) fn remove_empty(host: &dyn Host, path: &Path) -> Result<(), ActError> {
    let is_folder = matches!(host.ask(&Ask::path(path)), Answer::Path(status) if status.kind == Kind::Dir);
    if is_folder && matches!(host.ask(&Ask::dir(path)), Answer::Dir(entries) if entries.is_empty()) {
        return host.act(&Act::RemoveFolder(path.to_path_buf())).map(|_| ());
    }
    Ok(())
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
