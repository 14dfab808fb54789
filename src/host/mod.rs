//! The only door to files, processes, sockets, environment and time.
//!
//! Everything above it works on [`Observations`]: a machine that was recorded answers like the one that is there.

mod address;
mod commit;
mod helper;
mod http;
mod live;
mod process;
mod read;
mod recorded;
mod rooted;
mod signals;

pub use address::own_address;
pub use live::Live;
pub use recorded::{Recorded, RecordedError};
pub use signals::{Interrupts, StopSignals};

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::model::act::{Act, ActError, Done};
use crate::model::ask::{Answer, Ask, Caller};
use crate::model::observations::Observations;
use crate::model::secret::Secret;

/// A machine that can be asked, and perhaps changed.
pub trait Host: Sync {
    /// Answers one question. Never changes anything, never panics, and comes back within ten seconds.
    fn ask(&self, ask: &Ask) -> Answer;

    /// Does one thing.
    ///
    /// # Errors
    /// The thing was not done; [`ActError`] says what and why.
    fn act(&self, act: &Act) -> Result<Done, ActError>;

    /// Takes a lock that lasts until the value is dropped or the process ends, and waits for it up to `limit`.
    ///
    /// # Errors
    /// Somebody else kept it, or the file cannot be opened.
    fn lock(&self, path: &Path, limit: Duration) -> Result<Lock, ActError>;

    /// Asks a credential helper for the login to a server, as this person.
    fn credential(&self, _program: &Path, _server: &str, _person: Option<&Caller>, _limit: Duration) -> HelperSaid {
        HelperSaid::NotRun("a recorded machine runs nothing".into())
    }

    /// A folder that stands for a machine (`--root`): nothing runs there.
    fn is_folder(&self) -> bool {
        false
    }
}

/// What came of a credential helper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelperSaid {
    /// It ended well; what it printed holds the login.
    Output(Secret),
    /// It ended with an error, in its words.
    Refused(String),
    /// It could not be started, in the system's words.
    NotRun(String),
    TimedOut,
}

/// A lock that is held.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "dropping the file gives the lock back")] File);

/// How often askers see the answers so far and may ask again.
const ROUNDS: usize = 6;

/// Asks until nothing new is asked. `ask` sees the answers so far and names what it wants to know.
pub fn observe(host: &dyn Host, ask: &dyn Fn(&Observations) -> Vec<Ask>) -> Observations {
    observe_again(host, ask, &Observations::default())
}

/// As [`observe`], with the answers of an earlier look that a change of configuration cannot alter.
pub fn observe_again(host: &dyn Host, ask: &dyn Fn(&Observations) -> Vec<Ask>, earlier: &Observations) -> Observations {
    let mut seen = Observations::default();
    for (ask, answer) in earlier.iter().filter(|(ask, _)| ask.lasts()) {
        seen.add(ask.clone(), answer.clone());
    }
    for _ in 0..ROUNDS {
        let mut fresh: Vec<Ask> = ask(&seen).into_iter().filter(|one| !seen.knows(one)).collect();
        fresh.sort();
        fresh.dedup();
        if fresh.is_empty() {
            break;
        }
        for (one, answer) in ask_all(host, fresh) {
            seen.add(one, answer);
        }
    }
    seen
}

/// Questions that wait for another process are asked at the same time.
fn ask_all(host: &dyn Host, asks: Vec<Ask>) -> Vec<(Ask, Answer)> {
    let (slow, quick): (Vec<Ask>, Vec<Ask>) =
        asks.into_iter().partition(|ask| matches!(ask, Ask::Command(_) | Ask::UnixHttp { .. }));
    thread::scope(|scope| {
        let waiting: Vec<_> = slow
            .into_iter()
            .map(|ask| {
                scope.spawn(move || {
                    let answer = host.ask(&ask);
                    (ask, answer)
                })
            })
            .collect();
        let mut all: Vec<(Ask, Answer)> = quick
            .into_iter()
            .map(|ask| {
                let answer = host.ask(&ask);
                (ask, answer)
            })
            .collect();
        all.extend(waiting.into_iter().filter_map(|thread| thread.join().ok()));
        all
    })
}
