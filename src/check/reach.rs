//! How far a registry was reached, in the words of the lines that follow; and which registries Docker's settings know.

use crate::check::Meeting;
use crate::engine::{Access, Blocked};
use crate::model::ask::HttpAnswer;
use crate::model::entry_point::{self, EntryPoint};
use crate::model::facts::EngineFacts;
use crate::model::finding::Verdict;
use crate::model::trace::Http;
use crate::model::wish::InsecureEntry;

/// The proxy that Docker would use for this registry.
pub(super) fn proxy<'a>(meeting: &Meeting<'a>) -> Option<&'a str> {
    match &meeting.forecast?.access {
        Access::Blocked(Blocked::Proxy(proxy)) => Some(proxy),
        _ => None,
    }
}

/// Why nothing above the connection can be asked.
pub(super) fn unconnected(meeting: &Meeting<'_>) -> Option<String> {
    if proxy(meeting).is_some() {
        return Some("Docker goes through its proxy".into());
    }
    (!meeting.trace.is_connected()).then(|| "no connection".into())
}

/// Why nothing above TLS can be asked as Docker would ask it.
pub(super) fn untrusted(meeting: &Meeting<'_>) -> Option<String> {
    if let Some(why) = unconnected(meeting) {
        return Some(why);
    }
    match meeting.forecast.map(|forecast| &forecast.access) {
        Some(Access::Blocked(Blocked::Certificate(_) | Blocked::CertsFolder(_) | Blocked::StoreNotReread)) => {
            Some("no trusted connection".into())
        }
        Some(Access::Blocked(Blocked::PlainHttp)) => Some("Docker does not speak plain HTTP with it".into()),
        Some(Access::Blocked(_)) => Some("no TLS connection".into()),
        _ => None,
    }
}

/// Why nothing about a repository can be asked: none was named, or no registry was reached.
pub(super) fn without_repository(meeting: &Meeting<'_>) -> Option<Verdict> {
    if meeting.trace.repository.is_none() {
        return Some(Verdict::NotApplicable);
    }
    let answers = || base(meeting).is_some_and(|(_, answer)| matches!(answer.status, 200 | 401));
    let why = untrusted(meeting).or_else(|| (!answers()).then(|| "no answer from a registry".into()));
    why.map(Verdict::Skipped)
}

/// The answer of `/v2/` with its scheme.
pub(super) fn base<'a>(meeting: &Meeting<'a>) -> Option<(&'a str, &'a HttpAnswer)> {
    meeting.trace.http.seen().and_then(Http::answer)
}

/// Every registry that an insecure entry or a certificate folder names.
pub(super) fn known_registries(engine: &EngineFacts) -> Vec<EntryPoint> {
    let mut known = insecure_registries(engine);
    let folders = engine.certs.registries.iter().filter_map(|certs| entry_point::parse(&certs.name).ok());
    known.extend(folders.map(|pasted| pasted.entry_point));
    known
}

/// The registries that are listed as insecure, in effect or in a file.
pub(super) fn insecure_registries(engine: &EngineFacts) -> Vec<EntryPoint> {
    let effective = engine.effective.iter().flat_map(|effective| effective.insecure.clone());
    let written = engine.settings_of("insecure-registries").filter_map(|one| InsecureEntry::parse(&one.value).ok());
    let mut known = Vec::new();
    for entry in effective.chain(written) {
        if let InsecureEntry::Registry(registry) = entry
            && !known.contains(&registry)
        {
            known.push(registry);
        }
    }
    known
}
