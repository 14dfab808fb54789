//! `regdoctor apply`: carry out a plan that was made earlier, if nothing changed since.

use serde::Deserialize;

use super::arguments::ApplyOptions;
use super::change::{Change, Found, Source, engine_to_change};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::show_plan::SCHEMA;
use super::{Ended, machine};
use crate::model::plan::{Action, Effect, Plan, Step};

/// What `--dry-run --format json` prints, as far as it is carried out.
#[derive(Deserialize)]
struct Saved {
    schema: String,
    #[serde(flatten)]
    plan: Plan,
}

pub fn run(options: &ApplyOptions, screen: &Screen) -> Result<Ended, Failure> {
    let plan = read(options)?;
    let host = machine::live(options.change.root.as_deref())?;
    let (seen, facts) = machine::look(&host);
    let engine = engine_to_change(&options.change, &facts)?;
    machine::warn_of_leftovers(&facts, screen);
    let change = Change {
        host: &host,
        seen: &seen,
        screen,
        options: &options.change,
        no_reload: false,
        force: false,
        prove: None,
    };
    let source = Source {
        plan: &|_, engine| fitting(&plan, engine),
        nothing: &|plan| format!("nothing to do: there was nothing to do when this was planned: {}\n", plan.title),
    };
    change.bring(&facts, engine, &source)
}

fn read(options: &ApplyOptions) -> Result<Plan, Failure> {
    let path = &options.plan;
    let hint = "`regdoctor trust … --dry-run --format json > FILE` writes such a file";
    let text = machine::read_text(path).map_err(|failure| failure.hint(hint))?;
    let saved: Saved =
        serde_json::from_str(&text).map_err(|error| Failure::file("use", path, error.to_string()).hint(hint))?;
    if saved.schema != SCHEMA {
        let reason = format!("its schema is {}, and this regdoctor reads {SCHEMA}", saved.schema);
        return Err(Failure::file("use", path, reason).hint(hint));
    }
    if saved.plan.all_steps().filter_map(Step::file).any(|change| change.secret) {
        return Err(Failure::new(Kind::Refused, "this plan is about a private key, which no saved plan holds")
            .hint("run the command itself that made the plan, with --client-cert and --client-key"));
    }
    Ok(saved.plan)
}

/// The plan, if it still fits the engine; whether it fits the files is seen when it is applied.
fn fitting(plan: &Plan, engine: Found<'_>) -> Result<Plan, Failure> {
    if plan.engine != engine.1.engine {
        return Err(Failure::new(Kind::Refused, format!("the plan is for {}, which is not here", plan.engine)));
    }
    if let Effect::Reload { action: Action::Hangup(pid), .. } = &plan.effect
        && engine.1.daemon.running().and_then(|running| running.pid) != Some(*pid)
    {
        return Err(Failure::new(Kind::Refused, "Docker was started again since this was planned")
            .because("nothing was changed")
            .hint("plan again: run the command that made this plan once more"));
    }
    Ok(plan.clone())
}
