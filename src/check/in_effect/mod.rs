//! Is what the files say in effect, or does Docker still run with what they said before?

use super::words;
use super::{Check, Run, engine, entries};
use crate::engine::docker;
use crate::model::facts::{
    ConfigState, Effective, EndpointState, EngineFacts, Facts, Origin, Reload, Running, Setting,
};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::wish::{InsecureEntry, parse_range};

pub const CHECK: Check = Check {
    id: "in-effect",
    passed: "what the files say is in effect",
    topic: "settings in effect",
    causes: &[&DAEMON_NOT_RESTARTED_AFTER_CHANGE],
    run: Run::Host(run),
};

pub const DAEMON_NOT_RESTARTED_AFTER_CHANGE: Cause = Cause {
    slug: "daemon-not-restarted-after-change",
    summary: "a change is not in effect yet",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("daemon-not-restarted-after-change.md"),
    signs: include_str!("daemon-not-restarted-after-change.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let Some(effective) = &engine.effective else {
        return match engine.endpoint.state {
            EndpointState::Denied => Verdict::Skipped("Docker's socket is closed to this user".into()),
            _ => Verdict::NotApplicable,
        };
    };
    match unreadable(engine) {
        Some(why) => Verdict::Skipped(why.into()),
        None => words::verdict(found(facts, engine, effective), || in_words(&effective.insecure)),
    }
}

/// While one of these holds, Docker refuses to read the files again, and that comes first.
fn unreadable(engine: &EngineFacts) -> Option<&'static str> {
    match engine.config.state {
        ConfigState::Denied | ConfigState::Failed(_) => return Some("daemon.json may not be read"),
        ConfigState::Broken(_) => return Some("daemon.json is broken"),
        ConfigState::Missing | ConfigState::Read(_) => {}
    }
    if !docker::collision::all(engine).is_empty() {
        return Some("a setting is given twice");
    }
    entries::any_refused(engine).then_some("an entry is malformed")
}

fn found(facts: &Facts, engine: &EngineFacts, effective: &Effective) -> Vec<Finding> {
    let all = [
        not_yet(facts, engine, effective),
        not_any_more(facts, engine, effective),
        mirrors_not_yet(facts, engine, effective),
        flags_not_yet(facts, engine),
        unit_not_yet(facts, engine),
    ];
    all.into_iter().flatten().collect()
}

/// Entries that the files have and Docker has not.
fn not_yet(facts: &Facts, engine: &EngineFacts, effective: &Effective) -> Option<Finding> {
    let wanted = engine.settings_of("insecure-registries").filter_map(|one| Some((one, parsed(&one.value)?)));
    let missing: Vec<(&Setting, InsecureEntry)> =
        wanted.filter(|(_, entry)| !effective.insecure.contains(entry) && !is_hub(entry)).collect();
    let (_, first) = missing.first()?;
    let finding =
        missing.iter().fold(Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, first.to_string()), |all, one| {
            all.evidence(format!("{} has {}, and the running Docker has not", one.0.origin, one.1))
        });
    let text = first.to_string();
    let finding = with_times(finding, engine)
        .leads_to("Docker still insists on a verified TLS connection there")
        .fix(words::regdoctor(facts, Some(engine), &["trust", &text, "--insecure"]));
    Some(finding.advice("the entry is already written; this makes Docker read it and looks whether it did"))
}

/// Entries that Docker has and no file has any more. A removed key stays until the next start (20.10 to 29).
fn not_any_more(facts: &Facts, engine: &EngineFacts, effective: &Effective) -> Option<Finding> {
    // Without the command line, flags are unknown.
    let running = engine.daemon.running().filter(|running| !running.arguments.is_empty())?;
    let in_files = |entry: &InsecureEntry| {
        engine.settings_of("insecure-registries").any(|one| parsed(&one.value).as_ref() == Some(entry))
    };
    let typed = |entry: &InsecureEntry| engine.service.exec_start.is_none() && in_arguments(running, entry);
    let left = |entry: &&InsecureEntry| !is_built_in(entry) && !in_files(entry) && !typed(entry);
    let left: Vec<String> = effective.insecure.iter().filter(left).map(ToString::to_string).collect();
    let first = left.first()?;
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, first.clone())
        .severity(Severity::Warning)
        .likely()
        .evidence(format!("the running Docker takes {} as insecure, and no file says so", left.join(", ")))
        .leads_to("it stays so until Docker starts again: a removed key is not taken up by a reload")
        .advice("untrusting it starts Docker again, after asking")
        .fix(words::regdoctor(facts, Some(engine), &["untrust", first]));
    Some(finding)
}

