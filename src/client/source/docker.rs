//! What `docker save` writes: `manifest.json` with a configuration and layers for each image, since 25.0 in the form of
//! an OCI layout.
//!
//! The classic store keeps layers as plain tar. They are compressed here, once and into a file, as `docker push` does;
//! the same layer gives the same bytes every time, so that a second push finds it there. What is compressed already goes
//! as it is.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::SourceError;
use super::extent::{Extent, Flow};
use super::graph::{Document, Graph, Piece};
use super::gzip::{self, Packed};
use super::layout;
use super::name::Pick;
use super::shelf::Shelf;
use crate::client::digest::Digest;
use crate::client::image::{CONFIG, MANIFEST, OCI_CONFIG, OCI_MANIFEST};
use crate::model::printable::printable;

const LIST: &str = "manifest.json";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// How a layer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Gzip,
    Zstd,
}

/// The image that was picked.
pub(super) fn read(shelf: &Shelf, pick: &Pick) -> Result<Graph, SourceError> {
    let place = || shelf.place().to_path_buf();
    let missing = || SourceError::NoImage { place: place(), kind: "archive of `docker save`", missing: LIST };
    let text = shelf.text(LIST)?.ok_or_else(missing)?;
    let malformed = |reason: String| SourceError::Malformed { place: place(), file: LIST.into(), reason };
    let entries: Vec<Entry> = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
    let entry = picked(shelf, &entries, pick)?;
    let member = |name: &String| {
        let absent = || malformed(format!("it names `{}`, which is not there", printable(name, 200)));
        shelf.find(name)?.ok_or_else(absent)
    };
    let config = member(&entry.config)?;
    let layers = entry.layers.iter().flatten().map(member).collect::<Result<Vec<_>, _>>()?;
    let reading = |source| SourceError::Read { place: place(), source };
    let forms = layers.iter().map(form).collect::<Result<Vec<_>, _>>().map_err(reading)?;
    let config = Piece { digest: config.digest().map_err(reading)?, extent: config };
    if !forms.contains(&Form::Plain)
        && let Some(graph) = layout::with_config(shelf, &config.digest)
    {
        return Ok(graph);
    }
    assemble(shelf, entry, config, &layers, &forms)
}

fn picked<'a>(shelf: &Shelf, entries: &'a [Entry], pick: &Pick) -> Result<&'a Entry, SourceError> {
    let fits = |entry: &&Entry| match pick {
        Pick::Only => true,
        Pick::Named(name) => {
            let tags = entry.repo_tags.iter().flatten();
            tags.into_iter().any(|tag| tag == name || tag.strip_suffix(":latest") == Some(name))
        }
        Pick::Digest(digest) => digest.as_str().strip_prefix("sha256:").is_some_and(|hex| entry.config.contains(hex)),
    };
    let found: Vec<&Entry> = entries.iter().filter(fits).collect();
    let names = |entries: &[&Entry]| -> Vec<String> {
        let first = |entry: &&Entry| entry.repo_tags.iter().flatten().next().unwrap_or(&entry.config).clone();
        entries.iter().take(20).map(first).map(|name| printable(&name, 200)).collect()
    };
    let place = shelf.place().to_path_buf();
    match found.as_slice() {
        [one, rest @ ..] if rest.iter().all(|other| other.config == one.config) => Ok(one),
        [] => Err(SourceError::NotThere {
            place,
            wanted: match pick {
                Pick::Named(name) => printable(name, 200),
                Pick::Digest(digest) => digest.to_string(),
                Pick::Only => "at all".into(),
            },
            names: names(&entries.iter().collect::<Vec<_>>()),
        }),
        several => Err(SourceError::Several { place, names: names(several) }),
    }
}

fn form(layer: &Extent) -> std::io::Result<Form> {
    let mut start = Vec::new();
    layer.read(0, |piece| {
        start.extend(piece.into_iter().take(4));
        Flow::Enough
    })?;
    Ok(match start.as_slice() {
        [0x1f, 0x8b, ..] => Form::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Form::Zstd,
        _ => Form::Plain,
    })
}

