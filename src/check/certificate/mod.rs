//! Does Docker trust the certificate that the registry shows?

mod causes;
mod misplaced;
mod of_refusal;
mod sight;
mod unknown;

pub use causes::*;

use super::in_effect::DAEMON_NOT_RESTARTED_AFTER_CHANGE;
use super::reach;
use super::tls::REGISTRY_ENTRY_NAME_MISMATCH;
use super::words;
use super::{Check, Meeting, Run, certs_folders};
use crate::cert::Certificate;
use crate::engine::{Access, Blocked};
use crate::model::finding::{Finding, Verdict};
use crate::model::trace::{Layer, Tls, Trace};
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
        &SYSTEM_CA_BUNDLE_STALE_OR_DAMAGED,
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
        &super::config::DAEMON_JSON_UNPARSABLE,
        &super::elsewhere::CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED,
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
        Access::Blocked(Blocked::StoreNotReread) => Verdict::Found(vec![not_reread(&sight)]),
        Access::Blocked(Blocked::CertsFolder(message)) => Verdict::Found(vec![folder(&sight, message)]),
        Access::Plain { .. } => Verdict::NotApplicable,
        Access::Blocked(_) => Verdict::Skipped("no TLS connection".into()),
        Access::Unknown(reason) => Verdict::Skipped(reason.clone()),
    }
}

fn verified(sight: &Sight<'_>, by: &str) -> Verdict {
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
/// else changes that (20.10 to 29).
fn not_reread(sight: &Sight<'_>) -> Finding {
    let finding = Finding::new(&DAEMON_NOT_RESTARTED_AFTER_CHANGE, sight.registry());
    let Some(engine) = sight.meeting.engine else { return finding };
    let store = &sight.meeting.facts.system_store;
    let path = store.bundle.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let written = store.modified.map(words::moment).unwrap_or_default();
    let started = engine.daemon.running().and_then(|running| running.started).map(words::moment).unwrap_or_default();
    let finding = finding
        .likely()
        .evidence(format!("{path} has its authority, and was written on {written}"))
        .evidence(format!("Docker was started on {started}"))
        .leads_to("Docker reads the system's certificates once: \"certificate signed by unknown authority\" until it starts again");
    words::with_restart(finding, sight.meeting.facts, engine)
}

/// When the certificate that the registry showed ends, in seconds since 1970.
#[must_use]
pub fn ends(trace: &Trace) -> Option<i64> {
    let Tls::Handshake(handshake) = trace.tls.seen()? else { return None };
    Certificate::from_der(handshake.chain.first()?).ok().map(|leaf| leaf.not_after)
}

/// Every request to this registry fails before it is sent, whatever it shows.
fn folder(sight: &Sight<'_>, message: &str) -> Finding {
    let (engine, certs) = (sight.meeting.engine, sight.certs());
    let known =
        engine.zip(certs).and_then(|(engine, certs)| certs_folders::stopping(sight.meeting.facts, engine, certs));
    let finding = known.unwrap_or_else(|| Finding::new(&certs_folders::CERTS_D_WRONG_FILE_NAME, sight.registry()));
    let finding = Finding { subject: sight.registry(), ..finding.leads_to(words::docker_says(message)) };
    // With that file away, the folder may still not be enough.
    let waits = finding.remedy.commands.len() == 1
        && finding.remedy.commands.iter().all(|command| !command.contains(".crt.pem"));
    let enough = sight.would_pass_with(&misplaced::all_of(certs));
    if waits && !enough { unknown::trust(sight, finding) } else { finding }
}

#[cfg(test)]
mod tests;
