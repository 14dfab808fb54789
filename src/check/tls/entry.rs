//! An insecure entry that was meant for this registry and does not count: not in effect yet, or with another port, other
//! capitals, an address, a longer name.

use super::REGISTRY_ENTRY_NAME_MISMATCH;
use crate::check::in_effect::DAEMON_NOT_RESTARTED_AFTER_CHANGE;
use crate::check::{Meeting, config, reach, words};
use crate::model::entry_point::EntryPoint;
use crate::model::facts::ConfigState;
use crate::model::finding::Finding;
use crate::model::trace::Dns;
use crate::model::wish::InsecureEntry;

/// How an entry differs from the registry that it was meant for.
enum Difference {
    Port,
    Case,
    /// It names the address that this name leads to.
    Address,
    /// It names the same machine longer or shorter.
    Domain,
}

/// The entry is written, and the running Docker has not read it.
pub(in crate::check) fn not_in_effect(meeting: &Meeting<'_>) -> Option<Finding> {
    let (engine, registry) = (meeting.engine?, meeting.trace.registry.to_string());
    let entry = InsecureEntry::Registry(meeting.trace.registry.clone());
    if engine.effective.as_ref()?.insecure.contains(&entry) {
        return None;
    }
    let written = engine.settings_of("insecure-registries").find(|one| one.value == registry)?;
    Some(
        Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, registry.clone())
            .evidence(format!("{} lists {registry} as insecure, and the running Docker does not", written.origin))
            .leads_to("Docker insists on a verified TLS connection")
            .advice("the entry is already written; this makes Docker read it and looks whether it did")
            .fix(words::regdoctor(meeting.facts, Some(engine), &["trust", &registry, "--insecure"])),
    )
}

/// The entry is written in a daemon.json that Docker cannot read.
pub(in crate::check) fn in_broken_file(meeting: &Meeting<'_>) -> Option<Finding> {
    let (engine, registry) = (meeting.engine?, meeting.trace.registry.to_string());
    let ConfigState::Broken(broken) = &engine.config.state else { return None };
    let bytes = &engine.files.get(&engine.config.path)?.bytes;
    let named = String::from_utf8_lossy(bytes).contains(&format!("\"{registry}\""));
    let path = engine.config.path.display();
    named.then(|| {
        Finding::new(&config::DAEMON_JSON_UNPARSABLE, registry.clone())
            .evidence(format!(
                "{path} names {registry}, and cannot be read: line {}, column {}",
                broken.line, broken.column
            ))
            .evidence(words::shown(&broken.message))
            .leads_to("the running Docker did not take it up, and will not start again with it")
            .advice(format!("mend line {} of {path}, then let Docker read it again", broken.line))
    })
}

/// The entry differs from the registry's name.
pub(in crate::check) fn near_miss(meeting: &Meeting<'_>) -> Option<Finding> {
    let engine = meeting.engine?;
    let registry = &meeting.trace.registry;
    let listed = reach::insecure_registries(engine);
    // Listed and not in effect is another question's.
    if listed.contains(registry) {
        return None;
    }
    let (entry, difference) = listed.iter().find_map(|entry| Some((entry, differs(meeting, entry)?)))?;
    let finding = Finding::new(&REGISTRY_ENTRY_NAME_MISMATCH, registry.to_string())
        .evidence(format!("{entry} is listed as insecure, and {registry} is not"))
        .evidence(match difference {
            Difference::Port => "the port belongs to the name, and no port is not port 443",
            Difference::Case => "capital and small letters are different to Docker here",
            Difference::Address => {
                "a name and its address are different to Docker; only a range like 10.0.0.0/8 covers both"
            }
            Difference::Domain => "a name with and without its domain are different to Docker",
        })
        .leads_to("Docker insists on a verified TLS connection")
        .advice("list it as it stands in the image's name, or write the image's name as it is listed")
        .fix(words::regdoctor(meeting.facts, Some(engine), &["trust", &registry.to_string(), "--insecure"]));
    // The other port may be another registry's, the other domain another machine's.
    Some(if matches!(difference, Difference::Domain | Difference::Port) { finding.likely() } else { finding })
}

fn differs(meeting: &Meeting<'_>, entry: &EntryPoint) -> Option<Difference> {
    let registry = &meeting.trace.registry;
    if entry.host().eq_ignore_ascii_case(registry.host()) {
        return Some(if entry.port() == registry.port() { Difference::Case } else { Difference::Port });
    }
    if entry.port() != registry.port() {
        return None;
    }
    let addresses = meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default();
    if entry.address().is_some_and(|address| addresses.contains(&address)) {
        return Some(Difference::Address);
    }
    let longer = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
    let named = entry.address().is_none() && registry.address().is_none();
    let domain = longer(entry.host(), registry.host()) || longer(registry.host(), entry.host());
    (named && domain).then_some(Difference::Domain)
}
