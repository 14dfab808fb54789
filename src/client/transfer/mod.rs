//! Sending a whole image: what is missing is found, verified and sent, several layers at a time, and then the manifests.
//!
//! ```text
//! has it (HEAD) → is it what it is called (SHA-256) → blobs (mount, or POST, PATCH, PUT) → manifests, children first → asked again
//! ```
//! Nothing is sent before everything that will be sent was verified.

mod blob;
mod manifests;
mod retry;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

use super::digest::Digest;
use super::error::{ClientError, Doing};
use super::exchange::Exchange;
use super::source::{Graph, Piece};

/// Where an image goes, and how.
#[derive(Debug, Clone)]
pub struct Order {
    pub repository: String,
    pub tag: String,
    /// Repositories of the same registry that may have blobs of it already.
    pub others: Vec<String>,
    /// Layers at a time.
    pub jobs: usize,
    /// How much of a layer goes into one request; everything where that is not said.
    pub chunk: Option<u64>,
    pub patience: Patience,
}

/// How long a registry or a line may be of no use.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For each step.
    pub attempts: u32,
    /// Before the second attempt; it doubles each time.
    pub pause: Duration,
    /// Without a move.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 5, pause: Duration::from_millis(500), stall: Duration::from_secs(60) }
    }
}

/// What happens while an image is sent. A blob is told by its place in the graph.
#[derive(Debug)]
pub enum Event<'a> {
    /// It is to be sent.
    Begins(usize),
    /// So much of it is.
    Sent(usize, u64),
    /// It is there.
    Ends(usize, How),
    /// Once more, after a pause.
    Again { doing: &'a Doing, why: &'a ClientError, pause: Duration },
}

/// How a blob came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was.
    Present,
    /// From another repository.
    Mounted,
    Sent,
}

/// Hears every event, from any thread.
pub type Listener = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// An image that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// As the registry says it.
    pub digest: Digest,
    /// In the order of the graph.
    pub blobs: Vec<How>,
}

/// Why an image was not sent.
#[derive(Debug, Error)]
pub enum TransferError {
    #[error("cannot read {digest}")]
    Read { digest: Digest, source: std::io::Error },
    #[error("nothing was sent: {digest} holds something else, {found}")]
    Altered { digest: Digest, found: Digest },
    /// The first error is the one that tells the cause; what follows it is often only its echo.
    #[error("{first}{}", shown_attempts(*attempts, last.as_deref()))]
    Failed { first: Box<ClientError>, attempts: u32, last: Option<Box<ClientError>> },
    #[error("the registry has {found} under {place} after the push of {sent}")]
    NotThere { place: String, sent: Digest, found: String },
    #[error("a part of the push ended early")]
    Ended,
}

impl From<ClientError> for TransferError {
    fn from(first: ClientError) -> Self {
        Self::Failed { first: Box::new(first), attempts: 1, last: None }
    }
}

fn shown_attempts(attempts: u32, last: Option<&ClientError>) -> String {
    match last {
        None => String::new(),
        Some(last) => format!(" (the first of {attempts} attempts; the last: {last})"),
    }
}

/// What all parts of a transfer share.
struct Job {
    exchange: Arc<Exchange>,
    graph: Arc<Graph>,
    order: Order,
    listener: Listener,
}

impl fmt::Debug for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Job").field("order", &self.order).finish_non_exhaustive()
    }
}

pub(super) async fn send(
    exchange: Arc<Exchange>,
    graph: Arc<Graph>,
    order: Order,
    listener: Listener,
) -> Result<Delivered, TransferError> {
    let job = Arc::new(Job { exchange, graph, order, listener });
    let there = job.all(0..job.graph.blobs.len(), |job, at| async move { job.has(at).await }).await?;
    let mut blobs = vec![How::Present; there.len()];
    let missing: Vec<usize> = there.iter().enumerate().filter(|(_, there)| !**there).map(|(at, _)| at).collect();
    job.all(missing.iter().copied(), |job, at| async move { job.verify(at).await }).await?;
    let sent = job.all(missing.iter().copied(), |job, at| async move { job.bring(at).await }).await?;
    for (at, how) in missing.into_iter().zip(sent) {
        if let Some(place) = blobs.get_mut(at) {
            *place = how;
        }
    }
    let digest = job.manifests().await?;
    Ok(Delivered { digest, blobs })
}

impl Job {
    /// Does the same for several blobs, so many at a time; the first failure ends the rest.
    async fn all<T, F>(
        self: &Arc<Self>,
        which: impl IntoIterator<Item = usize>,
        work: impl Fn(Arc<Self>, usize) -> F,
    ) -> Result<Vec<T>, TransferError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, TransferError>> + Send + 'static,
    {
        let seats = Arc::new(Semaphore::new(self.order.jobs.max(1)));
        let mut tasks = JoinSet::new();
        for (place, at) in which.into_iter().enumerate() {
            let (seats, task) = (Arc::clone(&seats), work(Arc::clone(self), at));
            tasks.spawn(async move {
                // The semaphore is never closed.
                let _seat = seats.acquire().await;
                (place, task.await)
            });
        }
        let mut done = Vec::new();
        while let Some(ended) = tasks.join_next().await {
            let (place, outcome) = ended.map_err(|_| TransferError::Ended)?;
            done.push((place, outcome?));
        }
        done.sort_by_key(|(place, _)| *place);
        Ok(done.into_iter().map(|(_, outcome)| outcome).collect())
    }

    fn piece(&self, at: usize) -> Result<&Piece, TransferError> {
        self.graph.blobs.get(at).ok_or(TransferError::Ended)
    }

    fn tell(&self, event: Event<'_>) {
        (self.listener)(event);
    }

    /// That a blob is what it is called.
    async fn verify(&self, at: usize) -> Result<(), TransferError> {
        let Piece { digest, extent } = self.piece(at)?.clone();
        let found = spawn_blocking(move || extent.digest()).await.map_err(|_| TransferError::Ended)?;
        match found {
            Ok(found) if found == digest => Ok(()),
            Ok(found) => Err(TransferError::Altered { digest, found }),
            Err(source) => Err(TransferError::Read { digest, source }),
        }
    }
}
