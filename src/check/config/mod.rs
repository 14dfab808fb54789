//! Can Docker read daemon.json, and does it read every key of it?

mod keys;
mod types;

use super::words;
use super::{Check, Run, engine};
use crate::model::facts::{Broken, ConfigKey, ConfigState, EngineFacts, Facts, Origin};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};

pub const CHECK: Check = Check {
    id: "config",
    passed: "daemon.json can be read",
    topic: "daemon.json",
    causes: &[&DAEMON_JSON_UNPARSABLE, &DAEMON_JSON_WRONG_TYPE, &DAEMON_JSON_WRONG_KEY],
    run: Run::Host(run),
};

pub const DAEMON_JSON_UNPARSABLE: Cause = Cause {
    slug: "daemon-json-unparsable",
    summary: "daemon.json is not valid JSON",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("daemon-json-unparsable.md"),
    signs: include_str!("daemon-json-unparsable.signs"),
};

pub const DAEMON_JSON_WRONG_TYPE: Cause = Cause {
    slug: "daemon-json-wrong-type",
    summary: "a key in daemon.json has a value of the wrong type",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("daemon-json-wrong-type.md"),
    signs: include_str!("daemon-json-wrong-type.signs"),
};

pub const DAEMON_JSON_WRONG_KEY: Cause = Cause {
    slug: "daemon-json-wrong-key",
    summary: "daemon.json has a key that Docker does not read",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Message],
    page: include_str!("daemon-json-wrong-key.md"),
    signs: include_str!("daemon-json-wrong-key.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let path = engine.config.path.display();
    match &engine.config.state {
        ConfigState::Missing if engine.config.origin == Origin::Default => {
            Verdict::Passed(format!("{path} does not exist, and need not"))
        }
        ConfigState::Missing => Verdict::Found(vec![missing(facts, engine)]),
        ConfigState::Denied => Verdict::Skipped(format!("{path} may not be read: run this with sudo")),
        ConfigState::Failed(reason) => Verdict::Skipped(format!("{path}: {}", words::shown(reason))),
        ConfigState::Broken(broken) => Verdict::Found(vec![unparsable(facts, engine, broken)]),
        ConfigState::Read(all) => words::verdict(in_keys(facts, engine, all), || path.to_string()),
    }
}

/// Whether this file alone stops the next start.
pub(super) fn keeps_from_starting(engine: &EngineFacts) -> bool {
    matches!(engine.config.state, ConfigState::Broken(_))
}

fn in_keys(facts: &Facts, engine: &EngineFacts, all: &[ConfigKey]) -> Vec<Finding> {
    let mut found = types::wrong(engine, all);
    found.extend(keys::wrong(engine, all));
    found.into_iter().map(|finding| finding.fix(words::edit(facts, engine, &engine.config.path))).collect()
}

fn unparsable(facts: &Facts, engine: &EngineFacts, broken: &Broken) -> Finding {
    let path = engine.config.path.display();
    let mut finding = Finding::new(&DAEMON_JSON_UNPARSABLE, path.to_string()).evidence(format!(
        "line {}, column {}: {}",
        broken.line,
        broken.column,
        words::shown(&broken.message)
    ));
    if !broken.line_text.trim().is_empty() {
        finding = finding.evidence(format!("{:>4} | {}", broken.line, words::shown(&broken.line_text)));
    }
    let message = words::shown(&broken.message);
    finding
        .leads_to(format!(
            "Docker will not start again: unable to configure the Docker daemon with file {path}: {message}"
        ))
        .advice("a comma too much or too little, or a comment, is in or just before that line")
        .fix(words::edit(facts, engine, &engine.config.path))
}

/// Only the default file may be missing.
fn missing(facts: &Facts, engine: &EngineFacts) -> Finding {
    let path = &engine.config.path;
    let shown = path.display();
    Finding::new(&DAEMON_JSON_UNPARSABLE, shown.to_string())
        .evidence(format!("{} names {shown}, which does not exist", engine.config.origin))
        .leads_to(format!(
            "Docker will not start again: unable to configure the Docker daemon with file {shown}: no such file or directory"
        ))
        .advice("an empty configuration is `{}`")
        .fix(format!("echo '{{}}' | {} > /dev/null", words::as_root(facts, Some(engine), &["tee", &shown.to_string()])))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only, slugs};
    use super::*;

    fn with(json: &str) -> Verdict {
        let mut engine = testing::engine();
        testing::configure(&mut engine, json);
        run(&testing::healthy(), Some(&engine))
    }

    fn in_state(state: ConfigState) -> Verdict {
        let mut engine = testing::engine();
        engine.config.state = state;
        run(&testing::healthy(), Some(&engine))
    }

    #[test]
    fn a_healthy_host_passes() {
        assert_eq!(with("{\"insecure-registries\": [\"reg.lan:5000\"]}"), Verdict::Passed(testing::CONFIG.into()));
        assert!(matches!(in_state(ConfigState::Missing), Verdict::Passed(_)));
        assert!(matches!(in_state(ConfigState::Denied), Verdict::Skipped(_)));
        assert_eq!(run(&testing::healthy(), None), Verdict::NotApplicable);
    }

    #[test]
    fn broken_json_is_shown_with_its_line() {
        let finding = only(in_state(ConfigState::Broken(Broken {
            line: 3,
            column: 1,
            message: "invalid character '}' looking for beginning of object key string".into(),
            line_text: "}".into(),
        })));
        assert_eq!(finding.cause.slug, "daemon-json-unparsable");
        assert_eq!(finding.evidence[1], "   3 | }");
        assert_eq!(finding.remedy.commands, ["sudo ${EDITOR:-vi} /etc/docker/daemon.json"]);
    }

    #[test]
    fn only_the_default_file_may_be_missing() {
        let mut engine = testing::engine();
        engine.config.state = ConfigState::Missing;
        engine.config.origin = Origin::Flag("--config-file".into());
        let finding = only(run(&testing::healthy(), Some(&engine)));
        assert_eq!(finding.cause.slug, "daemon-json-unparsable");
        assert_eq!(finding.remedy.commands, ["echo '{}' | sudo tee /etc/docker/daemon.json > /dev/null"]);
    }

    #[test]
    fn every_wrong_key_is_named() {
        let verdict = with("{\n\"insecure-registries\": \"reg.lan:5000\",\n\"insecure-registry\": [\"b\"]\n}");
        assert_eq!(slugs(&verdict), ["daemon-json-wrong-type", "daemon-json-wrong-key"]);
    }
}
