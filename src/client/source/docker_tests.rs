//! Archives as `docker save` writes them: before 25.0 with folders for layers, since then as a layout.
#![expect(clippy::disallowed_methods, reason = "tests lay files of their own")]

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::client::source::testing::Laid;
use crate::client::source::{FileKind, read};

/// An image of these layers in the old form, its second layer a link to the first where they are the same.
fn old_form(folder: &Path, layers: &[&[u8]], tags: &[&str]) -> String {
    let diffs: Vec<String> = layers.iter().map(|bytes| Digest::of(bytes).to_string()).collect();
    let config = json!({ "os": "linux", "rootfs": { "type": "layers", "diff_ids": diffs } }).to_string();
    let name = format!("{}.json", Digest::of(config.as_bytes()).as_str().trim_start_matches("sha256:"));
    fs::write(folder.join(&name), &config).unwrap();
    let mut names = Vec::new();
    for (at, bytes) in layers.iter().enumerate() {
        let first = layers.iter().position(|other| other == bytes).unwrap();
        fs::create_dir_all(folder.join(format!("layer{at}"))).unwrap();
        let path = folder.join(format!("layer{at}/layer.tar"));
        if first == at {
            fs::write(path, bytes).unwrap();
        } else {
            std::os::unix::fs::symlink(format!("../layer{first}/layer.tar"), path).unwrap();
        }
        names.push(format!("layer{at}/layer.tar"));
    }
    let list = json!([{ "Config": name, "RepoTags": tags, "Layers": names }]);
    fs::write(folder.join("manifest.json"), list.to_string()).unwrap();
    name
}

fn archived(laid: &Laid, pick: &Pick) -> Result<Graph, SourceError> {
    read(FileKind::DockerArchive, laid.archive("gnu").path(), pick)
}

fn unpacked(piece: &Piece) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(piece.extent.bytes(1 << 20).unwrap().as_slice()).read_to_end(&mut plain).unwrap();
    plain
}

fn empty() -> Laid {
    let laid = Laid::new();
    fs::remove_file(laid.path().join("oci-layout")).unwrap();
    laid
}

#[test]
fn plain_layers_are_packed_once_and_always_to_the_same_bytes() {
    let laid = empty();
    let lower = vec![b'a'; 700_000];
    old_form(laid.path(), &[&lower, b"upper", &lower], &["app:v1"]);
    let graph = archived(&laid, &Pick::Only).unwrap();
    let again = archived(&laid, &Pick::Named("app:v1".into())).unwrap();
    assert_eq!(graph.root(), again.root());
    let [_, first, second] = graph.blobs.as_slice() else { panic!("{:?}", graph.blobs) };
    assert_eq!((unpacked(first), unpacked(second)), (lower, b"upper".to_vec()));
    let manifest: Value = serde_json::from_slice(&graph.root().unwrap().bytes).unwrap();
    let digests: Vec<&str> = (0..3).map(|at| manifest["layers"][at]["digest"].as_str().unwrap()).collect();
    assert_eq!(digests, [first.digest.as_str(), second.digest.as_str(), first.digest.as_str()]);
    for piece in &graph.blobs {
        assert_eq!(piece.extent.digest().unwrap(), piece.digest);
    }
}

#[test]
fn a_layer_that_is_not_the_image_s_is_refused() {
    let laid = empty();
    old_form(laid.path(), &[b"one", b"two"], &[]);
    fs::write(laid.path().join("layer1/layer.tar"), b"another").unwrap();
    assert!(matches!(archived(&laid, &Pick::Only), Err(SourceError::Altered { .. })));
    fs::remove_file(laid.path().join("layer1/layer.tar")).unwrap();
    let gone = archived(&laid, &Pick::Only).unwrap_err().to_string();
    assert!(gone.ends_with("it names `layer1/layer.tar`, which is not there"), "{gone}");
    fs::remove_file(laid.path().join("manifest.json")).unwrap();
    let none = archived(&laid, &Pick::Only).unwrap_err().to_string();
    assert!(none.ends_with("is no archive of `docker save`: it has no manifest.json"), "{none}");
}

/// As the containerd store of 25.0 and later saves it: what it has compressed goes as it is, with its own manifest.
#[test]
fn compressed_layers_and_their_index_stay_what_they_are() {
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let laid = Laid::new();
    let image = laid.image("one", &[&gzip]);
    let index = laid.index(&[("amd64", &image)]);
    laid.list(&[("latest", &index)]);
    let blob = |digest: &str| format!("blobs/{}", digest.replace(':', "/"));
    let manifest: Value = serde_json::from_slice(&laid.graph().manifests[0].bytes).unwrap();
    let list = json!([{
        "Config": blob(manifest["config"]["digest"].as_str().unwrap()),
        "RepoTags": ["app:latest"],
        "Layers": [blob(Digest::of(&gzip).as_str())],
    }]);
    fs::write(laid.path().join("manifest.json"), list.to_string()).unwrap();
    for name in ["app", "app:latest"] {
        let graph = archived(&laid, &Pick::Named(name.into())).unwrap();
        assert_eq!(graph.root().unwrap().digest.as_str(), index["digest"], "{name}");
    }
}
