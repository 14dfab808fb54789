//! Blobs that nobody needs go, and no push is broken by it.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::*;
use crate::registry::store::{Care, Put, Tidying};

fn image(layer: &Digest) -> Manifest {
    manifest(format!(r#"{{"layers":[{{"digest":"{layer}"}}]}}"#).as_bytes())
}

#[test]
fn what_no_manifest_needs_goes_when_it_is_old_enough() {
    let collecting = |after| Care { collect_after: Some(after), ..Care::default() };
    let folder = tempfile::tempdir().unwrap();
    let name = repository("a");
    let store = FolderStore::open(folder.path(), collecting(Duration::from_secs(60))).unwrap();
    let (needed, unneeded) = (push(&store, "a", b"needed"), push(&store, "a", b"unneeded"));
    let elsewhere = push(&store, "b", b"needed");
    store.put_manifest(&name, &[], &image(&needed)).unwrap();
    store.tidy(Tidying::Seldom).unwrap();
    assert!(store.blob(&name, &unneeded).unwrap().is_some(), "its manifest may be on the way");
    drop(store);
    let store = FolderStore::open(folder.path(), collecting(Duration::ZERO)).unwrap();
    store.tidy(Tidying::Seldom).unwrap();
    assert!(store.blob(&name, &unneeded).unwrap().is_none());
    assert!(store.blob(&name, &needed).unwrap().is_some());
    assert!(store.blob(&repository("b"), &elsewhere).unwrap().is_none());
    let by_digest = Reference::Digest(image(&needed).digest);
    assert!(store.manifest(&name, &by_digest).unwrap().is_some());
    let pool = paths::pool(folder.path()).join("sha256").read_dir().unwrap().count();
    assert_eq!(pool, 2, "the layer and its manifest");
}

#[test]
fn asking_for_a_blob_keeps_it_from_being_collected() {
    let care = Care { collect_after: Some(Duration::from_secs(60)), ..Care::default() };
    let store = FolderStore::temporary(care).unwrap();
    let digest = push(&store, "a", b"x");
    let path = store.layout(&repository("a")).blob(&digest);
    let old = SystemTime::UNIX_EPOCH;
    File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
    store.blob(&repository("a"), &digest).unwrap();
    store.tidy(Tidying::Seldom).unwrap();
    assert!(store.blob(&repository("a"), &digest).unwrap().is_some());
    File::options().append(true).open(&path).unwrap().set_modified(old).unwrap();
    store.tidy(Tidying::Seldom).unwrap();
    assert!(store.blob(&repository("a"), &digest).unwrap().is_none());
}

/// A repository with a blob that is old enough to go.
fn aged(store: &FolderStore, content: &'static [u8]) -> (Digest, PathBuf) {
    let digest = push(store, "a", content);
    let path = store.layout(&repository("a")).blob(&digest);
    File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    (digest, path)
}

fn minute() -> FolderStore {
    FolderStore::temporary(Care { collect_after: Some(Duration::from_secs(60)), ..Care::default() }).unwrap()
}

#[test]
fn what_was_renewed_in_between_stays() {
    let store = minute();
    let (digest, path) = aged(&store, b"x");
    // The collector found it old, and before it acts a push asks for it, or brings it again.
    for renew in [
        |store: &FolderStore, path: &Path| assert!(store.pool.renew(path)),
        |store: &FolderStore, _: &Path| {
            push(store, "a", b"x");
        },
    ] {
        File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        renew(&store, &path);
        store.pool.unlink_old(&store.layout(&repository("a")), &digest, Duration::from_secs(60)).unwrap();
        assert!(path.exists());
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "another tool is played")]
fn a_blob_that_another_tool_brought_is_renewed_by_a_push() {
    let store = minute();
    let (digest, path) = aged(&store, b"x");
    // The same bytes in a file that the pool does not have.
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, b"x").unwrap();
    File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    push(&store, "a", b"x");
    store.tidy(Tidying::Seldom).unwrap();
    assert!(store.blob(&repository("a"), &digest).unwrap().is_some());
}

#[test]
fn a_push_that_came_too_late_is_told_what_is_gone() {
    let store = minute();
    let (digest, _) = aged(&store, b"x");
    store.tidy(Tidying::Seldom).unwrap();
    let put = |store: &FolderStore, text: String| {
        store.put_manifest(&repository("a"), &[], &manifest(text.as_bytes())).unwrap()
    };
    let lacks = Put::Lacks { digest: digest.clone() };
    assert_eq!(put(&store, format!(r#"{{"layers":[{{"digest":"{digest}"}}]}}"#)), lacks);
    assert_eq!(put(&store, format!(r#"{{"config":{{"digest":"{digest}"}}}}"#)), lacks);
    for elsewhere in [r#""urls":["https://x.test/"]"#, r#""data":"eA==""#, r#""mediaType":"x.foreign.y""#] {
        let text = format!(r#"{{"layers":[{{"digest":"{digest}",{elsewhere}}}]}}"#);
        assert_eq!(put(&store, text), Put::Stored, "{elsewhere}");
    }
    assert_eq!(put(&store, format!(r#"{{"manifests":[{{"digest":"{digest}"}}]}}"#)), Put::Stored, "a sparse index");
    push(&store, "a", b"x");
    assert_eq!(put(&store, format!(r#"{{"layers":[{{"digest":"{digest}"}}]}}"#)), Put::Stored);
    let kept = FolderStore::temporary(Care::default()).unwrap();
    let text = format!(r#"{{"layers":[{{"digest":"{digest}"}}]}}"#);
    assert_eq!(put(&kept, text), Put::Stored, "where nothing is collected, anything goes");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "ages are counted from now")]
fn what_a_push_under_way_brought_gets_no_older() {
    let store = minute();
    let age = |path: &Path, seconds: u64| {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
    };
    let [(_, recent), (_, old)] = [aged(&store, b"x"), aged(&store, b"y")];
    age(&recent, 50);
    age(&old, 70);
    store.keep_recent(&repository("a")).unwrap();
    let is_new = |path: &Path| files::age(path).unwrap() < Duration::from_secs(40);
    assert!(is_new(&recent) && !is_new(&old));
    store.tidy(Tidying::Seldom).unwrap();
    assert!(recent.exists() && !old.exists());
}

#[test]
fn nothing_is_taken_away_while_a_manifest_comes() {
    let store = minute();
    let (name, by_digest) = (repository("a"), Reference::Digest(manifest(b"{}").digest));
    store.put_manifest(&name, &[], &manifest(b"{}")).unwrap();
    let layout = store.layout(&name);
    let bringing = layout.bringing();
    let (done, waiting) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| done.send(store.delete_manifest(&name, &by_digest).unwrap()));
        assert!(waiting.recv_timeout(Duration::from_millis(100)).is_err(), "it has to wait");
        assert!(store.manifest(&name, &by_digest).unwrap().is_some());
        drop(bringing);
        assert_eq!(waiting.recv(), Ok(true));
    });
    assert!(store.manifest(&name, &by_digest).unwrap().is_none());
}
