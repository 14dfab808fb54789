//! One scenario on one Docker: foretold, done, compared, and mended.

use std::time::Duration;

use serde_json::Value;

use super::scenario::{Fix, Scenario};
use super::served::Names;
use crate::bench::Bench;

const PULL_LIMIT: Duration = Duration::from_secs(60);

/// What was foretold and what came of it.
pub struct Row {
    pub foretold: Foretold,
    pub pull: Seen,
    pub push: Seen,
    /// Whether Docker works after the commands of the first finding; nothing where that is not asked.
    pub fixed: Option<Result<(), String>>,
}

pub struct Foretold {
    pub pull: String,
    pub push: String,
    /// The causes of all errors, the first one first.
    pub causes: Vec<String>,
    /// They are told of the registry, not only of the host.
    pub of_registry: bool,
    pub commands: Vec<String>,
}

/// What Docker did, and the end of what it said.
pub struct Seen {
    pub works: bool,
    pub said: String,
}

pub fn compare(bench: &mut Bench, scenario: &Scenario, names: &Names) -> Row {
    let foretold = foretell(bench, scenario, names);
    let (pull, push) = (pull(bench, scenario, names), push(bench, scenario, names));
    let wanted = scenario.fix == Fix::Commands && !(pull.works && push.works);
    let fixed = wanted.then(|| mend(bench, scenario, names, &foretold.commands));
    Row { foretold, pull, push, fixed }
}

fn foretell(bench: &mut Bench, scenario: &Scenario, names: &Names) -> Foretold {
    let script = format!("regdoctor check '{}' --format json", names.image());
    let ran = bench.machine.run_as(scenario.user, &script);
    let Ok(report) = serde_json::from_str::<Value>(&ran.stdout) else {
        let said = last_line(&(ran.stdout + &ran.stderr));
        return Foretold {
            pull: said,
            push: String::new(),
            causes: Vec::new(),
            of_registry: false,
            commands: Vec::new(),
        };
    };
    let told = |what: &str| text(report.pointer(&format!("/registries/0/verdicts/docker/{what}")));
    // What is wrong with the host itself stands before what it does to one registry.
    let mut all = errors(report.pointer("/registries/0"));
    let of_registry = !all.is_empty();
    if !of_registry {
        let checks = report.get("checks").and_then(Value::as_array).into_iter().flatten();
        all = checks.flat_map(|line| errors(Some(line))).collect();
    }
    // Where nothing is an error, Docker may still fail for what is only a warning: that nobody is logged in, or that a
    // login may only pull.
    if all.is_empty() && (told("pull") == "fails" || told("push") == "fails") {
        all = findings(report.pointer("/registries/0"));
    }
    let commands = all.first().and_then(|first| first.pointer("/remedy/commands")?.as_array()).into_iter().flatten();
    Foretold {
        pull: told("pull"),
        push: told("push"),
        commands: commands.map(|command| text(Some(command))).collect(),
        causes: all.iter().map(|one| text(one.get("cause"))).collect(),
        of_registry,
    }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or("none").to_string()
}

/// The findings of a line or of a registry that are errors.
fn errors(of: Option<&Value>) -> Vec<Value> {
    findings(of).into_iter().filter(|one| one.get("severity").is_some_and(|severity| severity == "error")).collect()
}

fn findings(of: Option<&Value>) -> Vec<Value> {
    of.and_then(|of| of.get("findings")?.as_array()).cloned().unwrap_or_default()
}

/// Docker tries a broken transfer five times with longer and longer pauses; a fault that stays is known at the first.
fn transfer(bench: &mut Bench, user: &str, command: &str) -> Seen {
    let script = format!(
        ": > /tmp/transfer-$USER; {command} > /tmp/transfer-$USER 2>&1 & pid=$!; while kill -0 $pid 2>/dev/null; do \
         if grep -q Retrying /tmp/transfer-$USER; then kill $pid; wait $pid; cat /tmp/transfer-$USER; exit 75; fi; \
         sleep 0.05; done; wait $pid; status=$?; cat /tmp/transfer-$USER; exit $status"
    );
    let ran = bench.machine.run_limited(user, &script, PULL_LIMIT);
    Seen { works: ran.ok(), said: last_line(&(ran.stdout + &ran.stderr)) }
}

fn pull(bench: &mut Bench, scenario: &Scenario, names: &Names) -> Seen {
    let image = names.image();
    bench.machine.run(&format!("docker rmi -f '{image}'"));
    transfer(bench, scenario.user, &format!("docker pull '{image}'"))
}

fn push(bench: &mut Bench, scenario: &Scenario, names: &Names) -> Seen {
    let image = names.image();
    bench.machine.run(&format!("docker rmi -f '{image}'; docker tag lab-busybox:1 '{image}'"));
    let seen = transfer(bench, scenario.user, &format!("docker push '{image}'"));
    bench.machine.run(&format!("docker rmi -f '{image}'"));
    seen
}

/// Types the commands as a person would who says yes to every question. Root needs no sudo.
fn mend(bench: &mut Bench, scenario: &Scenario, names: &Names, commands: &[String]) -> Result<(), String> {
    if commands.is_empty() {
        return Err("the finding has no command".into());
    }
    for command in commands {
        let bare = command.replace("sudo ", "");
        let bare = bare.replace('\'', "'\\''");
        let script = format!("printf 'y\\ny\\ny\\n' | timeout 100 script -qec '{bare}' /dev/null");
        let ran = bench.machine.run(&script);
        if !ran.ok() {
            return Err(format!("`{command}` ended with {}: {}", ran.status, last_line(&(ran.stdout + &ran.stderr))));
        }
    }
    for (doing, seen) in [("pull", pull(bench, scenario, names)), ("push", push(bench, scenario, names))] {
        if !seen.works {
            return Err(format!("{doing} after `{}`: {}", commands.join(" && "), seen.said));
        }
    }
    Ok(())
}

fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.chars().take(240).collect()
}
