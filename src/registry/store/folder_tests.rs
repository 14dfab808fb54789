//! The folder store without a server.

use super::*;
use crate::registry::digest::Algorithm;

fn repository(name: &str) -> Repository {
    Repository::parse(name).unwrap()
}

fn push(store: &FolderStore, name: &str, content: &'static [u8]) -> Digest {
    let digest = Digest::of(Algorithm::Sha256, content);
    let mut draft = store.begin().unwrap();
    draft.append(&[Bytes::from_static(content)]).unwrap();
    assert_eq!(store.commit(&repository(name), draft, &digest).unwrap(), Committed::Stored);
    digest
}

fn manifest(bytes: &[u8]) -> Manifest {
    let digest = Digest::of(Algorithm::Sha256, bytes);
    Manifest { bytes: bytes.to_vec(), media_type: "application/x".into(), digest }
}

#[test]
fn a_blob_belongs_to_the_repositories_that_have_it() {
    let store = FolderStore::temporary().unwrap();
    let digest = push(&store, "a", b"abc");
    let (a, b, c) = (repository("a"), repository("b"), repository("c"));
    assert!(store.blob(&a, &digest).unwrap().is_some_and(|blob| blob.size == 3));
    assert!(store.blob(&b, &digest).unwrap().is_none());
    assert!(store.mount(&b, None, &digest).unwrap());
    assert!(store.delete_blob(&a, &digest).unwrap() && !store.delete_blob(&a, &digest).unwrap());
    assert!(store.blob(&b, &digest).unwrap().is_some());
    assert!(store.mount(&c, Some(&b), &digest).unwrap());
    assert!(store.delete_blob(&b, &digest).unwrap() && store.delete_blob(&c, &digest).unwrap());
    assert!(!store.mount(&a, None, &digest).unwrap());
}

#[test]
fn wrong_bytes_leave_nothing() {
    let store = FolderStore::temporary().unwrap();
    let wanted = Digest::of(Algorithm::Sha512, b"abc");
    let mut draft = store.begin().unwrap();
    draft.append(&[Bytes::from_static(b"abd")]).unwrap();
    let committed = store.commit(&repository("a"), draft, &wanted).unwrap();
    assert_eq!(committed, Committed::Mismatch { received: Digest::of(Algorithm::Sha512, b"abd") });
    assert!(store.repositories().unwrap().is_empty());
    assert_eq!(paths::uploads(store.folder()).read_dir().unwrap().count(), 0);
}

#[test]
fn a_folder_is_found_again_and_a_temporary_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (name, tag) = (repository("team/blobs/app"), Tag::parse("v1").unwrap());
    let store = FolderStore::open(folder.path()).unwrap();
    store.put_manifest(&name, Some(&tag), &manifest(b"{}")).unwrap();
    store.put_manifest(&repository("team"), None, &manifest(b"{}")).unwrap();
    let _left_behind = std::mem::ManuallyDrop::new(store.begin().unwrap());
    let again = FolderStore::open(folder.path()).unwrap();
    assert_eq!(again.manifest(&name, &Reference::Tag(tag)).unwrap(), Some(manifest(b"{}")));
    let mut names = again.repositories().unwrap();
    names.sort();
    assert_eq!(names, ["team", "team/blobs/app"]);
    assert_eq!(paths::uploads(folder.path()).read_dir().unwrap().count(), 0);

    let temporary = FolderStore::temporary().unwrap();
    let path = temporary.folder().to_path_buf();
    drop(temporary);
    assert!(!path.exists());
}

#[test]
fn manifests_go_with_their_tags_and_tags_without_them() {
    let store = FolderStore::temporary().unwrap();
    let (name, first, second) = (repository("a"), Tag::parse("x").unwrap(), Tag::parse("y").unwrap());
    let manifest = manifest(b"{}");
    let by_digest = Reference::Digest(manifest.digest.clone());
    for tag in [&first, &second] {
        store.put_manifest(&name, Some(tag), &manifest).unwrap();
    }
    assert!(store.delete_manifest(&name, &Reference::Tag(first)).unwrap());
    assert_eq!(store.tags(&name).unwrap().unwrap(), ["y"]);
    assert!(store.manifest(&name, &by_digest).unwrap().is_some());
    assert!(store.delete_manifest(&name, &by_digest).unwrap());
    assert!(!store.delete_manifest(&name, &by_digest).unwrap());
    assert_eq!(store.tags(&name).unwrap().unwrap(), Vec::<String>::new());
    assert!(store.manifest(&name, &Reference::Tag(second)).unwrap().is_none());
    assert_eq!(store.tags(&repository("b")).unwrap(), None);
}
