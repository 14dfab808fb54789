//! Writes the files that a command makes for a person: all of them or none, and never over what it did not write.

use std::io;
use std::path::{Path, PathBuf, absolute};

use super::failure::{Failure, Kind};
use super::machine::command_line;
use crate::host::Host;
use crate::model::act::{Act, ActError, Instead};
use crate::model::ask::{Answer, Ask, Attributes};
use crate::model::new_file::NewFile;

/// Writes each file whole and durably, with its mode from the start; the folders above are made. A file that holds the
/// very same already stays as it is, and one that may be replaced keeps its owner and mode. After a failure everything
/// is as it was.
pub fn write(host: &dyn Host, files: &[NewFile]) -> Result<(), Failure> {
    let files: Vec<NewFile> = files.iter().map(whole_path).collect::<Result<_, _>>()?;
    let pending = pending(host, &files)?;
    let mut back = Vec::new();
    for file in pending {
        if let Err(error) = write_one(host, file, &mut back) {
            return Err(put_back(host, &back, error.into()));
        }
    }
    Ok(())
}

/// What a file of the person's holds; `None` when there is none.
pub fn read(host: &dyn Host, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match host.ask(&Ask::file(absolute_path(path)?)) {
        Answer::File(content) => Ok(Some(content.bytes)),
        Answer::Missing => Ok(None),
        Answer::Denied => {
            let why = format!("cannot read {}: permission denied", path.display());
            Err(Failure::needs_root_to(&why, &command_line()))
        }
        Answer::Failed(reason) => Err(Failure::file("read", path, reason)),
        _ => Err(Failure::file("read", path, "it is not a file")),
    }
}

fn whole_path(file: &NewFile) -> Result<NewFile, Failure> {
    Ok(NewFile { path: absolute_path(&file.path)?, ..file.clone() })
}

fn absolute_path(path: &Path) -> Result<PathBuf, Failure> {
    absolute(path).map_err(|error: io::Error| Failure::file("use", path, error.to_string()))
}

/// Those that are not there yet. All that is in the way is named at once.
fn pending<'a>(host: &dyn Host, files: &'a [NewFile]) -> Result<Vec<&'a NewFile>, Failure> {
    let (mut pending, mut in_the_way) = (Vec::new(), Vec::new());
    for file in files {
        match read(host, &file.path)? {
            Some(bytes) if bytes == file.bytes => {}
            found if found == file.over || found.is_none() => pending.push(file),
            _ => in_the_way.push(file.path.display().to_string()),
        }
    }
    if in_the_way.is_empty() {
        return Ok(pending);
    }
    let mut failure = Failure::new(Kind::Refused, "nothing was written: what is there already is not overwritten");
    failure.causes = in_the_way.iter().map(|path| format!("{path} exists")).collect();
    Err(failure)
}

fn write_one(host: &dyn Host, file: &NewFile, back: &mut Vec<Act>) -> Result<(), ActError> {
    let mut missing: Vec<&Path> = file.path.ancestors().skip(1).collect();
    missing.retain(|folder| host.ask(&Ask::path(*folder)) == Answer::Missing);
    for folder in missing.into_iter().rev() {
        host.act(&Act::MakeFolder { path: folder.to_path_buf(), fresh: Attributes::fresh(file.folder_mode) })?;
        back.push(Act::RemoveFolder(folder.to_path_buf()));
    }
    let before = match host.ask(&Ask::file(&file.path)) {
        Answer::File(content) => Some(content.bytes),
        _ => None,
    };
    host.act(&write_act(file, file.bytes.clone(), before.clone()))?;
    let written = Some(file.bytes.clone());
    back.push(match before {
        Some(bytes) => write_act(file, bytes, written),
        None => Act::RemoveFile { path: file.path.clone(), instead_of: Instead::Of(written) },
    });
    Ok(())
}

fn write_act(file: &NewFile, bytes: Vec<u8>, instead_of: Option<Vec<u8>>) -> Act {
    let fresh = Attributes::fresh(file.mode);
    Act::Write { path: file.path.clone(), bytes, fresh, instead_of: Instead::Of(instead_of) }
}

fn put_back(host: &dyn Host, back: &[Act], mut failure: Failure) -> Failure {
    for act in back.iter().rev() {
        if let Err(error) = host.act(act) {
            failure.causes.push(format!("and it could not be undone: {error}"));
        }
    }
    failure
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test lays a tree of its own")]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::host::{Live, Lock};
    use crate::model::act::Done;

    /// A folder that stands for a machine, whose k-th operation fails.
    struct Failing {
        live: Live,
        left: AtomicUsize,
    }

    impl Host for Failing {
        fn ask(&self, ask: &Ask) -> Answer {
            self.live.ask(ask)
        }

        fn act(&self, act: &Act) -> Result<Done, ActError> {
            if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
                return Err(ActError::Interrupted);
            }
            self.live.act(act)
        }

        fn lock(&self, path: &Path, limit: Duration) -> Result<Lock, ActError> {
            self.live.lock(path, limit)
        }
    }

    fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<String>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(tree(&path));
                found.insert(path, None);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path, Some(text));
            }
        }
        found
    }

    fn files() -> Vec<NewFile> {
        vec![
            NewFile::secret("/made/deep/ca.key", "1").in_own_folder(),
            NewFile::public("/made/ca.crt", "2"),
            NewFile::public("/there/same", "same"),
            NewFile::public("/there/old", "new").over(Some(b"old".to_vec())),
            NewFile::secret("/there/key", "3"),
        ]
    }

    fn start() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("there")).unwrap();
        fs::write(root.path().join("there/same"), "same").unwrap();
        fs::write(root.path().join("there/old"), "old").unwrap();
        root
    }

    #[test]
    fn all_is_written_or_nothing_is() {
        let root = start();
        let before = tree(root.path());
        let mut failed = 0;
        loop {
            let host = Failing { live: Live::under(root.path().to_path_buf()), left: AtomicUsize::new(failed) };
            if write(&host, &files()).is_ok() {
                break;
            }
            assert_eq!(tree(root.path()), before, "after operation {failed} failed");
            failed += 1;
        }
        assert_eq!(failed, 6, "two folders and four files");
        assert_eq!(fs::read_to_string(root.path().join("there/old")).unwrap(), "new");
        assert_eq!(fs::read_to_string(root.path().join("made/deep/ca.key")).unwrap(), "1");
        // Once more: all of it is there.
        let host = Failing { live: Live::under(root.path().to_path_buf()), left: AtomicUsize::new(0) };
        write(&host, &files()).unwrap();
    }

    #[test]
    fn what_somebody_else_wrote_is_named_and_stays() {
        let root = start();
        fs::write(root.path().join("there/old"), "theirs").unwrap();
        fs::write(root.path().join("there/key"), "theirs").unwrap();
        let before = tree(root.path());
        let failure = write(&Live::under(root.path().to_path_buf()), &files()).unwrap_err();
        assert_eq!(failure.kind, Kind::Refused);
        assert_eq!(failure.causes, ["/there/old exists", "/there/key exists"]);
        assert_eq!(tree(root.path()), before);
    }
}
