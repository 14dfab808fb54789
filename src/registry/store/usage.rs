//! How much the store holds, and how much it may hold.

use std::sync::atomic::{AtomicU64, Ordering};

use super::StoreError;

/// Bytes of blobs, uploads that are under way included. Every blob counts once, however many repositories hold it.
#[derive(Debug)]
pub struct Usage {
    limit: u64,
    used: AtomicU64,
}

impl Usage {
    pub fn new(limit: u64, used: u64) -> Self {
        Self { limit, used: AtomicU64::new(used) }
    }

    /// Takes room for `bytes` more, or says that there is none.
    pub fn reserve(&self, bytes: u64) -> Result<(), StoreError> {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(used) => Err(StoreError::Quota { limit: self.limit, used, wanted: bytes }),
        }
    }

    pub fn release(&self, bytes: u64) {
        // Never below zero: a blob may have been put there by somebody else.
        let _ = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| Some(used.saturating_sub(bytes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit() {
        let usage = Usage::new(10, 4);
        assert!(usage.reserve(6).is_ok());
        assert!(matches!(usage.reserve(1), Err(StoreError::Quota { limit: 10, used: 10, wanted: 1 })));
        usage.release(20);
        assert!(usage.reserve(10).is_ok() && usage.reserve(u64::MAX).is_err());
    }
}
