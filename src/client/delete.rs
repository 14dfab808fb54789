//! Taking an image out of a registry again.

use reqwest::Method;

use super::digest::Digest;
use super::error::{ClientError, Verb};
use super::exchange::Exchange;

/// What came of a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    Removed,
    WasNotThere,
    /// This registry allows no deletes: the reference registry without `REGISTRY_STORAGE_DELETE_ENABLED`, a cache.
    NotAllowed,
}

pub(super) async fn delete(exchange: &Exchange, repository: &str, digest: &Digest) -> Result<Removal, ClientError> {
    let call = exchange.call(Method::DELETE, Verb::DeleteManifest, repository, &format!("manifests/{digest}"))?;
    let answer = exchange.send(call, &[200, 202, 204, 404, 405]).await?;
    Ok(match answer.status().as_u16() {
        404 => Removal::WasNotThere,
        405 => Removal::NotAllowed,
        _ => Removal::Removed,
    })
}
