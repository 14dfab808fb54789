//! The time that everything together may take, and the time that each layer took.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::trace::Layer;

pub(super) const TIME_IS_UP: &str = "the time was up";

#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    started: Instant,
    end: Instant,
}

impl Deadline {
    pub(super) fn start(total: Duration) -> Self {
        let started = Instant::now();
        Self { started, end: started + total }
    }

    /// When a step that begins now must end.
    pub(super) fn step(&self, limit: Duration) -> Instant {
        (Instant::now() + limit).min(self.end)
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    pub(super) fn elapsed_ms(&self) -> u64 {
        milliseconds(self.started.elapsed())
    }

    /// A layer: looked at, unless there is no time left.
    pub(super) async fn layer<T>(&self, look: impl Future<Output = T>) -> Layer<T> {
        self.layer_with(async { (look.await, None::<()>) }).await.0
    }

    /// A layer, and what the next one goes on with.
    pub(super) async fn layer_with<T, U>(&self, look: impl Future<Output = (T, Option<U>)>) -> (Layer<T>, Option<U>) {
        if self.is_over() {
            return (Layer::NotReached(TIME_IS_UP.into()), None);
        }
        let began = Instant::now();
        let (seen, next) = look.await;
        (Layer::Reached { seen, took_ms: milliseconds(began.elapsed()) }, next)
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
