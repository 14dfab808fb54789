//! Whether what a plan expects holds: the machine is observed again, and the engine itself is asked.

use std::time::{Duration, Instant};

use super::machine;
use crate::engine;
use crate::host::Host;
use crate::model::act::{Act, Done};
use crate::model::facts::EngineFacts;
use crate::model::plan::Expectation;

/// Between two looks at a daemon that is on its way.
const PAUSE: Duration = Duration::from_millis(150);

/// Waits up to `limit` until everything expected holds.
pub fn verify(host: &dyn Host, expects: &[Expectation], limit: Duration) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    loop {
        let outcome = holds(host, expects);
        match outcome {
            Ok(()) => return Ok(()),
            Err(Unmet { waiting: true, .. }) if Instant::now() < deadline => {}
            Err(Unmet { why, .. }) => return Err(why),
        }
        // A wait that is cut short only looks sooner.
        let _ = host.act(&Act::Wait(PAUSE));
    }
}

struct Unmet {
    why: String,
    /// It may still come.
    waiting: bool,
}

fn holds(host: &dyn Host, expects: &[Expectation]) -> Result<(), Unmet> {
    if expects.is_empty() {
        return Ok(());
    }
    let (_, facts) = machine::look(host);
    let late = |why: String| Unmet { why, waiting: true };
    let engine = facts.engines.first().ok_or_else(|| late("Docker is not there".into()))?;
    let Some(effective) = &engine.effective else {
        return Err(late(format!("Docker does not answer on {}", engine.endpoint.socket.display())));
    };
    for expected in expects {
        match expected {
            Expectation::Insecure(entry) if !effective.insecure.contains(entry) => {
                return Err(late(format!("Docker's own list does not show {entry} as insecure")));
            }
            Expectation::NotInsecure(entry) if effective.insecure.contains(entry) => {
                return Err(late(format!("Docker's own list still shows {entry} as insecure")));
            }
            Expectation::Answers | Expectation::Insecure(_) | Expectation::NotInsecure(_) => {}
            Expectation::Reaches(registry) => reaches(host, engine, registry)?,
        }
    }
    Ok(())
}

fn reaches(host: &dyn Host, facts: &EngineFacts, registry: &str) -> Result<(), Unmet> {
    let Some(engine) = engine::named(facts.engine) else { return Ok(()) };
    let final_word = |why: String| Unmet { why, waiting: false };
    match host.act(&Act::Http(engine.reach(facts, registry))) {
        Ok(Done::Http(answer)) => {
            engine.reached(&answer).map_err(|why| final_word(format!("Docker does not reach {registry}: {why}")))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(final_word(error.to_string())),
    }
}
