//! Puts entries into arrays and members into inline tables, and takes them out; comments between the lines stay.

use std::ops::Range;

use crate::edit::error::{EditError, Oddity, Place};
use crate::edit::flow::{Held, Style, line_indent, remove};
use crate::edit::splice::{Splice, line_end, line_start, newline, slice};

/// Puts an item at the end.
pub(super) fn add(text: &str, held: &Held, item: &str) -> Vec<Splice> {
    let comments = comments(text, held);
    if let Some(last) = held.items.last()
        && let Some(comment) = comments.iter().find(|comment| comment.start >= last.end)
        && line_start(text, comment.start) <= last.end
    {
        // A comment belongs to the item before it: the new one goes below both.
        let comma = (!slice(text, last.end..comment.start).contains(',')).then(|| Splice::insert(last.end, ","));
        let line = format!("{}{item},{}", line_indent(text, last.start), newline(text));
        return comma.into_iter().chain([Splice::insert(line_end(text, comment.start), line)]).collect();
    }
    if held.items.is_empty() && !comments.is_empty() {
        let line = format!("{}{item},{}", line_indent(text, held.inner.end), newline(text));
        return vec![Splice::insert(line_start(text, held.inner.end), line)];
    }
    let style =
        Style { newline: newline(text), unit: "  ".into(), colon: " = ".into(), spread: false, spread_lists: false };
    vec![style.add_entry(&without(text, &comments), held, item.to_owned())]
}

/// Takes items out, each with the comment on its own line. Refused where another comment would go along.
pub(super) fn take(text: &str, held: &Held, gone: impl Fn(usize) -> bool) -> Result<Vec<Splice>, EditError> {
    let comments = comments(text, held);
    let bare = without(text, &comments);
    let splices = remove(&bare, held, &gone);
    let lost = |comment: &&Range<usize>| {
        let own_line = slice(text, line_start(text, comment.start)..comment.start).trim().is_empty();
        own_line && splices.iter().any(|splice| splice.range.start < comment.end && comment.start < splice.range.end)
    };
    let Some(lost) = comments.iter().find(lost) else { return Ok(splices) };
    let gone = held.items.iter().enumerate().filter(|(at, _)| gone(*at));
    let lines: Option<Vec<Splice>> = gone.map(|(_, item)| own_lines(&bare, item).map(Splice::remove)).collect();
    lines.ok_or_else(|| {
        let place = Place::at(text, lost.start);
        EditError::NotSafelyEditable { place, why: Oddity::CommentBetween }
    })
}

/// The lines of an item, if there is nothing else but its comma.
fn own_lines(bare: &str, item: &Range<usize>) -> Option<Range<usize>> {
    let (start, end) = (line_start(bare, item.start), line_end(bare, item.end));
    let alone = slice(bare, start..item.start).trim().is_empty();
    (alone && matches!(slice(bare, item.end..end).trim(), "" | ",")).then_some(start..end)
}

/// The comments between the items, and before and behind them.
fn comments(text: &str, held: &Held) -> Vec<Range<usize>> {
    let starts = std::iter::once(held.inner.start).chain(held.items.iter().map(|item| item.end));
    let ends = held.items.iter().map(|item| item.start).chain([held.inner.end]);
    let mut found = Vec::new();
    for (mut at, end) in starts.zip(ends) {
        while let Some(sign) = slice(text, at..end).find('#') {
            let length = slice(text, at + sign..end).find('\n').unwrap_or(end - at - sign);
            found.push(at + sign..at + sign + length);
            at += sign + length;
        }
    }
    found
}

/// The text with blanks in place of the comments.
fn without(text: &str, comments: &[Range<usize>]) -> String {
    let mut blank = String::with_capacity(text.len());
    let mut at = 0;
    for comment in comments {
        blank.push_str(slice(text, at..comment.start));
        blank.extend(std::iter::repeat_n(' ', comment.len()));
        at = comment.end;
    }
    blank + slice(text, at..text.len())
}
