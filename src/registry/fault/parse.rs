//! The text of a fault, read. Pure.

use thiserror::Error;

use super::Fault;
use super::given::Given;
use super::limits::{KEYS, Limits};
use super::names::KINDS;

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    #[error("there is no fault `{name}`{}", like(.near))]
    Name { name: String, near: Vec<&'static str> },
    #[error("`{text}` is not key=value")]
    Pair { text: String },
    #[error("{fault} has no `{key}`; {}", keys(.known))]
    Key { fault: &'static str, key: String, known: Vec<&'static str> },
    #[error("`{value}` for {key} is not {wanted}")]
    Value { key: &'static str, value: String, wanted: String },
    #[error("{fault} acts on connections: it has no `{key}`")]
    NoRequest { fault: &'static str, key: &'static str },
    #[error("{fault} cannot wait for bytes: it has no `after`")]
    NoBytes { fault: &'static str },
    #[error("{fault} is there from the start to the end: it cannot be limited")]
    NoLimits { fault: &'static str },
}

pub fn parse(name: &str, pairs: &[(&str, &str)]) -> Result<Fault, FaultError> {
    let kind = KINDS.iter().copied().flatten().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(|| FaultError::Name { name: name.to_string(), near: near(name) })?;
    let mut limits = Limits::default();
    let mut own = Vec::new();
    for (key, value) in pairs {
        if !limits.take(key, value)? {
            own.push((*key, *value));
        }
    }
    let mut given = Given::new(&own);
    let acts = (kind.make)(&mut given);
    if let Some(after) = given.verdict(kind.name)? {
        limits.after.get_or_insert(after);
    }
    if acts.iter().any(|act| matches!(act, super::Act::Listen(_))) && limits != Limits::default() {
        return Err(FaultError::NoLimits { fault: kind.name });
    }
    if limits.name_requests() && !acts.iter().any(super::Act::is_of_requests) {
        let key = if limits.method.is_some() { "method" } else { "path" };
        return Err(FaultError::NoRequest { fault: kind.name, key });
    }
    if limits.after.is_some() && !acts.iter().any(super::Act::can_wait_for_bytes) {
        return Err(FaultError::NoBytes { fault: kind.name });
    }
    Ok(Fault { kind, acts, limits })
}

/// The pairs of `a=1,b=x,y`. A comma ends a value only where a key and `=` follow, so most values need no quoting.
pub fn pairs(text: &str) -> Result<Vec<(&str, &str)>, FaultError> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (pair, after) = match rest.match_indices(',').find(|(at, _)| starts_a_pair(rest.get(at + 1..))) {
            Some((at, _)) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
            None => (rest, ""),
        };
        pairs.push(pair.split_once('=').ok_or_else(|| FaultError::Pair { text: pair.to_string() })?);
        rest = after;
    }
    Ok(pairs)
}

fn starts_a_pair(text: Option<&str>) -> bool {
    let key = text.and_then(|text| text.split_once('=')).map(|(key, _)| key);
    key.is_some_and(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

/// Names that share a word with the one that was typed.
fn near(name: &str) -> Vec<&'static str> {
    let words: Vec<&str> = name.split('-').filter(|word| word.len() > 2).collect();
    let alike = |known: &&str| known.split('-').any(|word| words.contains(&word));
    KINDS.iter().copied().flatten().map(|kind| kind.name).filter(alike).collect()
}

fn like(near: &[&str]) -> String {
    if near.is_empty() { String::new() } else { format!("; there is {}", near.join(", ")) }
}

fn keys(known: &[&str]) -> String {
    let limits = KEYS.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
    if known.is_empty() {
        format!("it has only limits: {limits}")
    } else {
        format!("it has {}, and limits: {limits}", known.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_ends_a_value_only_before_a_key() {
        let text = r#"code=503,body={"a":1,"b":[1,2]},path=/v2/"#;
        assert_eq!(pairs(text).unwrap(), [("code", "503"), ("body", r#"{"a":1,"b":[1,2]}"#), ("path", "/v2/")]);
        assert_eq!(pairs("").unwrap(), []);
        assert!(pairs("code").is_err());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let rows = [
            ("rate-limitted", "there is no fault `rate-limitted`; there is rate-limited"),
            ("nonsense", "there is no fault `nonsense`"),
            ("status:code=99", "`99` for code is not a status from 200 to 599"),
            ("reset:path=/v2/", "reset acts on connections: it has no `path`"),
            ("cert-cn-only:after=4", "cert-cn-only cannot wait for bytes: it has no `after`"),
            (
                "nothing-listening-at-port:first=1",
                "nothing-listening-at-port is there from the start to the end: it cannot be limited",
            ),
            ("status:first", "`first` is not key=value"),
            (
                "registry-v1-only:size=1",
                "registry-v1-only has no `size`; it has only limits: method, path, first, every, chance, seed, after",
            ),
        ];
        for (text, want) in rows {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.starts_with(want), "{text}: {error}");
        }
    }
}
