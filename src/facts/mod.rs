//! Observations become facts: parsed once; nothing after this layer sees paths to try, commands or the clock.

pub mod distro;
pub mod history;
pub mod init;
pub mod logins;
pub mod names;
pub mod standard;
pub mod store;

use std::path::Path;

use crate::engine::{self, Ground};
use crate::model::ask::{Answer, Ask, Identity};
use crate::model::facts::{Enclosure, Facts};
use crate::model::observations::Observations;

/// What to look at, given the answers so far. [`crate::host::observe`] calls it until nothing new is asked.
#[must_use]
pub fn asks(seen: &Observations) -> Vec<Ask> {
    let mut asks = vec![Ask::Identity, Ask::Clock];
    asks.extend(distro::asks());
    asks.extend(init::asks(seen));
    asks.extend(store::asks(seen));
    asks.extend(history::asks(seen));
    asks.extend(names::asks(seen));
    asks.extend(standard::asks());
    asks.extend(logins::asks(seen));
    let Some(identity) = identity(seen) else { return asks };
    let distro = distro::derive(seen);
    let (init, _) = init::derive(seen);
    let ground = Ground { identity: &identity, distro: &distro, init, prepared: false };
    asks.extend(engine::ALL.iter().flat_map(|engine| engine.asks(seen, ground)));
    asks
}

/// The facts of a host. `is_folder` says that a folder was looked at, not a machine (`--root`).
#[must_use]
pub fn derive(seen: &Observations, is_folder: bool) -> Facts {
    let identity = identity(seen).unwrap_or_else(nobody);
    let distro = distro::derive(seen);
    let (init, enclosure) = init::derive(seen);
    let ground = Ground { identity: &identity, distro: &distro, init, prepared: is_folder };
    let engines = engine::ALL.iter().filter_map(|engine| engine.detect(seen, ground)).collect();
    Facts {
        now: match seen.answer(&Ask::Clock) {
            Some(Answer::Clock(now)) => *now,
            _ => 0,
        },
        enclosure: if is_folder { Some(Enclosure::Root) } else { enclosure },
        system_store: store::derive(seen),
        history: history::derive(seen),
        names: names::derive(seen, Path::new("/")),
        daemon_names: names::of_daemon(seen),
        logins: logins::derive(seen),
        changing: history::is_changing(seen),
        standard: standard::derive(seen),
        identity,
        distro,
        init,
        engines,
    }
}

fn identity(seen: &Observations) -> Option<Identity> {
    match seen.answer(&Ask::Identity) {
        Some(Answer::Identity(identity)) => Some(identity.clone()),
        _ => None,
    }
}

/// A recording that lacks the caller: an ordinary person without a home.
fn nobody() -> Identity {
    Identity { uid: 65534, user: "nobody".into(), home: "/nonexistent".into(), groups: Vec::new(), sudo: None }
}
