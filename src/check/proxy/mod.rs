//! Can Docker use the proxy that it was given?

mod value;

use super::words;
use super::{Check, Run, engine};
use crate::engine::docker;
use crate::model::facts::{EngineFacts, Facts, Init};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
pub(super) use value::without_password;
use value::{Fault, Kind};

pub const CHECK: Check = Check {
    id: "proxy",
    passed: "the proxy settings can be used",
    topic: "proxy settings",
    causes: &[&PROXY_SETTING_WRONG],
    run: Run::Host(run),
};

pub const PROXY_SETTING_WRONG: Cause = Cause {
    slug: "proxy-setting-wrong",
    summary: "Docker's proxy setting cannot be used",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("proxy-setting-wrong.md"),
    signs: include_str!("proxy-setting-wrong.signs"),
};

/// One proxy setting of the daemon.
struct Given {
    kind: Kind,
    value: String,
    place: Place,
}

/// Where it comes from.
enum Place {
    /// With the line in daemon.json.
    Config(usize),
    Variable(String),
    /// Docker has it, and where from is not known.
    InEffect,
}

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let given = given(engine);
    if given.is_empty() {
        return Verdict::NotApplicable;
    }
    let (go, _) = docker::go::of(Some(engine));
    let found =
        given.iter().filter_map(|one| Some(finding(facts, engine, one, &value::fault(one.kind, &one.value, go)?)));
    words::verdict(found.collect(), || {
        let proxies = given.iter().filter(|one| one.kind == Kind::Proxy);
        let mut shown: Vec<String> = proxies.map(|one| without_password(&one.value)).collect();
        shown.dedup();
        shown.join(", ")
    })
}

const NAMES: &[(&str, Kind)] = &[("http-proxy", Kind::Proxy), ("https-proxy", Kind::Proxy), ("no-proxy", Kind::Bypass)];

/// What is in effect, else what the file and the daemon's variables say.
fn given(engine: &EngineFacts) -> Vec<Given> {
    let effective = engine.effective.as_ref();
    let mut all = Vec::new();
    for (name, kind) in NAMES {
        let in_config = config_value(engine, name);
        let variable = variable(engine, name);
        let in_effect = effective.and_then(|effective| match *name {
            "http-proxy" => effective.http_proxy.clone(),
            "https-proxy" => effective.https_proxy.clone(),
            _ => effective.no_proxy.clone(),
        });
        let known = |value: &str| match (&in_config, &variable) {
            (Some((text, line)), _) if text == value => Place::Config(*line),
            (_, Some((text, name))) if text == value => Place::Variable(name.clone()),
            _ => Place::InEffect,
        };
        let value = match (effective, in_effect) {
            (Some(_), value) => value,
            (None, _) => {
                in_config.clone().or_else(|| variable.clone().map(|(text, _)| (text, 0))).map(|(text, _)| text)
            }
        };
        all.extend(value.map(|value| Given { kind: *kind, place: known(&value), value }));
    }
    all
}

/// The value inside `proxies`, with the line of that key.
fn config_value(engine: &EngineFacts, name: &str) -> Option<(String, usize)> {
    let key = engine.config_key("proxies")?;
    Some((key.value.get(name)?.as_str()?.to_string(), key.line))
}

/// The daemon's own variable, in either case, with its name.
fn variable(engine: &EngineFacts, name: &str) -> Option<(String, String)> {
    let wanted = name.replace('-', "_");
    let all = &engine.daemon.running()?.environment;
    let found = all.iter().find(|(name, value)| name.eq_ignore_ascii_case(&wanted) && !value.is_empty())?;
    Some((found.1.clone(), found.0.clone()))
}

fn finding(facts: &Facts, engine: &EngineFacts, given: &Given, fault: &Fault) -> Finding {
    let place = match &given.place {
        Place::Config(line) => format!("{} line {line}", engine.config.path.display()),
        Place::Variable(name) => format!("the variable {name} of dockerd"),
        Place::InEffect => "in effect".into(),
    };
    let value = without_password(&given.value);
    let mut finding = Finding::new(&PROXY_SETTING_WRONG, value.clone())
        .severity(fault.severity)
        .evidence(format!("{place}: {value}"))
        .evidence(fault.reason)
        .leads_to(fault.consequence);
    if !fault.certain {
        finding = finding.likely();
    }
    let finding = finding.advice("Docker reads proxies only when it starts");
    match edit(facts, engine, &given.place) {
        Some(line) => finding.fix(line),
        None => finding,
    }
}

/// The command that opens the place of the setting.
fn edit(facts: &Facts, engine: &EngineFacts, place: &Place) -> Option<String> {
    if matches!(place, Place::Config(_)) {
        return Some(words::edit(facts, engine, &engine.config.path));
    }
    let service = &engine.service;
    match service.manager {
        Init::Systemd if service.user => Some(format!("systemctl --user edit {}", words::quoted(&service.name))),
        Init::Systemd => Some(words::as_root(facts, Some(engine), &["systemctl", "edit", &service.name])),
        _ => service.env_files.iter().find(|file| file.exists).map(|file| words::edit(facts, engine, &file.path)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;
    use crate::model::facts::Daemon;

    fn with(change: impl FnOnce(&mut EngineFacts)) -> Verdict {
        let mut engine = testing::engine();
        change(&mut engine);
        run(&testing::healthy(), Some(&engine))
    }

    fn in_effect(engine: &mut EngineFacts, proxy: &str) {
        engine.effective.as_mut().unwrap().https_proxy = Some(proxy.into());
    }

    #[test]
    fn a_healthy_host_passes() {
        assert_eq!(with(|_| ()), Verdict::NotApplicable);
        let passed = with(|engine| in_effect(engine, "http://bob:secret@proxy.lan:3128"));
        assert_eq!(passed, Verdict::Passed("http://…@proxy.lan:3128".into()));
    }

    #[test]
    fn names_the_place() {
        let quoted = "\"http://proxy.lan:3128\"";
        let unknown = only(with(|engine| in_effect(engine, quoted)));
        assert_eq!(unknown.cause.slug, "proxy-setting-wrong");
        assert_eq!(unknown.remedy.commands, ["sudo systemctl edit docker"]);
        let variable = only(with(|engine| {
            in_effect(engine, quoted);
            if let Daemon::Running(running) = &mut engine.daemon {
                running.environment.push(("HTTPS_PROXY".into(), quoted.into()));
            }
        }));
        assert_eq!(variable.evidence[0], "the variable HTTPS_PROXY of dockerd: \"http://proxy.lan:3128\"");
        let config = only(with(|engine| {
            in_effect(engine, "http://");
            testing::configure(engine, "{\n\"proxies\": {\"https-proxy\": \"http://\"}\n}");
        }));
        assert_eq!(config.evidence[0], "/etc/docker/daemon.json line 2: http://");
        assert_eq!(config.remedy.commands, ["sudo ${EDITOR:-vi} /etc/docker/daemon.json"]);
    }

    #[test]
    fn a_daemon_that_does_not_answer_is_read_from_its_files() {
        let finding = only(with(|engine| {
            engine.effective = None;
            testing::configure(engine, "{\"proxies\": {\"no-proxy\": \"http://reg.lan\"}}");
        }));
        assert_eq!(finding.severity, Severity::Warning);
    }
}
