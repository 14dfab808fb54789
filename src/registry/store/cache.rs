//! The bytes of manifests that were asked for lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Manifests are a few KiB each; what is larger is rare, and read again.
const LARGEST: usize = 64 * 1024;
/// How much one of the two generations holds.
const GENERATION: usize = 512 * 1024;

/// By digest, so nothing in it is ever out of date. Whether a repository has the manifest is not asked here.
#[derive(Debug, Default)]
pub struct Cache {
    generations: Mutex<Generations>,
}

/// When the young ones are too many they become the old ones, and the old ones go. Whoever is used is young again.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Arc<str>, Bytes>,
    young_bytes: usize,
    old: HashMap<Arc<str>, Bytes>,
}

impl Cache {
    pub fn find(&self, digest: &Arc<str>) -> Option<Bytes> {
        let mut generations = self.lock();
        if let Some(bytes) = generations.young.get(digest) {
            return Some(bytes.clone());
        }
        let bytes = generations.old.remove(digest)?;
        generations.insert(Arc::clone(digest), bytes.clone());
        Some(bytes)
    }

    pub fn keep(&self, digest: &Arc<str>, bytes: &Bytes) {
        if bytes.len() <= LARGEST {
            self.lock().insert(Arc::clone(digest), bytes.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn insert(&mut self, digest: Arc<str>, bytes: Bytes) {
        if self.young_bytes + bytes.len() > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes.len();
        self.young.insert(digest, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let (cache, bytes) = (Cache::default(), Bytes::from(vec![0; LARGEST]));
        let name = |number: usize| Arc::from(number.to_string().as_str());
        for number in 0..100 {
            cache.keep(&name(number), &bytes);
            assert!(cache.find(&name(0)).is_some(), "{number}");
        }
        let kept = (0..100).filter(|number| cache.find(&name(*number)).is_some()).count();
        assert!((2..=2 * GENERATION / LARGEST).contains(&kept), "{kept}");
        cache.keep(&name(200), &Bytes::from(vec![0; LARGEST + 1]));
        assert!(cache.find(&name(200)).is_none());
    }
}
