//! What the names and dates in a message about a certificate tell.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::addresses::pattern;

/// Every mark that is computed here.
#[cfg(test)]
pub const MARKS: &[&str] = &["clock-behind", "stranger-names"];

static NAMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"valid for (.*?),? not ([\w.*-]+)"));
static TIMES: LazyLock<Regex> = LazyLock::new(|| pattern(r"current time (\d{4})-(\d\d)\S* is before (\d{4})-(\d\d)"));

pub fn read(text: &str) -> Vec<&'static str> {
    let strangers = NAMES.captures_iter(text).any(|names| are_strangers(&names));
    let behind = TIMES.captures(text).is_some_and(|times| is_far_behind(&times));
    strangers.then_some("stranger-names").into_iter().chain(behind.then_some("clock-behind")).collect()
}

/// No name of the certificate has anything to do with the one that was asked for.
fn are_strangers(names: &Captures<'_>) -> bool {
    let (Some(known), Some(asked)) = (names.get(1), names.get(2)) else { return false };
    // Of `reg.lan` the domain is `lan`, of `reg.corp.example` it is `corp.example`.
    let labels = if asked.as_str().matches('.').count() > 1 { 2 } else { 1 };
    let end = |name: &str| name.rsplit('.').take(labels).map(str::to_string).collect::<Vec<_>>();
    let asked = end(asked.as_str());
    let mut known = known.as_str().split([',', ' ']).filter(|name| name.contains('.')).peekable();
    known.peek().is_some() && known.all(|name| end(name) != asked)
}

/// The clock stands months before the certificate began: no authority issues so early.
fn is_far_behind(times: &Captures<'_>) -> bool {
    let number = |index: usize| times.get(index).and_then(|part| part.as_str().parse::<i32>().ok()).unwrap_or(0);
    (number(3) * 12 + number(4)) - (number(1) * 12 + number(2)) > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_and_clocks() {
        let rows: &[(&str, &[&str])] = &[
            ("certificate is valid for a.example.com, b.example.com, not reg.lan", &["stranger-names"]),
            ("certificate is valid for other.lan, not reg.lan", &[]),
            ("current time 2015-01-01t00:00:00z is before 2024-05-01t00:00:00z", &["clock-behind"]),
            ("current time 2024-05-01t00:00:00z is before 2024-05-01t08:00:00z", &[]),
        ];
        for (text, want) in rows {
            assert_eq!(read(text), *want, "{text}");
        }
    }
}
