//! Takes in the body of a request: what arrives is hashed at once, and a large body is written on another thread
//! meanwhile.

use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::buffers::Buffers;
use super::incoming::Incoming;
use super::refusal::Refusal;
use super::session::Held;
use super::store::{Draft, StoreError};

/// So much is written here and now, batch by batch: with small blobs both cores are busy anyway, and handing over costs.
pub const SMALL: u64 = 2 * 1024 * 1024;
/// How many batches may wait for being written.
const WAITING: usize = 3;
/// How much of a manifest is read at once.
const PIECE: usize = 16 * 1024;
/// How much of a refused body is read, so that the client gets to read the refusal.
const DRAINED: usize = 4 * 1024 * 1024;
const DRAINED_WITHIN: Duration = Duration::from_secs(2);

/// Where the draft is: here, or with a thread that writes to it what it is sent.
enum Writing {
    Here(Held),
    Elsewhere(mpsc::Sender<BytesMut>, JoinHandle<Result<Held, StoreError>>),
}

/// Appends the body to the draft. What arrived before a client broke off is kept: it may resume.
pub async fn append(mut held: Held, body: &mut Incoming, buffers: &Buffers) -> Result<Held, Refusal> {
    // Without it, as after a write that failed, the digest is computed from the file at the end.
    let mut hasher = held.as_mut().and_then(Draft::take_hasher);
    let mut writing = Writing::Here(held);
    let mut batch = buffers.take();
    let end = loop {
        let before = batch.len();
        match body.read(&mut batch).await {
            Ok(0) => break Ok(()),
            Ok(_) => {
                if let Some(hasher) = &mut hasher {
                    hasher.update(batch.get(before..).unwrap_or_default());
                }
                if batch.len() == batch.capacity() {
                    let full = std::mem::replace(&mut batch, buffers.take());
                    writing = writing.append(full, buffers, body.known_length() > SMALL).await?;
                }
            }
            Err(refusal) => break Err(refusal),
        }
    };
    let mut held = writing.append(batch, buffers, false).await?.end().await?;
    if let (Some(draft), Some(hasher)) = (held.as_mut(), hasher) {
        draft.give_hasher(hasher);
    }
    end.map(|()| held)
}

/// The whole body; nothing of it when it is longer than `limit`.
pub async fn collect(body: &mut Incoming, limit: usize) -> Result<BytesMut, Refusal> {
    let mut collected = BytesMut::new();
    loop {
        if collected.len() == collected.capacity() {
            collected.reserve(PIECE.max(collected.len()));
        }
        let count = body.read(&mut collected).await?;
        if collected.len() > limit {
            return Err(Refusal::ManifestTooLarge { limit });
        }
        if count == 0 {
            return Ok(collected);
        }
    }
}

/// Reads and forgets what is left of the body, if it is not much.
pub async fn drain(body: &mut Incoming) {
    let reading = async {
        let (mut drained, mut piece) = (0, BytesMut::with_capacity(PIECE));
        while let Ok(count @ 1..) = body.read(&mut piece).await {
            drained += count;
            piece.clear();
            if drained > DRAINED {
                return;
            }
        }
    };
    // Running out of time is as good as the end: the connection is closed then.
    let _ = timeout(DRAINED_WITHIN, reading).await;
}

impl Writing {
    /// Writes the batch here, or has it written. With a body that is `large` that changes for good.
    async fn append(self, batch: BytesMut, buffers: &Buffers, large: bool) -> Result<Self, Refusal> {
        match self {
            Self::Here(mut held) if !large => {
                write(&mut held, batch, buffers)?;
                Ok(Self::Here(held))
            }
            Self::Here(held) => Self::elsewhere(held, buffers.clone()).send(batch).await,
            Self::Elsewhere(..) => self.send(batch).await,
        }
    }

    fn elsewhere(mut held: Held, buffers: Buffers) -> Self {
        let (batches, mut coming) = mpsc::channel(WAITING);
        let writer = move || {
            while let Some(batch) = coming.blocking_recv() {
                write(&mut held, batch, &buffers)?;
            }
            Ok(held)
        };
        Self::Elsewhere(batches, tokio::task::spawn_blocking(writer))
    }

    async fn send(self, batch: BytesMut) -> Result<Self, Refusal> {
        if let Self::Elsewhere(batches, _) = &self
            && batches.send(batch).await.is_err()
        {
            // The writer has ended, and says why.
            self.end().await?;
            return Err(Refusal::Interrupted);
        }
        Ok(self)
    }

    /// Waits until everything is written.
    async fn end(self) -> Result<Held, Refusal> {
        match self {
            Self::Here(held) => Ok(held),
            Self::Elsewhere(batches, writer) => {
                drop(batches);
                Ok(writer.await.map_err(|_| Refusal::Interrupted)??)
            }
        }
    }
}

fn write(held: &mut Held, batch: BytesMut, buffers: &Buffers) -> Result<(), StoreError> {
    let written = held.as_mut().map_or(Ok(()), |draft| draft.write(&batch));
    buffers.give_back(batch);
    written
}
