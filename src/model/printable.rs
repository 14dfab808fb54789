//! Text from outside, made safe to show: names in certificates, headers, bodies, banners, logs, files.
//!
//! The one place that decides it: whatever a server or a file says reaches a report, a terminal or a saved trace only as
//! what this lets through.

use std::error::Error;
use std::iter::successors;

/// `text` in one line of at most `limit` characters.
///
/// Line breaks and tabs become blanks. Every other control character, and every character that turns the direction of
/// text or hides in it, becomes U+FFFD: replaced, not dropped, so that no forged name turns into a real one.
#[must_use]
pub fn printable(text: &str, limit: usize) -> String {
    let mut shown: String = text.chars().take(limit).map(shown_as).collect();
    if text.chars().nth(limit).is_some() {
        shown.push('…');
    }
    shown
}

/// The start of `bytes` as one such line.
#[must_use]
pub fn printable_bytes(bytes: &[u8], limit: usize) -> String {
    // A character has at most four bytes, so nothing that is shown lies behind this.
    let start = bytes.get(..limit.saturating_mul(4).saturating_add(4)).unwrap_or(bytes);
    printable(&String::from_utf8_lossy(start), limit)
}

fn shown_as(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        other if other.is_control() || is_hidden(other) => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// What a terminal does not draw, or draws somewhere else: the characters that Unicode calls default ignorable, but for
/// the selectors that belong to a visible sign, and those that turn the direction or end a line.
fn is_hidden(character: char) -> bool {
    let turns_or_breaks =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let joins =
        matches!(character, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let fills = matches!(character, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}');
    let formats = matches!(
        character,
        '\u{180b}'..='\u{180f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    turns_or_breaks || joins || fills || formats
}

/// The error and what caused it, in one line; what some libraries say twice stands there once.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for said in causes(error).map(ToString::to_string) {
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
    }
    text
}

/// What the error says it comes from, the nearest first.
pub fn causes<'e>(error: &'e dyn Error) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(error.source(), |&cause| cause.source())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shows_nothing_that_steers_a_terminal() {
        let rows = [
            ("plain", 10, "plain"),
            ("two\nlines\there", 20, "two lines here"),
            ("\u{1b}[31mred", 20, "\u{fffd}[31mred"),
            ("\u{1b}]8;;http://evil\u{1b}\\link", 30, "\u{fffd}]8;;http://evil\u{fffd}\\link"),
            ("reg\u{7}.lan", 20, "reg\u{fffd}.lan"),
            ("back\u{8}space\u{7f}", 20, "back\u{fffd}space\u{fffd}"),
            ("a\u{202e}nal.ger", 20, "a\u{fffd}nal.ger"),
            ("a\u{2066}b\u{2069}", 20, "a\u{fffd}b\u{fffd}"),
            ("\u{9b}31m \u{90}q\u{9c}", 20, "\u{fffd}31m \u{fffd}q\u{fffd}"),
            ("one\u{2028}two\u{85}three", 20, "one\u{fffd}two\u{fffd}three"),
            ("reg\u{200b}is\u{ad}try\u{feff}", 20, "reg\u{fffd}is\u{fffd}try\u{fffd}"),
            ("no\u{3164}name\u{e0041}", 20, "no\u{fffd}name\u{fffd}"),
            ("äöü€", 3, "äöü…"),
            ("日本 ✓ e\u{301}", 20, "日本 ✓ e\u{301}"),
            ("abc", 3, "abc"),
            ("", 0, ""),
        ];
        for (text, limit, want) in rows {
            assert_eq!(printable(text, limit), want, "{text:?}");
        }
    }

    #[test]
    fn bytes_are_kept_as_text_only() {
        let rows: &[(&[u8], usize, &str)] = &[
            (b"SSH-2.0-OpenSSH_9.2\r\n", 40, "SSH-2.0-OpenSSH_9.2  "),
            (b"\x1b]0;owned\x07", 40, "\u{fffd}]0;owned\u{fffd}"),
            (b"\xff\xfe\x00a", 40, "\u{fffd}\u{fffd}\u{fffd}a"),
            (b"cut \xe2\x82", 40, "cut \u{fffd}"),
            (b"overlong \xc0\x9b31m", 40, "overlong \u{fffd}\u{fffd}31m"),
            (b"abcdef", 3, "abc…"),
            ("€€€€€€€€€€".as_bytes(), 2, "€€…"),
            (b"", 3, ""),
        ];
        for (bytes, limit, want) in rows {
            assert_eq!(printable_bytes(bytes, *limit), *want);
        }
    }

    #[test]
    fn what_is_very_long_is_cut_before_it_is_read() {
        let shown = printable_bytes(&vec![0x1b; 64 << 20], 100);
        assert_eq!(shown.chars().count(), 101);
        assert!(shown.ends_with("\u{fffd}…"));
    }

    proptest! {
        #[test]
        fn nothing_comes_through_raw(bytes in prop::collection::vec(any::<u8>(), 0..200), limit in 0_usize..100) {
            let shown = printable_bytes(&bytes, limit);
            prop_assert!(shown.chars().count() <= limit + 1);
            prop_assert!(!shown.chars().any(|c| c.is_control() || is_hidden(c)), "{shown:?}");
            prop_assert_eq!(printable(&shown, limit + 1), shown.as_str(), "twice is once");
        }
    }
}
