//! A connection that does not bring everything: ends early, drips, loses what is large.

use std::fmt;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

use super::act::{End, Transfer};

/// A connection that nothing comes from is kept so long.
const STALLED: Duration = Duration::from_secs(600);
const ENDLESS: &str = "x-endless: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n";

/// A byte stream over a socket.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    /// Closing it from now on resets the connection.
    fn reset_on_close(&self);
}

impl Socket for TcpStream {
    fn reset_on_close(&self) {
        // Without it the connection is closed instead, which is a fault as well.
        let _ = self.set_zero_linger();
    }
}

impl<S: Socket> Socket for TlsStream<S> {
    fn reset_on_close(&self) {
        self.get_ref().0.reset_on_close();
    }
}

impl Socket for Wire {
    fn reset_on_close(&self) {
        self.inner.reset_on_close();
    }
}

/// The stream with its faults, in the hands of hyper.
pub struct Wire {
    inner: Box<dyn Socket>,
    control: Arc<Control>,
}

/// The same wire in the hands of whoever answers.
#[derive(Debug, Default)]
pub struct Control(Mutex<Faults>);

#[derive(Debug, Default)]
struct Faults {
    end_when_flushed: Option<End>,
    /// After so many bytes have come in.
    end_when_read: Option<(u64, End)>,
    writing: Writing,
    waiting: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Default)]
enum Writing {
    #[default]
    Whole,
    Drip {
        bytes: usize,
        every: Duration,
    },
    /// `lost`: something large was, and so is all that follows.
    LoseLarge {
        size: usize,
        lost: bool,
    },
    /// What is still to be written before the next line.
    EndlessHeaders {
        rest: Vec<u8>,
        begun: bool,
    },
}

impl Wire {
    pub fn new(inner: impl Socket + 'static) -> Self {
        Self { inner: Box::new(inner), control: Arc::default() }
    }

    pub fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }
}

impl Control {
    /// What was written so far still goes out.
    pub fn end_when_flushed(&self, end: End) {
        self.faults().end_when_flushed = Some(end);
    }

    pub fn end_when_read(&self, bytes: u64, end: End) {
        self.faults().end_when_read = Some((bytes, end));
    }

    /// From now on; what ends in the middle or behind a body is the body's own.
    pub fn begin(&self, transfer: &Transfer) {
        let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        self.faults().writing = match transfer {
            Transfer::Drip { bytes, every } => Writing::Drip { bytes: size(*bytes).max(1), every: *every },
            Transfer::LoseLarge { size: large } => Writing::LoseLarge { size: size(*large), lost: false },
            Transfer::EndlessHeaders => Writing::EndlessHeaders { rest: Vec::new(), begun: false },
            Transfer::Break(_) | Transfer::Longer { .. } | Transfer::CloseBehind => Writing::Whole,
        };
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faults {
    /// Ready when the time is over.
    fn poll_wait(&mut self, context: &mut Context<'_>, time: Duration) -> Poll<()> {
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(waiting.as_mut().poll(context));
        self.waiting = None;
        Poll::Ready(())
    }

    fn poll_end<T>(&mut self, socket: &mut dyn Socket, context: &mut Context<'_>, end: End) -> Poll<io::Result<T>> {
        match end {
            End::Close => ready!(Pin::new(socket).poll_shutdown(context))?,
            End::Reset => socket.reset_on_close(),
            End::Stall => ready!(self.poll_wait(context, STALLED)),
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
    }
}

impl Writing {
    fn poll_endless(socket: &mut dyn Socket, context: &mut Context<'_>, rest: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        loop {
            if rest.is_empty() {
                rest.extend(ENDLESS.repeat(50).bytes());
            }
            let count = ready!(Pin::new(&mut *socket).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            rest.drain(..count);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut faults = this.control.faults();
        if let Some((0, end)) = faults.end_when_read {
            return faults.poll_end(this.inner.as_mut(), context, end);
        }
        if let Writing::LoseLarge { lost: true, .. } = faults.writing {
            ready!(faults.poll_wait(context, STALLED));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(this.inner.as_mut()).poll_read(context, buffer))?;
        let count = buffer.filled().len() - before;
        if let Some((left, _)) = &mut faults.end_when_read {
            *left = left.saturating_sub(count as u64);
        }
        if let Writing::LoseLarge { size, lost } = &mut faults.writing {
            *lost |= count > *size;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let socket = this.inner.as_mut();
        let mut faults = this.control.faults();
        let part = match &mut faults.writing {
            Writing::Whole => bytes.len(),
            Writing::Drip { bytes: few, every } => {
                let (few, every) = (*few, *every);
                ready!(faults.poll_wait(context, every));
                few.min(bytes.len())
            }
            Writing::LoseLarge { size, lost } => {
                *lost |= bytes.len() > *size;
                if *lost {
                    return Poll::Ready(Ok(bytes.len()));
                }
                bytes.len()
            }
            Writing::EndlessHeaders { rest, begun } => {
                if !*begun {
                    let line = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                    rest.extend(bytes.iter().take(line));
                    *begun = true;
                }
                return Writing::poll_endless(socket, context, rest);
            }
        };
        Pin::new(socket).poll_write(context, bytes.get(..part).unwrap_or(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(this.inner.as_mut()).poll_flush(context))?;
        let mut faults = this.control.faults();
        match faults.end_when_flushed {
            Some(end) => faults.poll_end(this.inner.as_mut(), context, end),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut faults = this.control.faults();
        // The end of the connection comes behind what was lost, and so never.
        if let Writing::LoseLarge { lost: true, .. } = faults.writing {
            ready!(faults.poll_wait(context, STALLED));
        }
        Pin::new(this.inner.as_mut()).poll_shutdown(context)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wire").field("control", &self.control).finish_non_exhaustive()
    }
}
