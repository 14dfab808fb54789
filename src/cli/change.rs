//! Changing a machine: plan, show, ask, take the lock, plan again, apply, verify, or put everything back.

use std::time::Duration;

use super::arguments::{ChangeOptions, Format};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, carry_out, machine, show_plan};
use crate::apply;
use crate::engine::Engine;
use crate::host::{Host, Interrupts};
use crate::model::facts::{EngineFacts, Facts, Packaging};
use crate::model::observations::Observations;
use crate::model::plan::{Effect, Expectation, Plan, Step};
use crate::model::record::State;
use crate::model::wish::Wish;

/// How long another regdoctor may keep the lock: as long as its own daemon takes to come back.
pub const LOCK_LIMIT: Duration = Duration::from_secs(300);

/// A change on its way.
pub struct Change<'a> {
    pub host: &'a dyn Host,
    /// What was seen of it when the command began.
    pub seen: &'a Observations,
    pub screen: &'a Screen,
    pub options: &'a ChangeOptions,
    pub no_reload: bool,
    /// Do not ask the daemon to reach the registry.
    pub force: bool,
    /// The registry to prove it on, through the daemon.
    pub prove: Option<String>,
}

/// An engine and what is known of it here.
pub type Found<'a> = (&'static dyn Engine, &'a EngineFacts);

/// Where a plan comes from: it is asked twice, before the question and under the lock.
pub struct Source<'a> {
    pub plan: &'a dyn Fn(&Facts, Found<'_>) -> Result<Plan, Failure>,
    /// What is said when there is nothing to do.
    pub nothing: &'a dyn Fn(&Plan) -> String,
}

/// The engine that the person means, if they may change it.
pub fn engine_to_change<'f>(change: &ChangeOptions, facts: &'f Facts) -> Result<Found<'f>, Failure> {
    let engine = machine::engine_of(facts)?;
    refuse_ordinary_user(change, facts, engine.1)?;
    Ok(engine)
}

/// What becomes of a reload or restart that is not wanted.
pub fn not_now() -> Effect {
    Effect::Later("not in effect until Docker is reloaded or restarted".into())
}

fn refuse_ordinary_user(change: &ChangeOptions, facts: &Facts, engine: &EngineFacts) -> Result<(), Failure> {
    let only_looks = change.dry_run || change.check;
    let own = engine.packaging == Packaging::Rootless
        && engine.daemon.running().is_some_and(|one| one.uid == facts.identity.uid);
    if only_looks || change.root.is_some() || facts.identity.is_root() || own {
        return Ok(());
    }
    Err(Failure::needs_root(&machine::command_line()))
}

