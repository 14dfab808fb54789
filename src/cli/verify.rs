//! Whether what a plan expects holds, by the engine's own word: its list is asked for again, and it is made to reach the
//! registry itself.

use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::host::{self, Host, Interrupts};
use crate::model::act::{Act, Done};
use crate::model::facts::{Container, EngineFacts};
use crate::model::plan::Expectation;

/// Between two looks at a daemon that is on its way: short at first, since a reload is taken up within milliseconds.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const PAUSE: Duration = Duration::from_millis(160);
/// Go reads /etc/hosts again after five seconds: until then a new line there is unknown to the daemon.
const NAME_LIMIT: Duration = Duration::from_secs(6);

/// How long to wait, and what ends it sooner.
pub struct Patience<'a> {
    pub limit: Duration,
    pub interrupts: &'a Interrupts,
}

/// Waits until everything expected holds; the error says what does not.
pub fn verify(
    host: &dyn Host,
    engine: (&'static dyn Engine, &EngineFacts),
    expects: &[Expectation],
    patience: &Patience<'_>,
) -> Result<(), String> {
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match holds(host, engine, expects) {
            Ok(()) => return Ok(()),
            Err(unmet) if began.elapsed() >= unmet.patience.min(patience.limit) => {
                return Err(unmet.why);
            }
            Err(_) if patience.interrupts.happened() => return Err("interrupted".into()),
            Err(_) => {}
        }
        // A wait that is cut short only looks sooner.
        let _ = host.act(&Act::Wait(pause));
        pause = (pause * 2).min(PAUSE);
    }
}

/// Those of these containers that do not run now, after those that restart by themselves had the time for it.
pub fn missing(
    host: &dyn Host,
    engine: (&'static dyn Engine, &EngineFacts),
    containers: &[Container],
    patience: &Patience<'_>,
) -> Vec<Container> {
    let began = Instant::now();
    loop {
        let seen = host::observe(host, &|_| engine.0.asks_in_effect(engine.1));
        let running = engine.0.in_effect(engine.1, &seen).map(|effective| effective.containers).unwrap_or_default();
        let gone = containers.iter().filter(|one| !running.iter().any(|other| other.id == one.id));
        let gone: Vec<Container> = gone.cloned().collect();
        if gone.is_empty() || began.elapsed() >= patience.limit || patience.interrupts.happened() {
            return gone;
        }
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
