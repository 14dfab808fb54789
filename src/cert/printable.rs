//! Text from outside, made safe to show: names in certificates, headers, bodies, banners.

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
pub fn sanitize(bytes: &[u8], limit: usize) -> String {
    // A character has at most four bytes, so nothing that is shown lies behind this.
    let start = bytes.get(..limit.saturating_mul(4).saturating_add(4)).unwrap_or(bytes);
    printable(&String::from_utf8_lossy(start), limit)
}

fn shown_as(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        // Bidirectional marks, embeddings, overrides and isolates; zero-width characters; line separators.
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing_that_steers_a_terminal() {
        let rows = [
            ("plain", 10, "plain"),
            ("two\nlines\there", 20, "two lines here"),
            ("\u{1b}[31mred", 20, "\u{fffd}[31mred"),
            ("reg\u{7}.lan", 20, "reg\u{fffd}.lan"),
            ("a\u{202e}nal.ger", 20, "a\u{fffd}nal.ger"),
            ("\u{9b}31m", 20, "\u{fffd}31m"),
            ("äöü€", 3, "äöü…"),
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
            (b"abcdef", 3, "abc…"),
            ("€€€€€€€€€€".as_bytes(), 2, "€€…"),
            (b"", 3, ""),
        ];
        for (bytes, limit, want) in rows {
            assert_eq!(sanitize(bytes, *limit), *want);
        }
    }
}
