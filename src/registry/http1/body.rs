//! The body of a request, read from the socket straight into the reader's buffer.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf as _, BufMut as _, BytesMut};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// The longest line between two chunks, and the most that may stand behind the last one.
const LINE: usize = 4 * 1024;
const TRAILERS: usize = 16 * 1024;
/// How much is read to find such a line: what is read too much has to be copied.
const PEEK: usize = 64;

/// A connection, with what was read of it and not used yet.
#[derive(Debug)]
pub struct Connection {
    pub stream: TcpStream,
    pub read: BytesMut,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length(u64),
    Chunked(Chunk),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk {
    /// Its length comes next.
    Size,
    Data(u64),
    /// The end of its line comes next.
    DataEnd,
    /// So many bytes of trailers came.
    Trailers(usize),
    Done,
}

/// Has the connection as long as the body is read, and gives it back when it is dropped.
#[derive(Debug)]
pub struct Body {
    connection: Option<Connection>,
    framing: Framing,
    /// The client waits for being told to send it.
    waiting: bool,
    home: Home,
}

/// Where the connection is when the body is gone, and whether all of the body was read.
#[derive(Debug, Clone, Default)]
pub struct Home(Arc<Mutex<Option<(Connection, bool)>>>);

impl Home {
    pub fn take(&self) -> Option<(Connection, bool)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Body {
    pub fn new(connection: Connection, framing: Framing, waiting: bool, home: Home) -> Self {
        Self { connection: Some(connection), framing, waiting, home }
    }

    /// Appends what comes next, at most as much as there is room for; 0 at the end.
    pub async fn read(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        let Some(connection) = &mut self.connection else { return Ok(0) };
        if self.waiting {
            self.waiting = false;
            connection.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        loop {
            match self.framing {
                Framing::Length(0) | Framing::Chunked(Chunk::Done) => return Ok(0),
                Framing::Length(left) => {
                    let count = connection.read_some(into, left).await?;
                    self.framing = Framing::Length(left - count as u64);
                    return Ok(count);
                }
                Framing::Chunked(Chunk::Data(left)) => {
                    let count = connection.read_chunk(into, left).await?;
                    let left = left - count as u64;
                    self.framing = Framing::Chunked(if left == 0 { Chunk::DataEnd } else { Chunk::Data(left) });
                    return Ok(count);
                }
                Framing::Chunked(chunk) => {
                    let line = connection.line().await?;
                    self.framing = Framing::Chunked(chunk.after(&line).ok_or_else(invalid)?);
                }
            }
        }
    }

    /// How much is to come at least.
    pub fn announced(&self) -> u64 {
        match self.framing {
            Framing::Length(left) | Framing::Chunked(Chunk::Data(left)) => left,
            Framing::Chunked(_) => 0,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.framing, Framing::Length(0) | Framing::Chunked(Chunk::Done))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let over = self.is_over();
        let rest = self.connection.take().map(|connection| (connection, over));
        *self.home.0.lock().unwrap_or_else(PoisonError::into_inner) = rest;
    }
}

impl Chunk {
    /// What comes after this line, which is without its end; `None` when the line is not what has to come.
    fn after(self, line: &[u8]) -> Option<Self> {
        match self {
            Self::Size => {
                let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
                let valid = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
                let size = u64::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| valid)?, 16).ok()?;
                Some(if size == 0 { Self::Trailers(0) } else { Self::Data(size) })
            }
            Self::DataEnd => line.is_empty().then_some(Self::Size),
            Self::Trailers(_) if line.is_empty() => Some(Self::Done),
            Self::Trailers(before) => Some(before + line.len()).filter(|sum| *sum <= TRAILERS).map(Self::Trailers),
            Self::Data(_) | Self::Done => None,
        }
    }
}

impl Connection {
    /// Appends at most `limit` bytes, and no more than fit.
    async fn read_some(&mut self, into: &mut BytesMut, limit: u64) -> io::Result<usize> {
        let room = into.capacity() - into.len();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(room);
        if !self.read.is_empty() {
            let count = self.read.len().min(limit);
            into.extend_from_slice(&self.read.split_to(count));
            return Ok(count);
        }
        loop {
            match self.stream.try_read_buf(&mut into.limit(limit)) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.readable().await?,
                result => return result,
            }
        }
    }

    /// The same for the data of a chunk, and reads the lines behind them where they are there already: every read costs.
    async fn read_chunk(&mut self, into: &mut BytesMut, left: u64) -> io::Result<usize> {
        if !self.read.is_empty() {
            return self.read_some(into, left).await;
        }
        let before = into.len();
        let count = self.read_some(into, left.saturating_add(PEEK as u64)).await?;
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(count);
        self.read.extend_from_slice(into.get(before + wanted..).unwrap_or_default());
        into.truncate(before + wanted);
        Ok(wanted)
    }

    /// The next line, without its end.
    async fn line(&mut self) -> io::Result<BytesMut> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.read.iter().skip(seen).position(|byte| *byte == b'\n').map(|end| seen + end) {
                let mut line = self.read.split_to(end);
                self.read.advance(1);
                // A lone line feed ends no line: two readers that differ in this see two different requests.
                let text = line.len().checked_sub(1).filter(|last| line.get(*last) == Some(&b'\r'));
                line.truncate(text.ok_or_else(invalid)?);
                return Ok(line);
            }
            seen = self.read.len();
            if seen > LINE {
                return Err(invalid());
            }
            self.read.reserve(PEEK);
            match self.stream.try_read_buf(&mut (&mut self.read).limit(PEEK)) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.readable().await?,
                Err(error) => return Err(error),
            }
        }
    }

    pub async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self.stream.async_io(Interest::WRITABLE, || self.stream.try_write(bytes)).await?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
