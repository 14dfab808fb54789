//! Pulling an image, and asking what a tag stands for.

use reqwest::{Method, Response};
use serde::Deserialize;

use super::answer::{self, content_digest};
use super::digest::Digest;
use super::error::{ClientError, Doing, Verb};
use super::exchange::{Call, Exchange};
use super::image::{ANY_MANIFEST, Blob, Image, ONE_MANIFEST};
use crate::model::printable::printable;

pub(super) const MANIFEST_BYTES: usize = 4 * 1024 * 1024;
/// The client pulls what it pushed, and a little more: it is no way to move images.
const BLOB_BYTES: usize = 16 * 1024 * 1024;
const LAYERS: usize = 32;

#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
}

pub(super) async fn pull(exchange: &Exchange, repository: &str, tag: &str) -> Result<Image, ClientError> {
    let call = manifest_call(exchange, Method::GET, repository, tag)?;
    let doing = call.doing.clone();
    let answer = exchange.send(call, &[200]).await?;
    let media_type = media_type(&answer);
    let manifest = verified(answer, &doing, None, MANIFEST_BYTES).await?;
    let Manifest { config, layers } = read(&manifest, &doing)?;
    if layers.len() > LAYERS {
        return Err(ClientError::Malformed { doing, reason: "the image has more layers than this client pulls" });
    }
    let config = blob(exchange, repository, &config).await?;
    let mut pulled = Vec::new();
    for layer in &layers {
        pulled.push(blob(exchange, repository, layer).await?);
    }
    Ok(Image { manifest, media_type, config, layers: pulled })
}

pub(super) async fn manifest_digest(
    exchange: &Exchange,
    repository: &str,
    tag: &str,
) -> Result<Option<Digest>, ClientError> {
    let call = manifest_call(exchange, Method::HEAD, repository, tag)?;
    let answer = exchange.send(call, &[200, 404]).await?;
    if answer.status() == 404 {
        return Ok(None);
    }
    if let Some(digest) = content_digest(answer.headers()) {
        return Ok(Some(digest));
    }
    // The header is not required of a registry.
    let call = manifest_call(exchange, Method::GET, repository, tag)?;
    let doing = call.doing.clone();
    let answer = exchange.send(call, &[200]).await?;
    Ok(Some(verified(answer, &doing, None, MANIFEST_BYTES).await?.digest))
}

/// `manifests/TAG`, where that is a tag.
pub(super) fn manifest_path(tag: &str) -> Result<String, ClientError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let valid = tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-');
    if valid { Ok(format!("manifests/{tag}")) } else { Err(ClientError::TagName { name: printable(tag, 100) }) }
}

fn manifest_call(exchange: &Exchange, method: Method, repository: &str, tag: &str) -> Result<Call, ClientError> {
    // Only one image is pulled; what a tag stands for may be an index.
    let accept = if method == Method::HEAD { ANY_MANIFEST } else { ONE_MANIFEST };
    let call = exchange.call(method, Verb::ReadManifest, repository, &manifest_path(tag)?)?;
    Ok(Call { accept, ..call })
}

fn media_type(answer: &Response) -> String {
    let header = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
    printable(header.unwrap_or_default(), 200)
}

fn read(manifest: &Blob, doing: &Doing) -> Result<Manifest, ClientError> {
    let reason = "it is not the manifest of an image for one platform";
    serde_json::from_slice(&manifest.bytes).map_err(|_| ClientError::Malformed { doing: doing.clone(), reason })
}

async fn blob(exchange: &Exchange, repository: &str, descriptor: &Descriptor) -> Result<Blob, ClientError> {
    let reason = "its manifest names a part by something that is not a SHA-256 digest";
    let malformed = || ClientError::Malformed { doing: exchange.doing(Verb::ReadManifest, repository), reason };
    let digest = Digest::parse(&descriptor.digest).ok_or_else(malformed)?;
    let call = exchange.call(Method::GET, Verb::PullLayer, repository, &format!("blobs/{digest}"))?;
    let doing = call.doing.clone();
    let answer = exchange.send(call, &[200]).await?;
    verified(answer, &doing, Some(digest), BLOB_BYTES).await
}

/// The body, if it is what was expected or, without that, what the registry itself says it is.
async fn verified(
    answer: Response,
    doing: &Doing,
    expected: Option<Digest>,
    limit: usize,
) -> Result<Blob, ClientError> {
    let expected = expected.or_else(|| content_digest(answer.headers()));
    let blob = Blob::new(answer::body(answer, doing, limit).await?);
    match expected {
        Some(expected) if expected != blob.digest => {
            Err(ClientError::WrongDigest { doing: doing.clone(), expected, received: blob.digest })
        }
        _ => Ok(blob),
    }
}
