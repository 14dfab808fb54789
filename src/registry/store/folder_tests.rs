//! The folder store without a server.

use super::*;
use crate::registry::digest::Algorithm;

#[path = "collecting_tests.rs"]
mod collecting;

const ANYWHERE: Source = Source::Anywhere { first: None };

fn repository(name: &str) -> Repository {
    Repository::parse(name).unwrap()
}

fn push(store: &FolderStore, name: &str, content: &'static [u8]) -> Digest {
    let digest = Digest::of(Algorithm::Sha256, content);
    let mut draft = store.begin().unwrap();
    draft.append(content).unwrap();
    assert_eq!(store.commit(&repository(name), draft, &digest).unwrap(), Committed::Stored);
    digest
}

fn manifest(bytes: &[u8]) -> Manifest {
    let digest = Digest::of(Algorithm::Sha256, bytes);
    Manifest { bytes: Bytes::copy_from_slice(bytes), media_type: "application/x".into(), digest }
}

#[test]
fn a_blob_belongs_to_the_repositories_that_have_it() {
    let store = FolderStore::temporary(Care::default()).unwrap();
    let digest = push(&store, "a", b"abc");
    let (a, b, c) = (repository("a"), repository("b"), repository("c"));
    assert!(store.blob(&a, &digest).unwrap().is_some_and(|blob| blob.size == 3));
    assert!(store.blob(&b, &digest).unwrap().is_none());
    assert!(store.mount(&b, &ANYWHERE, &digest).unwrap());
    assert!(store.delete_blob(&a, &digest).unwrap() && !store.delete_blob(&a, &digest).unwrap());
    assert!(store.blob(&b, &digest).unwrap().is_some());
    let only = |name: &Repository| Source::Only(name.clone());
    assert!(!store.mount(&c, &only(&a), &digest).unwrap(), "it is not there any more");
    assert!(store.mount(&c, &only(&b), &digest).unwrap());
    assert!(store.delete_blob(&b, &digest).unwrap() && store.delete_blob(&c, &digest).unwrap());
    assert!(!store.mount(&a, &ANYWHERE, &digest).unwrap());
}

#[test]
fn wrong_bytes_leave_nothing() {
    let store = FolderStore::temporary(Care::default()).unwrap();
    let wanted = Digest::of(Algorithm::Sha512, b"abc");
    let mut draft = store.begin().unwrap();
    draft.append(b"abd").unwrap();
    let committed = store.commit(&repository("a"), draft, &wanted).unwrap();
    assert_eq!(committed, Committed::Mismatch { received: Digest::of(Algorithm::Sha512, b"abd") });
    assert!(store.repositories().unwrap().is_empty());
    assert_eq!(store.pool.disk.scratch().unwrap().read_dir().unwrap().count(), 0);
}

#[test]
fn a_folder_is_found_again_and_a_temporary_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (name, tag) = (repository("team/blobs/app"), Tag::parse("v1").unwrap());
    let store = FolderStore::open(folder.path(), Care::default()).unwrap();
    store.put_manifest(&name, std::slice::from_ref(&tag), &manifest(b"{}")).unwrap();
    store.put_manifest(&repository("team"), &[], &manifest(b"{}")).unwrap();
    let killed = paths::uploads(folder.path()).join("run-killed");
    files::create_folder(&killed).unwrap();
    let _left_behind = std::mem::ManuallyDrop::new(Draft::begin(&killed, None).unwrap());
    let taken = FolderStore::open(folder.path(), Care::default()).unwrap_err();
    assert!(matches!(taken, StoreError::Taken { .. }), "{taken}");
    drop(store);
    let again = FolderStore::open(folder.path(), Care::default()).unwrap();
    assert_eq!(again.manifest(&name, &Reference::Tag(tag)).unwrap(), Some(manifest(b"{}")));
    let mut names = again.repositories().unwrap();
    names.sort();
    assert_eq!(names, ["team", "team/blobs/app"]);
    assert!(!killed.exists());

    let temporary = FolderStore::temporary(Care::default()).unwrap();
    let path = temporary.folder().to_path_buf();
    drop(temporary);
    assert!(!path.exists());
}

