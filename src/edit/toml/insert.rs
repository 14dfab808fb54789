//! Writes new pairs and tables where they belong, and takes old ones away. Decides nothing.

use std::ops::Range;

use super::document::{Document, Kind, Statement, Step};
use crate::edit::flow::line_indent;
use crate::edit::splice::{Splice, line_end, line_start, newline, slice};
use crate::edit::tree::selector;
use crate::model::change::Value;

/// A value as TOML.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Flag(flag) => flag.to_string(),
        Value::List(entries) => {
            format!("[{}]", entries.iter().map(|entry| quoted(entry)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// JSON's quotes are TOML's, but for one character.
pub(super) fn quoted(text: &str) -> String {
    crate::edit::flow::quoted(text).replace('\u{7f}', "\\u007f")
}

pub(super) fn key(name: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { quoted(name) }
}

/// The value at the end of a path below `place`, which is the deepest that there is.
pub(super) fn add(document: &Document<'_>, place: &[Step], rest: &[String], value: &str) -> Splice {
    if let [name] = rest
        && let Some((neighbour, dotted)) = neighbour(document, place)
    {
        return pair(document, neighbour, &format!("{dotted}{}", key(name)), value);
    }
    if let (true, [name]) = (place.is_empty(), rest) {
        return first_pair(document, &format!("{} = {value}", key(name)));
    }
    let mut lines = Vec::new();
    write(&names(place), rest, value, &mut lines);
    let newline = newline(document.text);
    let last = document.below(place).last().filter(|_| !place.is_empty());
    let (at, indent) = match last {
        Some((last, _)) => {
            let end = document.statements.get(document.section_end(last)).map_or(0, |statement| statement.span.end);
            let header = document.below(place).filter(|(_, statement)| !statement.is_pair()).last();
            let indent = header.map_or("", |(_, header)| line_indent(document.text, header.span.start));
            (line_end(document.text, end), indent)
        }
        None => (document.text.len(), ""),
    };
    let before = slice(document.text, 0..at);
    let apart =
        if before.trim().is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n") { "" } else { newline };
    let mut block = lines
        .iter()
        .map(|line| if line.is_empty() { newline.to_owned() } else { format!("{indent}{line}{newline}") })
        .collect::<String>();
    if !before.is_empty() && !before.ends_with('\n') {
        block = format!("{newline}{apart}{}", block.trim_end_matches(['\r', '\n']));
    } else {
        block.insert_str(0, apart);
    }
    Splice::insert(at, block)
}

/// The pair or header that a new pair of this table goes below, and what comes before its key. `None` if the table is
/// only there by what is below it.
fn neighbour<'d>(document: &'d Document<'_>, place: &[Step]) -> Option<(&'d Statement, String)> {
    let header = document.statements.iter().position(|statement| !statement.is_pair() && statement.place == place);
    let at = match header {
        Some(header) => Some(document.section_end(header)),
        None if place.is_empty() => document.statements.iter().take_while(|one| one.is_pair()).count().checked_sub(1),
        None => None,
    };
    if let Some(at) = at {
        return Some((document.statements.get(at)?, String::new()));
    }
    // Dotted keys: the new one is written like them.
    let (at, last) = document.below(place).filter(|(_, statement)| statement.is_pair()).last()?;
    let section = document.statements.get(..at)?.iter().rfind(|statement| !statement.is_pair());
    let from = section.map_or(0, |section| section.place.len());
    let above = place.get(from..).filter(|above| !above.is_empty())?;
    let inside = section.is_none_or(|section| place.starts_with(&section.place));
    inside.then(|| (last, above.iter().filter_map(name).map(|name| key(name) + ".").collect()))
}

/// A line below the neighbour, spaced like it.
fn pair(document: &Document<'_>, neighbour: &Statement, name: &str, value: &str) -> Splice {
    let text = document.text;
    let equals = match &neighbour.kind {
        Kind::Pair { key_end, value } => slice(text, *key_end..value.start),
        Kind::Header => " = ",
    };
    let equals = if matches!(equals, "=" | " =" | "= ") { equals } else { " = " };
    let line = format!("{}{name}{equals}{value}", line_indent(text, neighbour.span.start));
    let (at, newline) = (line_end(text, neighbour.span.end), newline(text));
    let ended = slice(text, 0..at).ends_with('\n');
    Splice::insert(at, if ended { line + newline } else { format!("{newline}{line}") })
}

/// The first pair of a document that has tables, or nothing: above the first table and the comments on it.
fn first_pair(document: &Document<'_>, line: &str) -> Splice {
    let (text, newline) = (document.text, newline(document.text));
    let Some(first) = document.statements.first() else {
        let ended = text.is_empty() || text.ends_with('\n');
        return Splice::insert(text.len(), if ended { format!("{line}{newline}") } else { format!("{newline}{line}") });
    };
    let mut at = line_start(text, first.span.start);
    while let Some(above) = at.checked_sub(1).map(|end| line_start(text, end))
        && slice(text, above..at).trim_start().starts_with('#')
    {
        at = above;
    }
    Splice::insert(at, format!("{line}{newline}{newline}"))
}

/// The lines for a value at the end of a path, in a section of its own.
fn write(names: &[String], rest: &[String], value: &str, lines: &mut Vec<String>) {
    let dotted = |names: &[String]| names.iter().map(|name| key(name)).collect::<Vec<_>>().join(".");
    let chosen = rest.iter().position(|segment| selector(segment).is_some());
    let (tables, deeper) = rest.split_at(chosen.unwrap_or(rest.len().saturating_sub(1)));
    let names = [names, tables].concat();
    match deeper {
        [segment, deeper @ ..] if let Some((name, text)) = selector(segment) => {
            lines.push(format!("[[{}]]", dotted(&names)));
            lines.push(format!("{} = {}", key(name), quoted(text)));
            match deeper {
                [] => {}
                [name] => lines.push(format!("{} = {value}", key(name))),
                _ => {
                    lines.push(String::new());
                    write(&names, deeper, value, lines);
                }
            }
        }
        [name] => {
            lines.push(format!("[{}]", dotted(&names)));
            lines.push(format!("{} = {value}", key(name)));
        }
        _ => {}
    }
}

fn names(place: &[Step]) -> Vec<String> {
    place.iter().filter_map(name).cloned().collect()
}

fn name(step: &Step) -> Option<&String> {
    match step {
        Step::Key(name) => Some(name),
        Step::Index(_) => None,
    }
}

/// The lines of all statements at and below a place. What stands between two of them goes along.
pub(super) fn remove(document: &Document<'_>, place: &[Step]) -> Vec<Splice> {
    let text = document.text;
    let mut runs: Vec<(usize, Range<usize>)> = Vec::new();
    for (at, statement) in document.below(place) {
        let lines = line_start(text, statement.span.start)..line_end(text, statement.span.end);
        match runs.last_mut().filter(|(last, _)| last + 1 == at && statement.is_pair()) {
            Some((last, run)) => (*last, run.end) = (at, lines.end),
            None => runs.push((at, apart(document, statement, lines))),
        }
    }
    runs.into_iter().map(|(_, run)| Splice::remove(run)).collect()
}

/// With a table goes the empty line above it.
fn apart(document: &Document<'_>, statement: &Statement, lines: Range<usize>) -> Range<usize> {
    let before = slice(document.text, 0..lines.start);
    let blank = ["\r\n\r\n", "\n\n"].iter().find(|blank| !statement.is_pair() && before.ends_with(**blank));
    lines.start - blank.map_or(0, |blank| blank.len() / 2)..lines.end
}
