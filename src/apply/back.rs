//! Taking a change back from its record alone: after a failure, after an interruption, and after a crash.
//!
//! It bears a change that was cut short anywhere, and one that is taken back already. What somebody else wrote meanwhile
//! is never overwritten: the edit is taken out of it, or it is left and named.

use std::path::Path;

use super::{Left, Work, effect, exists, steps};
use crate::model::act::{Act, ActError};
use crate::model::ask::Attributes;
use crate::model::plan::Step;
use crate::model::record::{FileRecord, JOURNAL, Kept, Reached, Record, Secrecy};
use crate::model::secret::sha256;

/// Undoes in reverse. `plan` holds the private keys, which no record does; a recovery has none.
pub(super) fn put_back(work: &Work<'_>, record: &Record, plan: &[Step]) -> Vec<Left> {
    let mut left = Vec::new();
    if record.reached >= Reached::Effect {
        left.extend(effect::neutralise(work, record).err());
    }
    // Folders before the files in them, which may have gone with them.
    for folder in record.removed.iter().rev().filter(|folder| !exists(work.host, &folder.path)) {
        let made = steps::make_folder(work.host, &folder.path, folder.attributes.clone());
        left.extend(made.err().map(|error| Left::of(&error, format!("sudo mkdir {}", folder.path.display()))));
    }
    for file in record.originals() {
        left.extend(restore(work, record, file, plan).err());
    }
    for folder in record.folders.iter().rev() {
        let removed = steps::remove_empty(work.host, folder);
        left.extend(removed.err().map(|error| Left::of(&error, format!("sudo rmdir {}", folder.display()))));
    }
    if record.reached >= Reached::Commands {
        // Only now: these programs read the files.
        for command in &record.commands {
            let ran = steps::run(work.host, &command.undo);
            left.extend(ran.err().map(|error| Left::of(&error, format!("sudo {}", command.undo.join(" ")))));
        }
    }
    if record.reached >= Reached::Effect {
        left.extend(effect::take_back(work, record).err());
    }
    left
}

/// One file as it was when the change began.
fn restore(work: &Work<'_>, record: &Record, file: &FileRecord, plan: &[Step]) -> Result<(), Left> {
    let path = file.path.as_path();
    let by_hand = |error: ActError| Left::of(&error, by_hand(record, file));
    sweep(work, record, path).map_err(by_hand)?;
    let now = steps::bytes(work.host, path).map_err(by_hand)?;
    let before = match &file.secret {
        Some(Secrecy::Removed(_)) => return restore_secret(work, file, now, plan),
        _ => file.before.as_ref().map(|kept| kept.0.as_slice()),
    };
    if now.as_deref() == before {
        return Ok(());
    }
    let fresh = file.attributes.clone().unwrap_or_else(|| Attributes::fresh(file.mode));
    // A file that somebody removed comes back: nothing of theirs is lost.
    if now.is_none() || is_ours(record, path, now.as_deref()) {
        return steps::put(work.host, path, now, before, fresh).map_err(by_hand);
    }
    let last = record.last_of(path).unwrap_or(file);
    let merged = now.as_deref().and_then(|now| (work.without)(last, now));
    match merged {
        Some(bytes) if now.as_deref() == Some(bytes.as_slice()) => Ok(()),
        Some(bytes) => steps::put(work.host, path, now, Some(&bytes), fresh).map_err(by_hand),
        None => Err(Left {
            what: format!("{} was changed by somebody else meanwhile, and stays as they left it", path.display()),
            mend: format!("look for what regdoctor wrote there, and take it out: {}", record.title),
        }),
    }
}

