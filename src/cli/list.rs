//! `regdoctor list`: every registry that this host trusts, how, where, and whether it is in effect.

use serde::Serialize;

use super::arguments::{Format, ListOptions};
use super::failure::Failure;
use super::screen::Screen;
use super::{Ended, machine};
use crate::cert::Certificate;
use crate::engine::docker::rules;
use crate::model::facts::{EngineFacts, Origin};
use crate::model::wish::InsecureEntry;
use crate::report::sanitize;

#[derive(Debug, Serialize)]
struct List {
    schema: &'static str,
    trusted: Vec<Trusted>,
}

#[derive(Debug, Serialize)]
struct Trusted {
    registry: String,
    /// "insecure" or "certificate".
    how: &'static str,
    /// The file and line, or the engine's own list.
    origin: String,
    in_effect: InEffect,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum InEffect {
    Yes,
    No,
    Unknown,
}

pub fn run(options: &ListOptions, screen: &Screen) -> Result<Ended, Failure> {
    let host = machine::live(options.root.as_deref())?;
    let (_, facts) = machine::look(&host);
    machine::warn_of_leftovers(&facts, screen);
    let (_, engine) = machine::engine_of(&facts)?;
    let unread = machine::unread(engine);
    if let Some(failure) = &unread {
        screen.warning(&failure.what);
    }
    let mut all = insecure(engine);
    all.extend(authorities(engine));
    screen.answer(&match options.format {
        Format::Json => json(all),
        Format::Human if all.is_empty() && unread.is_some() => "no trust was found anywhere else\n".into(),
        Format::Human => table(&all),
    });
    Ok(Ended::Well)
}

/// One object, as every answer to programs.
fn json(trusted: Vec<Trusted>) -> String {
    let view = List { schema: "regdoctor.list/1", trusted };
    // Every field is text, so this cannot fail.
    format!("{}\n", serde_json::to_string_pretty(&view).unwrap_or_default())
}

/// What files say, then what only the daemon says.
fn insecure(engine: &EngineFacts) -> Vec<Trusted> {
    let listed = engine.effective.as_ref().map(|effective| effective.insecure.as_slice());
    let mut all: Vec<Trusted> = Vec::new();
    let mut named: Vec<InsecureEntry> = Vec::new();
    for setting in engine.settings_of("insecure-registries") {
        let Some(entry) = rules::entry(&setting.value) else { continue };
        let in_effect = match listed {
            Some(list) if list.contains(&entry) => InEffect::Yes,
            Some(_) => InEffect::No,
            None => InEffect::Unknown,
        };
        all.push(Trusted {
            registry: entry.to_string(),
            how: "insecure",
            origin: setting.origin.to_string(),
            in_effect,
            detail: "not verified".into(),
        });
        named.push(entry);
    }
    for entry in listed.unwrap_or_default().iter().filter(|entry| !named.contains(entry)) {
        let built_in = matches!(entry, InsecureEntry::Range(address, _) if address.is_loopback());
        let origin = if built_in { "built into Docker".to_string() } else { Origin::Api.to_string() };
        let detail = if built_in { "not verified" } else { "not verified; no file names it, a restart ends it" };
        all.push(Trusted {
            registry: entry.to_string(),
            how: "insecure",
            origin,
            in_effect: InEffect::Yes,
            detail: detail.into(),
        });
    }
    all
}

fn authorities(engine: &EngineFacts) -> Vec<Trusted> {
    let files = engine.certs.registries.iter().flat_map(|one| one.files.iter().map(move |file| (one, file)));
    files
        .filter(|(_, file)| file.name.ends_with(".crt"))
        .map(|(registry, file)| {
            let certificates = Certificate::all_from_pem(file.pem.as_deref().unwrap_or_default());
            let names: Vec<String> =
                certificates.into_iter().filter_map(Result::ok).map(|one| one.subject.text.clone()).collect();
            // certs.d is read at every request; an insecure registry is not verified, so its files are not read.
            let insecure = InsecureEntry::parse(&registry.name).is_ok_and(|entry| {
                engine.effective.as_ref().is_some_and(|effective| effective.insecure.contains(&entry))
            });
            let in_effect = if names.is_empty() || insecure { InEffect::No } else { InEffect::Yes };
            let detail = if names.is_empty() { "no PEM certificate is in it".to_string() } else { names.join("; ") };
            Trusted {
                registry: registry.name.clone(),
                how: "certificate",
                origin: registry.path.join(&file.name).display().to_string(),
                in_effect,
                detail,
            }
        })
        .collect()
}

fn table(all: &[Trusted]) -> String {
    if all.is_empty() {
        return "Docker trusts no registry beyond the certificates of the system\n".into();
    }
    let width = all.iter().map(|one| one.registry.chars().count()).max().unwrap_or(0);
    let line = |one: &Trusted| {
        let effect = match one.in_effect {
            InEffect::Yes => "in effect",
            InEffect::No => "NOT in effect",
            InEffect::Unknown => "effect unknown",
        };
        format!(
            "{:width$}  {:11}  {effect:14}  {}\n{:width$}  {}\n",
            sanitize(&one.registry),
            one.how,
            one.origin,
            "",
            sanitize(&one.detail)
        )
    };
    all.iter().map(line).collect()
}