/// A manifest of our own making, since an archive of plain layers has none that a registry should get.
fn assemble(
    shelf: &Shelf,
    entry: &Entry,
    config: Piece,
    layers: &[Extent],
    forms: &[Form],
) -> Result<Graph, SourceError> {
    let diffs = diffs(shelf, &entry.config)?;
    let sent = packed(shelf, entry, layers, forms)?;
    let oci = forms.contains(&Form::Zstd);
    let mut described = Vec::new();
    for (at, (piece, plain)) in sent.iter().enumerate() {
        if let (Some(found), Some(said)) = (plain, diffs.get(at))
            && found != said
        {
            return Err(altered(shelf, said, found));
        }
        described.push(json!({
            "mediaType": layer_type(oci, forms.get(at).copied()),
            "size": piece.extent.length(),
            "digest": piece.digest.as_str(),
        }));
    }
    let (media_type, config_type) = if oci { (OCI_MANIFEST, OCI_CONFIG) } else { (MANIFEST, CONFIG) };
    let bytes = json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": { "mediaType": config_type, "size": config.extent.length(), "digest": config.digest.as_str() },
        "layers": described,
    });
    let bytes = bytes.to_string().into_bytes();
    let document = Document { digest: Digest::of(&bytes), media_type: media_type.to_string(), bytes };
    let mut blobs = vec![config];
    for (piece, _) in sent {
        if !blobs.iter().any(|known| known.digest == piece.digest) {
            blobs.push(piece);
        }
    }
    Ok(Graph { manifests: vec![document], blobs, platforms: Vec::new() })
}

/// A layer as it is sent, and the digest that it had before it was compressed.
type Layer = (Piece, Option<Digest>);

/// Every layer in its place. One that stands in the image twice is packed once.
fn packed(shelf: &Shelf, entry: &Entry, layers: &[Extent], forms: &[Form]) -> Result<Vec<Layer>, SourceError> {
    let place = shelf.place();
    let mut once: Vec<(&String, &Extent, Form)> = Vec::new();
    for ((name, extent), form) in entry.layers.iter().flatten().zip(layers).zip(forms) {
        if !once.iter().any(|(known, ..)| *known == name) {
            once.push((name, extent, *form));
        }
    }
    let is_plain = |(.., form): &&(&String, &Extent, Form)| *form == Form::Plain;
    let plain: Vec<&Extent> = once.iter().filter(is_plain).map(|(_, extent, _)| *extent).collect();
    let mut done = gzip::pack_all(&plain, place)?.into_iter();
    let mut by_name: HashMap<&String, Layer> = HashMap::new();
    for (name, extent, form) in once {
        let done = if form == Form::Plain { done.next() } else { None };
        let layer = if let Some(Packed { piece, plain }) = done {
            (piece, Some(plain))
        } else {
            let read = |source| SourceError::Read { place: place.to_path_buf(), source };
            (Piece { digest: extent.digest().map_err(read)?, extent: extent.clone() }, None)
        };
        by_name.insert(name, layer);
    }
    Ok(entry.layers.iter().flatten().filter_map(|name| by_name.get(name).cloned()).collect())
}

/// The digests of the plain layers, as the configuration has them.
fn diffs(shelf: &Shelf, config: &str) -> Result<Vec<Digest>, SourceError> {
    let malformed = |reason: String| SourceError::Malformed {
        place: shelf.place().to_path_buf(),
        file: printable(config, 200),
        reason,
    };
    let text = shelf.text(config)?.unwrap_or_default();
    let value: Value = serde_json::from_slice(&text).map_err(|error| malformed(error.to_string()))?;
    let listed = value.pointer("/rootfs/diff_ids").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| malformed("it does not say which layers it is for".into()))?;
    Ok(listed.iter().filter_map(|one| Digest::parse(one.as_str()?)).collect())
}

fn altered(shelf: &Shelf, said: &Digest, found: &Digest) -> SourceError {
    SourceError::Altered { place: shelf.place().to_path_buf(), digest: said.clone(), found: found.clone() }
}

fn layer_type(oci: bool, form: Option<Form>) -> &'static str {
    match (oci, form) {
        (true, Some(Form::Zstd)) => "application/vnd.oci.image.layer.v1.tar+zstd",
        (true, _) => "application/vnd.oci.image.layer.v1.tar+gzip",
        (false, _) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
    }
}

#[cfg(test)]
#[path = "docker_tests.rs"]
mod tests;
