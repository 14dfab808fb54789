//! What a systemd unit or drop-in means, and what a change makes of that.

use std::ops::RangeInclusive;

use super::Format;
use crate::edit::Syntax;
use crate::edit::splice::Lines;
use crate::edit::unit::{Entry, parse, split_exec_words};
use crate::edit::words::{find_entry, without};
use crate::model::change::{Action, Change, Value};

/// Section, key, and the value; of a command, its words.
type Meaning = Vec<(String, String, Vec<String>)>;

pub(super) const FORMAT: Format<Meaning> = Format {
    syntax: Syntax::Unit,
    meaning,
    changed,
    back,
    same: |left, right| sorted(left) == sorted(right),
    touched,
    slack: 0,
};

pub(super) const PATHS: [&[&str]; 3] = [&["Service", "ExecStart"], &["Service", "Environment"], &["Unit", "X"]];

fn meaning(text: &str) -> Meaning {
    let entries = parse(text).into_iter().map(|entry| {
        let value = words(&entry.key, &entry.value);
        (entry.section, entry.key, value)
    });
    entries.collect()
}

fn words(key: &str, value: &str) -> Vec<String> {
    let words = split_exec_words(value).filter(|words| key.starts_with("Exec") && !words.is_empty());
    words.unwrap_or_else(|| vec![value.to_owned()])
}

/// The order of different keys means nothing, that of the same key does.
fn sorted(entries: &Meaning) -> Meaning {
    let mut entries = entries.clone();
    entries.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
    entries
}

/// The lines of the settings that are changed, without the comments between them.
fn touched(text: &str, change: &Change) -> Vec<RangeInclusive<usize>> {
    let lines = Lines::of(text);
    let exec = change.path[1].starts_with("Exec");
    let touches = |entry: &Entry| match &change.action {
        Action::Append(_) => exec,
        Action::RemoveEntry(value) => exec || entry.value == *value,
        Action::Set(_) | Action::Remove => true,
    };
    let named = parse(text).into_iter().filter(|entry| entry.section == change.path[0] && entry.key == change.path[1]);
    let rows = named.filter(touches).flat_map(|entry| entry.rows);
    rows.map(|row| lines.line(row.start)..=lines.line(row.end.saturating_sub(1).max(row.start))).collect()
}

fn at(entry: &(String, String, Vec<String>), change: &Change) -> bool {
    entry.0 == change.path[0] && entry.1 == change.path[1]
}

/// A flag as words of a unit know it: `%` is written twice.
fn find(words: &[String], entry: &str) -> Vec<std::ops::Range<usize>> {
    let plain: Vec<String> = words.iter().map(|word| word.replace("%%", "%")).collect();
    find_entry(&plain, entry)
}

fn changed(mut entries: Meaning, change: &Change) -> Meaning {
    let new = |value: Vec<String>| (change.path[0].clone(), change.path[1].clone(), value);
    let exec = change.path[1].starts_with("Exec");
    let reset = entries.iter().rposition(|entry| at(entry, change) && entry.2 == [""]).map_or(0, |reset| reset + 1);
    let counts: Vec<usize> = (reset..entries.len()).filter(|index| at(&entries[*index], change)).collect();
    match &change.action {
        Action::Set(value) => {
            let value = match value {
                Value::Text(text) => words(&change.path[1], text),
                Value::Flag(flag) => words(&change.path[1], &flag.to_string()),
                Value::List(_) => panic!("a list is refused"),
            };
            match counts.split_last() {
                Some((last, before)) => {
                    entries[*last].2 = value;
                    before.iter().rev().for_each(|index| drop(entries.remove(*index)));
                }
                None => entries.push(new(value)),
            }
        }
        Action::Append(entry) if exec => {
            let words = &mut entries[counts[0]].2;
            if find(words, entry).is_empty() {
                words.extend(entry.split_whitespace().map(|word| word.replace('%', "%%")));
            }
        }
        Action::Append(entry) if entry.is_empty() => {}
        Action::Append(entry) if counts.iter().any(|index| entries[*index].2 == [entry.as_str()]) => {}
        Action::Append(entry) => entries.push(new(vec![entry.clone()])),
        Action::RemoveEntry(entry) if exec => {
            let words = &mut entries[counts[0]].2;
            *words = without(words, &find(words, entry));
        }
        Action::RemoveEntry(entry) => entries.retain(|old| !at(old, change) || old.2 != [entry.as_str()]),
        Action::Remove => entries.retain(|entry| !at(entry, change)),
    }
    entries
}

fn back(old: &Meaning, change: &Change) -> Option<Change> {
    let values: Vec<&Vec<String>> = old.iter().filter(|entry| at(entry, change)).map(|entry| &entry.2).collect();
    let action = match (&change.action, values.as_slice()) {
        (Action::Append(_) | Action::Set(_), []) => Action::Remove,
        (Action::Append(entry), _) if !change.path[1].starts_with("Exec") => {
            let present = values.iter().any(|value| **value == [entry.as_str()]);
            return (!present)
                .then(|| Change { path: change.path.clone(), action: Action::RemoveEntry(entry.clone()) });
        }
        (Action::Append(entry), [words]) if find(words, entry).is_empty() => Action::RemoveEntry(entry.clone()),
        // A word is a value of its own unless it had quotes or escapes.
        (Action::Set(_), [value])
            if value.len() == 1 && words(&change.path[1], &value[0]) == **value && !value[0].is_empty() =>
        {
            Action::Set(Value::Text(value[0].clone()))
        }
        _ => return None,
    };
    Some(Change { path: change.path.clone(), action })
}
