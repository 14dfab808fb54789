//! Answers: their body, and the headers that every answer of a registry has.

use std::fs::File;
use std::future::Future as _;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use hyper::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
    RANGE,
};
use hyper::{Response, StatusCode};
use tokio::task::JoinHandle;

use super::digest::Digest;
use super::range;
use super::refusal::Refusal;

pub type Answer = Response<Body>;

pub const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");
const CHALLENGE: HeaderName = hyper::header::WWW_AUTHENTICATE;
/// How much of a file is read at once; the next piece is read while this one is sent.
const PIECE: u64 = 256 * 1024;

/// What follows the headers.
#[derive(Debug)]
pub enum Body {
    Whole(Option<Bytes>),
    Part(FilePart),
}

/// A part of a file, read on threads that may block.
#[derive(Debug)]
pub struct FilePart {
    pub file: Arc<File>,
    pub offset: u64,
    pub left: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl Body {
    pub fn empty() -> Self {
        Self::Whole(None)
    }

    pub fn file(file: File, offset: u64, length: u64) -> Self {
        Self::Part(FilePart { file: Arc::new(file), offset, left: length, reading: None })
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self::Whole(Some(bytes.into()))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(bytes) => {
                Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(|one| Ok(Frame::data(one))))
            }
            Self::Part(part) => part.poll_piece(context).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Part(part) => part.left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::Part(part) => part.left,
        })
    }
}

impl FilePart {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let mut reading = self.reading.take().unwrap_or_else(|| self.read_ahead());
        let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
            self.reading = Some(reading);
            return Poll::Pending;
        };
        let piece = read.map_err(io::Error::other).flatten();
        Poll::Ready(Some(piece.inspect(|bytes| {
            self.offset += bytes.len() as u64;
            self.left -= bytes.len() as u64;
            self.reading = (self.left > 0).then(|| self.read_ahead());
        })))
    }

    fn read_ahead(&self) -> JoinHandle<io::Result<Bytes>> {
        let (file, offset) = (Arc::clone(&self.file), self.offset);
        let length = usize::try_from(self.left.min(PIECE)).unwrap_or(usize::MAX);
        tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; length];
            file.read_exact_at(&mut piece, offset)?;
            Ok(Bytes::from(piece))
        })
    }
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Answer {
    with_body(status, Body::empty())
}

pub fn with_body(status: StatusCode, body: impl Into<Body>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    answer
}

pub fn json(status: StatusCode, text: String) -> Answer {
    let mut answer = with_body(status, text);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// Sets a header; a value that no header can have is left out.
pub fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// How long the body is to be, also where none is sent.
pub fn announced_length(answer: &Answer) -> Option<u64> {
    let header = answer.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    header.and_then(|text| text.parse().ok()).or_else(|| answer.body().size_hint().exact())
}

/// As a `HEAD` has it: how long the body is, and no body. HTTP/2 would send it (hyper 1.12), and clients then give the
/// whole answer up.
pub fn without_body(mut answer: Answer) -> Answer {
    if let Some(length) = announced_length(&answer).filter(|length| *length > 0) {
        set(&mut answer, CONTENT_LENGTH, &length.to_string());
    }
    *answer.body_mut() = Body::empty();
    answer
}

/// Names the content: the digest, and the same as an entity tag.
pub fn set_digest(answer: &mut Answer, digest: &Digest) {
    set(answer, CONTENT_DIGEST, &digest.to_string());
    set(answer, ETAG, &entity_tag(digest));
}

/// Whether the client said that it has the content already.
pub fn is_known(headers: &HeaderMap, digest: &Digest) -> bool {
    let wanted = entity_tag(digest);
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == wanted || one == "*")
}

pub fn entity_tag(digest: &Digest) -> String {
    format!("\"{digest}\"")
}

pub fn refused(refusal: &Refusal) -> Answer {
    let mut answer = json(refusal.status(), refusal.body());
    match refusal {
        Refusal::SignInNeeded { challenge } => set(&mut answer, CHALLENGE, challenge),
        Refusal::RangeNotSatisfiable { size } => set(&mut answer, CONTENT_RANGE, &format!("bytes */{size}")),
        Refusal::ChunkOutOfOrder { location, received } => {
            set(&mut answer, LOCATION, location);
            set(&mut answer, RANGE, &range::received(*received));
        }
        _ => {}
    }
    answer
}
