//! When a fault acts: on which requests, on how many of them, by chance, after how many bytes. Pure.

use hyper::Method;

use super::given::size;
use super::parse::FaultError;

/// The keys of every fault.
pub const KEYS: &[(&str, &str)] = &[
    ("method", "only requests with this method"),
    ("path", "only requests to this path; * stands for anything"),
    ("first", "only the first so many"),
    ("every", "only each so many-th"),
    ("chance", "only so many in a hundred"),
    ("seed", "which ones by chance: the same seed, the same ones"),
    ("after", "only when so many bytes of the body have passed: 4096, 64k, 10m"),
];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    pub method: Option<Method>,
    pub path: Option<String>,
    pub first: Option<u64>,
    pub every: Option<u64>,
    /// In a hundred.
    pub chance: Option<u64>,
    pub seed: u64,
    pub after: Option<u64>,
}

impl Limits {
    /// Takes one pair; false when the key is none of ours.
    pub fn take(&mut self, key: &str, value: &str) -> Result<bool, FaultError> {
        let Some((key, _)) = KEYS.iter().find(|(known, _)| *known == key) else { return Ok(false) };
        let wrong = |wanted: &str| FaultError::Value { key, value: value.to_string(), wanted: wanted.to_string() };
        let number = || value.parse::<u64>().map_err(|_| wrong("a whole number"));
        let counted = || number().and_then(|n| if n > 0 { Ok(n) } else { Err(wrong("a number from 1")) });
        match *key {
            "method" => {
                let upper = value.to_ascii_uppercase();
                self.method = Some(Method::from_bytes(upper.as_bytes()).map_err(|_| wrong("a method such as GET"))?);
            }
            "path" => self.path = Some(value.to_string()),
            "first" => self.first = Some(counted()?),
            "every" => self.every = Some(counted()?),
            "chance" => self.chance = Some(number().ok().filter(|n| *n <= 100).ok_or_else(|| wrong("0 to 100"))?),
            "seed" => self.seed = number()?,
            _ => self.after = Some(size(value).ok_or_else(|| wrong("a size such as 4096, 64k or 10m"))?),
        }
        Ok(true)
    }

    pub fn name_requests(&self) -> bool {
        self.method.is_some() || self.path.is_some()
    }

    pub fn admit(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_deref().is_none_or(|pattern| matches(pattern, path))
    }

    /// Whether it acts the `n`-th time that it could, counted from 1.
    pub fn counts(&self, n: u64) -> bool {
        self.first.is_none_or(|first| n <= first)
            && self.every.is_none_or(|every| n.is_multiple_of(every))
            && self.chance.is_none_or(|chance| scatter(self.seed.wrapping_add(n)) % 100 < chance)
    }
}

/// Whether the whole of `text` fits, with `*` for any number of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(front) else { return false };
    (0..=text.len())
        .filter(|at| text.is_char_boundary(*at))
        .any(|at| text.get(at..).is_some_and(|end| matches(rest, end)))
}

/// SplitMix64: neighbouring numbers in, unrelated numbers out.
fn scatter(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let rows = [
            ("/v2/", "/v2/", true),
            ("/v2/", "/v2/a", false),
            ("/v2/*", "/v2/", true),
            ("*/manifests/*", "/v2/a/manifests/b", true),
            ("/v2/*/blobs/*", "/v2/a/manifests/b", false),
            ("*a*a*", "/a", false),
            ("*ä", "/ää", true),
        ];
        for (pattern, text, want) in rows {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }

    #[test]
    fn counts_and_chances() {
        let limits = |pairs: &[(&str, &str)]| {
            let mut limits = Limits::default();
            for (key, value) in pairs {
                assert!(limits.take(key, value).unwrap());
            }
            (1..=10).filter(|n| limits.counts(*n)).collect::<Vec<_>>()
        };
        assert_eq!(limits(&[("first", "3")]), [1, 2, 3]);
        assert_eq!(limits(&[("every", "4")]), [4, 8]);
        assert_eq!(limits(&[("first", "4"), ("every", "4")]), [4]);
        assert!(limits(&[("chance", "0")]).is_empty());
        assert_eq!(limits(&[("chance", "100")]).len(), 10);
        let half = limits(&[("chance", "50"), ("seed", "1")]);
        assert!(!half.is_empty() && half.len() < 10 && half == limits(&[("chance", "50"), ("seed", "1")]));
        assert_ne!(half, limits(&[("chance", "50"), ("seed", "2")]));
    }

    #[test]
    fn wrong_values_are_refused() {
        for (key, value) in [("first", "0"), ("every", "x"), ("chance", "101"), ("after", "1g"), ("method", "a b")] {
            assert!(Limits::default().take(key, value).is_err(), "{key}={value}");
        }
        assert!(!Limits::default().take("code", "1").unwrap());
    }
}
