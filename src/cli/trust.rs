//! `regdoctor trust`: look at the registry, choose, plan, and make the engine trust it.

use std::thread;
use std::time::Duration;

use super::arguments::TrustOptions;
use super::change::{Change, engine_to_change};
use super::check::look_at;
use super::choose::{self, Choice};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::untrust::range_of;
use super::{Ended, machine};
use crate::host::Live;
use crate::model::entry_point::{self, Pasted};
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::model::trace::Trace;
use crate::model::wish::Wish;

/// The most that looking at the registry may take.
const LOOK_LIMIT: Duration = Duration::from_secs(15);

pub fn run(options: &TrustOptions, screen: &Screen) -> Result<Ended, Failure> {
    let range = range_of(&options.entry_point)?;
    if range.is_some() && of_certificates(options) {
        return Err(Failure::new(Kind::Usage, "a range of addresses has no certificate")
            .hint("name the registry: regdoctor trust HOST:PORT --ca FILE"));
    }
    let pasted = if range.is_some() { None } else { Some(entry_point::parse(&options.entry_point)?) };
    if let Some(pasted) = &pasted {
        for dropped in &pasted.dropped {
            screen.say(&format!("left out `{dropped}`: not part of an entry point"));
        }
        if let Some(repository) = &pasted.repository {
            screen.say(&format!("left out `/{repository}`: trust is for the whole registry {}", pasted.entry_point));
        }
    }
    let host = machine::live(options.change.root.as_deref())?;
    let (seen, facts, trace) = look(options, &host, pasted.as_ref());
    let (engine, engine_facts) = engine_to_change(&options.change, &facts)?;
    machine::warn_of_leftovers(&facts, screen);
    let wish = match (range, &pasted) {
        (Some(entry), _) => Wish::Insecure { entry, place: choose::place(options) },
        (None, Some(pasted)) => {
            match choose::choose(options, screen, &facts, (engine, engine_facts), (&pasted.entry_point, trace))? {
                Choice::Wish(wish) => wish,
                Choice::Diagnosed => return Ok(Ended::WithProblems),
                Choice::Already(why) => {
                    screen.answer(&format!("{why}; nothing to do\n"));
                    return Ok(Ended::Well);
                }
            }
        }
        (None, None) => return Err(Failure::new(Kind::Usage, "the entry point is empty")),
    };
    let registry = pasted.map(|pasted| pasted.entry_point.to_string());
    let change = Change {
        host: &host,
        seen: &seen,
        screen,
        options: &options.change,
        no_reload: options.no_reload,
        force: options.force,
        prove: registry.filter(|_| options.prove),
    };
    change.fulfil(&facts, (engine, engine_facts), &wish)
}

fn of_certificates(options: &TrustOptions) -> bool {
    options.ca.is_some() || options.fingerprint.is_some() || options.client_cert.is_some() || options.system_store
}

/// The machine and the registry, looked at at the same time.
fn look(options: &TrustOptions, host: &Live, pasted: Option<&Pasted>) -> (Observations, Facts, Option<Trace>) {
    let wanted = pasted.filter(|_| !options.force && options.change.root.is_none());
    let whole = wanted.map(|pasted| Pasted { repository: None, reference: None, ..pasted.clone() });
    thread::scope(|scope| {
        let trace = whole.map(|pasted| scope.spawn(move || look_at(&pasted, LOOK_LIMIT)));
        let (seen, facts) = machine::look(host);
        (seen, facts, trace.and_then(|thread| thread.join().ok()))
    })
}
