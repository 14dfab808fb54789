//! An OCI image layout: `index.json`, and blobs by their digests.

use serde::Deserialize;

use super::error::SourceError;
use super::graph::{Descriptor, Graph};
use super::name::Pick;
use super::shelf::Shelf;
use crate::client::digest::Digest;
use crate::model::printable::printable;

const TAG: &str = "org.opencontainers.image.ref.name";
/// What containerd, and with it `docker save` since 25, calls an image.
const NAME: &str = "io.containerd.image.name";

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

/// The image that was picked.
pub(super) fn read(shelf: &Shelf, pick: &Pick) -> Result<Graph, SourceError> {
    Graph::of(shelf, picked(shelf, &index(shelf)?, pick)?)
}

/// The image with this configuration, if all of it is there.
pub(super) fn with_config(shelf: &Shelf, config: &Digest) -> Option<Graph> {
    let graphs = index(shelf).ok()?.into_iter().filter_map(|one| Graph::of(shelf, &one).ok());
    graphs.into_iter().find(|graph| graph.blobs.iter().any(|piece| piece.digest == *config))
}

fn index(shelf: &Shelf) -> Result<Vec<Descriptor>, SourceError> {
    let place = || shelf.place().to_path_buf();
    let missing = || SourceError::NoImage { place: place(), kind: "OCI image layout", missing: "index.json" };
    let text = shelf.text("index.json")?.ok_or_else(missing)?;
    let malformed = |error: serde_json::Error| SourceError::Malformed {
        place: place(),
        file: "index.json".into(),
        reason: error.to_string(),
    };
    let index: Index = serde_json::from_slice(&text).map_err(malformed)?;
    Ok(index.manifests)
}

/// Two names of the same image are no choice.
fn picked<'a>(shelf: &Shelf, all: &'a [Descriptor], pick: &Pick) -> Result<&'a Descriptor, SourceError> {
    let fits = |one: &&Descriptor| match pick {
        Pick::Only => true,
        Pick::Named(name) => [TAG, NAME].iter().any(|key| one.annotations.get(*key) == Some(name)),
        Pick::Digest(digest) => Digest::parse(&one.digest).as_ref() == Some(digest),
    };
    let found: Vec<&Descriptor> = all.iter().filter(fits).collect();
    let place = shelf.place().to_path_buf();
    match found.as_slice() {
        [one, rest @ ..] if rest.iter().all(|other| other.digest == one.digest) => Ok(one),
        [] => Err(SourceError::NotThere { place, wanted: shown(pick), names: names(all) }),
        several => Err(SourceError::Several { place, names: names(several.iter().copied()) }),
    }
}

fn shown(pick: &Pick) -> String {
    match pick {
        Pick::Only => "at all".into(),
        Pick::Named(name) => printable(name, 200),
        Pick::Digest(digest) => digest.to_string(),
    }
}

fn names<'a>(all: impl IntoIterator<Item = &'a Descriptor>) -> Vec<String> {
    let name = |one: &Descriptor| {
        let given = [NAME, TAG].iter().find_map(|key| one.annotations.get(*key));
        printable(given.map_or(one.digest.as_str(), String::as_str), 200)
    };
    all.into_iter().take(20).map(name).collect()
}
