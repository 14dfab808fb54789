//! How text from outside is shown in a report, and our own signs where a terminal has no UTF-8.

use crate::model::printable::printable;

/// The longest text from outside that is shown in one place.
const LONGEST: usize = 400;

/// `text` on one line, safe to show and cut to a length.
#[must_use]
pub fn sanitize(text: &str) -> String {
    printable(text, LONGEST).trim().to_string()
}

/// Our own signs for a terminal without UTF-8. Names and paths stay as they are: a command has to work when it is pasted.
#[must_use]
pub fn ascii(text: &str) -> String {
    text.replace('…', "...").replace(char::REPLACEMENT_CHARACTER, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_signs_are_ascii_and_paths_stay() {
        assert_eq!(ascii("reading /home/Göran …\n"), "reading /home/Göran ...\n");
        assert_eq!(ascii(&sanitize("a\u{1b}b")), "a?b");
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(sanitize(" a\u{1b}[31mb\u{7}\nc\u{202e}d\n"), "a\u{fffd}[31mb\u{fffd} c\u{fffd}d");
        assert_eq!(sanitize(&"x".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
