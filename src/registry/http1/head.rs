//! The head of a request: a plain one, or one for somebody who knows more. Pure.

use httparse::{EMPTY_HEADER, Status};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Method, Request, Uri};

use super::body::{Chunk, Framing};

/// More than any client of a registry sends.
const HEADERS: usize = 64;
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[derive(Debug)]
pub enum Head {
    /// A request whose head is `length` bytes long.
    Plain {
        plain: Box<Plain>,
        length: usize,
    },
    /// Anything else, right or wrong.
    Other,
    Incomplete,
}

/// A request that leaves no question open.
#[derive(Debug)]
pub struct Plain {
    pub request: Request<()>,
    pub framing: Framing,
    /// The client sends the body when it is told to.
    pub waiting: bool,
    /// The client wants no other answer on this connection.
    pub last: bool,
}

pub fn parse(bytes: &[u8]) -> Head {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(bytes) {
        Ok(Status::Complete(length)) => {
            plain(&parsed).map_or(Head::Other, |plain| Head::Plain { plain: Box::new(plain), length })
        }
        Ok(Status::Partial) => Head::Incomplete,
        Err(_) => Head::Other,
    }
}

fn plain(parsed: &httparse::Request<'_, '_>) -> Option<Plain> {
    let method = METHODS.into_iter().find(|method| Some(method.as_str()) == parsed.method)?;
    let path = parsed.path.filter(|path| path.starts_with('/') && parsed.version == Some(1))?;
    let mut headers = HeaderMap::with_capacity(parsed.headers.len());
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    if headers.contains_key(UPGRADE) || headers.get_all(HOST).iter().count() != 1 {
        return None;
    }
    let framing = framing(&headers)?;
    let waiting = match only(&headers, &EXPECT).ok()? {
        None => false,
        Some(value) => value.eq_ignore_ascii_case(b"100-continue").then_some(true)?,
    };
    let last = match only(&headers, &CONNECTION).ok()? {
        None => false,
        Some(value) if value.eq_ignore_ascii_case(b"keep-alive") => false,
        Some(value) => value.eq_ignore_ascii_case(b"close").then_some(true)?,
    };
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse::<Uri>().ok()?;
    *request.headers_mut() = headers;
    Some(Plain { request, framing, waiting: waiting && framing != Framing::Length(0), last })
}

/// How long the body is. Two lengths, a length beside a coding, or any coding but `chunked` are for somebody else.
fn framing(headers: &HeaderMap) -> Option<Framing> {
    match (only(headers, &CONTENT_LENGTH).ok()?, only(headers, &TRANSFER_ENCODING).ok()?) {
        (None, None) => Some(Framing::Length(0)),
        (Some(length), None) => {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(length).ok().filter(|_| digits)?.parse().ok().map(Framing::Length)
        }
        (None, Some(coding)) => coding.eq_ignore_ascii_case(b"chunked").then_some(Framing::Chunked(Chunk::Size)),
        (Some(_), Some(_)) => None,
    }
}

/// A header that came twice.
struct Twice;

/// The header, if there is one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a [u8]>, Twice> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(HeaderValue::as_bytes);
    if values.next().is_none() { Ok(first) } else { Err(Twice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> String {
        match parse(text.as_bytes()) {
            Head::Plain { plain, length } => {
                assert!(text.as_bytes()[..length].ends_with(b"\r\n\r\n"));
                let Plain { request, framing, waiting, last } = *plain;
                let body = match framing {
                    Framing::Length(length) => length.to_string(),
                    Framing::Chunked(_) => "chunked".into(),
                };
                let more = [(waiting, " waiting"), (last, " last")].map(|(is, word)| if is { word } else { "" });
                format!("{} {} {body}{}", request.method(), request.uri(), more.concat())
            }
            Head::Other => "other".into(),
            Head::Incomplete => "incomplete".into(),
        }
    }

    #[test]
    fn whatever_leaves_a_question_open_is_for_somebody_else() {
        let rows = [
            ("GET /v2/?n=1 HTTP/1.1\r\nHost: r\r\n\r\n", "GET /v2/?n=1 0"),
            ("HEAD /v2/ HTTP/1.1\r\nHost: r\r\nConnection: Keep-Alive\r\n\r\nGET", "HEAD /v2/ 0"),
            ("GET /v2/ HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n", "GET /v2/ 0 last"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 7\r\n\r\n", "PUT /x 7"),
            ("PATCH /x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: Chunked\r\n\r\n", "PATCH /x chunked"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n", "PUT /x 7 waiting"),
            ("POST /x HTTP/1.1\r\nHost: r\r\nContent-Length: 0\r\nExpect: 100-Continue\r\n\r\n", "POST /x 0"),
            ("GET /v2/ HTTP/1.1\r\nHost: r\r\n", "incomplete"),
            ("G", "incomplete"),
            ("OPTIONS /v2/ HTTP/1.1\r\nHost: r\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.0\r\nHost: r\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\nHost: r\r\nHost: s\r\n\r\n", "other"),
            ("GET http://r/v2/ HTTP/1.1\r\nHost: r\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: +7\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 7, 7\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 99999999999999999999\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "other"),
            ("PUT /x HTTP/1.1\r\nHost: r\r\nExpect: more\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\nHost: r\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\nHost: r\r\nConnection: close, te\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\nHost : r\r\n\r\n", "other"),
            ("GET /v2/ HTTP/1.1\r\nHost: r\r\n folded\r\n\r\n", "other"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "other"),
            ("\u{16}\u{3}\u{1}", "other"),
        ];
        for (text, want) in rows {
            assert_eq!(kind(text), want, "{text}");
        }
        let many: String = (0..=HEADERS).map(|number| format!("X-{number}: y\r\n")).collect();
        assert_eq!(kind(&format!("GET / HTTP/1.1\r\nHost: r\r\n{many}\r\n")), "other");
    }
}
