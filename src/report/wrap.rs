//! Sentences broken between words; a word is never broken, so that paths can be copied.

use std::fmt::Write as _;

/// Narrower than this nothing can be read.
const NARROWEST: usize = 36;

/// Adds a sentence with blanks before its first line and before those that follow.
pub fn wrap(text: &mut String, sentence: &str, (first, next): (&str, &str), width: usize) {
    let width = width.max(NARROWEST);
    let (mut line, mut is_empty) = (first.to_string(), true);
    for word in sentence.split_whitespace() {
        if !is_empty && columns(&line) + 1 + columns(word) > width {
            put(text, &line);
            (line, is_empty) = (next.to_string(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    put(text, &line);
}

/// Adds a line without blanks at its end.
pub fn put(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

pub fn columns(text: &str) -> usize {
    text.chars().count()
}
