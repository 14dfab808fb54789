//! Would the next start refuse an entry of the registry settings? `dockerd --validate` does not look at them.

use super::words;
use super::{Check, Run, engine};
use crate::engine::docker::rules;
use crate::model::facts::{EngineFacts, Facts, Origin, Setting};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};

pub const CHECK: Check = Check {
    id: "registry-entries",
    passed: "every registry entry is well-formed",
    topic: "registry entries",
    causes: &[&REGISTRY_ENTRY_MALFORMED],
    run: Run::Host(run),
};

pub const REGISTRY_ENTRY_MALFORMED: Cause = Cause {
    slug: "registry-entry-malformed",
    summary: "a registry entry is not of the form that Docker takes",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("registry-entry-malformed.md"),
    signs: include_str!("registry-entry-malformed.signs"),
};

const INSECURE: &str = "insecure-registries";
const MIRRORS: &str = "registry-mirrors";

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let all: Vec<&Setting> = engine.settings.iter().filter(|one| is_entry(one)).collect();
    if all.is_empty() {
        return Verdict::NotApplicable;
    }
    let found = all.iter().filter_map(|setting| finding(facts, engine, setting));
    words::verdict(found.collect(), || words::count(all.len(), "entry", "entries"))
}

/// Whether an entry keeps Docker from starting.
pub(super) fn any_refused(engine: &EngineFacts) -> bool {
    let refused = |setting: &&Setting| is_entry(setting) && complaint(setting).is_some();
    effect(engine) == Effect::Refused && engine.settings.iter().any(|setting| refused(&setting))
}

/// `[]` and `null` stand for a list without entries.
fn is_entry(setting: &Setting) -> bool {
    [INSECURE, MIRRORS].contains(&setting.key.as_str()) && !matches!(setting.value.as_str(), "[]" | "null")
}

fn complaint(setting: &Setting) -> Option<String> {
    if setting.key == INSECURE { rules::insecure(&setting.value) } else { rules::mirror(&setting.value) }
}

/// What a bad entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Up to 17.03 it is kept as it stands and matches nothing.
    Nothing,
    /// From 17.04 to 17.09 the error is swallowed, with the whole list.
    ListDropped,
    /// Since 17.10 Docker does not start.
    Refused,
}

fn effect(engine: &EngineFacts) -> Effect {
    match engine.version() {
        Some(version) if version.text.contains("azure") => Effect::Refused,
        Some(version) if !version.at_least(17, 4, 0) => Effect::Nothing,
        Some(version) if !version.at_least(17, 10, 0) => Effect::ListDropped,
        _ => Effect::Refused,
    }
}

fn finding(facts: &Facts, engine: &EngineFacts, setting: &Setting) -> Option<Finding> {
    let complaint = complaint(setting)?;
    let value = words::shown(&setting.value);
    let finding = Finding::new(&REGISTRY_ENTRY_MALFORMED, value.clone())
        .evidence(format!("{}: \"{value}\" in `{}`", setting.origin, setting.key))
        .leads_to(match effect(engine) {
            Effect::Refused => format!("Docker will not start again: failed to start daemon: {complaint}"),
            Effect::ListDropped => "this Docker drops the whole list without a word, 127.0.0.0/8 included".into(),
            Effect::Nothing => "it matches no registry".into(),
        })
        .advice(if setting.key == INSECURE {
            "write host:port as in the image's name, or a range of addresses like 10.0.0.0/8; nothing before or after"
        } else {
            "write https://host or http://host, with a port if it needs one and nothing after"
        });
    let path = match &setting.origin {
        Origin::File { path, .. } => path,
        _ => &engine.config.path,
    };
    Some(finding.fix(words::edit(facts, engine, path)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    fn with(json: &str, version: &str) -> Verdict {
        let mut engine = testing::engine();
        engine.effective.as_mut().unwrap().version = testing::version(version);
        testing::configure(&mut engine, json);
        run(&testing::healthy(), Some(&engine))
    }

    #[test]
    fn a_healthy_host_passes() {
        let json =
            "{\"insecure-registries\": [\"reg.lan:5000\", \"10.0.0.0/8\"], \"registry-mirrors\": [\"https://m\"]}";
        assert_eq!(with(json, "28.1.1"), Verdict::Passed("3 entries".into()));
        assert_eq!(with("{\"insecure-registries\": []}", "28.1.1"), Verdict::NotApplicable);
    }

    #[test]
    fn what_comes_of_it_depends_on_the_release() {
        let json = "{\"insecure-registries\": [\"my_reg:5000\"]}";
        let finding = only(with(json, "28.1.1"));
        assert_eq!(finding.cause.slug, "registry-entry-malformed");
        assert_eq!(finding.evidence, ["/etc/docker/daemon.json line 1: \"my_reg:5000\" in `insecure-registries`"]);
        let rows = [
            ("28.1.1", "failed to start daemon: insecure registry my_reg:5000 is not valid: invalid host \"my_reg\""),
            ("17.06.0-ce", "drops the whole list"),
            ("1.13.1", "matches no registry"),
        ];
        for (version, want) in rows {
            assert!(only(with(json, version)).consequence.unwrap().contains(want), "{version}");
        }
    }

    #[test]
    fn flags_are_read_too() {
        let mut engine = testing::engine();
        engine.settings.push(testing::flag("/etc/default/docker", INSECURE, "reg/path"));
        let finding = only(run(&testing::healthy(), Some(&engine)));
        assert_eq!(finding.remedy.commands, ["sudo ${EDITOR:-vi} /etc/default/docker"]);
        assert!(any_refused(&engine) && !any_refused(&testing::engine()));
    }
}
