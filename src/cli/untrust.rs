//! `regdoctor untrust`: take the trust in one registry back.

use super::arguments::UntrustOptions;
use super::change::{Change, refuse_ordinary_user};
use super::failure::Failure;
use super::screen::Screen;
use super::{Ended, machine};
use crate::model::wish::{InsecureEntry, Wish};

pub fn run(options: &UntrustOptions, screen: &Screen) -> Result<Ended, Failure> {
    let entry = InsecureEntry::parse(&options.entry_point)?;
    let host = machine::live(options.change.root.as_deref())?;
    let (_, facts) = machine::look(&host);
    let engine = machine::engine_of(&facts)?;
    refuse_ordinary_user(&options.change, &facts, engine.1)?;
    let change = Change {
        host: &host,
        screen,
        options: &options.change,
        no_reload: options.no_reload,
        force: false,
        prove: None,
    };
    let plan = engine.0.plan(&facts, engine.1, &Wish::Untrust { entry: entry.clone() })?;
    if plan.is_empty() && !options.change.check && !options.change.dry_run {
        screen.answer(&format!("nothing on this machine gives trust to {entry} that can be taken back\n"));
    }
    change.fulfil(&facts, engine, &Wish::Untrust { entry })
}
