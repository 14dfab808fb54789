//! Text from outside on its way to a terminal.

/// The longest text from outside that is shown in one place.
const LONGEST: usize = 400;

/// `text` on one line, without control, bidi or zero-width characters, cut to a length.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| if c == '\n' || c == '\t' || c == '\r' { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .take(LONGEST)
        .collect();
    shown.trim().to_string()
}

/// Our own signs for a terminal without UTF-8. Names and paths stay as they are: a command has to work when it is pasted.
#[must_use]
pub fn ascii(text: &str) -> String {
    text.replace('…', "...")
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_signs_are_ascii_and_paths_stay() {
        assert_eq!(ascii("reading /home/Göran …\n"), "reading /home/Göran ...\n");
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(sanitize("a\u{1b}[31mb\u{7}\nc\u{202e}d"), "a[31mb cd");
        assert_eq!(sanitize(&"x".repeat(1000)).len(), LONGEST);
    }
}
