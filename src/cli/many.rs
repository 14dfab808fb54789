//! Many registries from one host at the same time: one runtime, no more at once than asked for, the order kept.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::JoinSet;

use super::look::{Viewpoint, look};
use super::screen::Progress;
use crate::host::Live;
use crate::model::entry_point::Pasted;
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::model::trace::Trace;

/// A [`Viewpoint`] that every task has a share of.
#[derive(Debug)]
pub struct Vantage {
    pub host: Live,
    pub seen: Observations,
    pub facts: Facts,
    /// For one registry.
    pub limit: Duration,
    pub push: bool,
}

/// Looks at every registry.
pub fn look_at_all(from: &Arc<Vantage>, pasted: &[Pasted], jobs: usize) -> Vec<Trace> {
    let progress = Progress::of(pasted.len(), "registries");
    // A thread for each processor: what takes time besides waiting is TLS.
    match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let traces = runtime.block_on(all(from, pasted, jobs.max(1), progress));
            // A resolver that never answers must not hold the program: its thread is left behind.
            runtime.shutdown_background();
            traces
        }
        Err(error) => pasted.iter().map(|pasted| unreached(pasted, &format!("no runtime: {error}"))).collect(),
    }
}

async fn all(from: &Arc<Vantage>, pasted: &[Pasted], jobs: usize, mut progress: Progress) -> Vec<Trace> {
    // What a look that fails by itself leaves.
    let mut traces: Vec<Trace> = pasted.iter().map(|pasted| unreached(pasted, "the look itself failed")).collect();
    let mut waiting = pasted.iter().cloned().enumerate();
    let (mut running, mut finished) = (JoinSet::new(), 0);
    loop {
        for (place, pasted) in waiting.by_ref().take(jobs.saturating_sub(running.len())) {
            let from = Arc::clone(from);
            running.spawn(async move { (place, one(&from, &pasted).await) });
        }
        let Some(ended) = running.join_next().await else { return traces };
        finished += 1;
        progress.reached(finished);
        if let Ok((place, trace)) = ended
            && let Some(slot) = traces.get_mut(place)
        {
            *slot = trace;
        }
    }
}

async fn one(from: &Vantage, pasted: &Pasted) -> Trace {
    let Vantage { host, seen, facts, limit, push } = from;
    // A look is 18 KiB of state: on the heap, not in every place that it is handed through.
    Box::pin(look(Viewpoint { host, seen, facts, limit: *limit, push: *push }, pasted)).await
}

fn unreached(pasted: &Pasted, why: &str) -> Trace {
    Trace::unreached(pasted.entry_point.clone(), why)
}