#[test]
fn manifests_go_with_their_tags_and_tags_without_them() {
    let store = FolderStore::temporary(Care::default()).unwrap();
    let (name, first, second) = (repository("a"), Tag::parse("x").unwrap(), Tag::parse("y").unwrap());
    let manifest = manifest(b"{}");
    let by_digest = Reference::Digest(manifest.digest.clone());
    store.put_manifest(&name, &[first.clone(), second.clone()], &manifest).unwrap();
    assert!(store.delete_manifest(&name, &Reference::Tag(first)).unwrap());
    assert_eq!(store.tags(&name, &Wanted::default()).unwrap().unwrap().entries, ["y"]);
    assert!(store.manifest(&name, &by_digest).unwrap().is_some());
    assert!(store.delete_manifest(&name, &by_digest).unwrap());
    assert!(!store.delete_manifest(&name, &by_digest).unwrap());
    assert_eq!(store.tags(&name, &Wanted::default()).unwrap().unwrap().entries, Vec::<String>::new());
    assert!(store.manifest(&name, &Reference::Tag(second)).unwrap().is_none());
    assert_eq!(store.tags(&repository("b"), &Wanted::default()).unwrap(), None);
}

#[test]
fn a_quota_counts_every_blob_once_and_gives_back_what_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let care = Care { quota: Some(10), ..Care::default() };
    let store = FolderStore::open(folder.path(), care).unwrap();
    let digest = push(&store, "a", b"12345678");
    assert!(store.mount(&repository("b"), &ANYWHERE, &digest).unwrap());
    let full = |store: &FolderStore| store.begin().unwrap().append(b"123").unwrap_err();
    assert_eq!(full(&store).trouble(), Trouble::Quota);
    drop(store);
    let store = FolderStore::open(folder.path(), care).unwrap();
    assert_eq!(full(&store).trouble(), Trouble::Quota, "the next run counts what is there");
    store.delete_blob(&repository("a"), &digest).unwrap();
    assert_eq!(full(&store).trouble(), Trouble::Quota, "the other repository still has it");
    store.delete_blob(&repository("b"), &digest).unwrap();
    store.begin().unwrap().append(b"123").unwrap();
}

#[test]
fn what_a_killed_run_left_is_put_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (name, tag) = (repository("a"), Tag::parse("x").unwrap());
    let store = FolderStore::open(folder.path(), Care::default()).unwrap();
    store.put_manifest(&name, std::slice::from_ref(&tag), &manifest(b"{}")).unwrap();
    let log = folder.path().join("a").join(paths::LOG_FILE);
    let logged = files::read(&log).unwrap().unwrap();
    drop(store);
    assert!(!log.exists(), "the index is whole at the end");
    let index = folder.path().join("a").join(paths::INDEX_FILE);
    let disk = Disk::new(folder.path(), false, None);
    let write = |path: &Path, bytes: &[u8]| {
        let write = |file: &mut File| std::io::Write::write_all(file, bytes).map_err(StoreError::io("write", path));
        disk.write(path, write).unwrap();
    };
    write(&log, &logged);
    write(&index, br#"{"schemaVersion":2,"manifests":[]}"#);
    write(&paths::pool(folder.path()).join("sha256/orphan"), b"of a push that was killed");
    let store = FolderStore::open(folder.path(), Care::default()).unwrap();
    store.tidy(Tidying::AtStart).unwrap();
    assert!(!log.exists() && !paths::pool(folder.path()).join("sha256/orphan").exists());
    assert_eq!(store.manifest(&name, &Reference::Tag(tag)).unwrap(), Some(manifest(b"{}")));
}

#[test]
fn a_manifest_whose_bytes_were_damaged_is_not_served() {
    let store = FolderStore::temporary(Care::default()).unwrap();
    let name = repository("a");
    let large = manifest(format!(r#"{{"x":"{}"}}"#, "y".repeat(100_000)).as_bytes());
    store.put_manifest(&name, &[], &large).unwrap();
    let reference = Reference::Digest(large.digest.clone());
    assert_eq!(store.manifest(&name, &reference).unwrap(), Some(large.clone()));
    let path = store.layout(&name).blob(&large.digest);
    std::io::Write::write_all(&mut File::options().append(true).open(path).unwrap(), b"z").unwrap();
    assert!(matches!(store.manifest(&name, &reference), Err(StoreError::Damaged { .. })));
}
