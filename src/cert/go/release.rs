//! A release of Go, and the defaults that a program was built with.

use std::fmt;

/// `go1.24.4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoRelease {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

/// How a program was built. Without modules, Go 1.21 and later keep the defaults of Go 1.20: short RSA keys and negative
/// serial numbers stay allowed. Docker up to 28 is built so; 29 is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Build {
    #[default]
    Module,
    Gopath,
}

impl GoRelease {
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads what `GoVersion` says: `go1.24.4`, `go1.21rc2`, `go1.19.8 X:boringcrypto`, `devel go1.26-abc`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.split_whitespace().find_map(|word| word.strip_prefix("go"))?;
        let mut parts = numbers.split('.').map(leading_number);
        let major = parts.next()??;
        let minor = parts.next().flatten().unwrap_or(0);
        let patch = parts.next().flatten().unwrap_or(0);
        Some(Self { major, minor, patch })
    }

    #[must_use]
    pub fn at_least(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// RSA keys above 8192 bits are refused in handshakes since 1.19.13, 1.20.8 and 1.21.1.
    pub(super) fn refuses_huge_keys(self) -> bool {
        match (self.major, self.minor) {
            (1, 19) => self.patch >= 13,
            (1, 20) => self.patch >= 8,
            (1, 21) => self.patch >= 1,
            later => later >= (1, 22),
        }
    }
}

impl fmt::Display for GoRelease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "go{}.{}.{}", self.major, self.minor, self.patch)
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_shape() {
        let rows = [
            ("go1.24.4", Some((1, 24, 4))),
            ("go1.4.2", Some((1, 4, 2))),
            ("go1.21", Some((1, 21, 0))),
            ("go1.21rc2", Some((1, 21, 0))),
            ("go1.19.8 X:boringcrypto", Some((1, 19, 8))),
            ("devel go1.26-abc Mon", Some((1, 26, 0))),
            ("go2.0.1", Some((2, 0, 1))),
            ("gccgo 12", None),
            ("1.24", None),
            ("", None),
        ];
        for (text, want) in rows {
            let want = want.map(|(major, minor, patch)| GoRelease::new(major, minor, patch));
            assert_eq!(GoRelease::parse(text), want, "{text}");
        }
        assert!(!GoRelease::new(1, 9, 9).at_least(1, 10) && GoRelease::new(2, 0, 0).at_least(1, 24));
    }

    #[test]
    fn knows_when_huge_keys_were_refused() {
        let rows =
            [((1, 19, 12), false), ((1, 19, 13), true), ((1, 21, 0), false), ((1, 22, 0), true), ((1, 4, 2), false)];
        for ((major, minor, patch), want) in rows {
            assert_eq!(GoRelease::new(major, minor, patch).refuses_huge_keys(), want, "{minor}.{patch}");
        }
    }
}
