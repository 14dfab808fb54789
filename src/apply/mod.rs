//! Carries a plan out, or puts everything back. It acts only through the `Host`.
//!
//! Order: the journal is durable before the first change; each file is compared with what was planned against; then the
//! steps, the effect, the verification, and what comes after it. Any failure and any interruption undoes the steps in
//! reverse and verifies the old state.

mod effect;
mod journal;
mod steps;

pub use journal::lock;

use std::time::Duration;

use crate::host::{Host, Interrupts};
use crate::model::act::ActError;
use crate::model::ask::Ask;
use crate::model::plan::{Effect, Expectation, Plan, Step};
use crate::model::record::State;

/// Whether these things hold by now; waits for them up to a limit. The error says what does not.
pub type Verify<'a> = dyn Fn(&[Expectation], Duration) -> Result<(), String> + 'a;

/// Who changes the machine, when, and what to call on the way.
#[expect(missing_debug_implementations, reason = "it holds functions")]
pub struct Work<'a> {
    pub host: &'a dyn Host,
    /// The person, also behind `sudo`.
    pub by: String,
    /// Seconds since 1970-01-01 UTC.
    pub now: i64,
    pub interrupts: &'a Interrupts,
    pub verify: &'a Verify<'a>,
    /// The most that the daemon may take to come back.
    pub limit: Duration,
    /// Called before each thing that takes time, with what it is.
    pub say: &'a dyn Fn(&str),
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It failed, and the machine is as it was.
    PutBack {
        why: String,
        interrupted: bool,
    },
    /// It failed, and these things are not as they were.
    Stuck {
        why: String,
        left: Vec<String>,
    },
}

/// Carries the plan out.
///
/// # Errors
/// Nothing was changed: the journal could not be written, or a file is not what was planned against.
pub fn apply(work: &Work<'_>, plan: &Plan) -> Result<Outcome, ActError> {
    steps::unchanged(work.host, plan)?;
    let mut record = journal::begin(work, plan)?;
    let mut done: Vec<&Step> = Vec::new();
    let closed = attempt(work, plan, &mut done).and_then(|()| {
        record.state = State::Done;
        // A change that the history does not know could not be taken back: it is not left standing.
        journal::write(work.host, &record).map_err(|error| Failure {
            why: error.to_string(),
            interrupted: false,
            effect_begun: true,
        })
    });
    match closed {
        Ok(()) => Ok(Outcome::Done),
        Err(failure) => {
            (work.say)("putting everything back");
            let left = put_back(work, plan, &done, failure.effect_begun);
            record.state = if left.is_empty() { State::PutBack } else { State::Stuck };
            let journal = journal::write(work.host, &record);
            let mut left = left;
            left.extend(journal.err().map(|error| error.to_string()));
            if left.is_empty() {
                Ok(Outcome::PutBack { why: failure.why, interrupted: failure.interrupted })
            } else {
                Ok(Outcome::Stuck { why: failure.why, left })
            }
        }
    }
}

struct Failure {
    why: String,
    interrupted: bool,
    effect_begun: bool,
}

fn attempt<'p>(work: &Work<'_>, plan: &'p Plan, done: &mut Vec<&'p Step>) -> Result<(), Failure> {
    let failed =
        |why: String, effect_begun: bool| Failure { why, interrupted: work.interrupts.happened(), effect_begun };
    let go_on = |effect_begun: bool| {
        if work.interrupts.happened() { Err(failed("interrupted".into(), effect_begun)) } else { Ok(()) }
    };
    for step in &plan.steps {
        go_on(false)?;
        // A step that fails half way is undone as well: its undoing bears a step that never happened.
        done.push(step);
        steps::take(work.host, step).map_err(|error| failed(error.to_string(), false))?;
    }
    go_on(false)?;
    effect::bring_about(work, plan).map_err(|why| failed(why, true))?;
    go_on(true)?;
    for step in &plan.afterwards {
        done.push(step);
        steps::take(work.host, step).map_err(|error| failed(error.to_string(), true))?;
    }
    Ok(())
}

/// Undoes in reverse; what could not be undone is named.
fn put_back(work: &Work<'_>, plan: &Plan, done: &[&Step], effect_begun: bool) -> Vec<String> {
    let mut left = Vec::new();
    if effect_begun {
        left.extend(effect::neutralise(work, plan));
    }
    for step in done.iter().rev() {
        left.extend(steps::undo(work.host, step).err().map(|error| error.to_string()));
    }
    if effect_begun {
        left.extend(effect::take_back(work, plan).err());
    }
    left
}

/// Whether the daemon ran when the plan was made, by what the plan does to it.
fn concerns_a_running_daemon(plan: &Plan) -> bool {
    matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_))
}

/// Whether a path is there now.
fn exists(host: &dyn Host, path: &std::path::Path) -> bool {
    matches!(host.ask(&Ask::path(path)), crate::model::ask::Answer::Path(_))
}
