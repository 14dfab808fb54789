//! The laws on arbitrary bytes, for the targets in `tests/fuzz`. Nothing else uses it.

use super::{Format, Held, env, identity, json, toml, unit, yaml};
use crate::edit::Syntax;
use crate::model::change::{Action, Change, Value};

/// Holds an editor to the laws. The first line is a change: a letter for the action, a digit for the path, and the entry
/// or value; the rest is the document.
///
/// # Panics
///
/// Where a law does not hold: that is what a fuzzer waits for.
pub fn fuzz(syntax: Syntax, data: &[u8]) {
    let (head, document) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let document = document.get(1..).unwrap_or_default();
    let (Ok(head), Ok(text)) = (std::str::from_utf8(head), std::str::from_utf8(document)) else {
        return identity(syntax, document).unwrap_or_else(|broken| panic!("{broken}"));
    };
    match syntax {
        Syntax::Json => try_on(&json::FORMAT, &json::PATHS, head, text),
        Syntax::Env => try_on(&env::FORMAT, &env::PATHS, head, text),
        Syntax::Toml => try_on(&toml::FORMAT, &toml::PATHS, head, text),
        Syntax::Unit => try_on(&unit::FORMAT, &unit::PATHS, head, text),
        Syntax::Yaml => try_on(&yaml::FORMAT, &yaml::PATHS, head, text),
    }
}

fn try_on<M: Clone + std::fmt::Debug + PartialEq>(format: &Format<M>, paths: &[&[&str]], head: &str, text: &str) {
    let mut head = head.chars();
    let action = head.next().unwrap_or('a');
    let path = head.next().map_or(0, |digit| digit as usize) % paths.len();
    let entry = head.as_str().to_owned();
    let action = match action {
        'a' => Action::Append(entry),
        'r' => Action::RemoveEntry(entry),
        's' => Action::Set(Value::Text(entry)),
        'l' => Action::Set(Value::List(entry.split(' ').map(str::to_owned).collect())),
        'f' => Action::Set(Value::Flag(entry.is_empty())),
        _ => Action::Remove,
    };
    match format.hold(text, &Change::new(paths[path], action)) {
        Ok(Held::Edited) => {}
        // Every reason can be said.
        Ok(Held::Refused(refused) | Held::OneWay(refused)) => drop(refused.to_string()),
        Err(broken) => panic!("{broken}"),
    }
}
