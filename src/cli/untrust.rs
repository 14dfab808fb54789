//! `regdoctor untrust`: take the trust in one registry back.

use std::net::IpAddr;

use super::arguments::UntrustOptions;
use super::change::{Change, engine_to_change};
use super::failure::{Failure, Kind};
use super::screen::Screen;
use super::{Ended, machine};
use crate::model::wish::{InsecureEntry, Wish, parse_range};

pub fn run(options: &UntrustOptions, screen: &Screen) -> Result<Ended, Failure> {
    let entry = match range_of(&options.entry_point)? {
        Some(range) => range,
        None => InsecureEntry::parse(&options.entry_point)?,
    };
    let host = machine::live(options.change.root.as_deref())?;
    let (seen, facts) = machine::look(&host);
    let engine = engine_to_change(&options.change, &facts)?;
    machine::warn_of_leftovers(&facts, screen);
    let change = Change {
        host: &host,
        seen: &seen,
        screen,
        options: &options.change,
        no_reload: options.no_reload,
        force: false,
        prove: None,
    };
    let wish = Wish::Untrust { entry };
    match machine::unread(engine.1) {
        Some(failure) if engine.0.plan(&facts, engine.1, &wish)?.is_empty() => return Err(failure),
        Some(failure) => screen.warning(&failure.what),
        None => {}
    }
    change.fulfil(&facts, engine, &wish)
}

/// A range of addresses, if that is meant. `10.0.0.0/99` is none, and it is no address with a repository `99` either.
pub fn range_of(text: &str) -> Result<Option<InsecureEntry>, Failure> {
    let range = parse_range(text);
    let parts = text.trim().split_once('/');
    let meant = parts.filter(|(address, length)| {
        let address = address.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok() && !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit())
    });
    match (range, meant) {
        (None, Some((_, length))) => Err(Failure::new(
            Kind::Usage,
            format!("`{length}` is not the length of a range of addresses: 0 to 32, for IPv6 0 to 128"),
        )
        .hint("a range looks like 10.0.0.0/8 or fd00::/8")),
        (range, _) => Ok(range),
    }
}
