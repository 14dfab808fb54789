//! Documents as people and packages write them, generated, and the laws tried on each.

mod env;
mod json;
mod toml;
mod unit;
mod yaml;

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Format, Held};
use crate::edit::EditError;
use crate::model::change::{Action, Change, Value};

/// Holds an editor to the laws; of its refusals, only these are taken.
fn held<M: Clone + Debug + PartialEq>(
    format: &Format<M>,
    text: &str,
    change: &Change,
    may_refuse: impl Fn(&EditError) -> bool,
) -> Result<(), TestCaseError> {
    match format.hold(text, change).map_err(TestCaseError::fail)? {
        Held::Refused(refused) if !may_refuse(&refused) => {
            Err(TestCaseError::fail(format!("refused: {refused}\n{change:?}\n{text:?}")))
        }
        Held::OneWay(refused) => {
            Err(TestCaseError::fail(format!("the way back is refused: {refused}\n{change:?}\n{text:?}")))
        }
        Held::Refused(_) | Held::Edited => Ok(()),
    }
}

/// Everything that can be done to a place of a tree, with these texts.
fn actions(entries: &'static [&'static str]) -> impl Strategy<Value = Action> {
    let entry = || select(entries).prop_map(str::to_owned);
    prop_oneof![
        3 => entry().prop_map(Action::Append),
        3 => entry().prop_map(Action::RemoveEntry),
        2 => entry().prop_map(|entry| Action::Set(Value::Text(entry))),
        1 => any::<bool>().prop_map(|flag| Action::Set(Value::Flag(flag))),
        1 => vec(entry(), 0..3).prop_map(|entries| Action::Set(Value::List(entries))),
        2 => Just(Action::Remove),
    ]
}

/// LF or CR LF, a mark or none, a last line end or none.
fn dressed(body: impl Strategy<Value = String>, mark: bool) -> impl Strategy<Value = String> {
    (body, any::<bool>(), any::<bool>(), prop::bool::weighted(if mark { 0.3 } else { 0.0 })).prop_map(
        |(body, crlf, last, mark)| {
            let body =
                if last { format!("{}\n", body.trim_end_matches('\n')) } else { body.trim_end_matches('\n').into() };
            let body = if crlf { body.replace('\n', "\r\n") } else { body };
            if mark { format!("\u{feff}{body}") } else { body }
        },
    )
}
