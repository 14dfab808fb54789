//! The text as rules see it: small letters, one blank between words, no colours, and of a long log only what tells.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A text of so many lines is a log, of which most lines tell nothing.
const LOG: usize = 40;
/// The last so many telling lines of a log count.
const KEPT: usize = 200;
/// A longer line is cut.
const LINE: usize = 4_000;

/// Lines of a log that may tell something.
const TELLING: &[&str] = &[
    "err",
    "fail",
    "denied",
    "x509",
    "tls",
    "refused",
    "timeout",
    "timed out",
    "unauthorized",
    "unknown",
    "invalid",
    "no such",
    "not found",
    "cannot",
    "forbidden",
    "retrying",
    "eof",
    "reset",
    "fatal",
    "level=warn",
    "too many",
    "permission",
    "http response",
    "unable",
    "too large",
    "unreachable",
    "credential",
];

pub fn tidy(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(tidy_line).filter(|line| !line.is_empty()).collect();
    if lines.len() <= LOG {
        return joined(lines.iter());
    }
    let mut known = BTreeSet::new();
    let telling = lines.iter().rev().filter(|line| TELLING.iter().any(|word| line.contains(word)));
    let mut last: Vec<&String> = telling.filter(|line| known.insert(without_numbers(line))).take(KEPT).collect();
    last.reverse();
    joined(last.into_iter())
}

fn joined<'a>(lines: impl Iterator<Item = &'a String>) -> String {
    lines.fold(String::new(), |mut text, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

fn tidy_line(line: &str) -> String {
    let plain = without_colours(line).replace("\\\"", "\"").replace("\\n", " ").replace("\\t", " ");
    let mut tidy = String::new();
    for word in plain.split_whitespace() {
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.extend(word.chars().flat_map(char::to_lowercase).map(straight));
        if tidy.len() > LINE {
            break;
        }
    }
    tidy
}

/// Quotation marks as programs print them, and a stand-in for what no rule looks for.
fn straight(c: char) -> char {
    match c {
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | '`' => '\'',
        '–' | '—' => '-',
        '…' => '.',
        c if c.is_ascii() => c,
        'ï' => 'i',
        _ => '?',
    }
}

/// Without the escape sequences that a terminal takes for colours.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            plain.push(c);
        } else if rest.next() == Some('[') {
            rest.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

/// What two lines of a log have in common when only times and numbers differ.
fn without_numbers(line: &str) -> String {
    line.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_quotes_and_blanks_make_no_difference() {
        assert_eq!(tidy("\u{1b}[31mError:\u{1b}[0m  “A\\\"b”\t`c`\r\n\n x"), "error: \"a\"b\" 'c'\nx\n");
    }

    #[test]
    fn of_a_log_only_what_tells_is_kept_once() {
        let mut log: Vec<String> = (0..100).map(|n| format!("{n} started container {n}")).collect();
        log.extend((0..50).map(|n| format!("12:00:{n} level=error msg=\"connection refused\"")));
        assert_eq!(tidy(&log.join("\n")), "12:00:49 level=error msg=\"connection refused\"\n");
    }
}
