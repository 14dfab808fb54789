//! Buffers for what is received, used again and again: fresh memory for every piece costs as much as hashing it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;

/// How much is received before it is written.
pub const SIZE: usize = 512 * 1024;
/// How many are kept when nobody needs them.
const KEPT: usize = 4;

#[derive(Debug, Clone, Default)]
pub struct Buffers(Arc<Mutex<Vec<BytesMut>>>);

impl Buffers {
    /// An empty one.
    pub fn take(&self) -> BytesMut {
        self.kept().pop().unwrap_or_else(|| BytesMut::with_capacity(SIZE))
    }

    pub fn give_back(&self, mut buffer: BytesMut) {
        buffer.clear();
        let mut kept = self.kept();
        if kept.len() < KEPT && buffer.capacity() == SIZE {
            kept.push(buffer);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<BytesMut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
