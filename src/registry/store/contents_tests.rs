//! What a repository holds after each change, and what of it is written.

use proptest::prelude::*;

use super::*;
use crate::registry::names::Tag;

fn put(digest: &str, tags: &[&str]) -> Change {
    let tags = tags.iter().map(|tag| (*tag).to_string()).collect();
    Change::Put { media_type: "m".into(), digest: digest.into(), size: 1, tags }
}

fn untag(tag: &str) -> Change {
    Change::Untag { tag: tag.into() }
}

fn remove(digest: &str) -> Change {
    Change::Remove { digest: digest.into() }
}

fn after(changes: &[Change]) -> Contents {
    let mut contents = Contents::from(Index::empty());
    for change in changes {
        contents.apply(change);
    }
    contents
}

fn tags(contents: &Contents) -> Vec<String> {
    contents.tags(&Wanted::default()).entries
}

/// `digest:tag` of every line.
fn lines(contents: &Contents) -> Vec<String> {
    let mut text = Vec::new();
    contents.write(&mut text).unwrap();
    let index: Index = serde_json::from_slice(&text).unwrap();
    let tag = |annotations: &Map<String, Value>| annotations.get(TAG_ANNOTATION).map_or("-".into(), Value::to_string);
    index.manifests.iter().map(|one| format!("{}:{}", one.digest, tag(&one.annotations).replace('"', ""))).collect()
}

#[test]
fn tags_move_and_manifests_stay() {
    let rows: [(&[Change], &[&str]); 8] = [
        (&[put("a", &["x"])], &["a:x"]),
        (&[put("a", &["x"]), put("b", &["x"])], &["a:-", "b:x"]),
        (&[put("a", &["x"]), put("b", &["x"]), put("b", &["y"]), put("b", &[])], &["a:-", "b:x", "b:y"]),
        (&[put("a", &["x", "y"]), untag("x")], &["a:y"]),
        (&[put("a", &["x", "y"]), untag("x"), untag("y")], &["a:-"]),
        (&[put("a", &[]), put("a", &["x"])], &["a:x"]),
        (&[put("a", &["x", "y"]), put("b", &["y"]), remove("a")], &["b:y"]),
        (&[put("a", &["x"]), remove("a"), remove("a"), untag("x")], &[]),
    ];
    for (changes, want) in rows {
        assert_eq!(lines(&after(changes)), want, "{changes:?}");
    }
}

#[test]
fn a_change_that_changes_nothing_is_told() {
    let contents = after(&[put("a", &["x"]), put("b", &[])]);
    let rows = [
        (put("a", &["x"]), false),
        (put("a", &[]), false),
        (put("a", &["y"]), true),
        (put("b", &["x"]), true),
        (put("c", &[]), true),
        (untag("x"), true),
        (untag("y"), false),
        (remove("b"), true),
        (remove("c"), false),
    ];
    for (change, want) in rows {
        assert_eq!(contents.differs(&change), want, "{change:?}");
    }
}

#[test]
fn what_it_does_not_know_is_kept() {
    let text = r#"{"schemaVersion":2,"manifests":[{"mediaType":"m","digest":"sha256:a","size":1,"annotations":{"k":"v"},"platform":{"os":"linux"}},{"mediaType":"m","digest":"odd","size":2,"annotations":{"org.opencontainers.image.ref.name":"x"}}],"annotations":{"z":"1"}}"#;
    let mut contents = Contents::from(serde_json::from_str::<Index>(text).unwrap());
    contents.add_child("sha256:c", "m", 3);
    let mut back = Vec::new();
    contents.write(&mut back).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&back).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    let found = contents.find(&Reference::Tag(Tag::parse("x").unwrap())).unwrap();
    assert_eq!((&**found.0, found.1.size), ("odd", 2));
}

fn any_change() -> impl Strategy<Value = Change> {
    let digest = prop::sample::select(vec!["a", "b", "c"]);
    let tag = prop::sample::select(vec!["x", "y", "z"]);
    prop_oneof![
        (digest.clone(), prop::collection::vec(tag.clone(), 0..3)).prop_map(|(digest, tags)| put(digest, &tags)),
        tag.prop_map(untag),
        digest.prop_map(remove),
    ]
}

proptest! {
    /// The log may be played over an index that has some or all of it: after a crash between the two writes.
    #[test]
    fn changes_played_again_change_nothing(changes in prop::collection::vec(any_change(), 0..20)) {
        let once = after(&changes);
        let mut twice = after(&changes);
        for change in &changes {
            twice.apply(change);
        }
        prop_assert_eq!(tags(&once), tags(&twice));
        let sorted = |contents: &Contents| { let mut all = lines(contents); all.sort(); all };
        prop_assert_eq!(sorted(&once), sorted(&twice));
    }
}
