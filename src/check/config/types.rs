//! Values of the wrong type, for the keys whose type is known.

use serde_json::Value;

use super::DAEMON_JSON_WRONG_TYPE;
use crate::check::words;
use crate::model::facts::{ConfigKey, EngineFacts};
use crate::model::finding::Finding;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Texts,
    Text,
    Switch,
    Number,
    /// An object of texts.
    TextMap,
    /// An object of `true` and `false`.
    SwitchMap,
}

/// Keys whose type has been the same in every release that has them.
pub(super) const KEYS: &[(&str, Shape)] = &[
    ("insecure-registries", Shape::Texts),
    ("registry-mirrors", Shape::Texts),
    ("hosts", Shape::Texts),
    ("labels", Shape::Texts),
    ("dns", Shape::Texts),
    ("dns-opts", Shape::Texts),
    ("dns-search", Shape::Texts),
    ("exec-opts", Shape::Texts),
    ("storage-opts", Shape::Texts),
    ("authorization-plugins", Shape::Texts),
    ("debug", Shape::Switch),
    ("experimental", Shape::Switch),
    ("icc", Shape::Switch),
    ("ipv6", Shape::Switch),
    ("iptables", Shape::Switch),
    ("live-restore", Shape::Switch),
    ("selinux-enabled", Shape::Switch),
    ("tls", Shape::Switch),
    ("tlsverify", Shape::Switch),
    ("userland-proxy", Shape::Switch),
    ("bip", Shape::Text),
    ("bridge", Shape::Text),
    ("data-root", Shape::Text),
    ("group", Shape::Text),
    ("log-driver", Shape::Text),
    ("log-level", Shape::Text),
    ("pidfile", Shape::Text),
    ("storage-driver", Shape::Text),
    ("max-concurrent-downloads", Shape::Number),
    ("max-concurrent-uploads", Shape::Number),
    ("mtu", Shape::Number),
    ("shutdown-timeout", Shape::Number),
    ("log-opts", Shape::TextMap),
    ("proxies", Shape::TextMap),
    ("features", Shape::SwitchMap),
];

pub(super) fn wrong(engine: &EngineFacts, keys: &[ConfigKey]) -> Vec<Finding> {
    keys.iter().filter_map(|key| one(engine, key)).collect()
}

fn one(engine: &EngineFacts, key: &ConfigKey) -> Option<Finding> {
    let (_, shape) = KEYS.iter().find(|(name, _)| *name == key.name)?;
    let (kind, wanted, value) = mismatch(*shape, &key.value)?;
    let path = engine.config.path.display();
    let line = line_of(key, value);
    let finding = Finding::new(&DAEMON_JSON_WRONG_TYPE, path.to_string())
        .evidence(format!("{path} line {line}: \"{}\" has {}", key.name, words::shown(&value.to_string())))
        .leads_to(format!(
            "Docker will not start again: json: cannot unmarshal {kind} into Go struct field … of type {wanted}"
        ));
    Some(finding.advice(format!("write {}", example(*shape, &key.name))))
}

/// What Go calls the value, the type that it needed, and the value itself. `null` fits everything.
fn mismatch(shape: Shape, value: &Value) -> Option<(&'static str, &'static str, &Value)> {
    let wrong = |wanted| Some((kind(value), wanted, value));
    match (shape, value) {
        (_, Value::Null)
        | (Shape::Text, Value::String(_))
        | (Shape::Switch, Value::Bool(_))
        | (Shape::Number, Value::Number(_)) => None,
        (Shape::Texts, Value::Array(list)) => list.iter().find_map(|one| mismatch(Shape::Text, one)),
        (Shape::TextMap, Value::Object(map)) => map.values().find_map(|one| mismatch(Shape::Text, one)),
        (Shape::SwitchMap, Value::Object(map)) => map.values().find_map(|one| mismatch(Shape::Switch, one)),
        (Shape::Texts, _) => wrong("[]string"),
        (Shape::Text, _) => wrong("string"),
        (Shape::Switch, _) => wrong("bool"),
        (Shape::Number, _) => wrong("int"),
        (Shape::TextMap, _) => wrong("map[string]string"),
        (Shape::SwitchMap, _) => wrong("map[string]bool"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn line_of(key: &ConfigKey, value: &Value) -> usize {
    let place = key.value.as_array().and_then(|list| list.iter().position(|one| one == value));
    place.and_then(|place| key.entry_lines.get(place)).copied().unwrap_or(key.line)
}

fn example(shape: Shape, key: &str) -> String {
    match shape {
        Shape::Texts if key == "insecure-registries" => format!("a list of texts: \"{key}\": [\"registry.lan:5000\"]"),
        Shape::Texts => format!("a list of texts: \"{key}\": [\"…\"]"),
        Shape::Text => format!("a text in quotes: \"{key}\": \"…\""),
        Shape::Switch => format!("`true` or `false` without quotes: \"{key}\": true"),
        Shape::Number => format!("a number without quotes: \"{key}\": 3"),
        Shape::TextMap => {
            format!("an object whose values stand in quotes, numbers as well: \"{key}\": {{\"…\": \"…\"}}")
        }
        Shape::SwitchMap => format!("an object of `true` and `false`: \"{key}\": {{\"…\": true}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing;

    #[test]
    fn tells_types_apart_as_go_does() {
        let rows = [
            ("\"insecure-registries\": \"reg.lan\"", "string into Go struct field … of type []string"),
            ("\"insecure-registries\": [\"a\", 7]", "number into Go struct field … of type string"),
            ("\"insecure-registries\": {}", "object into Go struct field … of type []string"),
            ("\"debug\": \"true\"", "string into Go struct field … of type bool"),
            ("\"log-opts\": {\"max-size\": 10}", "number into Go struct field … of type string"),
            ("\"max-concurrent-uploads\": \"3\"", "string into Go struct field … of type int"),
            ("\"features\": {\"buildkit\": \"on\"}", "string into Go struct field … of type bool"),
        ];
        for (text, want) in rows {
            let mut engine = testing::engine();
            testing::configure(&mut engine, &format!("{{{text}}}"));
            let found = match &engine.config.state {
                crate::model::facts::ConfigState::Read(keys) => wrong(&engine, keys),
                _ => Vec::new(),
            };
            assert!(found[0].consequence.as_deref().unwrap().ends_with(want), "{text}: {found:?}");
        }
    }

    #[test]
    fn right_types_pass() {
        let mut engine = testing::engine();
        testing::configure(
            &mut engine,
            "{\"insecure-registries\": null, \"hosts\": [], \"log-opts\": {\"max-size\": \"10m\"}, \"debug\": false, \
             \"unknown\": 7, \"features\": {\"buildkit\": true}, \"mtu\": 1400}",
        );
        match &engine.config.state {
            crate::model::facts::ConfigState::Read(keys) => assert_eq!(wrong(&engine, keys), []),
            _ => panic!(),
        }
    }
}
