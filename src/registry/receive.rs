//! Takes in the body of a request, within limits of time and size.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::refusal::Refusal;
use super::session::Held;
use super::store::StoreError;

/// How long a client may send nothing in the middle of a body.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much is written at once. While one batch is hashed and written the next one is received.
const BATCH: usize = 512 * 1024;
/// How much of a refused body is read, so that the client gets to read the refusal.
const DRAINED: usize = 4 * 1024 * 1024;
const DRAINED_WITHIN: Duration = Duration::from_secs(2);

/// Where the draft is: here, or with the thread that writes to it.
enum Writing {
    Idle(Held),
    Busy(JoinHandle<Result<Held, StoreError>>),
}

/// Appends the body to the draft. What arrived before a client broke off is kept: it may resume.
pub async fn append(held: Held, body: &mut Incoming) -> Result<Held, Refusal> {
    let mut writing = Writing::Idle(held);
    let (mut batch, mut batched) = (Vec::new(), 0);
    let end = loop {
        match piece(body).await {
            Ok(Some(bytes)) => {
                batched += bytes.len();
                batch.push(bytes);
                if batched >= BATCH {
                    writing = writing.append(std::mem::take(&mut batch)).await?;
                    batched = 0;
                }
            }
            Ok(None) => break Ok(()),
            Err(refusal) => break Err(refusal),
        }
    };
    let held = writing.append(batch).await?.idle().await?;
    end.map(|()| held)
}

/// The whole body; nothing of it when it is longer than `limit`.
pub async fn collect(body: &mut Incoming, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut collected = Vec::new();
    while let Some(bytes) = piece(body).await? {
        if collected.len() + bytes.len() > limit {
            return Err(Refusal::ManifestTooLarge { limit });
        }
        collected.extend_from_slice(&bytes);
    }
    Ok(collected)
}

/// Reads and forgets what is left of the body, if it is not much.
pub async fn drain(body: &mut Incoming) {
    let reading = async {
        let mut drained = 0;
        while let Ok(Some(bytes)) = piece(body).await {
            drained += bytes.len();
            if drained > DRAINED {
                return;
            }
        }
    };
    // Running out of time is as good as the end: the connection is closed then.
    let _ = timeout(DRAINED_WITHIN, reading).await;
}

async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = timeout(PATIENCE, body.frame()).await.map_err(|_| Refusal::BodyTimedOut)?;
        match frame.transpose().map_err(|source| Refusal::BodyBroken { source })? {
            None => return Ok(None),
            Some(frame) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

impl Writing {
    async fn append(self, batch: Vec<Bytes>) -> Result<Self, Refusal> {
        let mut held = self.idle().await?;
        if batch.is_empty() {
            return Ok(Self::Idle(held));
        }
        Ok(Self::Busy(tokio::task::spawn_blocking(move || {
            if let Some(draft) = held.as_mut() {
                draft.append(&batch)?;
            }
            Ok(held)
        })))
    }

    /// Waits until the draft is written to.
    async fn idle(self) -> Result<Held, Refusal> {
        match self {
            Self::Idle(held) => Ok(held),
            Self::Busy(writing) => Ok(writing.await.map_err(|_| Refusal::Interrupted)??),
        }
    }
}
