//! Is a setting given twice, in daemon.json and as a flag? Docker takes neither and does not start.

use serde_json::Value;

use super::words;
use super::{Check, Run, engine};
use crate::engine::docker::collision::{self, Flag};
use crate::model::facts::{ConfigKey, ConfigState, EngineFacts, Facts};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};

pub const CHECK: Check = Check {
    id: "config-flags",
    passed: "no setting is given twice",
    topic: "settings given twice",
    causes: &[&DAEMON_JSON_FLAG_CONFLICT],
    run: Run::Host(run),
};

pub const DAEMON_JSON_FLAG_CONFLICT: Cause = Cause {
    slug: "daemon-json-flag-conflict",
    summary: "a setting is given twice",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("daemon-json-flag-conflict.md"),
    signs: include_str!("daemon-json-flag-conflict.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    match &engine.config.state {
        ConfigState::Read(keys) => {
            let found = collision::all(engine).into_iter().map(|one| finding(facts, engine, one.key, &one.flags));
            words::verdict(found.collect(), || words::count(keys.len(), "key in daemon.json", "keys in daemon.json"))
        }
        ConfigState::Denied => Verdict::Skipped(format!("{} may not be read", engine.config.path.display())),
        _ => Verdict::NotApplicable,
    }
}

fn finding(facts: &Facts, engine: &EngineFacts, key: &ConfigKey, flags: &[Flag]) -> Finding {
    let path = engine.config.path.display();
    let mut finding = Finding::new(&DAEMON_JSON_FLAG_CONFLICT, key.name.clone())
        .evidence(format!("{path} line {}: \"{}\"", key.line, key.name));
    for flag in flags {
        let value = flag.value.as_deref().map(|value| format!(" ({})", words::shown(value))).unwrap_or_default();
        finding = finding.evidence(format!("{}: a flag for the same{value}", flag.place));
    }
    finding
        .leads_to(format!(
            "Docker will not start again: the following directives are specified both as a flag and in the \
             configuration file: {}: {}",
            key.name,
            both(key, flags)
        ))
        .advice(format!(
            "move everything into one of the two places; the smaller step is to take \"{}\" out of {path}",
            key.name
        ))
        .fix(words::edit(facts, engine, &engine.config.path))
}

/// `(from flag: [b:5000], from file: [a:5000])`, as Go prints lists.
fn both(key: &ConfigKey, flags: &[Flag]) -> String {
    let values: Option<Vec<&str>> = flags.iter().map(|flag| flag.value.as_deref()).collect();
    let flag = match (values, &key.value) {
        (Some(values), Value::Array(_) | Value::Null) => format!("[{}]", values.join(" ")),
        (Some(values), _) => values.join(" "),
        (None, _) => "…".into(),
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    let file = match &key.value {
        Value::Array(list) => format!("[{}]", list.iter().map(plain).collect::<Vec<_>>().join(" ")),
        Value::Null => "<nil>".into(),
        value => plain(value),
    };
    format!("(from flag: {}, from file: {})", words::shown(&flag), words::shown(&file))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    fn with(json: &str, change: impl FnOnce(&mut EngineFacts)) -> Verdict {
        let mut engine = testing::engine();
        testing::configure(&mut engine, json);
        change(&mut engine);
        run(&testing::healthy(), Some(&engine))
    }

    const LIST: &str = "{\n  \"insecure-registries\": [\"a:5000\"]\n}";

    #[test]
    fn a_healthy_host_passes() {
        let other = |engine: &mut EngineFacts| engine.settings.push(testing::flag("/u", "hosts", "fd://"));
        assert_eq!(with(LIST, other), Verdict::Passed("1 key in daemon.json".into()));
        assert_eq!(with(LIST, |engine| engine.config.state = ConfigState::Missing), Verdict::NotApplicable);
        assert_eq!(run(&testing::healthy(), None), Verdict::NotApplicable);
    }

    #[test]
    fn names_both_places_and_dockers_words() {
        let finding = only(with(LIST, |engine| {
            engine.settings.push(testing::flag("/etc/default/docker", "insecure-registries", "b:5000"));
        }));
        assert_eq!(finding.cause.slug, "daemon-json-flag-conflict");
        assert_eq!(
            finding.evidence,
            [
                "/etc/docker/daemon.json line 2: \"insecure-registries\"",
                "/etc/default/docker line 9: a flag for the same (b:5000)"
            ]
        );
        let words = "insecure-registries: (from flag: [b:5000], from file: [a:5000])";
        assert!(finding.consequence.unwrap().ends_with(words));
    }

    #[test]
    fn equal_or_empty_values_collide_too() {
        for json in ["{\"insecure-registries\": []}", "{\"insecure-registries\": null}"] {
            let verdict = with(json, |engine| {
                engine.settings.push(testing::flag("/u", "insecure-registries", "a:5000"));
            });
            assert_eq!(only(verdict).cause.slug, "daemon-json-flag-conflict", "{json}");
        }
    }

    #[test]
    fn the_famous_one_and_the_exempt_one() {
        let socket = |engine: &mut EngineFacts| engine.settings.push(testing::flag("/u", "hosts", "fd://"));
        let finding = only(with("{\"hosts\": [\"unix:///x\"]}", socket));
        assert!(finding.consequence.unwrap().ends_with("hosts: (from flag: [fd://], from file: [unix:///x])"));
        let runtime = |engine: &mut EngineFacts| engine.settings.push(testing::flag("/u", "runtimes", "x"));
        assert!(matches!(with("{\"runtimes\": {}}", runtime), Verdict::Passed(_)));
        let proxy = |engine: &mut EngineFacts| engine.settings.push(testing::flag("/u", "http-proxy", "http://p"));
        assert_eq!(only(with("{\"proxies\": {\"http-proxy\": \"http://p\"}}", proxy)).subject, "proxies");
    }

    #[test]
    fn a_command_line_that_somebody_typed() {
        let by_hand = |engine: &mut EngineFacts| {
            engine.service.exec_start = None;
            if let crate::model::facts::Daemon::Running(running) = &mut engine.daemon {
                running.arguments = testing::words("dockerd --insecure-registry=b:5000");
            }
        };
        assert_eq!(only(with(LIST, by_hand)).cause.slug, "daemon-json-flag-conflict");
        assert!(matches!(with("{\"debug\": true}", by_hand), Verdict::Passed(_)));
    }
}
