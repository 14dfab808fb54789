//! Takes in the body of a request: what arrives is hashed at once, and written on another thread meanwhile.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::incoming::Incoming;
use super::refusal::Refusal;
use super::session::Held;
use super::store::{Draft, StoreError};

/// How much is written at once. While one batch is written the next one is received and hashed.
const BATCH: usize = 512 * 1024;
/// So little is written here and now: that is quicker than handing it over.
const SMALL: usize = 32 * 1024;
/// How much of a refused body is read, so that the client gets to read the refusal.
const DRAINED: usize = 4 * 1024 * 1024;
const DRAINED_WITHIN: Duration = Duration::from_secs(2);

/// Where the draft is: here, or with the thread that writes to it.
enum Writing {
    Idle(Held),
    Busy(JoinHandle<Result<Held, StoreError>>),
}

/// Appends the body to the draft. What arrived before a client broke off is kept: it may resume.
pub async fn append(mut held: Held, body: &mut Incoming) -> Result<Held, Refusal> {
    // Without it, as after a write that failed, the digest is computed from the file at the end.
    let mut hasher = held.as_mut().and_then(Draft::take_hasher);
    let mut writing = Writing::Idle(held);
    let (mut batch, mut batched) = (Vec::new(), 0);
    let end = loop {
        match body.piece().await {
            Ok(Some(bytes)) => {
                if let Some(hasher) = &mut hasher {
                    hasher.update(&bytes);
                }
                batched += bytes.len();
                batch.push(bytes);
                if batched >= BATCH {
                    writing = writing.append(std::mem::take(&mut batch), batched).await?;
                    batched = 0;
                }
            }
            Ok(None) => break Ok(()),
            Err(refusal) => break Err(refusal),
        }
    };
    let mut held = writing.append(batch, batched).await?.idle().await?;
    if let (Some(draft), Some(hasher)) = (held.as_mut(), hasher) {
        draft.give_hasher(hasher);
    }
    end.map(|()| held)
}

/// The whole body; nothing of it when it is longer than `limit`.
pub async fn collect(body: &mut Incoming, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut collected = Vec::new();
    while let Some(bytes) = body.piece().await? {
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
        while let Ok(Some(bytes)) = body.piece().await {
            drained += bytes.len();
            if drained > DRAINED {
                return;
            }
        }
    };
    // Running out of time is as good as the end: the connection is closed then.
    let _ = timeout(DRAINED_WITHIN, reading).await;
}

impl Writing {
    async fn append(self, batch: Vec<Bytes>, length: usize) -> Result<Self, Refusal> {
        let mut held = self.idle().await?;
        let write = move || {
            if let Some(draft) = held.as_mut() {
                draft.write(&batch)?;
            }
            Ok(held)
        };
        if length <= SMALL { Ok(Self::Idle(write()?)) } else { Ok(Self::Busy(tokio::task::spawn_blocking(write))) }
    }

    /// Waits until the draft is written to.
    async fn idle(self) -> Result<Held, Refusal> {
        match self {
            Self::Idle(held) => Ok(held),
            Self::Busy(writing) => Ok(writing.await.map_err(|_| Refusal::Interrupted)??),
        }
    }
}
