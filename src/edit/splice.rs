//! Replaces pieces of a text and keeps every other byte; finds lines. Knows no syntax.

use std::ops::Range;

/// `text` in place of what is at `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub range: Range<usize>,
    pub text: String,
}

impl Splice {
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { range: at..at, text: text.into() }
    }

    pub fn remove(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }

    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
}

/// The text with all splices made. They must be in order and apart.
pub(super) fn apply(text: &str, splices: &[Splice]) -> String {
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut result = String::with_capacity(text.len() + added);
    let mut at = 0;
    for splice in splices {
        result.push_str(slice(text, at..splice.range.start));
        result.push_str(&splice.text);
        at = splice.range.end;
    }
    result.push_str(slice(text, at..text.len()));
    result
}

/// The part of the text, or nothing where there is none.
pub(super) fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Where the line of `at` begins.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    slice(text, 0..at).rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line of `at` ends: behind its newline, if it has one.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    slice(text, at..text.len()).find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// The blanks at the start of the line of `at`, if there is nothing else before `at`.
pub(super) fn indent_before(text: &str, at: usize) -> Option<&str> {
    let before = slice(text, line_start(text, at)..at);
    before.chars().all(|character| matches!(character, ' ' | '\t')).then_some(before)
}

/// What ends the lines of this text.
pub(super) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Line numbers for offsets, counted from one, in logarithmic time.
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(starts).collect() }
    }

    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splices_keep_the_rest() {
        let splices = [Splice::insert(0, "<"), Splice::replace(2..3, "XY"), Splice::remove(4..5)];
        assert_eq!(apply("abcde", &splices), "<abXYd");
    }

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of("a\nbc\n");
        assert_eq!([0, 1, 2, 3, 4, 5].map(|at| lines.line(at)), [1, 1, 2, 2, 2, 3]);
    }
}
