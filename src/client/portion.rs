//! A part of a blob on its way: read beside the sending, in constant memory, and watched.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::sync::mpsc;
use tokio::task;
use tokio::time::sleep;

use super::source::{Extent, Flow};

/// Pieces that are read ahead of the sending.
const AHEAD: usize = 2;

/// How often as long as for a move.
const FOR_THE_ANSWER: u32 = 10;

#[derive(Debug, Clone)]
pub(super) struct Portion {
    pub extent: Extent,
    pub from: u64,
    pub length: u64,
    /// Whether the registry is told which part of the blob it is: of everything at once it need not be.
    pub announced: bool,
    pub meter: Meter,
    /// After so long without a move nobody waits any more.
    pub patience: Duration,
}

/// How far a blob is.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    sent: Arc<AtomicU64>,
    tell: Tell,
}

/// Hears how many bytes of the blob are sent.
#[derive(Clone)]
pub(super) struct Tell(pub Arc<dyn Fn(u64) + Send + Sync>);

impl Meter {
    pub(super) fn new(tell: Tell) -> Self {
        Self { sent: Arc::default(), tell }
    }

    fn set(&self, sent: u64) {
        self.sent.store(sent, Ordering::Relaxed);
        (self.tell.0)(sent);
    }
}

impl std::fmt::Debug for Tell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Tell")
    }
}

impl Portion {
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        let range = format!("{}-{}", self.from, self.from + self.length.saturating_sub(1));
        if let Some(range) = HeaderValue::from_str(&range).ok().filter(|_| self.announced) {
            headers.insert(CONTENT_RANGE, range);
        }
        headers
    }

    /// A fresh body, from the beginning of the portion.
    pub(super) fn body(&self) -> reqwest::Body {
        let (give, pieces) = mpsc::channel(AHEAD);
        let (extent, from, end) = (self.extent.clone(), self.from, self.from + self.length);
        task::spawn_blocking(move || {
            let mut left = end - from;
            let outcome = extent.read(from, |mut piece| {
                piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                left -= piece.len() as u64;
                // Whoever does not listen any more has given up.
                let heard = give.blocking_send(Ok(Bytes::from(piece))).is_ok();
                if heard && left > 0 { Flow::More } else { Flow::Enough }
            });
            if let Err(error) = outcome {
                let _ = give.blocking_send(Err(error));
            }
        });
        self.meter.set(from);
        reqwest::Body::wrap(Stream { pieces, at: from, end, meter: self.meter.clone() })
    }

    /// Returns when nothing was sent or answered for too long. The answer to everything may take longer: some registries
    /// move the bytes before they give it.
    pub(super) async fn stalled(&self) {
        let (mut before, mut idle) = (self.meter.sent.load(Ordering::Relaxed), 0);
        loop {
            sleep(self.patience).await;
            let now = self.meter.sent.load(Ordering::Relaxed);
            idle = if now == before { idle + 1 } else { 0 };
            if idle >= if now == self.from + self.length { FOR_THE_ANSWER } else { 1 } {
                return;
            }
            before = now;
        }
    }
}

struct Stream {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    at: u64,
    end: u64,
    meter: Meter,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.pieces.poll_recv(context).map(|piece| {
            let piece = piece?;
            Some(piece.map(|bytes| {
                self.at += bytes.len() as u64;
                self.meter.set(self.at);
                Frame::data(bytes)
            }))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.at == self.end
    }

    /// Exact, so that it is sent with its length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.at)
    }
}
