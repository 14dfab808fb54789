//! The parameters of one fault while it is made: what was given, what is taken otherwise, what was wrong.

use std::time::Duration;

use super::parse::FaultError;

/// `key=value` pairs, read by the fault that they are for.
#[derive(Debug)]
pub struct Given<'a> {
    pairs: &'a [(&'a str, &'a str)],
    /// Every key that was asked for, with its default.
    known: Vec<(&'static str, String)>,
    wrong: Option<FaultError>,
    after: Option<u64>,
}

impl<'a> Given<'a> {
    pub fn new(pairs: &'a [(&'a str, &'a str)]) -> Self {
        Self { pairs, known: Vec::new(), wrong: None, after: None }
    }

    pub fn text(&mut self, key: &'static str, default: &str) -> String {
        self.known.push((key, default.to_string()));
        self.value(key).unwrap_or(default).to_string()
    }

    pub fn number(&mut self, key: &'static str, default: u64) -> u64 {
        self.read(key, default, default.to_string(), "a whole number", |text| text.parse().ok())
    }

    pub fn status(&mut self, key: &'static str, default: u16) -> u16 {
        let valid = |text: &str| text.parse().ok().filter(|status| (200..600).contains(status));
        self.read(key, default, default.to_string(), "a status from 200 to 599", valid)
    }

    /// A size: `4096`, `64k`, `10m`.
    pub fn bytes(&mut self, key: &'static str, default: u64) -> u64 {
        self.read(key, default, default.to_string(), "a size such as 4096, 64k or 10m", size)
    }

    /// A time: `250ms`, `2s`.
    pub fn time(&mut self, key: &'static str, default: Duration) -> Duration {
        self.read(key, default, format!("{}ms", default.as_millis()), "a time such as 250ms or 2s", time)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let default = words.first()?;
        let wanted = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let find = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        Some(self.read(key, default.1, default.0.to_string(), &format!("one of {wanted}"), find))
    }

    /// The fault waits for so many bytes, unless something else is said.
    pub fn waits_for(&mut self, bytes: u64) {
        self.after = Some(bytes);
    }

    pub fn known(self) -> Vec<(&'static str, String)> {
        self.known
    }

    /// How many bytes it waits for; or what was wrong: a value, or a key that nobody asked for.
    pub fn verdict(self, fault: &'static str) -> Result<Option<u64>, FaultError> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let unknown = self.pairs.iter().find(|(key, _)| !self.known.iter().any(|(known, _)| known == key));
        let Some((key, _)) = unknown else { return Ok(self.after) };
        let known = self.known.iter().map(|(key, _)| *key).collect();
        Err(FaultError::Key { fault, key: (*key).to_string(), known })
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(given, _)| *given == key).map(|(_, value)| *value)
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        default: T,
        shown: String,
        wanted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        self.known.push((key, shown));
        let Some(text) = self.value(key) else { return default };
        read(text).unwrap_or_else(|| {
            self.wrong = Some(FaultError::Value { key, value: text.to_string(), wanted: wanted.to_string() });
            default
        })
    }
}

pub fn size(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1024),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1024 * 1024)),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

fn time(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(digits) => digits.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}
