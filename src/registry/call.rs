//! One request, as the handlers see it.

use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName};

use super::access::Mount;
use super::incoming::Incoming;
use super::query::Query;

#[derive(Debug)]
pub struct Call {
    pub headers: HeaderMap,
    pub query: Query,
    pub path: String,
    pub body: Incoming,
    /// `HEAD`: the headers alone are wanted.
    pub head: bool,
    pub mount: Mount,
}

impl Call {
    /// The value of a header, if it is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the body is, when the client says so.
    pub fn announced_length(&self) -> Option<u64> {
        self.header(&CONTENT_LENGTH).and_then(|text| text.parse().ok())
    }
}
