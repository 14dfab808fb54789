//! Engine versions as packages really print them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A version as `docker -v`, `/version` or a package gives it: up to three numbers, then anything.
///
/// Docker's numbers have leading zeros (17.03 = 17.3) and suffixes after `-`, `+` or `~` (`-ce`, `+dfsg1`), so this is
/// not always a semantic version; [`Version::semver`] gives the comparable part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub text: String,
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
}

impl Version {
    /// Reads the first word of `text` that starts with a digit; one to three numeric parts are enough.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let numbers: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let mut parts = numbers.split('.').filter(|part| !part.is_empty()).map(str::parse::<u64>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().and_then(Result::ok).unwrap_or(0);
        let patch = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { text: text.to_string(), major, minor, patch })
    }

    #[must_use]
    pub fn semver(&self) -> semver::Version {
        semver::Version::new(self.major, self.minor, self.patch)
    }

    #[must_use]
    pub fn at_least(&self, major: u64, minor: u64, patch: u64) -> bool {
        self.semver() >= semver::Version::new(major, minor, patch)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_shape() {
        let rows = [
            ("1.6.0", (1, 6, 0)),
            ("1.13.1", (1, 13, 1)),
            ("17.03.1-ce", (17, 3, 1)),
            ("20.10.24+dfsg1", (20, 10, 24)),
            ("19.03.11-ol", (19, 3, 11)),
            ("28.5", (28, 5, 0)),
            ("go1.24.4", (0, 0, 0)),
        ];
        for (text, (major, minor, patch)) in rows {
            match Version::parse(text) {
                Some(version) => assert_eq!((version.major, version.minor, version.patch), (major, minor, patch)),
                None => assert_eq!(major, 0, "{text}"),
            }
        }
        assert_eq!(Version::parse("unknown-version"), None);
        assert!(Version::parse("17.03.1-ce").unwrap().at_least(1, 6, 0));
        assert!(!Version::parse("1.5.0").unwrap().at_least(1, 6, 0));
    }
}
