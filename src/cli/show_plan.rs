//! A plan for people: a diff for each file, then the commands in order.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::cert::Certificate;
use crate::model::plan::{Action, Effect, FileChange, Plan, Step};
use crate::model::record::Kept;
use crate::report::sanitize;

/// What a plan for programs is called.
pub const SCHEMA: &str = "regdoctor.plan/1";

/// The plan as text.
pub fn human(plan: &Plan) -> String {
    let mut text = format!("To {}:\n", plan.title);
    for step in &plan.steps {
        show_step(&mut text, step);
    }
    show_effect(&mut text, &plan.effect);
    if !plan.afterwards.is_empty() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nThen, when Docker has taken that up:");
        plan.afterwards.iter().for_each(|step| show_step(&mut text, step));
    }
    text
}

/// The plan for programs.
pub fn json(plan: &Plan) -> String {
    #[derive(serde::Serialize)]
    struct View<'a> {
        schema: &'static str,
        pending: bool,
        #[serde(flatten)]
        plan: &'a Plan,
        diffs: Vec<String>,
    }
    let diffs = plan.steps.iter().chain(&plan.afterwards).filter_map(|step| match step {
        Step::Write(change) | Step::RemoveFile(change) => Some(diff(change)),
        _ => None,
    });
    let mut shown = plan.clone();
    shown.steps.iter_mut().for_each(hide_secret);
    let view = View { schema: SCHEMA, pending: !plan.is_empty(), plan: &shown, diffs: diffs.collect() };
    let mut text = serde_json::to_string_pretty(&view).unwrap_or_default();
    text.push('\n');
    text
}

fn hide_secret(step: &mut Step) {
    if let Step::Write(change) | Step::RemoveFile(change) = step
        && change.secret
    {
        let hidden = |kept: &Kept| Kept(if kept.0.is_empty() { Vec::new() } else { b"(private key)".to_vec() });
        change.before = change.before.as_ref().map(hidden);
        change.after = change.after.as_ref().map(hidden);
    }
}

fn show_step(text: &mut String, step: &Step) {
    let _ = match step {
        Step::Write(change) | Step::RemoveFile(change) => write!(text, "\n{}", diff(change)),
        Step::MakeFolder { path, mode, .. } => writeln!(text, "\nmake the folder {} (mode {mode:04o})", path.display()),
        Step::RemoveFolder { path } => writeln!(text, "\nremove the folder {} if it is empty", path.display()),
        Step::Run { words, .. } => writeln!(text, "\nrun: {}", words.join(" ")),
    };
}

fn show_effect(text: &mut String, effect: &Effect) {
    let _ = match effect {
        Effect::Nothing => Ok(()),
        Effect::Later(how) => writeln!(text, "\nnot now: {how}"),
        Effect::Reload { action, otherwise, .. } => {
            let word = match action {
                Action::Command(words) => format!("run: {}", words.join(" ")),
                Action::Hangup(pid) => format!("run: kill -HUP {pid}"),
            };
            let _ = writeln!(text, "\n{word}   (Docker reads its file again; containers run on)");
            match otherwise {
                Some(restart) => {
                    let commands: Vec<String> = restart.commands.iter().map(|words| words.join(" ")).collect();
                    let stops = stopped(restart.stops.len());
                    writeln!(text, "only if Docker does not take it up: {}{stops}", commands.join("; "))
                }
                None => Ok(()),
            }
        }
        Effect::Restart(restart) => {
            let commands: Vec<String> = restart.commands.iter().map(|words| words.join(" ")).collect();
            let _ = writeln!(text, "\nrun: {}\n     ({})", commands.join("; "), restart.why);
            let names: Vec<String> = restart.stops.iter().map(|one| sanitize(&one.name)).collect();
            if names.is_empty() {
                Ok(())
            } else {
                writeln!(text, "this stops {} running: {}", containers(names.len()), names.join(", "))
            }
        }
    };
}

fn stopped(count: usize) -> String {
    if count == 0 { String::new() } else { format!("   (that would stop {})", containers(count)) }
}

fn containers(count: usize) -> String {
    if count == 1 { "1 container".into() } else { format!("{count} containers") }
}

/// A unified diff; a private key is never shown.
pub fn diff(change: &FileChange) -> String {
    let path = change.path.display();
    if change.secret && change.after.is_none() {
        return format!("remove {path} (a private key)\n");
    }
    if change.secret {
        return format!("write {path} (a private key, mode {:04o})\n", change.mode);
    }
    let side = |kept: &Option<Kept>| kept.as_ref().map(|kept| readable(&String::from_utf8_lossy(&kept.0)));
    let (before, after) = (side(&change.before), side(&change.after));
    let old = before.as_ref().map_or_else(|| "/dev/null".to_string(), |_| path.to_string());
    let new = after.as_ref().map_or_else(|| "/dev/null".to_string(), |_| path.to_string());
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    TextDiff::from_lines(&before, &after).unified_diff().header(&old, &new).to_string()
}

/// Certificates as whose they are: nobody reads base64.
fn readable(text: &str) -> String {
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return text.to_string();
    }
    let certificates = Certificate::all_from_pem(text).into_iter().filter_map(Result::ok);
    certificates.map(|one| format!("(certificate of {}, {})\n", one.subject.text, one.fingerprint_sha256())).collect()
}
