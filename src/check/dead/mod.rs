//! Do options stand in a file that nothing reads?

use super::words;
use super::{Check, Meeting, Run, engine};
use crate::model::facts::{DeadFile, EngineFacts, Facts};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::wish::InsecureEntry;

pub const CHECK: Check = Check {
    id: "unread-options",
    passed: "no file of options is ignored",
    topic: "files of options",
    causes: &[&DOCKER_OPTS_IGNORED_SYSTEMD],
    run: Run::Host(run),
};

pub const DOCKER_OPTS_IGNORED_SYSTEMD: Cause = Cause {
    slug: "docker-opts-ignored-systemd",
    summary: "options stand in a file that nothing reads",
    severity: Severity::Warning,
    seen_from: &[Sight::Host],
    page: include_str!("docker-opts-ignored-systemd.md"),
    signs: include_str!("docker-opts-ignored-systemd.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let found = engine.dead.iter().map(|dead| finding(facts, engine, dead)).collect();
    words::verdict(found, || {
        let files = engine.service.env_files.iter().filter(|file| file.exists);
        let paths: Vec<String> = files.map(|file| file.path.display().to_string()).collect();
        if paths.is_empty() { String::new() } else { format!("read: {}", paths.join(", ")) }
    })
}

/// The entry for this registry stands in such a file, and nowhere else.
pub(super) fn entry_for(meeting: &Meeting<'_>) -> Option<Finding> {
    let engine = meeting.engine?;
    let entry = InsecureEntry::Registry(meeting.trace.registry.clone());
    let dead = engine.dead.iter().find(|dead| entries(&dead.text).contains(&entry))?;
    let registry = meeting.trace.registry.to_string();
    Some(rewritten(seen(dead, registry).severity(Severity::Error), meeting.facts, engine, &entry))
}

fn seen(dead: &DeadFile, subject: String) -> Finding {
    let path = dead.path.display();
    Finding::new(&DOCKER_OPTS_IGNORED_SYSTEMD, subject)
        .evidence(format!("{path} line {}: {}", dead.line, words::shown(&dead.text)))
        .evidence(words::shown(&dead.why))
        .leads_to("Docker runs as if the line were not there")
}

fn rewritten(finding: Finding, facts: &Facts, engine: &EngineFacts, entry: &InsecureEntry) -> Finding {
    let command = words::regdoctor(facts, Some(engine), &["trust", &entry.to_string(), "--insecure"]);
    finding.advice("this writes the entry where Docker reads it").fix(command)
}

fn finding(facts: &Facts, engine: &EngineFacts, dead: &DeadFile) -> Finding {
    let entries = entries(&dead.text);
    let set = |entry: &&InsecureEntry| {
        let listed = engine.effective.as_ref().is_some_and(|effective| effective.insecure.contains(entry));
        listed || engine.settings_of("insecure-registries").any(|one| one.value == entry.to_string())
    };
    let finding = seen(dead, dead.path.display().to_string());
    match entries.iter().find(|entry| !set(entry)) {
        Some(entry) => rewritten(finding, facts, engine, entry),
        None if !entries.is_empty() => finding.severity(Severity::Info).advice("Docker has the entry from elsewhere"),
        None => finding
            .advice(format!("write the options as keys into {}", engine.config.path.display()))
            .fix(words::edit(facts, engine, &engine.config.path)),
    }
}

/// The values of `--insecure-registry` in a line of options.
fn entries(text: &str) -> Vec<InsecureEntry> {
    let after = text.split("--insecure-registry").skip(1);
    let value = |rest: &str| {
        let value = rest.trim_start_matches(['=', ' ']).split([' ', '"', '\'']).find(|word| !word.is_empty())?;
        InsecureEntry::parse(value).ok()
    };
    after.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    fn with(text: &str) -> Verdict {
        let mut engine = testing::engine();
        engine.dead.push(DeadFile {
            path: "/etc/default/docker".into(),
            line: 7,
            text: text.into(),
            why: "/usr/lib/systemd/system/docker.service does not read it".into(),
        });
        run(&testing::healthy(), Some(&engine))
    }

    #[test]
    fn a_healthy_host_passes() {
        assert_eq!(run(&testing::healthy(), Some(&testing::engine())), Verdict::Passed(String::new()));
    }

    #[test]
    fn an_entry_that_nobody_reads() {
        let finding = only(with("DOCKER_OPTS=\"--insecure-registry other.lan:5000\""));
        assert_eq!(finding.cause.slug, "docker-opts-ignored-systemd");
        assert_eq!(finding.remedy.commands, ["sudo regdoctor trust other.lan:5000 --insecure"]);
        assert_eq!(finding.severity, Severity::Warning);
    }

    #[test]
    fn an_entry_that_is_in_effect_anyway() {
        let finding = only(with("DOCKER_OPTS=\"--insecure-registry=reg.lan:5000\""));
        assert!(finding.severity == Severity::Info && finding.remedy.commands.is_empty());
    }

    #[test]
    fn other_options() {
        let finding = only(with("DOCKER_OPTS=\"--debug\""));
        assert_eq!(finding.remedy.commands, ["sudo ${EDITOR:-vi} /etc/docker/daemon.json"]);
    }
}
