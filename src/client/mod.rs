//! A small client for registries: pushes, pulls and deletes one image, for `demo` and for `trust --prove`.
//!
//! ```text
//! Client (blocking) → push, pull, delete (one operation each) → exchange (one request) → trust (TLS)
//! ```
//! It proves that a registry works; it diagnoses nothing (`probe` does) and knows nothing of engines. It uses no proxy,
//! follows no redirect, reads no body without a limit, and verifies every digest.

mod delete;
mod digest;
mod error;
mod exchange;
mod image;
mod pull;
mod push;
mod tar;
mod trust;

#[cfg(test)]
mod tests;

use std::fmt;

use tokio::runtime::{self, Runtime};

pub use delete::Removal;
pub use digest::Digest;
pub use error::{ClientError, Doing};
pub use image::{Blob, Image};
pub use trust::Trust;

use crate::model::entry_point::EntryPoint;
use crate::model::secret::Secret;
use exchange::Exchange;

/// One registry, and how it is trusted. Its methods block, so they must not be called from asynchronous code.
pub struct Client {
    runtime: Runtime,
    exchange: Exchange,
}

impl Client {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The certificates cannot be used, or the system lacks what a client needs.
    pub fn new(registry: EntryPoint, trust: &Trust) -> Result<Self, ClientError> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| ClientError::Runtime { source })?;
        Ok(Self { runtime, exchange: Exchange::new(registry, trust)? })
    }

    /// Signs in with every request (Basic). Over plain HTTP that is for registries that a person declared insecure.
    ///
    /// # Errors
    /// The registry's certificate is not verified, so nothing secret may go there.
    pub fn sign_in(mut self, user: &str, password: Secret) -> Result<Self, ClientError> {
        self.exchange.sign_in(user, password)?;
        Ok(self)
    }

    /// Pushes the image and gives the digest under which the registry has it.
    ///
    /// # Errors
    /// The registry did not take all of it.
    pub fn push(&self, image: &Image, repository: &str, tag: &str) -> Result<Digest, ClientError> {
        self.runtime.block_on(push::push(&self.exchange, image, repository, tag))
    }

    /// Pulls an image of one platform, every byte verified.
    ///
    /// # Errors
    /// Something of it is not there, is too large, or is not what its digest says.
    pub fn pull(&self, repository: &str, tag: &str) -> Result<Image, ClientError> {
        self.runtime.block_on(pull::pull(&self.exchange, repository, tag))
    }

    /// What a tag stands for; `None` when the registry does not know it.
    ///
    /// # Errors
    /// The registry gave no answer to that.
    pub fn manifest_digest(&self, repository: &str, tag: &str) -> Result<Option<Digest>, ClientError> {
        self.runtime.block_on(pull::manifest_digest(&self.exchange, repository, tag))
    }

    /// Deletes a manifest, and with it its tags. Its blobs are left to the registry's clean-up.
    ///
    /// # Errors
    /// The registry gave no answer to that; that it allows no deletes is an answer.
    pub fn delete(&self, repository: &str, digest: &Digest) -> Result<Removal, ClientError> {
        self.runtime.block_on(delete::delete(&self.exchange, repository, digest))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}
