//! Carries a plan out, or puts everything back. It acts only through the `Host`.
//!
//! Order: the journal is durable before the first change; each file is compared with what was planned against; then the
//! steps, the effect, the verification, and what comes after it. Any failure and any interruption undoes the steps in
//! reverse and verifies the old state; what a crash left is undone in the same way, from the journal alone.

mod back;
mod effect;
mod journal;
mod steps;

pub use journal::{MOST_DAYS, MOST_RECORDS, lock};

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use crate::host::{Host, Interrupts};
use crate::model::act::ActError;
use crate::model::ask::{Answer, Ask};
use crate::model::plan::{Effect, Expectation, Plan, Step};
use crate::model::record::{FileRecord, Reached, Record, Secrecy, State};

/// Whether these things hold by now; waits for them up to a limit, or until it is interrupted. The error says what does
/// not.
pub type Verify<'a> = dyn Fn(&[Expectation], Duration, &Interrupts) -> Result<(), String> + 'a;

/// A file that somebody else changed since, without what this change put into it; `None` where that cannot be told.
pub type Without<'a> = dyn Fn(&FileRecord, &[u8]) -> Option<Vec<u8>> + 'a;

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
    pub without: &'a Without<'a>,
    /// The most that the daemon may take to come back.
    pub limit: Duration,
    /// Called before each thing that takes time, with what it is.
    pub say: &'a dyn Fn(&str),
    /// Set when Docker was restarted on the way, which may have stopped containers.
    pub restarted: &'a Cell<bool>,
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
        left: Vec<Left>,
    },
}

/// One thing that is not as it was, and how to mend it by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub what: String,
    pub mend: String,
}

impl Left {
    fn of(error: &ActError, mend: String) -> Self {
        Self { what: error.to_string(), mend }
    }
}

/// Carries the plan out.
///
/// # Errors
/// Nothing was changed: the journal could not be written, or a file is not what was planned against.
pub fn apply(work: &Work<'_>, plan: &Plan) -> Result<Outcome, ActError> {
    steps::unchanged(work.host, plan)?;
    let mut record = journal::begin(work, plan)?;
    let closed = attempt(work, plan, &mut record).and_then(|()| {
        // A change that the history does not know could not be taken back: it is not left standing.
        journal::write(work.host, &Record { state: State::Done, ..record.clone() }).map_err(|error| {
            // It may have got there all the same, and must not be believed when putting back is cut short.
            let _ = journal::write(work.host, &record);
            Failure { why: error.to_string(), interrupted: false }
        })
    });
    let outcome = match closed {
        Ok(()) => Outcome::Done,
        Err(failure) => {
            (work.say)("putting everything back");
            let steps: Vec<Step> = plan.all_steps().cloned().collect();
            take_back(work, record, &steps, failure)
        }
    };
    journal::forget(work);
    Ok(outcome)
}

/// Finishes what a crash left: puts everything back, as far as nobody else changed it since.
pub fn recover(work: &Work<'_>, record: Record) -> Outcome {
    // A private key goes last, and regdoctor keeps none: once it is gone, all the rest has happened.
    let gone = |file: &FileRecord| matches!(file.secret, Some(Secrecy::Removed(_))) && !exists(work.host, &file.path);
    if record.files.iter().any(gone) {
        return finish(work, record);
    }
    take_back(work, record, &[], Failure { why: "an earlier change did not end".into(), interrupted: false })
}

fn finish(work: &Work<'_>, mut record: Record) -> Outcome {
    let mut left: Vec<Left> = Vec::new();
    for folder in &record.removed {
        let removed = steps::remove_empty(work.host, &folder.path);
        left.extend(removed.err().map(|error| Left::of(&error, format!("sudo rmdir {}", folder.path.display()))));
    }
    record.state = State::Done;
    left.extend(journal::write(work.host, &record).err().map(|error| unrecorded(&error)));
    let why = "an earlier change did not end".into();
    if left.is_empty() { Outcome::Done } else { Outcome::Stuck { why, left } }
}

struct Failure {
    why: String,
    interrupted: bool,
}

fn attempt(work: &Work<'_>, plan: &Plan, record: &mut Record) -> Result<(), Failure> {
    let failed = |why: String| Failure { why, interrupted: work.interrupts.happened() };
    let go_on = || if work.interrupts.happened() { Err(failed("interrupted".into())) } else { Ok(()) };
    for step in &plan.steps {
        go_on()?;
        if matches!(step, Step::Run { undo, .. } if !undo.is_empty()) {
            journal::reach(work.host, record, Reached::Commands).map_err(|error| failed(error.to_string()))?;
        }
        steps::take(work.host, step).map_err(|error| failed(error.to_string()))?;
    }
    go_on()?;
    if matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_)) {
        journal::reach(work.host, record, Reached::Effect).map_err(|error| failed(error.to_string()))?;
    }
    effect::bring_about(work, plan).map_err(failed)?;
    go_on()?;
    for step in &plan.afterwards {
        steps::take(work.host, step).map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// Puts back what a record tells, and closes it.
fn take_back(work: &Work<'_>, mut record: Record, plan: &[Step], failure: Failure) -> Outcome {
    let mut left = back::put_back(work, &record, plan);
    record.state = if left.is_empty() { State::PutBack } else { State::Stuck };
    left.extend(journal::close(work.host, &record).err().map(|error| unrecorded(&error)));
    if left.is_empty() {
        Outcome::PutBack { why: failure.why, interrupted: failure.interrupted }
    } else {
        Outcome::Stuck { why: failure.why, left }
    }
}

fn unrecorded(error: &ActError) -> Left {
    Left { what: error.to_string(), mend: "sudo regdoctor undo --recover".into() }
}

/// Whether a path is there now.
fn exists(host: &dyn Host, path: &Path) -> bool {
    matches!(host.ask(&Ask::path(path)), Answer::Path(_))
}
