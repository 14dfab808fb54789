//! A client for registries: pushes, pulls and deletes one small image, for `demo` and for `trust --prove`; and sends
//! images of any size that lie in files, for `push`.
//!
//! ```text
//! Client (blocking) → push, pull, delete (one operation each) → exchange (one request) → trust (TLS), keys (sign-in)
//!                   → transfer (a whole image of `source`)    ↗
//! ```
//! It diagnoses nothing (`probe` does) and knows nothing of engines. It follows no redirect, reads no body without a
//! limit, and verifies every digest.

mod answer;
mod delete;
mod digest;
mod error;
mod exchange;
mod image;
mod keys;
mod portion;
mod pull;
mod push;
pub mod source;
mod tar;
mod transfer;
mod trust;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use tokio::runtime::{self, Runtime};

pub use delete::Removal;
pub use digest::Digest;
pub use error::{ClientError, Doing, Verb};
pub use image::{Blob, Image};
pub use transfer::{Delivered, Event, How, Listener, Order, Patience, TransferError};
pub use trust::Trust;

use crate::model::credential::Credential;
use crate::model::entry_point::EntryPoint;
use crate::model::secret::Secret;
use exchange::Exchange;
use source::Graph;

/// Threads that encrypt and send; files are read on others.
const WORKERS: usize = 2;

/// One registry, and how it is trusted. Its methods block, so they must not be called from asynchronous code.
pub struct Client {
    runtime: Runtime,
    exchange: Arc<Exchange>,
}

impl Client {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The certificates cannot be used, or the system lacks what a client needs.
    pub fn new(registry: EntryPoint, trust: &Trust) -> Result<Self, ClientError> {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
        let runtime = runtime.map_err(|source| ClientError::Runtime { source })?;
        Ok(Self { runtime, exchange: Arc::new(Exchange::new(registry, trust)?) })
    }

    /// Signs in where the registry asks for it. Over plain HTTP that is for registries that a person declared insecure.
    ///
    /// # Errors
    /// The registry's certificate is not verified, so nothing secret may go there.
    pub fn sign_in(self, user: &str, password: Secret) -> Result<Self, ClientError> {
        self.sign_in_with(Credential::Password { user: user.to_string(), password })
    }

    /// The same with a login of any kind.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub fn sign_in_with(mut self, credential: Credential) -> Result<Self, ClientError> {
        if let Some(exchange) = Arc::get_mut(&mut self.exchange) {
            exchange.sign_in(credential)?;
        }
        Ok(self)
    }

    /// Whether anything answers there over a connection that is trusted.
    ///
    /// # Errors
    /// Nothing does.
    pub fn reach(&self) -> Result<(), ClientError> {
        self.runtime.block_on(self.exchange.reach())
    }

    /// Sends a whole image that lies in files, and asks whether the registry has it.
    ///
    /// # Errors
    /// The image is not what it says, or the registry did not take all of it.
    pub fn deliver(self, graph: Graph, order: Order, listener: Listener) -> Result<Delivered, TransferError> {
        let Self { runtime, mut exchange } = self;
        if let Some(exchange) = Arc::get_mut(&mut exchange) {
            let pull = order.others.iter().map(|other| format!("repository:{other}:pull"));
            exchange.ask_for([format!("repository:{}:pull,push", order.repository)].into_iter().chain(pull).collect());
        }
        let outcome = runtime.block_on(transfer::send(exchange, Arc::new(graph), order, listener));
        // A file that is still being read for nobody must not hold the answer.
        runtime.shutdown_background();
        outcome
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
