use std::fs;

use super::*;

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn open(bytes: &[u8]) -> Result<Archive, SourceError> {
    Archive::open(written(bytes).path())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tar itself writes it")]
fn long_names_links_and_both_kinds_of_them_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let long = "a".repeat(120);
    let deep = format!("{long}/{long}/{long}");
    fs::create_dir_all(folder.path().join(&deep)).unwrap();
    fs::write(folder.path().join(&deep).join("layer.tar"), b"content").unwrap();
    fs::create_dir(folder.path().join("z")).unwrap();
    std::os::unix::fs::symlink(format!("../{deep}/layer.tar"), folder.path().join("z/layer.tar")).unwrap();
    fs::hard_link(folder.path().join(&deep).join("layer.tar"), folder.path().join("z/same")).unwrap();
    for form in ["gnu", "pax"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = std::process::Command::new("tar");
        let tar = tar.args(["--sort=name", &format!("--format={form}"), "-cf"]).arg(file.path()).arg("-C");
        assert!(tar.arg(folder.path()).args([long.as_str(), "z"]).status().unwrap().success());
        let archive = Archive::open(file.path()).unwrap();
        for name in [&format!("{deep}/layer.tar"), "z/layer.tar", "z/same"] {
            let extent = archive.find(name).unwrap_or_else(|| panic!("{form}: {name}"));
            assert_eq!(extent.bytes(100).unwrap(), b"content", "{form}: {name}");
        }
        assert!(archive.find("z").is_none() && archive.find("nothing").is_none());
    }
}

#[test]
fn what_is_no_archive_is_said() {
    let right = crate::client::tar::archive("x", b"content");
    assert_eq!(open(&right).unwrap().find("x").unwrap().bytes(100).unwrap(), b"content");
    let mut damaged = right.clone();
    damaged[3] = b'y';
    let rows: [(&[u8], &str); 6] = [
        (b"", "it is too short for a tar archive"),
        (b"{}", "it is too short for a tar archive"),
        (&[[0x1f, 0x8b].as_slice(), &[8; 600]].concat(), "it is compressed: gunzip it first"),
        (&[[0x28, 0xb5, 0x2f, 0xfd].as_slice(), &[8; 600]].concat(), "it is compressed: unzstd it first"),
        (&damaged, "it is no tar archive, or a damaged one"),
        (&right[..515], "it ends in the middle: it was cut, or is still being written"),
    ];
    for (bytes, want) in rows {
        let error = open(bytes).unwrap_err().to_string();
        assert!(error.ends_with(want), "{error}");
    }
}

#[test]
fn a_ring_of_links_ends() {
    let members = [("a", "b"), ("b", "a")].map(|(name, to)| (name.to_string(), Member::Link(to.into())));
    let archive = Archive { members: members.into(), ..open(&crate::client::tar::archive("x", b"")).unwrap() };
    assert!(archive.find("a").is_none());
}

#[test]
fn sizes_are_octal_or_binary() {
    let rows: [(&[u8], Option<u64>); 5] = [
        (b"00000000017\0", Some(15)),
        (b"     17 \0", Some(15)),
        (&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0], Some(8_589_934_592)),
        (&[0xff; 12], None),
        (b"0000008\0", None),
    ];
    for (bytes, want) in rows {
        assert_eq!(number(bytes), want, "{bytes:?}");
    }
    assert_eq!(
        (clean("./a/b/"), beside("a/b/c", "../x/y"), beside("a", "/r/s")),
        ("a/b".into(), "a/x/y".into(), "r/s".into())
    );
}
