//! The right answer, altered.

use bytes::Bytes;
use hyper::body::Body as _;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue, LOCATION};
use time::{Duration, OffsetDateTime};

use super::outgoing::Tamper;
use super::reply::Here;
use crate::registry::answer::{self, Answer, Body, CONTENT_DIGEST};
use crate::registry::digest::{Algorithm, Digest};

/// What is altered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bend {
    Set {
        name: String,
        value: String,
    },
    Remove {
        name: String,
    },
    /// The address of an upload gets this in front.
    UploadFront(String),
    /// The address of an upload, relative to the request's.
    UploadRelative,
    /// The digest that is named is that of something else.
    Digest,
    /// One byte of the body is another one.
    Flip,
    /// The end of the body is missing, and its length is that of the rest.
    Cut,
    /// Another body, of this media type.
    Body {
        media_type: String,
        text: String,
    },
    /// The server's clock is so far ahead.
    Ahead(Duration),
}

impl Bend {
    /// Whether it needs the body to be one.
    pub fn is_of_the_body(&self) -> bool {
        matches!(self, Self::Flip | Self::Cut)
    }

    /// Alters the answer; `at` is where in the body. Whether anything was altered.
    pub fn bend(&self, answer: &mut Answer, here: &Here, at: Option<u64>) -> Option<Tamper> {
        let length = answer.body().size_hint().exact().unwrap_or(0);
        let middle = at.unwrap_or(length / 2);
        match self {
            Self::Set { name, value } => put(answer, name, &here.fill(value))?,
            Self::Remove { name } => {
                answer.headers_mut().remove(name)?;
            }
            Self::UploadFront(front) => {
                let path = upload_path(answer)?;
                answer::set(answer, LOCATION, &format!("{}{path}", here.fill(front)));
            }
            Self::UploadRelative => {
                let path = upload_path(answer)?;
                let last = path.rsplit('/').next().unwrap_or_default();
                answer::set(answer, LOCATION, last);
            }
            Self::Digest => {
                answer.headers().get(&CONTENT_DIGEST)?;
                answer::set(answer, CONTENT_DIGEST, &Digest::of(Algorithm::Sha256, b"something else").to_string());
            }
            Self::Flip => return (middle < length).then_some(Tamper::Flip { left: middle }),
            Self::Cut => {
                let kept = (middle < length).then_some(middle)?;
                answer::set(answer, CONTENT_LENGTH, &kept.to_string());
                return Some(Tamper::Cut { left: kept });
            }
            Self::Body { media_type, text } => {
                // A HEAD has none, and tells of the one that a GET would bring.
                let shown = length > 0;
                answer::set(answer, CONTENT_TYPE, media_type);
                answer::set(answer, CONTENT_LENGTH, &text.len().to_string());
                answer::set(answer, CONTENT_DIGEST, &Digest::of(Algorithm::Sha256, text.as_bytes()).to_string());
                *answer.body_mut() = if shown { Body::from(Bytes::from(text.clone())) } else { Body::empty() };
            }
            Self::Ahead(time) => {
                let shown = http_date(OffsetDateTime::now_utc() + *time)?;
                answer.headers_mut().insert(DATE, shown);
            }
        }
        Some(Tamper::None)
    }
}

fn put(answer: &mut Answer, name: &str, value: &str) -> Option<()> {
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    answer.headers_mut().insert(HeaderName::try_from(name).ok()?, value);
    Some(())
}

fn upload_path(answer: &Answer) -> Option<String> {
    let path = answer.headers().get(LOCATION)?.to_str().ok()?;
    path.contains("/blobs/uploads/").then(|| path.to_string())
}

fn http_date(time: OffsetDateTime) -> Option<HeaderValue> {
    let format = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    time.format(format).ok()?.parse().ok()
}
