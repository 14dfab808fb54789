//! Puts words into the value of an assignment, takes words out of it, writes a whole assignment. Decides nothing.

use std::ops::Range;

use super::super::splice::{Splice, indent_before, line_end, line_start, slice};
use super::parse::Script;
use super::token::Piece;
use super::word::{Assignment, characters};

/// The words of a static value, and where in the text they are.
pub(super) fn located_words(text: &str, assignment: &Assignment) -> Vec<(String, Range<usize>)> {
    let mut words: Vec<(String, Range<usize>)> = Vec::new();
    let mut inside = false;
    for (character, range) in characters(text, &assignment.pieces) {
        let blank = matches!(character, ' ' | '\t' | '\n');
        match words.last_mut().filter(|_| inside && !blank) {
            Some((word, span)) => {
                word.push(character);
                span.end = range.end;
            }
            None if !blank => words.push((character.to_string(), range)),
            None => {}
        }
        inside = !blank;
    }
    words
}

/// Puts the words at the end of the value, inside of its last quotes. `None` if it does not end in quotes.
pub(super) fn append(text: &str, assignment: &Assignment, entry: &str) -> Option<Splice> {
    let Some(Piece::Quote(close)) = assignment.pieces.last() else { return None };
    let value = assignment.value.as_deref().unwrap_or_default();
    if let Some(indent) = indent_before(text, *close)
        && let [.., Piece::Joined(_) | Piece::Quoted(_), Piece::Quote(_)] = assignment.pieces.as_slice()
        && *close > assignment.range.start
    {
        let start = close - indent.len();
        let (before, _) = slice(text, 0..start).split_at_checked(start.saturating_sub(1))?;
        if before.ends_with('\\') && value.ends_with([' ', '\t']) {
            let indent = continued_indent(text, assignment, start);
            return Some(Splice::insert(start, format!("{indent}{entry} \\\n")));
        }
    }
    let space = if value.is_empty() || value.ends_with([' ', '\t', '\n']) { "" } else { " " };
    Some(Splice::insert(*close, format!("{space}{entry}")))
}

/// The indentation of the line before, unless the variable begins there.
fn continued_indent<'t>(text: &'t str, assignment: &Assignment, start: usize) -> &'t str {
    let before = line_start(text, start.saturating_sub(1));
    if before <= assignment.range.start {
        return "  ";
    }
    let line = slice(text, before..start);
    slice(line, 0..line.len() - line.trim_start_matches([' ', '\t']).len())
}

/// Takes the words out, each run with the blanks before it, or behind it where nothing is before.
pub(super) fn remove(words: &[(String, Range<usize>)], gone: &[Range<usize>]) -> Vec<Splice> {
    let gone: std::collections::HashSet<usize> = gone.iter().flat_map(Clone::clone).collect();
    let mut splices = Vec::new();
    let mut kept: Option<usize> = None;
    let mut run: Option<Range<usize>> = None;
    for (at, (_, span)) in words.iter().enumerate() {
        if gone.contains(&at) {
            run = Some(run.map_or(span.start, |run| run.start)..span.end);
        } else {
            if let Some(run) = run.take() {
                splices.push(Splice::remove(kept.map_or(run.start..span.start, |kept| kept..run.end)));
            }
            kept = Some(span.end);
        }
    }
    splices.extend(run.map(|run| Splice::remove(kept.unwrap_or(run.start)..run.end)));
    splices
}

/// Where the value stands, without the line end that a backslash at the very end of the file joins to it.
pub(super) fn own_value(text: &str, assignment: &Assignment) -> Range<usize> {
    let Range { start, end } = assignment.value_range;
    let joins_the_last = end == text.len() && slice(text, start..end).ends_with('\n');
    start..if joins_the_last { end - 1 } else { end }
}

/// The value in the form that all readers understand alike.
pub(super) fn safe_form(value: &str) -> String {
    format!("\"{value}\"")
}

/// Places for a new assignment, the best first: behind the last commented-out one, then the end of the file.
pub(super) fn places(text: &str, script: &Script, name: &str, value: &str) -> Vec<Splice> {
    let line = format!("{name}={}", safe_form(value));
    let commented = script.comments.iter().rfind(|range| is_commented(slice(text, (*range).clone()), name));
    let mut places: Vec<Splice> = Vec::new();
    places.extend(commented.map(|range| Splice::insert(range.end, format!("\n{line}"))));
    let (before, after) = match text.chars().last() {
        None | Some('\n') => ("", "\n"),
        Some(_) => ("\n", ""),
    };
    // Behind a comment that ends in a backslash, systemd before 254 swallows a line: an empty one may be lost.
    let end = ["", "\n"].map(|empty| Splice::insert(text.len(), format!("{before}{empty}{line}{after}")));
    places.extend(end);
    places
}

/// `#NAME=…`, with or without blanks and `export`.
fn is_commented(comment: &str, name: &str) -> bool {
    let inner = comment.trim_start_matches(['#', ' ', '\t']);
    let inner = inner.strip_prefix("export ").unwrap_or(inner).trim_start();
    inner.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
}

/// The whole line or lines of an assignment, if nothing else stands there.
pub(super) fn own_lines(text: &str, assignment: &Assignment) -> Option<Splice> {
    indent_before(text, assignment.range.start)?;
    let end = line_end(text, assignment.range.end);
    let alone = slice(text, assignment.range.end..end).trim().is_empty();
    alone.then(|| Splice::remove(line_start(text, assignment.range.start)..end))
}