/// A private key that was removed: only the plan that removed it has it.
fn restore_secret(work: &Work<'_>, file: &FileRecord, now: Option<Vec<u8>>, plan: &[Step]) -> Result<(), Left> {
    if now.is_some() {
        return Ok(());
    }
    let held = plan.iter().filter_map(Step::file).find(|change| change.path == file.path);
    let bytes = held.and_then(|change| change.before.as_ref()).map(|kept| kept.0.as_slice());
    let fresh = file.attributes.clone().unwrap_or_else(|| Attributes::fresh(0o600));
    let mend = format!("put the private key {} back from where you keep it", file.path.display());
    match bytes {
        Some(bytes) => {
            steps::put(work.host, &file.path, now, Some(bytes), fresh).map_err(|error| Left::of(&error, mend))
        }
        None => Err(Left { what: format!("{} is gone, and regdoctor keeps no keys", file.path.display()), mend }),
    }
}

/// Whether a file holds what this change gave it, or a rewrite in place was cut short in it.
fn is_ours(record: &Record, path: &Path, now: Option<&[u8]>) -> bool {
    let written = record.files.iter().filter(|file| file.path == path).filter_map(|file| file.secret.as_ref());
    let digests = written.filter_map(|one| if let Secrecy::Written(digest) = one { Some(digest) } else { None });
    if now.is_some_and(|now| digests.into_iter().any(|digest| *digest == sha256(now))) {
        return true;
    }
    let contents: Vec<Option<&Kept>> = record.contents_of(path).collect();
    contents.iter().any(|one| one.map(|kept| kept.0.as_slice()) == now)
        || now.is_some_and(|now| {
            let present: Vec<&[u8]> = contents.iter().filter_map(|one| Some(one.as_ref()?.0.as_slice())).collect();
            present.iter().any(|old| present.iter().any(|new| is_torn(now, old, new)))
        })
}

/// Some bytes of one and the rest of the other: a rewrite in place that was killed, or a power cut in it.
fn is_torn(now: &[u8], old: &[u8], new: &[u8]) -> bool {
    let (least, most) = (old.len().min(new.len()), old.len().max(new.len()));
    let fits = |(index, byte): (usize, &u8)| old.get(index) == Some(byte) || new.get(index) == Some(byte);
    old != new && (least..=most).contains(&now.len()) && now.iter().enumerate().all(fits)
}

/// Removes what a write that was killed left beside the file.
pub(super) fn sweep(work: &Work<'_>, record: &Record, path: &Path) -> Result<(), ActError> {
    if !path.parent().is_some_and(|folder| exists(work.host, folder)) {
        return Ok(());
    }
    let known = record.contents_of(path).flatten().map(|kept| kept.0.clone()).collect();
    let secret = record.files.iter().any(|file| file.path == path && file.secret.is_some());
    // A key that was cut short is nobody else's: only root writes there under a name that is ours.
    let act = Act::Sweep { path: path.to_path_buf(), known };
    if secret { work.host.act(&act).map(|_| ()).or(Ok(())) } else { work.host.act(&act).map(|_| ()) }
}

fn by_hand(record: &Record, file: &FileRecord) -> String {
    let path = file.path.display();
    let again = "when that is mended: sudo regdoctor undo --recover";
    match &file.before {
        Some(_) => format!("{again}   (the old bytes of {path} are `before` in {JOURNAL}/{:08}.json)", record.id),
        None => format!("{again}   (or: sudo rm {path}, which did not exist)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_that_was_cut_short_is_told_from_somebody_elses_text() {
        let (old, new) = (b"aaaa\nbbbb\n".as_slice(), b"aaaa\nXXXX\ncccc\n".as_slice());
        for cut in 0..=new.len() {
            let mut torn = new[..cut].to_vec();
            torn.extend_from_slice(old.get(cut..).unwrap_or_default());
            assert!(torn == old || is_torn(&torn, old, new), "{cut}");
            // From the longer to the shorter one.
            let mut torn = old.get(..cut).unwrap_or(old).to_vec();
            torn.extend_from_slice(new.get(torn.len()..).unwrap_or_default());
            assert!(torn == new || is_torn(&torn, new, old), "{cut}");
        }
        for theirs in [b"aaaa\nbbbb\ntheirs\n".as_slice(), b"", b"aaaa\n", b"aaaa\nbbXXb"] {
            assert!(!is_torn(theirs, old, new), "{:?}", String::from_utf8_lossy(theirs));
        }
    }
}
