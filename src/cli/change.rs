//! Changing a machine: plan, show, ask, take the lock, plan again, apply, verify, or put everything back.

use std::time::Duration;

use super::arguments::{ChangeOptions, Format};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine, prove, show_plan, verify};
use crate::apply::{self, Outcome, Work};
use crate::engine::Engine;
use crate::host::{Host, Interrupts};
use crate::model::facts::{EngineFacts, Facts, Packaging};
use crate::model::observations::Observations;
use crate::model::plan::{Effect, Expectation, Plan, Step};
use crate::model::wish::Wish;

/// How long another regdoctor may keep the lock: as long as its own daemon takes to come back.
const LOCK_LIMIT: Duration = Duration::from_secs(300);

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

/// Whether this user may change this engine at all.
pub fn refuse_ordinary_user(change: &ChangeOptions, facts: &Facts, engine: &EngineFacts) -> Result<(), Failure> {
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
    pub fn fulfil(
        &self,
        facts: &Facts,
        engine: (&'static dyn Engine, &EngineFacts),
        wish: &Wish,
    ) -> Result<Ended, Failure> {
        let plan = self.plan(facts, engine, wish)?;
        if self.options.dry_run || self.options.check {
            return Ok(self.only_show(&plan));
        }
        if plan.is_empty() {
            return Ok(self.nothing_to_do(&plan, wish));
        }
        self.show(&plan)?;
        let interrupts = Interrupts::listen();
        let _lock = apply::lock(self.host, LOCK_LIMIT)?;
        // Another regdoctor, or an editor, may have been faster: what counts is the machine under the lock.
        let facts = machine::look_again(self.host, self.seen);
        let (named, engine) = machine::engine_of(&facts)?;
        let fresh = self.plan(&facts, (named, engine), wish)?;
        if fresh.is_empty() {
            return Ok(self.nothing_to_do(&fresh, wish));
        }
        if fresh.steps != plan.steps {
            self.screen.say("the machine changed since; the plan is now:");
            self.show(&fresh)?;
        }
        self.carry_out(&facts, (named, engine), &fresh, &interrupts)
    }

    fn plan(&self, facts: &Facts, engine: (&'static dyn Engine, &EngineFacts), wish: &Wish) -> Result<Plan, Failure> {
        let mut plan = engine.0.plan(facts, engine.1, wish)?;
        let in_folder = self.host.is_folder();
        if in_folder {
            plan.effect = Effect::Nothing;
            leave_out_programs(&mut plan);
        } else if self.no_reload && matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_)) {
            plan.effect = Effect::Later("not in effect until Docker is reloaded or restarted".into());
        }
        let silent = engine.1.effective.is_none();
        let later = matches!(plan.effect, Effect::Later(_));
        plan.expects
            .retain(|one| !(silent || later || in_folder || self.force && matches!(one, Expectation::Reaches(_))));
        if silent && !later && !in_folder && !plan.steps.is_empty() {
            plan.warnings.push("Docker does not answer, so it could not be asked whether it works".into());
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

    fn nothing_to_do(&self, plan: &Plan, wish: &Wish) -> Ended {
        self.screen.answer(&match wish {
            Wish::Untrust { entry } => {
                format!("nothing on this machine gives trust to {entry} that can be taken back\n")
            }
            _ => format!("nothing to do; already done: {}\n", plan.title),
        });
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
        if self.options.yes || self.screen.ask("Do this?") {
            return Ok(());
        }
        let failure = Failure::new(Kind::Refused, "not confirmed; nothing was changed");
        Err(if self.screen.can_ask() { failure } else { failure.hint("without a terminal, say --yes") })
    }

    fn carry_out(
        &self,
        facts: &Facts,
        engine: (&'static dyn Engine, &EngineFacts),
        plan: &Plan,
        interrupts: &Interrupts,
    ) -> Result<Ended, Failure> {
        let limit = Duration::from_secs(self.options.timeout);
        let work = Work {
            host: self.host,
            by: facts.identity.sudo.as_ref().map_or_else(|| facts.identity.user.clone(), |caller| caller.user.clone()),
            now: facts.now,
            interrupts,
            limit,
            verify: &|expects, limit| {
                verify::verify(self.host, engine, expects, limit)?;
                let whole = expects.iter().any(|one| matches!(one, Expectation::Reaches(_)));
                match &self.prove {
                    Some(registry) if whole => {
                        prove::prove(self.host, registry, facts.now, &|line| self.screen.say(line))
                    }
                    _ => Ok(()),
                }
            },
            say: &|line| self.screen.say(&format!("{line} …")),
        };
        Ok(match apply::apply(&work, plan)? {
            Outcome::Done => {
                self.screen.say(&done_line(plan));
                Ended::Well
            }
            Outcome::PutBack { why, interrupted } => {
                self.screen.failure(
                    &Failure::new(Kind::Environment, format!("it did not work: {why}"))
                        .because("everything was put back as it was"),
                );
                if interrupted { Ended::Interrupted } else { Ended::PutBack }
            }
            Outcome::Stuck { why, left } => {
                let mut failure = Failure::new(Kind::Environment, format!("it did not work: {why}"))
                    .because("not everything could be put back:");
                failure.causes.extend(left);
                self.screen.failure(&failure.hint("the old bytes are in /var/lib/regdoctor/journal"));
                Ended::Stuck
            }
        })
    }
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

fn done_line(plan: &Plan) -> String {
    let reached = plan.expects.iter().find_map(|one| match one {
        Expectation::Reaches(registry) => Some(format!("done: Docker itself reached {registry}")),
        _ => None,
    });
    match (&plan.effect, reached) {
        (Effect::Later(how), _) => format!("done; {how}"),
        (_, Some(line)) => line,
        (_, None) => "done".into(),
    }
}
