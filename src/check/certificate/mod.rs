//! Does Docker trust the certificate that the registry shows?

mod causes;
mod of_refusal;
mod sight;
mod unknown;

pub use causes::*;

use super::in_effect::DAEMON_NOT_RESTARTED_AFTER_CHANGE;
use super::reach;
use super::tls::REGISTRY_ENTRY_NAME_MISMATCH;
use super::words;
use super::{Check, Meeting, Run, certs_folders};
use crate::engine::{Access, Blocked};
use crate::model::finding::{Finding, Severity, Verdict};
use crate::model::trace::{Layer, Tls};
use sight::Sight;

pub const CHECK: Check = Check {
    id: "certificate",
    passed: "Docker takes its certificate",
    topic: "its certificate",
    causes: &[
        &DAEMON_NOT_TRUSTING_CA,
        &TRUSTED_CA_FILE_WRONG,
        &MISSING_INTERMEDIATE,
        &TLS_INTERCEPTING_PROXY,
        &REGISTRY_SERVES_DEFAULT_CERT,
        &REGISTRY_CERT_EXPIRED,
        &CERT_NOT_YET_VALID,
        &CLOCK_WRONG,
        &CERT_NAME_MISMATCH,
        &CERT_NO_IP_SAN,
        &CERT_CN_ONLY,
        &CERT_WRONG_USAGE,
        &CERT_SIGNATURE_TOO_WEAK,
        &CERT_KEY_TOO_WEAK,
        &CERT_MALFORMED,
        &CA_CONSTRAINT_VIOLATED,
        &REGISTRY_ENTRY_NAME_MISMATCH,
        &DAEMON_NOT_RESTARTED_AFTER_CHANGE,
        &certs_folders::CERTS_D_WRONG_DIR,
        &certs_folders::CERTS_D_WRONG_FILE_NAME,
    ],
    run: Run::Registry(run),
};

/// A certificate that ends sooner is told.
const SOON_DAYS: i64 = 14;

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(why) = reach::unconnected(meeting) {
        return Verdict::Skipped(why);
    }
    let handshake = match &meeting.trace.tls {
        Layer::Reached { seen: Tls::Handshake(handshake), .. } => handshake,
        _ if reach::base(meeting).is_some_and(|(scheme, _)| scheme == "http") => return Verdict::NotApplicable,
        _ => return Verdict::Skipped("no TLS connection".into()),
    };
    let Some(forecast) = meeting.forecast else { return Verdict::Skipped("no engine on this host".into()) };
    let sight = Sight::new(*meeting, handshake);
    match &forecast.access {
        Access::Verified { by } => verified(&sight, by),
        Access::Unverified { because } => Verdict::Passed(format!("not verified: {because}")),
        Access::Blocked(Blocked::Certificate(refusal)) => Verdict::Found(vec![of_refusal::finding(&sight, refusal)]),
        Access::Blocked(Blocked::CertsFolder(message)) => Verdict::Found(vec![folder(meeting, message)]),
        Access::Plain { .. } => Verdict::NotApplicable,
        Access::Blocked(_) => Verdict::Skipped("no TLS connection".into()),
        Access::Unknown(reason) => Verdict::Skipped(reason.clone()),
    }
}

fn verified(sight: &Sight<'_>, by: &str) -> Verdict {
    if let Some(finding) = stale(sight, by) {
        return Verdict::Found(vec![finding]);
    }
    let until = sight.leaf().map(|leaf| {
        let days = (leaf.not_after - sight.meeting.facts.now) / 86_400;
        let soon = if days < SOON_DAYS {
            format!(", in {}", words::count(usize::try_from(days).unwrap_or(0), "day", "days"))
        } else {
            String::new()
        };
        format!(", until {}{soon}", words::day(leaf.not_after))
    });
    Verdict::Passed(format!("through {by}{}", until.unwrap_or_default()))
}

/// Docker reads the system's certificates once, at its first TLS connection, and neither restart nor reload of anything
/// else changes that (20.10 to 29). Public authorities were in the old bundle as well, so only private ones count.
fn stale(sight: &Sight<'_>, by: &str) -> Option<Finding> {
    let engine = sight.meeting.engine?;
    if sight.certs().is_some_and(|certs| by == certs.path.display().to_string()) || sight.is_public() {
        return None;
    }
    let store = &sight.meeting.facts.system_store;
    let (written, started) = (store.modified?, engine.daemon.running()?.started?);
    if written <= started {
        return None;
    }
    let path = store.bundle.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, sight.registry())
        .severity(Severity::Warning)
        .likely()
        .evidence(format!("{path} has its authority, and was written on {}", words::moment(written)))
        .evidence(format!("Docker was started on {}", words::moment(started)))
        .leads_to("Docker reads the system's certificates once: \"certificate signed by unknown authority\" until it starts again");
    Some(words::with_restart(finding, sight.meeting.facts, engine))
}

/// Every request to this registry fails before it is sent, whatever it shows.
fn folder(meeting: &Meeting<'_>, message: &str) -> Finding {
    Finding::new(&certs_folders::CERTS_D_WRONG_FILE_NAME, meeting.trace.registry.to_string())
        .evidence("its certificate folder stops every request; the line about the certificate folders says which file")
        .leads_to(words::docker_says(message))
}

#[cfg(test)]
mod tests;
