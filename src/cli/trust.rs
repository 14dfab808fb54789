//! `regdoctor trust`: look at the registry, choose, plan, and make the engine trust it.

use super::arguments::TrustOptions;
use super::change::{Change, refuse_ordinary_user};
use super::choose::{self, Choice};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine};
use crate::model::entry_point;
use crate::model::wish::{Wish, parse_range};

pub fn run(options: &TrustOptions, screen: &Screen) -> Result<Ended, Failure> {
    let range = parse_range(&options.entry_point);
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
    let (_, facts) = machine::look(&host);
    let (engine, engine_facts) = machine::engine_of(&facts)?;
    refuse_ordinary_user(&options.change, &facts, engine_facts)?;
    let wish = match (range, &pasted) {
        (Some(_), _) if options.ca.is_some() || options.fingerprint.is_some() || options.client_cert.is_some() => {
            return Err(Failure::new(Kind::Usage, "a range of addresses has no certificate")
                .hint("name the registry: regdoctor trust HOST:PORT --ca FILE"));
        }
        (Some(entry), _) => Wish::Insecure { entry, place: choose::place(options) },
        (None, Some(pasted)) => match choose::choose(options, screen, &facts, (engine, engine_facts), pasted)? {
            Choice::Wish(wish) => wish,
            Choice::Diagnosed => return Ok(Ended::WithProblems),
            Choice::Already(why) => {
                screen.answer(&format!("{why}; nothing to do\n"));
                return Ok(Ended::Well);
            }
        },
        (None, None) => return Err(Failure::new(Kind::Usage, "the entry point is empty")),
    };
    let registry = pasted.map(|pasted| pasted.entry_point.to_string());
    let change = Change {
        host: &host,
        screen,
        options: &options.change,
        no_reload: options.no_reload,
        force: options.force,
        prove: registry.filter(|_| options.prove),
    };
    change.fulfil(&facts, (engine, engine_facts), &wish)
}
