//! What an env file means to three generations of systemd and to a shell, and what a change makes of that.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::Format;
use crate::edit::Syntax;
use crate::edit::env::{Release, pairs, parse, shell_value, split_shell_words, split_systemd_words};
use crate::edit::words::{find_entry, unsafe_character, without};
use crate::model::change::{Action, Change, Value};

/// For each generation of systemd, and a shell, the words of each variable.
type Meaning = Vec<BTreeMap<String, Vec<String>>>;

pub(super) const FORMAT: Format<Meaning> =
    Format { syntax: Syntax::Env, meaning, changed, back, same: |left, right| left == right, touched, slack: 0 };

pub(super) const PATHS: [&[&str]; 3] = [&["O"], &["DOCKER_OPTS"], &["P"]];

fn meaning(text: &str) -> Meaning {
    let systemd = Release::ALL.map(|release| {
        pairs(text, release).into_iter().map(|pair| (pair.name, split_systemd_words(&pair.value))).collect()
    });
    let known = |name: String| {
        let value = shell_value(text, &name).ok()??;
        Some((name, split_shell_words(&value)))
    };
    let shell = parse(text).assignments.into_iter().filter_map(|found| known(found.name)).collect();
    [systemd.to_vec(), vec![shell]].concat()
}

fn touched(text: &str, change: &Change) -> Vec<RangeInclusive<usize>> {
    let named = parse(text).assignments.into_iter().filter(|found| found.name == change.path[0]);
    let mut lines: Vec<_> =
        named.map(|found| found.line..=found.line + found.value_raw.matches('\n').count()).collect();
    if change.action != Action::Remove {
        lines.drain(..lines.len().saturating_sub(1));
    }
    lines
}

fn changed(mut old: Meaning, change: &Change) -> Meaning {
    let name = change.path[0].as_str();
    for reader in &mut old {
        let words = reader.get(name).cloned();
        let there = words.clone().unwrap_or_default();
        match &change.action {
            Action::Append(entry) if find_entry(&there, entry).is_empty() => {
                let added = split_shell_words(entry);
                if !added.is_empty() {
                    reader.insert(name.to_owned(), [there, added].concat());
                }
            }
            Action::Append(_) => {}
            Action::RemoveEntry(entry) => {
                let gone = find_entry(&there, entry);
                words.map(|words| reader.insert(name.to_owned(), without(&words, &gone)));
            }
            Action::Set(Value::Text(text)) => drop(reader.insert(name.to_owned(), split_shell_words(text))),
            Action::Set(Value::List(entries)) => {
                drop(reader.insert(name.to_owned(), split_shell_words(&entries.join(" "))));
            }
            Action::Remove => drop(reader.remove(name)),
            Action::Set(Value::Flag(_)) => panic!("a flag is refused"),
        }
    }
    old
}

fn back(old: &Meaning, change: &Change) -> Option<Change> {
    let words = old.first()?.get(change.path.first()?);
    let action = match (&change.action, words) {
        (_, None) => Action::Remove,
        (Action::Append(entry), Some(words)) if find_entry(words, entry).is_empty() => {
            Action::RemoveEntry(entry.clone())
        }
        (_, Some(words)) if unsafe_character(&words.join(" ")).is_none() => Action::Set(Value::Text(words.join(" "))),
        _ => return None,
    };
    Some(Change { path: change.path.clone(), action })
}
