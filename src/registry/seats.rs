//! Open connections: how many there may be, and which one has to go when there are too many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// A client that takes nothing of its answer for so long, in milliseconds, has to go when others wait.
const STUCK: u64 = 60_000;

/// All connections of one port.
#[derive(Debug)]
pub struct Seats {
    limit: usize,
    started: Instant,
    next: AtomicU64,
    taken: Mutex<HashMap<u64, Arc<Chair>>>,
}

/// One connection's place; free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    number: u64,
    chair: Arc<Chair>,
    seats: Arc<Seats>,
}

#[derive(Debug)]
struct Chair {
    /// Requests that are being answered.
    requests: AtomicUsize,
    /// When it was last busy, in milliseconds since the start.
    touched: AtomicU64,
    /// When the client last took something of an answer; 0 while none is sent.
    sending: AtomicU64,
    leave: Notify,
}

/// A request that is being answered: its connection is not sent away meanwhile.
#[derive(Debug)]
pub struct Busy {
    chair: Arc<Chair>,
    seats: Arc<Seats>,
}

impl Seats {
    pub fn new(limit: usize) -> Arc<Self> {
        let taken = Mutex::default();
        Arc::new(Self { limit: limit.max(1), started: Instant::now(), next: AtomicU64::new(0), taken })
    }

    /// A place for a new connection. When all are taken, the one that has been of no use the longest is asked to leave;
    /// `None` when everybody is busy.
    pub fn take(self: &Arc<Self>) -> Option<Seat> {
        let mut taken = self.taken();
        if taken.len() >= self.limit {
            let now = self.now();
            let useless = taken.iter().filter(|(_, chair)| chair.is_idle() || chair.is_stuck(now));
            let number = *useless.min_by_key(|(_, chair)| chair.touched.load(Ordering::Relaxed))?.0;
            if let Some(chair) = taken.remove(&number) {
                chair.leave.notify_one();
            }
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let touched = AtomicU64::new(self.now());
        let chair = Arc::new(Chair {
            requests: AtomicUsize::new(0),
            touched,
            sending: AtomicU64::new(0),
            leave: Notify::new(),
        });
        taken.insert(number, Arc::clone(&chair));
        Some(Seat { number, chair, seats: Arc::clone(self) })
    }

    /// Asks all to leave when their requests are answered.
    pub fn clear(&self) {
        self.taken().values().for_each(|chair| chair.leave.notify_one());
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<u64, Arc<Chair>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chair {
    fn is_idle(&self) -> bool {
        self.requests.load(Ordering::Relaxed) == 0
    }

    /// The client does not read what it asked for.
    fn is_stuck(&self, now: u64) -> bool {
        let sending = self.sending.load(Ordering::Relaxed);
        sending > 0 && now.saturating_sub(sending) > STUCK
    }
}

impl Busy {
    /// A piece of the answer is taken.
    pub fn sends(&self) {
        self.chair.sending.store(self.seats.now().max(1), Ordering::Relaxed);
    }
}

impl Seat {
    /// Comes back when the connection has to end.
    pub async fn leave(&self) {
        self.chair.leave.notified().await;
    }

    pub fn busy(&self) -> Busy {
        self.chair.requests.fetch_add(1, Ordering::Relaxed);
        Busy { chair: Arc::clone(&self.chair), seats: Arc::clone(&self.seats) }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().remove(&self.number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.chair.touched.store(self.seats.now(), Ordering::Relaxed);
        self.chair.sending.store(0, Ordering::Relaxed);
        self.chair.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_idle_one_leaves_for_a_new_one_and_the_busy_one_stays() {
        let seats = Seats::new(2);
        let (first, second) = (seats.take().unwrap(), seats.take().unwrap());
        let busy = first.busy();
        let third = seats.take().unwrap();
        second.leave().await;
        let busy_too = third.busy();
        assert!(seats.take().is_none());
        drop((busy, second));
        assert!(seats.take().is_some());
        first.leave().await;
        drop(busy_too);
        seats.clear();
        third.leave().await;
    }
}
