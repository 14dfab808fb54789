//! What is done now and then while the registry runs: indexes are written, old uploads and blobs go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::refusal::Refusal;
use super::state::State;
use super::store::Tidying;
use crate::model::printable::chain;

/// How often somebody looks whether an index waits to be written.
const OFTEN: Duration = Duration::from_millis(250);
/// Within these limits, four times before a blob is old enough to go.
const SELDOM: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15 * 60));

/// Works until `stop` changes.
pub async fn run(state: Arc<State>, collect_after: Option<Duration>, mut stop: watch::Receiver<bool>) {
    let seldom = collect_after.map_or(SELDOM.1, |after| (after / 4).clamp(SELDOM.0, SELDOM.1));
    let (mut often, mut seldom) = (interval(OFTEN), interval(seldom));
    often.set_missed_tick_behavior(MissedTickBehavior::Delay);
    seldom.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tidy(&state, Tidying::AtStart).await;
    loop {
        tokio::select! {
            _ = often.tick() => if state.store.waits() {
                tidy(&state, Tidying::Often).await;
            },
            _ = seldom.tick() => {
                state.sessions.forget_old();
                if collect_after.is_some() {
                    keep_what_is_pushed(&state).await;
                }
                tidy(&state, Tidying::Seldom).await;
            }
            _ = stop.changed() => return,
        }
    }
}

/// The first layers of a long push wait for its manifest.
async fn keep_what_is_pushed(state: &State) {
    let repositories = state.sessions.repositories();
    let keeping = state.ask(move |store| repositories.iter().try_for_each(|repository| store.keep_recent(repository)));
    done(state, keeping.await);
}

async fn tidy(state: &State, when: Tidying) {
    done(state, state.ask(move |store| store.tidy(when)).await);
}

fn done(state: &State, outcome: Result<(), Refusal>) {
    match outcome {
        Ok(()) | Err(Refusal::Interrupted) => {}
        Err(refusal) => state.log.say(&chain(&refusal)),
    }
}
