//! An answer on its way out: head and small bodies in one write, files by `sendfile`.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;

use hyper::header::{CONNECTION, CONTENT_LENGTH, DATE};
use hyper::{Response, StatusCode};
use nix::sys::sendfile::sendfile;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::body::Connection;
use crate::registry::answer::{Body, FilePart};
use crate::registry::fault::outgoing::Outgoing;

/// So much of a file goes with the head in one write: copying it is quicker than another call.
const SMALL: u64 = 32 * 1024;
/// How much of a file is sent before others on this thread get their turn.
const TURN: u64 = 4 * 1024 * 1024;

/// Sends the whole answer; an error when the client is gone.
pub async fn send(connection: &Connection, answer: Response<Outgoing>, last: bool) -> io::Result<()> {
    let (parts, mut body) = answer.into_parts();
    let answer = Response::from_parts(parts, ());
    let Some((body, record)) = body.untouched() else { return Err(io::ErrorKind::Unsupported.into()) };
    let length = hyper::body::Body::size_hint(body).exact().unwrap_or(0);
    let mut bytes = head(&answer, length, last)?;
    let file = match body {
        Body::Whole(whole) => {
            bytes.extend_from_slice(whole.as_deref().unwrap_or_default());
            None
        }
        Body::Part(part) if length <= SMALL => {
            let start = bytes.len();
            bytes.resize(start + usize::try_from(length).unwrap_or_default(), 0);
            part.file.read_exact_at(bytes.get_mut(start..).unwrap_or_default(), part.offset)?;
            None
        }
        Body::Part(part) => Some(part),
    };
    connection.write(&bytes).await?;
    if let Some(FilePart { file, offset, left, .. }) = file {
        send_file(&connection.stream, file, *offset, *left).await?;
    }
    record.sent(usize::try_from(length).unwrap_or(usize::MAX));
    Ok(())
}

fn head(answer: &Response<()>, length: u64, last: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    let status = answer.status();
    write!(bytes, "HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default())?;
    for (name, value) in answer.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let bodiless = matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    if !answer.headers().contains_key(CONTENT_LENGTH) && !bodiless {
        write!(bytes, "{CONTENT_LENGTH}: {length}\r\n")?;
    }
    if last {
        write!(bytes, "{CONNECTION}: close\r\n")?;
    }
    let now = OffsetDateTime::now_utc().format(&Rfc2822).unwrap_or_default().replace("+0000", "GMT");
    write!(bytes, "{DATE}: {now}\r\n\r\n")?;
    Ok(bytes)
}

async fn send_file(stream: &TcpStream, file: &File, offset: u64, mut left: u64) -> io::Result<()> {
    let mut offset = i64::try_from(offset).map_err(io::Error::other)?;
    let mut turn = 0;
    while left > 0 {
        let count = usize::try_from(left.min(TURN)).map_err(io::Error::other)?;
        let attempt = || sendfile(stream, file, Some(&mut offset), count).map_err(io::Error::from);
        let sent = stream.async_io(Interest::WRITABLE, attempt).await?;
        if sent == 0 {
            // Somebody made the file shorter.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        left -= sent as u64;
        turn += sent as u64;
        if turn >= TURN {
            turn = 0;
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
