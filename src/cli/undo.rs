//! `regdoctor undo`: take one change back, or finish what a crash left.

use std::time::Duration;

use super::arguments::UndoOptions;
use super::carry_out::Act;
use super::change::{Change, Found, LOCK_LIMIT, Source, confirm, engine_to_change, not_now};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine, show_plan};
use crate::apply;
use crate::host::{self, Host, Interrupts, Live};
use crate::model::ask::Ask;
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::model::plan::{Action, Effect, FileChange, Plan};
use crate::model::record::{Record, State};
use crate::plan::{self, NotUndone};

pub fn run(options: &UndoOptions, screen: &Screen) -> Result<Ended, Failure> {
    let host = machine::live(options.change.root.as_deref())?;
    let (seen, facts) = machine::look(&host);
    let engine = engine_to_change(&options.change, &facts)?;
    if options.recover {
        return recover(options, screen, &host, (&seen, &facts));
    }
    machine::warn_of_leftovers(&facts, screen);
    let id = chosen(options.number, &facts)?;
    let change = Change {
        host: &host,
        seen: &seen,
        screen,
        options: &options.change,
        no_reload: options.no_reload,
        force: false,
        prove: None,
    };
    let source = Source {
        plan: &|facts, engine| plan(&host, id, facts, engine),
        nothing: &|plan| format!("nothing to do; nothing of it is left: {}\n", plan.title),
    };
    change.bring(&facts, engine, &source)
}

/// The change with this number, or the newest that stands and took back no other.
fn chosen(number: Option<u64>, facts: &Facts) -> Result<u64, Failure> {
    let stands = |record: &&Record| {
        record.state == State::Done && record.undoes.is_none() && record.undone_by(&facts.history).is_none()
    };
    let found = match number {
        Some(number) => facts.history.iter().find(|record| record.id == number),
        None => facts.history.iter().rev().find(stands),
    };
    found.map(|record| record.id).ok_or_else(|| {
        let what = number.map_or_else(
            || "there is no change on this machine that can be taken back".to_string(),
            |number| format!("there is no change {number} in the history"),
        );
        Failure::new(Kind::Refused, what).hint("sudo regdoctor history   (shows the changes and their numbers)")
    })
}

fn plan(host: &dyn Host, id: u64, facts: &Facts, engine: Found<'_>) -> Result<Plan, Failure> {
    let record = facts.history.iter().find(|record| record.id == id);
    let record = record.ok_or_else(|| Failure::new(Kind::Refused, format!("change {id} is not in the history")))?;
    let asks = |_: &Observations| record.files.iter().map(|file| Ask::file(&file.path)).collect();
    let seen = host::observe(host, &asks);
    let plan = plan::undo(record, &facts.history, &seen).map_err(refused)?;
    Ok(engine.0.settle(engine.1, plan))
}

fn refused(why: NotUndone) -> Failure {
    let failure = Failure::new(Kind::Refused, why.to_string());
    match why {
        NotUndone::Changed { path, left, today } => {
            let change = FileChange::new(path, left, today, 0);
            let diff = show_plan::diff(&change);
            let failure = failure.because("what changed since regdoctor wrote it:");
            let failure = diff.lines().fold(failure, Failure::because);
            failure.hint("mend the file by hand, or bring it back to what regdoctor left, then run this again")
        }
        NotUndone::Unfinished { .. } => failure.hint("sudo regdoctor undo --recover"),
        NotUndone::Already { by, .. } => failure.hint(format!("to have it again: sudo regdoctor undo {by}")),
        _ => failure,
    }
}

/// Puts back every change that was cut short, newest first.
fn recover(
    options: &UndoOptions,
    screen: &Screen,
    host: &Live,
    (seen, facts): (&Observations, &Facts),
) -> Result<Ended, Failure> {
    let open: Vec<&Record> = facts.leftovers().collect();
    for record in &open {
        screen.say(&format!("change {} by {} was cut short: {}", record.id, record.by, record.title));
    }
    if options.change.dry_run || options.change.check {
        screen.answer(if open.is_empty() { "nothing to put back\n" } else { "to do: put this back\n" });
        let pending = options.change.check && !open.is_empty();
        return Ok(if pending { Ended::WithProblems } else { Ended::Well });
    }
    if open.is_empty() && !facts.changing {
        screen.answer("nothing to do; every change of regdoctor ended\n");
        return Ok(Ended::Well);
    }
    confirm(screen, &options.change, "Put this back?")?;
    let _lock = apply::lock(host, LOCK_LIMIT)?;
    let interrupts = Interrupts::none();
    let facts = machine::look_again(host, seen);
    let engine = machine::engine_of(&facts)?;
    let limit = Duration::from_secs(options.change.timeout);
    let act = Act { host, screen, facts: &facts, engine, limit, interrupts: &interrupts, prove: None };
    // Under the lock no record belongs to anybody who still runs.
    let open = facts.history.iter().rev().filter(|one| matches!(one.state, State::Running | State::Stuck));
    let mut ended = Ended::Well;
    for record in open.cloned() {
        if act.recover(of_today(record, engine, options.no_reload)) != Ended::Well {
            ended = Ended::Stuck;
        }
    }
    Ok(ended)
}

/// The record with an effect that fits the daemon of today: the one that was told may be gone.
fn of_today(mut record: Record, engine: Found<'_>, no_reload: bool) -> Record {
    let pid = engine.1.daemon.running().and_then(|running| running.pid);
    record.effect = match record.effect {
        effect @ (Effect::Nothing | Effect::Later(_)) => effect,
        _ if no_reload => not_now(),
        Effect::Reload { action: Action::Hangup(_), neutral, otherwise } => match (pid, otherwise) {
            (Some(pid), otherwise) => Effect::Reload { action: Action::Hangup(pid), neutral, otherwise },
            (None, Some(restart)) => Effect::Restart(restart),
            (None, None) => Effect::Later("Docker does not run".into()),
        },
        effect => effect,
    };
    record
}
