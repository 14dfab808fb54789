//! The words of a systemd command line (`ExecStart=`). Follows `config_parse_exec` and `extract-word.c` of systemd 252.

use std::ops::Range;

/// A word and its place in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub range: Range<usize>,
}

/// The words of a command line, quotes and escapes taken off; specifiers (`%i`) and variables stay.
/// `None` if a quote is not closed: systemd ignores such a line.
#[must_use]
pub fn split_exec_words(value: &str) -> Option<Vec<String>> {
    Some(located(value)?.into_iter().map(|word| word.text).collect())
}

/// Whether the word parts two commands.
pub(super) fn is_separator(value: &str, word: &Word) -> bool {
    value.get(word.range.clone()) == Some(";")
}

pub(super) fn located(value: &str) -> Option<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches(BLANKS);
        if rest.is_empty() {
            return Some(words);
        }
        let start = value.len() - rest.len();
        let (text, length) = match rest.strip_prefix("\\;") {
            Some(after) if after.is_empty() || after.starts_with(BLANKS) => (";".to_owned(), 2),
            _ => word(rest)?,
        };
        words.push(Word { text, range: start..start + length });
        rest = rest.get(length..)?;
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// The first word and its length in the text.
fn word(text: &str) -> Option<(String, usize)> {
    let mut word = String::new();
    let mut quote = None;
    let mut rest = text.char_indices();
    while let Some((at, character)) = rest.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if BLANKS.contains(&character) => return Some((word, at)),
            (_, '\\') => {
                let (escaped, length) = unescape(rest.as_str());
                word.push_str(&escaped);
                for _ in 0..length {
                    rest.next();
                }
            }
            _ => word.push(character),
        }
    }
    quote.is_none().then(|| (word, text.len()))
}

/// What the text behind a backslash stands for, and how many characters of it. An unknown escape stays as it is.
fn unescape(text: &str) -> (String, usize) {
    let Some(first) = text.chars().next() else { return ("\\".into(), 0) };
    let simple = match first {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '"' | '\'' => first,
        _ => {
            let (skip, digits, radix) = match first {
                'x' => (1, 2, 16),
                'u' => (1, 4, 16),
                'U' => (1, 8, 16),
                _ => (0, 3, 8),
            };
            let number =
                text.get(skip..skip + digits).filter(|number| number.chars().all(|digit| digit.is_digit(radix)));
            let code = number.and_then(|number| u32::from_str_radix(number, radix).ok()).filter(|code| *code != 0);
            return match code.and_then(char::from_u32) {
                Some(character) => (character.to_string(), skip + digits),
                None => ("\\".into(), 0),
            };
        }
    };
    (simple.to_string(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_command_lines() {
        for (value, expected) in [
            ("/usr/bin/dockerd -H  fd:// $DOCKER_OPTS", Some(vec!["/usr/bin/dockerd", "-H", "fd://", "$DOCKER_OPTS"])),
            ("a \"b c\" 'd \"e' f\"g h\"i", Some(vec!["a", "b c", "d \"e", "fg hi"])),
            ("a \"\" b\\x20c \\q \\101\\u00e9 'x\\ty'", Some(vec!["a", "", "b c", "\\q", "Aé", "x\ty"])),
            ("a ; b \\; c;d", Some(vec!["a", ";", "b", ";", "c;d"])),
            ("a 'b", None),
            ("", Some(vec![])),
            ("a \\", Some(vec!["a", "\\"])),
            ("\\x00", Some(vec!["\\x00"])),
        ] {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split_exec_words(value), expected, "{value}");
        }
    }

    #[test]
    fn words_have_places() {
        let value = " ab  'c d' \\; ;";
        let found = located(value).unwrap();
        let places: Vec<_> = found.iter().map(|word| &value[word.range.clone()]).collect();
        assert_eq!(places, ["ab", "'c d'", "\\;", ";"]);
        assert_eq!(found.iter().map(|word| is_separator(value, word)).collect::<Vec<_>>(), [false, false, false, true]);
    }
}
