//! The body of a request on its way in, piece by piece, within a limit of time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::refusal::Refusal;

/// How long a client may send nothing in the middle of a body.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Incoming {
    source: hyper::body::Incoming,
    received: u64,
    stop_after: Option<u64>,
}

impl Incoming {
    /// How many bytes of the body have come.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// From now on reading ends with a refusal once more than that came: a fault.
    pub fn stop_after(&mut self, bytes: u64) {
        self.stop_after = Some(bytes);
    }

    /// What came next; `None` at the end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Refusal> {
        let Some(bytes) = self.next().await? else { return Ok(None) };
        self.received += bytes.len() as u64;
        if self.stop_after.is_some_and(|limit| self.received > limit) {
            return Err(Refusal::CutByFault);
        }
        Ok(Some(bytes))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let frame = timeout(PATIENCE, self.source.frame()).await.map_err(|_| Refusal::BodyTimedOut)?;
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
}

impl From<hyper::body::Incoming> for Incoming {
    fn from(source: hyper::body::Incoming) -> Self {
        Self { source, received: 0, stop_after: None }
    }
}
