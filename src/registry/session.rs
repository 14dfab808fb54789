//! Uploads that are under way. They live in memory; the bytes lie in their drafts.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::rand;

use super::digest::hex;
use super::names::Repository;
use super::refusal::Refusal;
use super::store::Draft;

/// An upload that nobody touched for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60 * 60);

/// A draft in use by one request. `None` once it has become a blob.
pub type Held = tokio::sync::OwnedMutexGuard<Option<Draft>>;

#[derive(Debug, Default)]
pub struct Sessions {
    /// What every chunk but the last one must have, when there is such a rule.
    pub chunk_minimum: Option<u64>,
    open: Mutex<HashMap<String, Session>>,
}

#[derive(Debug)]
struct Session {
    repository: Repository,
    draft: Arc<tokio::sync::Mutex<Option<Draft>>>,
    touched: Instant,
    /// A chunk was shorter than the minimum: it was the last one.
    short: bool,
}

impl Sessions {
    pub fn new(chunk_minimum: Option<u64>) -> Self {
        Self { chunk_minimum, ..Self::default() }
    }

    /// Begins an upload and gives its id.
    pub fn open(&self, repository: Repository, draft: Draft) -> Result<String, Refusal> {
        let id = fresh_id()?;
        let draft = Arc::new(tokio::sync::Mutex::new(Some(draft)));
        self.forget_old();
        self.sessions().insert(id.clone(), Session { repository, draft, touched: Instant::now(), short: false });
        Ok(id)
    }

    /// Drops the uploads that nobody touched for long.
    pub fn forget_old(&self) {
        let kept = |session: &Session| session.touched.elapsed() < FORGOTTEN_AFTER || session.draft.try_lock().is_err();
        self.sessions().retain(|_, session| kept(session));
    }

    /// Where uploads are under way.
    pub fn repositories(&self) -> HashSet<Repository> {
        self.sessions().values().map(|session| session.repository.clone()).collect()
    }

    /// Holds the upload for one request; a request before this one is waited for.
    pub async fn hold(&self, repository: &Repository, id: &str) -> Result<Held, Refusal> {
        let unknown = || Refusal::UnknownUpload { id: id.to_string() };
        let draft = {
            let mut open = self.sessions();
            let session = open.get_mut(id).filter(|session| session.repository == *repository).ok_or_else(unknown)?;
            session.touched = Instant::now();
            Arc::clone(&session.draft)
        };
        let held = draft.lock_owned().await;
        if held.is_some() { Ok(held) } else { Err(unknown()) }
    }

    /// Takes note of a chunk of that length that is about to come, or refuses it: after a short one there is none.
    pub fn expect_chunk(&self, id: &str, length: u64) -> Result<(), Refusal> {
        let Some(minimum) = self.chunk_minimum else { return Ok(()) };
        match self.sessions().get_mut(id) {
            Some(session) if session.short => Err(Refusal::ChunkTooShort { minimum }),
            Some(session) => {
                session.short = length < minimum;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Ends the upload; false when there was none.
    pub fn close(&self, repository: &Repository, id: &str) -> bool {
        let mut open = self.sessions();
        let known = open.get(id).is_some_and(|session| session.repository == *repository);
        known && open.remove(id).is_some()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody guesses it, so nobody writes into somebody else's upload.
fn fresh_id() -> Result<String, Refusal> {
    let mut bytes = [0_u8; 16];
    rand::fill(&mut bytes).map_err(|_| Refusal::NoRandomness)?;
    Ok(hex(&bytes))
}
