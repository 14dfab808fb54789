//! A body on its way out: counted for the log, and tampered with where a fault says so.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Frame, SizeHint};

use super::act::End;
use super::wire::Control;
use crate::registry::answer::Body;
use crate::registry::log::Record;
use crate::registry::seats::Busy;

/// What follows the headers of an answer, and its line in the log, which is written when this is dropped.
#[derive(Debug)]
pub struct Outgoing {
    body: Body,
    tamper: Tamper,
    record: Record,
    busy: Busy,
}

/// What is done to a body.
#[derive(Debug, Default)]
pub enum Tamper {
    #[default]
    None,
    /// After so many bytes, one byte is another one.
    Flip { left: u64 },
    /// After so many bytes, nothing.
    Cut { left: u64 },
    /// After so many bytes the connection ends.
    Break { left: u64, end: End, wire: Arc<Control> },
    /// The connection ends behind the body.
    CloseBehind { wire: Arc<Control> },
    /// After the body this, again and again; for so many bytes, or for ever.
    Repeat { unit: Bytes, left: Option<u64> },
}

impl Outgoing {
    pub fn new(body: Body, tamper: Tamper, record: Record, busy: Busy) -> Self {
        if let Tamper::CloseBehind { wire } = &tamper
            && body.is_end_stream()
        {
            wire.end_when_flushed(End::Close);
        }
        Self { body, tamper, record, busy }
    }

    /// The body itself and its record, where nothing is tampered with: for who sends it past [`hyper::body::Body`].
    pub fn untouched(&mut self) -> Option<(&mut Body, &mut Record)> {
        matches!(self.tamper, Tamper::None).then_some((&mut self.body, &mut self.record))
    }
}

impl hyper::body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        this.busy.sends();
        if this.tamper.is_over() {
            return this.tamper.end();
        }
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) else { return Poll::Pending };
        let frame = match frame {
            None => this.tamper.behind(),
            Some(frame) => Some(frame.map(|frame| frame.map_data(|data| this.tamper.change(data)))),
        };
        if let Some(Ok(frame)) = &frame {
            this.record.sent(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.tamper {
            Tamper::Repeat { .. } | Tamper::Break { .. } => false,
            _ => self.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.tamper {
            // What is announced stands in the headers.
            Tamper::Repeat { .. } | Tamper::Break { .. } => SizeHint::default(),
            Tamper::Cut { left } => SizeHint::with_exact(*left),
            _ => self.body.size_hint(),
        }
    }
}

impl Tamper {
    /// What is left of it where no body is sent.
    pub fn without_body(self) -> Self {
        match self {
            Self::Break { .. } | Self::CloseBehind { .. } => self,
            Self::None | Self::Flip { .. } | Self::Cut { .. } | Self::Repeat { .. } => Self::None,
        }
    }

    /// Nothing more of the body may come.
    fn is_over(&self) -> bool {
        matches!(self, Self::Cut { left: 0 } | Self::Break { left: 0, .. })
    }

    fn end(&self) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self {
            Self::Break { end, wire, .. } => {
                // What was given so far is written first; then the wire ends it.
                wire.end_when_flushed(*end);
                Poll::Pending
            }
            _ => Poll::Ready(None),
        }
    }

    fn change(&mut self, data: Bytes) -> Bytes {
        match self {
            Self::Flip { left } => {
                let at = usize::try_from(*left).unwrap_or(usize::MAX);
                // Once it is behind us it stays out of reach.
                *left = left.checked_sub(data.len() as u64).unwrap_or(u64::MAX);
                flipped(data, at)
            }
            Self::Cut { left } | Self::Break { left, .. } => {
                let kept = data.slice(..data.len().min(usize::try_from(*left).unwrap_or(usize::MAX)));
                *left -= kept.len() as u64;
                kept
            }
            _ => data,
        }
    }

    /// What comes when the body is at its end.
    fn behind(&mut self) -> Option<io::Result<Frame<Bytes>>> {
        match self {
            Self::Repeat { unit, left } => {
                let length =
                    left.map_or(unit.len(), |left| unit.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
                *left = left.map(|left| left - length as u64);
                (length > 0).then(|| Ok(Frame::data(unit.slice(..length))))
            }
            Self::CloseBehind { wire } => {
                wire.end_when_flushed(End::Close);
                None
            }
            _ => None,
        }
    }
}

fn flipped(data: Bytes, at: usize) -> Bytes {
    if at >= data.len() {
        return data;
    }
    let mut changed = BytesMut::from(data.as_ref());
    if let Some(byte) = changed.get_mut(at) {
        *byte ^= 1;
    }
    changed.freeze()
}
