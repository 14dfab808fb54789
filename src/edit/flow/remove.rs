//! Takes members out of an object, or entries out of a list, with their commas and, where they had one, their lines.

use std::ops::Range;

use super::Held;
use crate::edit::splice::{Splice, slice};

/// The splices that remove the items that are `gone`.
pub(in crate::edit) fn remove(text: &str, held: &Held, gone: impl Fn(usize) -> bool) -> Vec<Splice> {
    let items = held.items.as_slice();
    if (0..items.len()).all(&gone) {
        return if items.is_empty() { Vec::new() } else { vec![Splice::remove(held.inner.clone())] };
    }
    let mut splices = Vec::new();
    let mut kept: Option<&Range<usize>> = None;
    let mut run: Option<Range<usize>> = None;
    for (at, item) in items.iter().enumerate() {
        if gone(at) {
            run = Some(run.map_or(item.start, |run| run.start)..item.end);
        } else {
            splices.extend(run.take().map(|run| Splice::remove(between(text, kept, run, item))));
            kept = Some(item);
        }
    }
    // What is left has nothing behind it: the comma before it goes too.
    splices.extend(run.zip(kept).map(|(run, kept)| Splice::remove(kept.end..run.end)));
    splices
}

/// What to remove for a run of items that has another behind it. Looks no further than the blanks around it: a document
/// may be one long line.
fn between(text: &str, kept: Option<&Range<usize>>, run: Range<usize>, next: &Range<usize>) -> Range<usize> {
    let gap = slice(text, run.end..next.start);
    let after_comma = gap.find(',').map_or(0, |comma| comma + 1);
    let behind = slice(gap, after_comma..gap.len());
    let before = slice(text, 0..run.start).trim_end_matches([' ', '\t']);
    if before.ends_with('\n')
        && let Some(break_at) = behind.find('\n')
    {
        return before.len()..run.end + after_comma + break_at + 1;
    }
    match kept {
        Some(kept) if gap.contains('\n') => kept.end..run.end,
        _ => run.start..next.start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::splice::apply;

    #[test]
    fn commas_and_lines_go_along() {
        for (text, gone, expected) in [
            ("[a]", "a", "[]"),
            ("[a, b, c]", "a", "[b, c]"),
            ("[a, b, c]", "b", "[a, c]"),
            ("[a, b, c]", "bc", "[a]"),
            ("[a, b, c]", "ac", "[b]"),
            ("[\n  a,\n  b,\n\n  c\n]", "b", "[\n  a,\n\n  c\n]"),
            ("[\n  a,\n  b\n]", "b", "[\n  a\n]"),
            ("[\n  a,\n  b\n]", "a", "[\n  b\n]"),
            ("[\n  a, b,\n  c\n]", "b", "[\n  a,\n  c\n]"),
            ("[\n  a, b,\n  c\n]", "a", "[\n  b,\n  c\n]"),
            ("[\n  a\n, b\n, c\n]", "b", "[\n  a\n, c\n]"),
            ("[ a ,\n b, c,\n d ]", "bc", "[ a ,\n d ]"),
            ("[\n  a,\n  b\n,\n  c\n]", "b", "[\n  a,\n  c\n]"),
            ("[\r\n a,\r\n b,\r\n c]", "ab", "[\r\n c]"),
        ] {
            let items = text.match_indices(char::is_alphabetic).map(|(at, _)| at..at + 1).collect();
            let held = Held { inner: 1..text.len() - 1, items };
            let names: Vec<&str> = text.matches(char::is_alphabetic).collect();
            let splices = remove(text, &held, |at| gone.contains(names[at]));
            assert_eq!(apply(text, &splices), expected, "{text:?} without {gone}");
        }
    }
}
