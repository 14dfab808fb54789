//! Making the files effective, and making the old ones effective again.

use std::time::Duration;

use super::steps::{self, run};
use super::{Left, Work};
use crate::host::Interrupts;
use crate::model::act::Act;
use crate::model::ask::Attributes;
use crate::model::plan::{Action, Effect, Expectation, Plan, Restart};
use crate::model::record::Record;

/// A reload is taken up within milliseconds, or not at all.
const RELOAD_LIMIT: Duration = Duration::from_secs(5);
const AS_IT_WAS: &str = "as it was";

/// Reloads or restarts, and verifies. A reload that is not taken up becomes a restart, where the plan says so.
pub(super) fn bring_about(work: &Work<'_>, plan: &Plan) -> Result<(), String> {
    let verify = |expects: &[Expectation], limit: Duration| (work.verify)(expects, limit, work.interrupts);
    match &plan.effect {
        Effect::Later(_) => Ok(()),
        Effect::Nothing => verify(&plan.expects, work.limit),
        Effect::Restart(restart) => {
            restart_with(work, restart, &restart.why)?;
            verify(&plan.expects, work.limit)
        }
        Effect::Reload { action, otherwise, .. } => {
            (work.say)("telling Docker to read its file again");
            reload(work, action)?;
            let (in_effect, rest): (Vec<Expectation>, Vec<Expectation>) =
                plan.expects.iter().cloned().partition(|one| !matches!(one, Expectation::Reaches(_)));
            match (verify(&in_effect, RELOAD_LIMIT.min(work.limit)), otherwise) {
                (Ok(()), _) => verify(&rest, work.limit),
                (Err(why), None) => Err(why),
                (Err(why), Some(_)) if work.interrupts.happened() => Err(why),
                (Err(_), Some(restart)) => {
                    restart_with(work, restart, &restart.why)?;
                    verify(&plan.expects, work.limit)
                }
            }
        }
    }
}

fn restart_with(work: &Work<'_>, restart: &Restart, why: &str) -> Result<(), String> {
    let (last, first) = restart.commands.split_last().ok_or("there is no command that restarts Docker")?;
    (work.say)(&if why.is_empty() { "restarting Docker".to_string() } else { format!("restarting Docker: {why}") });
    for words in first {
        // What only prepares may have nothing to prepare.
        let _ = run(work.host, words);
    }
    work.restarted.set(true);
    run(work.host, last).map_err(|error| error.to_string())
}

fn reload(work: &Work<'_>, action: &Action) -> Result<(), String> {
    match action {
        Action::Command(words) => run(work.host, words),
        Action::Hangup(pid) => work.host.act(&Act::Hangup(*pid)).map(|_| ()),
    }
    .map_err(|error| error.to_string())
}

/// Before the old bytes return: the daemon reads an empty list, so that what it took up goes away without a restart.
pub(super) fn neutralise(work: &Work<'_>, record: &Record) -> Result<(), Left> {
    let Effect::Reload { action, neutral: Some(neutral), .. } = &record.effect else { return Ok(()) };
    let mend = || Left { what: String::new(), mend: in_words(record) };
    let left = |what: String| Left { what, ..mend() };
    let now = steps::bytes(work.host, &neutral.path).map_err(|error| Left::of(&error, mend().mend))?;
    // What somebody else wrote there meanwhile is not ours to replace.
    if !record.contents_of(&neutral.path).any(|one| one.map(|kept| &kept.0) == now.as_ref()) {
        return Ok(());
    }
    let bytes = neutral.after.as_ref().map(|kept| kept.0.as_slice());
    steps::put(work.host, &neutral.path, now, bytes, Attributes::fresh(neutral.mode))
        .map_err(|error| Left::of(&error, mend().mend))?;
    let gone: Vec<Expectation> =
        record.held.iter().filter(|one| matches!(one, Expectation::NotInsecure(_))).cloned().collect();
    // A daemon that is down takes nothing up, and takes the old file when it starts.
    match reload(work, action) {
        Ok(()) => (work.verify)(&gone, work.limit, &Interrupts::none()).or_else(|why| match &record.effect {
            // It may be down, or take nothing up while it runs: then `take_back` starts it again.
            Effect::Reload { otherwise: Some(_), .. } => Ok(()),
            _ => Err(left(why)),
        }),
        Err(_) => Ok(()),
    }
}

/// After the old bytes returned: the daemon takes them up, and says so.
pub(super) fn take_back(work: &Work<'_>, record: &Record) -> Result<(), Left> {
    let left = |what: String| Left { what, mend: in_words(record) };
    let verify = || (work.verify)(&record.held, work.limit, &Interrupts::none());
    match &record.effect {
        Effect::Nothing | Effect::Later(_) => return Ok(()),
        Effect::Restart(restart) => restart_with(work, restart, AS_IT_WAS).map_err(left)?,
        // With a neutral file the daemon has been told already.
        Effect::Reload { neutral: Some(_), otherwise, .. } => {
            return match (verify_soon(work, record), otherwise) {
                (Err(_), Some(restart)) => restart_with(work, restart, AS_IT_WAS).and_then(|()| verify()).map_err(left),
                (outcome, _) => outcome.map_err(left),
            };
        }
        Effect::Reload { action, neutral: None, otherwise } => {
            let told = reload(work, action).and_then(|()| verify_soon(work, record));
            return match (told, otherwise) {
                // A reload may have become a restart on the way, and that may have failed.
                (Err(_), Some(restart)) => restart_with(work, restart, AS_IT_WAS).and_then(|()| verify()).map_err(left),
                (outcome, _) => outcome.map_err(left),
            };
        }
    }
    verify().map_err(left)
}

fn verify_soon(work: &Work<'_>, record: &Record) -> Result<(), String> {
    (work.verify)(&record.held, RELOAD_LIMIT.min(work.limit), &Interrupts::none())
}

/// What a person types to bring the daemon to what its files say.
fn in_words(record: &Record) -> String {
    let restart = match &record.effect {
        Effect::Restart(restart) | Effect::Reload { otherwise: Some(restart), .. } => Some(restart),
        _ => None,
    };
    let lines =
        restart.into_iter().flat_map(|restart| &restart.commands).map(|words| format!("sudo {}", words.join(" ")));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        "start Docker again, and see why it does not: its log names the reason".into()
    } else {
        format!("{}   (its log names the reason: sudo journalctl -u docker)", lines.join("; "))
    }
}
