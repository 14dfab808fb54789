//! What all requests share: the store, the open uploads, who may enter, the faults and the log.

use std::sync::Arc;

use super::access::Gate;
use super::buffers::Buffers;
use super::fault::Faults;
use super::log::Log;
use super::refusal::Refusal;
use super::session::Sessions;
use super::store::{Store, StoreError};

#[derive(Debug)]
pub struct State {
    pub store: Arc<dyn Store>,
    pub sessions: Sessions,
    pub buffers: Buffers,
    pub access: Gate,
    pub faults: Faults,
    pub log: Log,
    /// A second address of ours with a certificate that nobody trusts, where a fault needs one.
    pub elsewhere: String,
}

impl State {
    /// Asks the store on this thread: for what it answers from memory, or from a file that is opened and no more.
    pub fn look<T>(&self, question: impl FnOnce(&dyn Store) -> Result<T, StoreError>) -> Result<T, Refusal> {
        Ok(question(self.store.as_ref())?)
    }

    /// Asks the store something that takes a few calls: on this thread, unless it then waits for the disk.
    pub async fn ask_briefly<T, F>(&self, question: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        if self.store.is_durable() { self.ask(question).await } else { self.look(question) }
    }

    /// Asks the store on a thread that may block.
    pub async fn ask<T, F>(&self, question: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || question(store.as_ref())).await;
        Ok(answer.map_err(|_| Refusal::Interrupted)??)
    }
}
