//! Applying a plan or putting a leftover back, and telling how it ended.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::change::{Change, Found};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::verify::{self, Patience};
use super::{Ended, prove};
use crate::apply::{self, Left, Outcome, Work};
use crate::host::{Host, Interrupts};
use crate::model::facts::Facts;
use crate::model::plan::{Effect, Expectation, Plan};
use crate::model::record::Record;
use crate::plan;

/// Containers that restart by themselves do so within this.
const CONTAINER_LIMIT: Duration = Duration::from_secs(5);

/// Carries out a plan under the lock.
pub fn carry_out(
    change: &Change<'_>,
    facts: &Facts,
    engine: Found<'_>,
    (plan, interrupts): (&Plan, &Interrupts),
) -> Result<Ended, Failure> {
    let limit = Duration::from_secs(change.options.timeout);
    let prove = change.prove.as_deref();
    let act = Act { host: change.host, screen: change.screen, facts, engine, limit, interrupts, prove };
    let outcome = act.with(|work| apply::apply(work, plan))?;
    if outcome == Outcome::Done {
        change.screen.say(&done_line(plan));
    }
    Ok(act.tell(outcome))
}

/// What a change is done with.
pub struct Act<'a> {
    pub host: &'a dyn Host,
    pub screen: &'a Screen,
    pub facts: &'a Facts,
    pub engine: Found<'a>,
    pub limit: Duration,
    pub interrupts: &'a Interrupts,
    /// The registry to prove it on, through the daemon.
    pub prove: Option<&'a str>,
}

impl Act<'_> {
    /// Puts back what a crash left.
    pub fn recover(&self, record: Record) -> Ended {
        let id = record.id;
        match self.with(|work| apply::recover(work, record)) {
            Outcome::Done => {
                self.screen.say(&format!("change {id} was as good as done, and is done now"));
                Ended::Well
            }
            Outcome::PutBack { .. } => {
                self.screen.say(&format!("change {id} is put back: everything is as it was"));
                Ended::Well
            }
            stuck @ Outcome::Stuck { .. } => self.tell(stuck),
        }
    }

    /// Does it while the seconds are shown, and names the containers that a restart cost.
    fn with<T>(&self, act: impl FnOnce(&Work<'_>) -> T) -> T {
        let restarted = Cell::new(false);
        let waiting = RefCell::new(self.screen.waiting(self.limit));
        let verify = |expects: &[Expectation], limit: Duration, interrupts: &Interrupts| {
            verify::verify(self.host, self.engine, expects, &Patience { limit, interrupts })?;
            let whole = expects.iter().any(|one| matches!(one, Expectation::Reaches(_)));
            match self.prove {
                Some(registry) if whole => {
                    waiting.replace(None);
                    prove::prove(self.host, registry, self.facts.now, &|line| self.screen.say(line))
                }
                _ => Ok(()),
            }
        };
        let say = |line: &str| {
            waiting.replace(None);
            self.screen.say(&format!("{line} …"));
            waiting.replace(self.screen.waiting(self.limit));
        };
        let identity = &self.facts.identity;
        let work = Work {
            host: self.host,
            by: identity.sudo.as_ref().map_or_else(|| identity.user.clone(), |caller| caller.user.clone()),
            now: self.facts.now,
            interrupts: self.interrupts,
            verify: &verify,
            without: &plan::without,
            limit: self.limit,
            say: &say,
            restarted: &restarted,
        };
        let outcome = act(&work);
        let lost = if restarted.get() { self.lost_containers() } else { Vec::new() };
        waiting.replace(None);
        if !lost.is_empty() {
            let names = lost.join(" ");
            self.screen.warning(&format!(
                "the restart stopped these containers, and they have not come back: {names}; to start them: docker start {names}"
            ));
        }
        outcome
    }

    /// The names of those that ran before and do not now.
    fn lost_containers(&self) -> Vec<String> {
        let Some(effective) = &self.engine.1.effective else {
            return Vec::new();
        };
        let patience = Patience { limit: CONTAINER_LIMIT, interrupts: &Interrupts::none() };
        let lost = verify::missing(self.host, self.engine, &effective.containers, &patience);
        lost.into_iter().map(|one| one.name).collect()
    }

    /// How it ended, in words and as the exit code.
    pub fn tell(&self, outcome: Outcome) -> Ended {
        match outcome {
            Outcome::Done => Ended::Well,
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
                for Left { what, mend } in left {
                    failure = failure.because(what).hint(mend);
                }
                failure.hints.dedup();
                self.screen.failure(&failure);
                Ended::Stuck
            }
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
