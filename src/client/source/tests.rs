//! Layouts and archives, right and wrong.
#![expect(clippy::disallowed_methods, reason = "tests lay files of their own")]

use std::fs;

use serde_json::json;

use super::testing::Laid;
use super::*;
use crate::client::digest::Digest;

fn digests(graph: &Graph) -> (Vec<Digest>, Vec<Digest>) {
    let manifests = graph.manifests.iter().map(|one| one.digest.clone()).collect();
    (manifests, graph.blobs.iter().map(|one| one.digest.clone()).collect())
}

#[test]
fn a_layout_is_the_same_in_a_folder_and_in_every_form_of_archive() {
    let laid = Laid::with(&[b"lower", b"upper", b"lower"]);
    let graph = laid.graph();
    assert_eq!((graph.manifests.len(), graph.blobs.len(), graph.platforms.len()), (1, 3, 0));
    assert_eq!(graph.root().unwrap().media_type, "application/vnd.oci.image.manifest.v1+json");
    for form in ["ustar", "gnu", "pax", "v7"] {
        let file = laid.archive(form);
        let archived = read(FileKind::OciArchive, file.path(), &Pick::Only).unwrap();
        assert_eq!(digests(&archived), digests(&graph), "{form}");
        for piece in &archived.blobs {
            assert_eq!(piece.extent.digest().unwrap(), piece.digest, "{form}");
        }
    }
}

#[test]
fn an_index_brings_every_platform_children_first() {
    let laid = Laid::new();
    let (one, two) = (laid.image("one", &[b"shared", b"1"]), laid.image("two", &[b"shared", b"2"]));
    let index = laid.index(&[("amd64", &one), ("arm64", &two)]);
    laid.list(&[("v1", &index)]);
    let graph = laid.graph();
    let (manifests, blobs) = digests(&graph);
    let named: Vec<&str> = [&one, &two, &index].iter().map(|one| one["digest"].as_str().unwrap()).collect();
    assert_eq!(manifests.iter().map(Digest::as_str).collect::<Vec<_>>(), named);
    assert_eq!((blobs.len(), graph.platforms.as_slice()), (5, &["linux/amd64".to_string(), "linux/arm64".into()][..]));
}

#[test]
fn one_of_several_is_picked_by_name_or_digest() {
    let laid = Laid::new();
    let (one, two) = (laid.image("one", &[b"1"]), laid.image("two", &[b"2"]));
    laid.list(&[("v1", &one), ("v2", &two), ("latest", &two)]);
    let root = |pick| laid.read(&pick).map(|graph| graph.root().unwrap().digest.to_string());
    assert_eq!(root(Pick::Named("v1".into())).unwrap(), one["digest"]);
    let digest = Digest::parse(two["digest"].as_str().unwrap()).unwrap();
    assert_eq!(root(Pick::Digest(digest)).unwrap(), two["digest"]);
    let words = |pick| root(pick).unwrap_err().to_string();
    assert!(words(Pick::Only).ends_with("has more than one image: v1, v2, latest"));
    assert!(words(Pick::Named("v3".into())).ends_with("has no image `v3`; it has v1, v2, latest"));
}

#[test]
fn what_is_wrong_is_said_before_anything_is_sent() {
    type Bend = fn(&Laid);
    let rows: [(&str, Bend, &str); 8] = [
        ("no index", |laid| fs::remove_file(laid.path().join("index.json")).unwrap(), "it has no index.json"),
        ("no JSON", |laid| fs::write(laid.path().join("index.json"), "{").unwrap(), "index.json of"),
        (
            "a layer is gone",
            |laid| fs::remove_file(laid.blob_path(&Digest::of(b"1"))).unwrap(),
            "lacks the layer sha256:",
        ),
        (
            "a layer is cut",
            |laid| fs::write(laid.blob_path(&Digest::of(b"1")), "").unwrap(),
            "has 0 bytes, and its manifest says 1",
        ),
        (
            "the manifest is another one",
            |laid| {
                let root = laid.graph().root().unwrap().clone();
                let text = String::from_utf8(root.bytes).unwrap().replace("\"schemaVersion\":2", "\"schemaVersion\":1");
                fs::write(laid.blob_path(&root.digest), text).unwrap();
            },
            "holds something else: sha256:",
        ),
        (
            "a digest leads elsewhere",
            |laid| {
                let one = json!({ "digest": "sha256:../../etc/passwd", "size": 1 });
                laid.list(&[("v1", &one)]);
            },
            "which is no SHA-256 digest",
        ),
        (
            "it is no manifest",
            |laid| {
                let one = laid.blob("application/json", b"{\"a\":1}");
                laid.list(&[("v1", &one)]);
            },
            "it is neither the manifest of an image nor an index",
        ),
        ("it is empty", |laid| laid.list(&[]), "has no image `at all`"),
    ];
    for (name, bend, want) in rows {
        let laid = Laid::with(&[b"1", b"22"]);
        bend(&laid);
        let error = laid.read(&Pick::Only).unwrap_err().to_string();
        assert!(error.contains(want), "{name}: {error}");
    }
}

#[test]
fn layers_that_nobody_may_hand_on_may_be_missing() {
    let laid = Laid::new();
    let config = laid.blob("application/vnd.oci.image.config.v1+json", b"{}");
    let foreign = json!({
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": Digest::of(b"elsewhere").as_str(),
        "size": 9,
    });
    let body = json!({ "schemaVersion": 2, "config": config, "layers": [foreign] });
    let image = laid.blob("application/vnd.oci.image.manifest.v1+json", body.to_string().as_bytes());
    laid.list(&[("v1", &image)]);
    assert_eq!(laid.graph().blobs.len(), 1);
}

#[test]
fn an_index_in_itself_ends() {
    let laid = Laid::new();
    let mut inner = laid.image("one", &[b"1"]);
    for depth in 0..8 {
        inner = laid.index(&[(&format!("a{depth}"), &inner)]);
    }
    laid.list(&[("v1", &inner)]);
    assert!(laid.read(&Pick::Only).unwrap_err().to_string().ends_with("too many images inside of images"));
}
