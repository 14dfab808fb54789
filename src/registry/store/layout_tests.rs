//! One repository on disk: the log in front of its index, and what others write.

use super::*;
use crate::registry::names::{Reference, Tag};
use crate::registry::page::Wanted;

struct Site {
    _folder: tempfile::TempDir,
    disk: Disk,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), true, None);
        let site = Self { _folder: folder, disk };
        site.layout().make(&site.disk).unwrap();
        site
    }

    /// As another process would see it.
    fn layout(&self) -> Layout {
        Layout::new(self.disk.root.join("a"))
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(files::read(&self.disk.root.join("a").join(name)).unwrap().unwrap_or_default()).unwrap()
    }

    fn overwrite(&self, name: &str, text: &str) {
        self.disk
            .write(&self.disk.root.join("a").join(name), |file| {
                file.write_all(text.as_bytes()).unwrap();
                Ok(())
            })
            .unwrap();
    }
}

fn put(digest: &str, tag: &str) -> Change {
    Change::Put { media_type: "m".into(), digest: digest.into(), size: 1, tags: vec![tag.into()] }
}

fn tags(layout: &Layout) -> Option<Vec<String>> {
    layout.look(|contents| Ok(contents.tags(&Wanted::default()).entries)).unwrap()
}

#[test]
fn a_change_is_in_the_log_at_once_and_in_the_index_after_a_pause() {
    let site = Site::new();
    let layout = site.layout();
    assert!(layout.change(&site.disk, &put("d", "x")).unwrap() && !layout.change(&site.disk, &put("d", "x")).unwrap());
    assert!(site.text("index.log").contains("\"x\"") && !site.text("index.json").contains("\"x\""));
    assert_eq!(tags(&site.layout()).unwrap(), ["x"], "the next run knows it");
    layout.fold(&site.disk, Duration::from_secs(60)).unwrap();
    assert!(layout.waits() && site.layout().has_log());
    layout.fold(&site.disk, Duration::ZERO).unwrap();
    assert!(!layout.waits() && !site.layout().has_log() && site.text("index.json").contains("\"x\""));
    assert_eq!((tags(&layout).unwrap(), tags(&site.layout()).unwrap()), (vec!["x".to_string()], vec!["x".to_string()]));
}

#[test]
fn half_a_line_is_cut_off_and_the_log_goes_on() {
    let site = Site::new();
    site.layout().change(&site.disk, &put("d", "x")).unwrap();
    let whole = site.text("index.log");
    site.overwrite("index.log", &format!("{whole}{{\"put\":{{\"media"));
    let layout = site.layout();
    assert_eq!(tags(&layout).unwrap(), ["x"]);
    layout.change(&site.disk, &put("d", "y")).unwrap();
    assert_eq!(tags(&site.layout()).unwrap(), ["x", "y"]);
    assert!(site.text("index.log").starts_with(&whole));
}

#[test]
fn what_another_program_writes_is_seen_and_kept() {
    let site = Site::new();
    let layout = site.layout();
    layout.change(&site.disk, &put("d", "ours")).unwrap();
    let theirs = r#"{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"e","size":1,"annotations":{"org.opencontainers.image.ref.name":"theirs"}}]}"#;
    site.overwrite("index.json", theirs);
    assert_eq!(tags(&layout).unwrap(), ["ours", "theirs"]);
    layout.fold(&site.disk, Duration::ZERO).unwrap();
    assert_eq!(tags(&site.layout()).unwrap(), ["ours", "theirs"]);
    site.overwrite("index.json", "nonsense");
    assert!(matches!(layout.look(|_| Ok(())), Err(StoreError::Index { .. })));
    files::remove(&site.disk.root.join("a/index.json")).unwrap();
    assert_eq!(tags(&layout), None);
}

#[test]
fn manifests_inside_an_index_are_found() {
    let site = Site::new();
    let keep = |text: &str| {
        let digest = Digest::of(crate::registry::digest::Algorithm::Sha256, text.as_bytes());
        let path = site.layout().blob(&digest);
        files::create_parent(&path).unwrap();
        site.disk.write(&path, |file| file.write_all(text.as_bytes()).map_err(StoreError::io("write", &path))).unwrap();
        digest
    };
    let index = "application/vnd.oci.image.index.v1+json";
    let list = |child: &Digest, kind: &str| {
        format!(r#"{{"mediaType":"{index}","manifests":[{{"mediaType":"{kind}","digest":"{child}","size":2}}]}}"#)
    };
    let image = keep("{}");
    let inner = keep(&list(&image, "i"));
    let outer = keep(&list(&inner, index));
    let missing = Digest::of(crate::registry::digest::Algorithm::Sha256, b"missing");
    let sparse = keep(&list(&missing, "i"));
    let entry = |digest: &Digest, tag: &str| {
        format!(
            r#"{{"mediaType":"{index}","digest":"{digest}","size":1,"annotations":{{"org.opencontainers.image.ref.name":"{tag}"}}}}"#
        )
    };
    let text = format!(r#"{{"manifests":[{},{}]}}"#, entry(&outer, "x"), entry(&sparse, "y"));
    site.overwrite("index.json", &text);
    let find = |reference: Reference| {
        site.layout().look(|contents| Ok(contents.find(&reference).map(|(_, known)| known.media_type.to_string())))
    };
    assert_eq!(find(Reference::Tag(Tag::parse("x").unwrap())).unwrap().flatten().as_deref(), Some(index));
    assert_eq!(find(Reference::Digest(image)).unwrap().flatten().as_deref(), Some("i"));
    assert_eq!(find(Reference::Digest(missing)).unwrap().flatten(), None);
}
