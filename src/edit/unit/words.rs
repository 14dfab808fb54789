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

/// The first word and its length in the text. Escapes may stand for bytes that are no UTF-8: those are not kept.
fn word(text: &str) -> Option<(String, usize)> {
    let mut word = Vec::new();
    let mut quote = None;
    let mut rest = text.char_indices();
    let finished = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    while let Some((at, character)) = rest.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if BLANKS.contains(&character) => return Some((finished(&word), at)),
            (_, '\\') => {
                let (escaped, length) = unescape(rest.as_str());
                word.extend(escaped);
                for _ in 0..length {
                    rest.next();
                }
            }
            _ => word.extend(character.to_string().bytes()),
        }
    }
    quote.is_none().then(|| (finished(&word), text.len()))
}

/// What the text behind a backslash stands for, and how many characters of it. An unknown escape stays as it is.
fn unescape(text: &str) -> (Vec<u8>, usize) {
    let Some(first) = text.chars().next() else { return (b"\\".to_vec(), 0) };
    let simple = match first {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        's' => b' ',
        '\\' => b'\\',
        '"' => b'"',
        '\'' => b'\'',
        _ => return numbered(text, first).unwrap_or_else(|| (format!("\\{first}").into_bytes(), 1)),
    };
    (vec![simple], 1)
}

/// A byte (`x41`, `101`) or a code point (`u0041`, `U00000041`).
fn numbered(text: &str, first: char) -> Option<(Vec<u8>, usize)> {
    let (skip, digits, radix) = match first {
        'x' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        _ => (0, 3, 8),
    };
    let number = text.get(skip..skip + digits).filter(|number| number.chars().all(|digit| digit.is_digit(radix)))?;
    let code = u32::from_str_radix(number, radix).ok().filter(|code| *code != 0)?;
    let bytes = match first {
        'u' | 'U' => char::from_u32(code)?.to_string().into_bytes(),
        _ => vec![u8::try_from(code).ok()?],
    };
    Some((bytes, skip + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_command_lines() {
        for (value, expected) in [
            ("/usr/bin/dockerd -H  fd:// $DOCKER_OPTS", Some(vec!["/usr/bin/dockerd", "-H", "fd://", "$DOCKER_OPTS"])),
            ("a \"b c\" 'd \"e' f\"g h\"i", Some(vec!["a", "b c", "d \"e", "fg hi"])),
            ("a \"\" b\\x20c \\q \\101\\u00e9\\xc3\\xa9 'x\\ty'", Some(vec!["a", "", "b c", "\\q", "Aéé", "x\ty"])),
            ("a ; b \\; c;d", Some(vec!["a", ";", "b", ";", "c;d"])),
            ("a 'b", None),
            ("", Some(vec![])),
            ("a \\", Some(vec!["a", "\\"])),
            ("\\x00", Some(vec!["\\x00"])),
            ("a\\ b \\éc", Some(vec!["a\\ b", "\\éc"])),
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
