//! The body of a request on its way in, piece by piece, within a limit of time.

use std::io;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use tokio::time::timeout;

use super::http1;
use super::refusal::Refusal;

/// How long a client may send nothing in the middle of a body.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes a second: a body that takes longer than that is given up when fewer come on average.
const LEAST: u64 = 1024;

#[derive(Debug)]
pub struct Incoming {
    source: Source,
    received: u64,
    stop_after: Option<u64>,
    started: Instant,
}

#[derive(Debug)]
enum Source {
    /// What hyper gives, and what of its last piece was not used yet.
    Hyper(hyper::body::Incoming, Bytes),
    Http1(http1::body::Body),
}

impl Incoming {
    /// How many bytes of the body have come.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// As far as that is known, how long it is going to be.
    pub fn known_length(&self) -> u64 {
        self.received + self.source.announced()
    }

    /// From now on reading ends with a refusal once more than that came: a fault.
    pub fn stop_after(&mut self, bytes: u64) {
        self.stop_after = Some(bytes);
    }

    /// Appends what comes next, as far as there is room; 0 at the end.
    pub async fn read(&mut self, into: &mut BytesMut) -> Result<usize, Refusal> {
        let count = timeout(PATIENCE, self.source.read(into)).await.map_err(|_| Refusal::BodyTimedOut)?;
        let count = count.map_err(|source| Refusal::BodyBroken { source })?;
        self.received += count as u64;
        if self.stop_after.is_some_and(|limit| self.received > limit) {
            return Err(Refusal::CutByFault);
        }
        let seconds = self.started.elapsed().as_secs();
        if seconds > PATIENCE.as_secs() && self.received < seconds * LEAST {
            return Err(Refusal::BodyTimedOut);
        }
        Ok(count)
    }
}

impl Source {
    /// How much is to come at least.
    fn announced(&self) -> u64 {
        match self {
            Self::Http1(body) => body.announced(),
            Self::Hyper(body, left) => left.len() as u64 + body.size_hint().lower(),
        }
    }

    async fn read(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        let (body, left) = match self {
            Self::Http1(body) => return body.read(into).await,
            Self::Hyper(body, left) => (body, left),
        };
        while left.is_empty() {
            match body.frame().await.transpose().map_err(io::Error::other)? {
                None => return Ok(0),
                Some(frame) => *left = frame.into_data().unwrap_or_default(),
            }
        }
        let piece = left.split_to(left.len().min(into.capacity() - into.len()));
        into.extend_from_slice(&piece);
        Ok(piece.len())
    }
}

impl From<hyper::body::Incoming> for Incoming {
    fn from(source: hyper::body::Incoming) -> Self {
        Self { source: Source::Hyper(source, Bytes::new()), received: 0, stop_after: None, started: Instant::now() }
    }
}

impl From<http1::body::Body> for Incoming {
    fn from(source: http1::body::Body) -> Self {
        Self { source: Source::Http1(source), received: 0, stop_after: None, started: Instant::now() }
    }
}