impl Change<'_> {
    /// Fulfils a wish on this machine.
    pub fn fulfil(&self, facts: &Facts, engine: Found<'_>, wish: &Wish) -> Result<Ended, Failure> {
        self.bring(
            facts,
            engine,
            &Source {
                plan: &|facts, engine| Ok(engine.0.plan(facts, engine.1, wish)?),
                nothing: &|plan| match wish {
                    Wish::Untrust { entry } => {
                        format!("nothing on this machine gives trust to {entry} that can be taken back\n")
                    }
                    _ => format!("nothing to do; already done: {}\n", plan.title),
                },
            },
        )
    }

    /// Carries out what a source plans.
    pub fn bring(&self, facts: &Facts, engine: Found<'_>, source: &Source<'_>) -> Result<Ended, Failure> {
        let plan = self.plan(facts, engine, source)?;
        if self.options.dry_run || self.options.check {
            return Ok(self.only_show(&plan));
        }
        if plan.is_empty() {
            return Ok(self.nothing_to_do(&plan, source));
        }
        self.show(&plan)?;
        let _lock = apply::lock(self.host, LOCK_LIMIT)?;
        let interrupts = Interrupts::listen();
        // Another regdoctor, or an editor, may have been faster: what counts is the machine under the lock.
        let facts = machine::look_again(self.host, self.seen);
        refuse_unfinished(&facts)?;
        let (named, engine) = machine::engine_of(&facts)?;
        let fresh = self.plan(&facts, (named, engine), source)?;
        if fresh.is_empty() {
            return Ok(self.nothing_to_do(&fresh, source));
        }
        if fresh.steps != plan.steps {
            self.screen.say("the machine changed since; the plan is now:");
            self.show(&fresh)?;
        }
        carry_out::carry_out(self, &facts, (named, engine), (&fresh, &interrupts))
    }

    fn plan(&self, facts: &Facts, engine: Found<'_>, source: &Source<'_>) -> Result<Plan, Failure> {
        let mut plan = (source.plan)(facts, engine)?;
        let in_folder = self.host.is_folder();
        if in_folder {
            plan.effect = Effect::Nothing;
            leave_out_programs(&mut plan);
        } else if self.no_reload && matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_)) {
            plan.effect = not_now();
        }
        plan.held = held(&plan, engine.1);
        let silent = engine.1.effective.is_none();
        let later = matches!(plan.effect, Effect::Later(_));
        plan.expects
            .retain(|one| !(silent || later || in_folder || self.force && matches!(one, Expectation::Reaches(_))));
        let warning = "Docker does not answer, so it could not be asked whether it works";
        if silent && !later && !in_folder && !plan.steps.is_empty() && !plan.warnings.iter().any(|one| one == warning) {
            plan.warnings.push(warning.into());
        }
        Ok(plan)
    }

    fn only_show(&self, plan: &Plan) -> Ended {
        if self.options.format == Format::Json {
            self.screen.answer(&show_plan::json(plan));
        } else if plan.is_empty() {
            self.screen.answer("nothing to do\n");
        } else if self.options.dry_run {
            self.screen.answer(&show_plan::human(plan));
        } else {
            self.screen.answer(&format!("to do: {}\n", plan.title));
        }
        self.news(plan);
        if self.options.check && !plan.is_empty() { Ended::WithProblems } else { Ended::Well }
    }

    fn nothing_to_do(&self, plan: &Plan, source: &Source<'_>) -> Ended {
        self.screen.answer(&(source.nothing)(plan));
        self.news(plan);
        Ended::Well
    }

    fn news(&self, plan: &Plan) {
        plan.warnings.iter().for_each(|text| self.screen.warning(text));
    }

    /// The plan on the screen, and a yes.
    fn show(&self, plan: &Plan) -> Result<(), Failure> {
        self.screen.say(&show_plan::human(plan));
        self.news(plan);
        confirm(self.screen, self.options, "Do this?")
    }
}

/// A yes, said now or by `--yes`.
pub fn confirm(screen: &Screen, options: &ChangeOptions, question: &str) -> Result<(), Failure> {
    if options.yes || screen.ask(question) {
        return Ok(());
    }
    let failure = Failure::new(Kind::Refused, "not confirmed; nothing was changed");
    Err(if screen.can_ask() { failure } else { failure.hint("without a terminal, say --yes") })
}

/// The lock is ours, so a record that is open belongs to nobody who still runs.
fn refuse_unfinished(facts: &Facts) -> Result<(), Failure> {
    let open = facts.history.iter().find(|record| record.state == State::Running);
    open.map_or(Ok(()), |record| {
        Err(Failure::new(Kind::Refused, format!("change {} was cut short: {}", record.id, record.title))
            .because("nothing was changed: the machine may be between its old state and the new one")
            .hint("sudo regdoctor undo --recover"))
    })
}

/// What the engine says now of everything that it will be asked about.
fn held(plan: &Plan, engine: &EngineFacts) -> Vec<Expectation> {
    let Some(effective) = &engine.effective else { return Vec::new() };
    let now = plan.expects.iter().filter_map(|one| match one {
        Expectation::Insecure(entry) | Expectation::NotInsecure(entry) if effective.insecure.contains(entry) => {
            Some(Expectation::Insecure(entry.clone()))
        }
        Expectation::Insecure(entry) | Expectation::NotInsecure(entry) => Some(Expectation::NotInsecure(entry.clone())),
        Expectation::Answers | Expectation::Reaches(_) => None,
    });
    std::iter::once(Expectation::Answers).chain(now).collect()
}

/// Nothing runs in a folder: what would run there is said instead, unless the next start does the same.
fn leave_out_programs(plan: &mut Plan) {
    let (runs, steps): (Vec<Step>, Vec<Step>) =
        std::mem::take(&mut plan.steps).into_iter().partition(|step| matches!(step, Step::Run { .. }));
    plan.steps = steps;
    for step in runs {
        if let Step::Run { words, .. } = step
            && !words.iter().any(|word| word == "daemon-reload")
        {
            plan.warnings
                .push(format!("nothing runs in a folder; this is still to be run inside: {}", words.join(" ")));
        }
    }
}
