//! The registry is killed again and again in the middle of pushes: what it acknowledged is there afterwards, and nothing
//! that it serves is torn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::Bench;
use crate::raw::{MANIFEST, ask, named};
use crate::server::{Server, uploads};

const KILLS: u64 = 200;
const PUSHERS: u64 = 4;

/// What one pusher knows about its repository.
#[derive(Default)]
struct Pushed {
    /// Tags that were acknowledged, with the digests of their manifests.
    tags: BTreeMap<String, String>,
    /// What the moving tag may point at: the last manifest that was acknowledged, or one that was on its way.
    moving: BTreeSet<String>,
}

#[test]
fn two_hundred_kills_lose_and_tear_nothing() {
    let bench = Bench::new();
    let mut acked: Vec<Pushed> = (0..PUSHERS).map(|_| Pushed::default()).collect();
    for round in 0..KILLS {
        let server = start(&bench);
        let address = server.address.clone();
        thread::scope(|scope| {
            for (pusher, acked) in (0..).zip(&mut acked) {
                let address = &address;
                scope.spawn(move || push_until_it_dies(address, pusher, round, acked));
            }
            // From the first requests to the middle of the work; never the same twice in a row.
            thread::sleep(Duration::from_millis(5 + (round * 37) % 60));
            server.kill();
        });
    }
    let acknowledged: usize = acked.iter().map(|acked| acked.tags.len()).sum();
    assert!(acknowledged > 100, "only {acknowledged} pushes were acknowledged: this tests nothing");
    let server = start(&bench);
    for (pusher, acked) in (0..).zip(&acked) {
        verify(&server.address, pusher, acked);
    }
    assert_eq!(uploads(&bench.path("data")), Vec::<PathBuf>::new(), "no upload of a killed run is left");
    server.kill();
    every_blob_has_its_digest(&bench.path("data"));
}

fn start(bench: &Bench) -> Server {
    let server = Server::start(bench, &["--quiet", "--durable", "--gc", "--data", &bench.at("data")]);
    assert!(server.address.contains(':'), "it starts after every kill");
    server
}

/// Images of one layer each, every one under a tag of its own and under one that moves.
fn push_until_it_dies(address: &str, pusher: u64, round: u64, acked: &mut Pushed) {
    for number in 0.. {
        if push(address, pusher, &format!("{round}-{number}"), acked).is_err() {
            return;
        }
    }
}

fn push(address: &str, pusher: u64, name: &str, acked: &mut Pushed) -> io::Result<()> {
    let repository = format!("/v2/team/app{pusher}");
    let layer = format!("{pusher} {name} ").repeat(2000 + name.len() * 500).into_bytes();
    upload(address, &repository, &layer)?;
    let manifest = format!(
        r#"{{"mediaType":"{MANIFEST}","layers":[{{"mediaType":"x","digest":"{}","size":{}}}]}}"#,
        named(&layer),
        layer.len()
    );
    let digest = named(manifest.as_bytes());
    for tag in [format!("v{name}"), "moving".to_string()] {
        if tag == "moving" {
            acked.moving.insert(digest.clone());
        }
        let path = format!("{repository}/manifests/{tag}");
        ask(address, "PUT", &path, manifest.as_bytes(), 201)?;
        if tag == "moving" {
            acked.moving = BTreeSet::from([digest.clone()]);
        } else {
            acked.tags.insert(tag, digest.clone());
        }
    }
    Ok(())
}

/// In two chunks and a closing request, so that a kill finds uploads in every state.
fn upload(address: &str, repository: &str, layer: &[u8]) -> io::Result<()> {
    let (head, _) = ask(address, "POST", &format!("{repository}/blobs/uploads/"), b"", 202)?;
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_string();
    for chunk in layer.chunks(layer.len() / 2 + 1) {
        ask(address, "PATCH", &location, chunk, 202)?;
    }
    ask(address, "PUT", &format!("{location}?digest={}", named(layer)), b"", 201)?;
    Ok(())
}

fn verify(address: &str, pusher: u64, acked: &Pushed) {
    let repository = format!("/v2/team/app{pusher}");
    let get = |path: String| ask(address, "GET", &path, b"", 200).unwrap_or_else(|error| panic!("{path}: {error}")).1;
    let list: Value = serde_json::from_slice(&get(format!("{repository}/tags/list"))).unwrap();
    let listed: Vec<&str> = list["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    for tag in acked.tags.keys() {
        assert!(listed.contains(&tag.as_str()), "{tag} was acknowledged and is gone");
    }
    // What was not acknowledged may be there, but then all of it.
    for tag in listed {
        let manifest = get(format!("{repository}/manifests/{tag}"));
        let digest = named(&manifest);
        match acked.tags.get(tag) {
            _ if tag == "moving" => assert!(acked.moving.contains(&digest), "{tag} points at {digest}"),
            Some(acknowledged) => assert_eq!(*acknowledged, digest, "{tag}"),
            None => {}
        }
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        assert_eq!(named(&get(format!("{repository}/blobs/{layer}"))), layer);
    }
}

fn every_blob_has_its_digest(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            every_blob_has_its_digest(&path);
        } else if folder.ends_with("sha256") {
            assert_eq!(named(&fs::read(&path).unwrap()), format!("sha256:{name}"), "{}", path.display());
        } else if name.ends_with(".json") {
            serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap();
        }
    }
}
