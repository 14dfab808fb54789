//! Pushing an image: every part that the registry does not have, then the manifest.

use bytes::Bytes;
use reqwest::Method;

use super::answer::content_digest;
use super::digest::Digest;
use super::error::{ClientError, Verb};
use super::exchange::{Call, Exchange, Payload};
use super::image::{Blob, Image};
use super::pull::manifest_path;

pub(super) async fn push(
    exchange: &Exchange,
    image: &Image,
    repository: &str,
    tag: &str,
) -> Result<Digest, ClientError> {
    let manifest_path = manifest_path(tag)?;
    for blob in image.layers.iter().chain([&image.config]) {
        if !has(exchange, repository, blob).await? {
            upload(exchange, repository, blob).await?;
        }
    }
    let mut call = exchange.call(Method::PUT, Verb::PushManifest, repository, &manifest_path)?;
    let bytes = Bytes::copy_from_slice(&image.manifest.bytes);
    call.body = Payload::Bytes { media_type: image.media_type.clone(), bytes };
    let doing = call.doing.clone();
    let answer = exchange.send(call, &[201]).await?;
    let expected = image.manifest.digest.clone();
    match content_digest(answer.headers()) {
        Some(received) if received != expected => Err(ClientError::WrongDigest { doing, expected, received }),
        _ => Ok(expected),
    }
}

async fn has(exchange: &Exchange, repository: &str, blob: &Blob) -> Result<bool, ClientError> {
    let path = format!("blobs/{}", blob.digest);
    let call = exchange.call(Method::HEAD, Verb::FindLayer, repository, &path)?;
    Ok(exchange.send(call, &[200, 404]).await?.status().is_success())
}

/// `POST` for an address, `PUT` of everything at once.
async fn upload(exchange: &Exchange, repository: &str, blob: &Blob) -> Result<(), ClientError> {
    let call = exchange.call(Method::POST, Verb::StartUpload, repository, "blobs/uploads/")?;
    let started = call.doing.clone();
    let answer = exchange.send(call, &[202]).await?;
    let mut url = exchange.location(&answer, &started)?;
    url.query_pairs_mut().append_pair("digest", blob.digest.as_str());
    let bytes = Bytes::copy_from_slice(&blob.bytes);
    let body = Payload::Bytes { media_type: "application/octet-stream".to_string(), bytes };
    let doing = exchange.doing(Verb::PushLayer, repository);
    exchange.send(Call { method: Method::PUT, body, ..Call::get(doing, url) }, &[201]).await?;
    Ok(())
}
