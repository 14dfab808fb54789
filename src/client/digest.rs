//! The one kind of digest that this client computes and takes: SHA-256.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{Context, SHA256, digest};

const HEX_DIGITS: usize = 64;

/// `sha256:` and 64 lower-case hexadecimal digits, and nothing else: it is safe to build a path from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::written(digest(&SHA256, bytes).as_ref())
    }

    /// Of everything that the context was given.
    pub(super) fn finished(context: Context) -> Self {
        Self::written(context.finish().as_ref())
    }

    fn written(hash: &[u8]) -> Self {
        let mut text = String::from("sha256:");
        for byte in hash {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?;
        let well_formed = hex.len() == HEX_DIGITS && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        well_formed.then(|| Self(text.to_string()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_what_sha256sum_prints_and_takes_nothing_else() {
        let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").as_str(), abc);
        assert_eq!(Digest::parse(abc).as_ref().map(Digest::as_str), Some(abc));
        let hex = "a".repeat(64);
        let rows = ["", "sha256:", &abc.to_uppercase(), &hex, &format!("sha512:{hex}{hex}"), &format!("{abc}/.")];
        for text in rows {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
