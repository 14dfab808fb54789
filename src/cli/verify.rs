//! Whether what a plan expects holds, by the engine's own word: its list is asked for again, and it is made to reach the
//! registry itself.

use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::host::{self, Host};
use crate::model::act::{Act, Done};
use crate::model::facts::EngineFacts;
use crate::model::plan::Expectation;

/// Between two looks at a daemon that is on its way.
const PAUSE: Duration = Duration::from_millis(150);
/// Go reads /etc/hosts again after five seconds: until then a new line there is unknown to the daemon.
const NAME_LIMIT: Duration = Duration::from_secs(6);

/// Waits up to `limit` until everything expected holds; the error says what does not.
pub fn verify(
    host: &dyn Host,
    engine: (&'static dyn Engine, &EngineFacts),
    expects: &[Expectation],
    limit: Duration,
) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match holds(host, engine, expects) {
            Ok(()) => return Ok(()),
            Err(Unmet { why, patience }) if began.elapsed() >= patience.min(limit) => return Err(why),
            Err(_) => {}
        }
        // A wait that is cut short only looks sooner.
        let _ = host.act(&Act::Wait(PAUSE));
    }
}

struct Unmet {
    why: String,
    /// How long it may still come.
    patience: Duration,
}

fn late(why: String) -> Unmet {
    Unmet { why, patience: Duration::MAX }
}

fn holds(host: &dyn Host, engine: (&'static dyn Engine, &EngineFacts), expects: &[Expectation]) -> Result<(), Unmet> {
    let reached = expects.iter().any(|one| matches!(one, Expectation::Reaches(_)));
    // An engine that reaches a registry answers: only its list is a question of its own.
    let listed = expects.iter().any(|one| !matches!(one, Expectation::Reaches(_) | Expectation::Answers));
    if listed || (!reached && !expects.is_empty()) {
        list(host, engine, expects)?;
    }
    expects.iter().try_for_each(|expected| match expected {
        Expectation::Reaches(registry) => reaches(host, engine, registry),
        _ => Ok(()),
    })
}

fn list(host: &dyn Host, engine: (&'static dyn Engine, &EngineFacts), expects: &[Expectation]) -> Result<(), Unmet> {
    let seen = host::observe(host, &|_| engine.0.asks_in_effect(engine.1));
    let Some(effective) = engine.0.in_effect(engine.1, &seen) else {
        return Err(late(format!("Docker does not answer on {}", engine.1.endpoint.socket.display())));
    };
    expects.iter().try_for_each(|expected| match expected {
        Expectation::Insecure(entry) if !effective.insecure.contains(entry) => {
            Err(late(format!("Docker's own list does not show {entry} as insecure")))
        }
        Expectation::NotInsecure(entry) if effective.insecure.contains(entry) => {
            Err(late(format!("Docker's own list still shows {entry} as insecure")))
        }
        _ => Ok(()),
    })
}

fn reaches(host: &dyn Host, engine: (&'static dyn Engine, &EngineFacts), registry: &str) -> Result<(), Unmet> {
    let unmet = |why: String, patience: Duration| Unmet { why, patience };
    match host.act(&Act::Http(engine.0.reach(engine.1, registry))) {
        Ok(Done::Http(answer)) => engine.0.reached(&answer).map_err(|why| {
            let patience = if why.contains("lookup ") { NAME_LIMIT } else { Duration::ZERO };
            unmet(format!("Docker does not reach {registry}: {why}"), patience)
        }),
        Ok(_) => Ok(()),
        // No answer at all: the daemon is still on its way.
        Err(error) => Err(late(error.to_string())),
    }
}
