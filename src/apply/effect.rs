//! Making the files effective, and making the old ones effective again.

use std::time::Duration;

use super::steps::run;
use super::{Work, concerns_a_running_daemon};
use crate::model::act::Act;
use crate::model::plan::{Action, Effect, Expectation, Plan, Restart};

/// A reload is taken up within milliseconds, or not at all.
const RELOAD_LIMIT: Duration = Duration::from_secs(5);
const AS_IT_WAS: &str = "as it was";

/// Reloads or restarts, and verifies. A reload that is not taken up becomes a restart, where the plan says so.
pub(super) fn bring_about(work: &Work<'_>, plan: &Plan) -> Result<(), String> {
    match &plan.effect {
        Effect::Later(_) => Ok(()),
        Effect::Nothing => (work.verify)(&plan.expects, work.limit),
        Effect::Restart(restart) => {
            restart_with(work, restart, &restart.why)?;
            (work.verify)(&plan.expects, work.limit)
        }
        Effect::Reload { action, otherwise, .. } => {
            (work.say)("telling Docker to read its file again");
            reload(work, action)?;
            let (in_effect, rest): (Vec<Expectation>, Vec<Expectation>) =
                plan.expects.iter().cloned().partition(|one| !matches!(one, Expectation::Reaches(_)));
            match ((work.verify)(&in_effect, RELOAD_LIMIT.min(work.limit)), otherwise) {
                (Ok(()), _) => (work.verify)(&rest, work.limit),
                (Err(why), None) => Err(why),
                (Err(_), Some(restart)) => {
                    restart_with(work, restart, &restart.why)?;
                    (work.verify)(&plan.expects, work.limit)
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
pub(super) fn neutralise(work: &Work<'_>, plan: &Plan) -> Option<String> {
    let Effect::Reload { action, neutral: Some(neutral), .. } = &plan.effect else { return None };
    let bytes = neutral.after.as_ref()?.0.clone();
    let written = work.host.act(&Act::Write { path: neutral.path.clone(), bytes, mode: neutral.mode });
    let outcome = written.map_err(|error| error.to_string()).and_then(|_| reload(work, action));
    let gone: Vec<Expectation> = plan
        .expects
        .iter()
        .filter_map(|one| match one {
            Expectation::Insecure(entry) => Some(Expectation::NotInsecure(entry.clone())),
            _ => None,
        })
        .collect();
    outcome.and_then(|()| (work.verify)(&gone, work.limit)).err()
}

/// After the old bytes returned: the daemon takes them up, and answers.
pub(super) fn take_back(work: &Work<'_>, plan: &Plan) -> Result<(), String> {
    if !concerns_a_running_daemon(plan) {
        return Ok(());
    }
    match &plan.effect {
        Effect::Reload { action, neutral: None, .. } => reload(work, action)?,
        Effect::Restart(restart) => restart_with(work, restart, AS_IT_WAS)?,
        _ => {}
    }
    match (work.verify)(&[Expectation::Answers], work.limit) {
        Ok(()) => Ok(()),
        // A reload may have become a restart on the way, and that may have failed.
        Err(why) => match &plan.effect {
            Effect::Reload { otherwise: Some(restart), .. } => {
                restart_with(work, restart, AS_IT_WAS)?;
                (work.verify)(&[Expectation::Answers], work.limit)
            }
            _ => Err(why),
        },
    }
}