fn mirrors_not_yet(facts: &Facts, engine: &EngineFacts, effective: &Effective) -> Option<Finding> {
    let plain = |text: &str| text.trim_end_matches('/').to_string();
    let in_effect: Vec<String> = effective.mirrors.iter().map(|mirror| plain(mirror)).collect();
    let missing = engine
        .settings_of("registry-mirrors")
        .find(|one| one.value.starts_with("http") && !in_effect.contains(&plain(&one.value)))?;
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, words::shown(&missing.value))
        .evidence(format!("{} has the mirror {}, and the running Docker has not", missing.origin, missing.value))
        .leads_to("images of Docker Hub are not taken from that mirror");
    let finding = with_times(finding, engine);
    // Mirrors are taken up while running since 17.04, and only from daemon.json.
    let in_config = matches!(&missing.origin, Origin::File { path, .. } if *path == engine.config.path);
    Some(match engine.service.reload.as_ref().filter(|_| in_config && effective.version.at_least(17, 4, 0)) {
        Some(Reload::Command(line)) => finding.fix(words::as_root(facts, Some(engine), line)),
        Some(Reload::Signal(pid)) => {
            finding.fix(words::as_root(facts, Some(engine), &["kill", "-HUP", &pid.to_string()]))
        }
        None => words::with_restart(finding, facts, engine),
    })
}

/// Values of the files of options that the running command line does not have.
fn flags_not_yet(facts: &Facts, engine: &EngineFacts) -> Option<Finding> {
    let running = engine.daemon.running().filter(|running| !running.arguments.is_empty())?;
    let of_file = |one: &&Setting| {
        let Origin::File { path, .. } = &one.origin else { return false };
        engine.service.env_files.iter().any(|file| file.path == *path)
    };
    // Switches have short forms, and variables are filled in later: neither can be compared as text.
    let comparable =
        |one: &&Setting| one.value != "true" && !one.value.contains(['$', '%']) && one.key != "insecure-registries";
    let has = |value: &str| running.arguments.iter().any(|word| word == value || word.ends_with(&format!("={value}")));
    let setting = engine.settings.iter().filter(of_file).filter(comparable).find(|one| !has(&one.value))?;
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, setting.key.clone())
        .severity(Severity::Warning)
        .likely()
        .evidence(format!(
            "{} sets {} to {}, and dockerd was started without it",
            setting.origin,
            setting.key,
            words::shown(&setting.value)
        ))
        .leads_to("options are read when Docker starts");
    Some(words::with_restart(finding, facts, engine))
}

fn unit_not_yet(facts: &Facts, engine: &EngineFacts) -> Option<Finding> {
    let unit = engine.service.file.as_ref().filter(|_| engine.service.needs_daemon_reload)?;
    let verb = if engine.service.user {
        vec!["systemctl", "--user", "daemon-reload"]
    } else {
        vec!["systemctl", "daemon-reload"]
    };
    let reload = words::as_root(facts, Some(engine), &verb);
    let line = match words::start_again(facts, engine) {
        Some(restart) => format!("{reload} && {restart}"),
        None => reload,
    };
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, unit.display().to_string())
        .severity(Severity::Warning)
        .evidence(format!("{} or a drop-in of it was changed, and systemd has not read it since", unit.display()))
        .leads_to("systemd would start Docker with the old unit");
    Some(finding.fix(line))
}

fn with_times(finding: Finding, engine: &EngineFacts) -> Finding {
    let started = engine.daemon.running().and_then(|running| running.started);
    match (engine.config.modified, started) {
        (Some(written), Some(started)) if written > started => finding.evidence(format!(
            "{} was written on {}, Docker was started on {}",
            engine.config.path.display(),
            words::moment(written),
            words::moment(started)
        )),
        _ => finding,
    }
}

fn parsed(value: &str) -> Option<InsecureEntry> {
    let lower = value.to_ascii_lowercase();
    let scheme = ["http://", "https://"].iter().find(|scheme| lower.starts_with(**scheme));
    InsecureEntry::parse(value.get(scheme.map_or(0, |scheme| scheme.len())..).unwrap_or(value)).ok()
}

/// Docker overwrites its own entry as secure.
fn is_hub(entry: &InsecureEntry) -> bool {
    entry.registry().is_some_and(crate::model::entry_point::EntryPoint::is_docker_hub)
}

/// 127.0.0.0/8 since 1.3.2, ::1/128 since 28.0.
fn is_built_in(entry: &InsecureEntry) -> bool {
    ["127.0.0.0/8", "::1/128"].iter().any(|text| parse_range(text).as_ref() == Some(entry))
}

fn in_arguments(running: &Running, entry: &InsecureEntry) -> bool {
    let values = running.arguments.iter().filter_map(|word| word.rsplit('=').next());
    values.filter_map(parsed).any(|found| found == *entry)
}

fn in_words(insecure: &[InsecureEntry]) -> String {
    let own: Vec<String> = insecure.iter().filter(|entry| !is_built_in(entry)).map(ToString::to_string).collect();
    if own.is_empty() { "no registry is insecure".into() } else { format!("insecure: {}", own.join(", ")) }
}

#[cfg(test)]
mod tests;
