//! Keys that Docker passes over in silence, and keys that stop it: misspelt, singular, in the wrong place, given twice.

use serde_json::Value;

use super::DAEMON_JSON_WRONG_KEY;
use super::types::KEYS;
use crate::check::words;
use crate::engine::docker::flags;
use crate::model::facts::{ConfigKey, EngineFacts};
use crate::model::finding::{Finding, Severity};

/// Read only inside `proxies`, since 23.0; unknown before.
const PROXIES: &[&str] = &["http-proxy", "https-proxy", "no-proxy"];

/// Keys that people put somewhere else.
const MOVED: &[&str] = &["insecure-registries", "registry-mirrors"];

enum Trap {
    /// Accepted, and nothing comes of it; with what to write instead.
    Ignored(String),
    /// Docker refuses the whole file; with what was meant.
    Unknown(String),
    /// A later line of the same name wins; its line.
    Overridden(usize),
}

pub(super) fn wrong(engine: &EngineFacts, keys: &[ConfigKey]) -> Vec<Finding> {
    let later = |at: usize, key: &ConfigKey| keys.iter().skip(at + 1).rfind(|other| other.name == key.name);
    let traps = keys.iter().enumerate().filter_map(|(at, key)| {
        let trap = later(at, key).map(|other| Trap::Overridden(other.line)).or_else(|| trap(engine, key))?;
        Some(finding(engine, key, &trap))
    });
    traps.collect()
}

fn trap(engine: &EngineFacts, key: &ConfigKey) -> Option<Trap> {
    let name = key.name.as_str();
    if KEYS.iter().any(|(known, _)| *known == name) {
        return None;
    }
    // A flag's name counts as known, and only the key's own name is read (1.11 to 29).
    if let Some(meant) = flags::plural(name) {
        return Some(Trap::Ignored(format!("\"{meant}\"")));
    }
    if PROXIES.contains(&name) {
        let meant = format!("\"proxies\": {{\"{name}\": …}}");
        let known = engine.version().is_none_or(|version| version.at_least(23, 0, 0));
        return Some(if known { Trap::Ignored(meant) } else { Trap::Unknown("the variable HTTP_PROXY".into()) });
    }
    if let Value::Object(members) = &key.value
        && let Some(moved) = MOVED.iter().find(|moved| members.contains_key(**moved))
    {
        return Some(Trap::Ignored(format!(
            "\"{moved}\" at the top of the file, not inside \"{}\"",
            words::shown(name)
        )));
    }
    meant(name).map(|meant| Trap::Unknown(format!("\"{meant}\"")))
}

/// The known key that differs only in capitals and hyphens, or begins like it.
fn meant(name: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', ' ', '-'], "");
    let known = || KEYS.iter().map(|(known, _)| *known);
    known().find(|known| plain(known) == plain(name)).or_else(|| {
        let begins = |start: &str| plain(name).starts_with(start);
        let near = [("insecure", "insecure-registries"), ("registrymirror", "registry-mirrors")];
        near.iter().find(|(start, _)| begins(start)).map(|(_, known)| *known)
    })
}

fn finding(engine: &EngineFacts, key: &ConfigKey, trap: &Trap) -> Finding {
    let path = engine.config.path.display();
    let name = words::shown(&key.name);
    let finding = Finding::new(&DAEMON_JSON_WRONG_KEY, path.to_string())
        .evidence(format!("{path} line {}: \"{name}\"", key.line));
    match trap {
        Trap::Ignored(meant) => finding
            .severity(if MOVED.iter().any(|moved| meant.contains(moved)) { Severity::Error } else { Severity::Warning })
            .leads_to("Docker accepts it, `dockerd --validate` as well, and nothing comes of it")
            .advice(format!("write {meant}")),
        Trap::Unknown(meant) => finding
            .leads_to(format!(
                "Docker will not start again: the following directives don't match any configuration option: {name}"
            ))
            .advice(format!("probably {meant} was meant")),
        Trap::Overridden(line) => finding
            .severity(Severity::Warning)
            .evidence(format!("line {line} has the same key"))
            .leads_to("Docker takes the last one alone and says nothing about the others")
            .advice("move everything into one of the two"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing;
    use crate::model::facts::ConfigState;

    fn consequences(engine: &mut EngineFacts, json: &str) -> Vec<(Severity, String)> {
        testing::configure(engine, json);
        let ConfigState::Read(keys) = engine.config.state.clone() else { panic!() };
        wrong(engine, &keys).into_iter().map(|one| (one.severity, one.consequence.unwrap())).collect()
    }

    #[test]
    fn knows_the_traps() {
        let rows = [
            ("{\"insecure-registry\": [\"a\"]}", Severity::Error, "accepts"),
            ("{\"log-opt\": {}}", Severity::Warning, "accepts"),
            ("{\"http-proxy\": \"http://p:1\"}", Severity::Warning, "accepts"),
            ("{\"registries\": {\"insecure-registries\": [\"a\"]}}", Severity::Error, "accepts"),
            ("{\"Insecure-Registries\": []}", Severity::Error, "will not start"),
            ("{\"insecure_registries\": []}", Severity::Error, "will not start"),
            ("{\"insecure-registeries\": []}", Severity::Error, "will not start"),
        ];
        for (json, severity, want) in rows {
            let found = consequences(&mut testing::engine(), json);
            assert_eq!(found.len(), 1, "{json}");
            assert!(found[0].0 == severity && found[0].1.contains(want), "{json}: {found:?}");
        }
        let mut old = testing::engine();
        old.effective.as_mut().unwrap().version = testing::version("20.10.24");
        assert!(consequences(&mut old, "{\"http-proxy\": \"x\"}")[0].1.contains("will not start"));
    }

    #[test]
    fn leaves_alone_what_it_does_not_know() {
        let json = "{\"insecure-registries\": [], \"default-address-pools\": [], \"runtimes\": {}, \"dns\": []}";
        assert_eq!(consequences(&mut testing::engine(), json), []);
    }

    #[test]
    fn a_key_that_is_given_twice() {
        let engine = testing::engine();
        let key = |line: usize| ConfigKey {
            name: "insecure-registries".into(),
            value: serde_json::json!(["a"]),
            line,
            entry_lines: vec![line],
        };
        let found = wrong(&engine, &[key(2), key(5)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evidence[1], "line 5 has the same key");
    }
}
