//! Bytes from a peer, made safe to keep and to show.

use crate::cert::printable::printable;

/// The start of `bytes` as one line of at most `limit` characters, without anything that steers a terminal.
#[must_use]
pub fn sanitize(bytes: &[u8], limit: usize) -> String {
    // A character has at most four bytes, so nothing that is shown lies behind this.
    let start = bytes.get(..limit.saturating_mul(4).saturating_add(4)).unwrap_or(bytes);
    printable(&String::from_utf8_lossy(start), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_text_only() {
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
