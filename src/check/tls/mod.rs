//! Does the registry speak TLS as Docker wants it, or plain HTTP where Docker allows that?

mod causes;
mod entry;
mod handshake;
mod offers;

pub use causes::CLIENT_PLAIN_HTTP_TO_HTTPS_PORT;

pub(super) use entry::{in_broken_file, near_miss, not_in_effect};
pub(super) use handshake::wants_client_certificate;

use super::answer;
use super::dead;
use super::elsewhere;
use super::in_effect;
use super::port::MTU_BLACKHOLE;
use super::reach;
use super::words;
use super::{Check, Meeting, Run};
use crate::engine::{Access, Blocked};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::trace::{Layer, Tls};

pub const CHECK: Check = Check {
    id: "tls",
    passed: "both speak the same protocol",
    topic: "TLS",
    causes: &[
        &HTTP_REGISTRY_TREATED_AS_HTTPS,
        &REGISTRY_ENTRY_NAME_MISMATCH,
        &in_effect::DAEMON_NOT_RESTARTED_AFTER_CHANGE,
        &CONNECTION_CLOSED_BY_PEER,
        &MIDDLEBOX_BREAKS_TLS_HANDSHAKE,
        &TLS_VERSION_OR_CIPHER_MISMATCH,
        &REGISTRY_TLS_SETUP_BROKEN,
        &CLIENT_CERT_NOT_OFFERED,
        &MTU_BLACKHOLE,
        &elsewhere::CONTAINERD_STORE_IGNORES_INSECURE,
        &answer::NOT_A_REGISTRY_AT_THIS_ADDRESS,
        &answer::REGISTRY_UNAVAILABLE,
        &answer::REGISTRY_V1_ONLY,
        &super::config::DAEMON_JSON_UNPARSABLE,
        &dead::DOCKER_OPTS_IGNORED_SYSTEMD,
    ],
    run: Run::Registry(run),
};

pub const HTTP_REGISTRY_TREATED_AS_HTTPS: Cause = Cause {
    slug: "http-registry-treated-as-https",
    summary: "it speaks plain HTTP, and Docker insists on TLS",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("http-registry-treated-as-https.md"),
    signs: include_str!("http-registry-treated-as-https.signs"),
};

pub const REGISTRY_ENTRY_NAME_MISMATCH: Cause = Cause {
    slug: "registry-entry-name-mismatch",
    summary: "Docker's insecure entry names it differently",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("registry-entry-name-mismatch.md"),
    signs: include_str!("registry-entry-name-mismatch.signs"),
};

pub const CONNECTION_CLOSED_BY_PEER: Cause = Cause {
    slug: "connection-closed-by-peer",
    summary: "the other side closes the connection before it answers",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("connection-closed-by-peer.md"),
    signs: include_str!("connection-closed-by-peer.signs"),
};

pub const MIDDLEBOX_BREAKS_TLS_HANDSHAKE: Cause = Cause {
    slug: "middlebox-breaks-tls-handshake",
    summary: "the connection is accepted and the TLS handshake never answered",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("middlebox-breaks-tls-handshake.md"),
    signs: include_str!("middlebox-breaks-tls-handshake.signs"),
};

pub const TLS_VERSION_OR_CIPHER_MISMATCH: Cause = Cause {
    slug: "tls-version-or-cipher-mismatch",
    summary: "no TLS version or cipher suits both sides",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("tls-version-or-cipher-mismatch.md"),
    signs: include_str!("tls-version-or-cipher-mismatch.signs"),
};

pub const REGISTRY_TLS_SETUP_BROKEN: Cause = Cause {
    slug: "registry-tls-setup-broken",
    summary: "it speaks TLS and has no usable certificate",
    severity: Severity::Error,
    seen_from: &[Sight::Server, Sight::Wire],
    page: include_str!("registry-tls-setup-broken.md"),
    signs: include_str!("registry-tls-setup-broken.signs"),
};

pub const CLIENT_CERT_NOT_OFFERED: Cause = Cause {
    slug: "client-cert-not-offered",
    summary: "it demands a client certificate, and Docker has none for it",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("client-cert-not-offered.md"),
    signs: include_str!("client-cert-not-offered.signs"),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(why) = reach::unconnected(meeting) {
        return Verdict::Skipped(why);
    }
    let plain = reach::base(meeting).is_some_and(|(scheme, _)| scheme == "http");
    match &meeting.trace.tls {
        Layer::Reached { seen: Tls::Handshake(handshake), .. } => handshake::finished(meeting, handshake),
        Layer::Reached { seen: Tls::PlainHttp(_), .. } => in_plain_http(meeting),
        Layer::Reached { seen, .. } if offers::speaks_only_old(meeting) => handshake::failed(meeting, seen),
        _ if plain => in_plain_http(meeting),
        Layer::Reached { seen, .. } => handshake::failed(meeting, seen),
        Layer::NotReached(why) => Verdict::Skipped(why.clone()),
    }
}

fn in_plain_http(meeting: &Meeting<'_>) -> Verdict {
    let answer = reach::base(meeting).map(|(_, answer)| answer);
    match meeting.forecast.map(|forecast| &forecast.access) {
        None => return Verdict::Passed("plain HTTP".into()),
        Some(Access::Plain { because }) => return Verdict::Passed(format!("plain HTTP: {because}")),
        // Listed, and the answer to plain HTTP did not come.
        Some(Access::Blocked(Blocked::Tls)) => {
            if let Some(finding) = elsewhere::ignores_insecure(meeting) {
                return Verdict::Found(vec![finding]);
            }
            return match &meeting.trace.http {
                Layer::Reached { seen, .. } => Verdict::Found(vec![answer::unanswered(meeting, seen)]),
                Layer::NotReached(why) => Verdict::Skipped(why.clone()),
            };
        }
        Some(_) => {}
    }
    let other =
        answer.filter(|answer| !answer::may_be_a_registry(answer)).and_then(|answer| answer::fault(meeting, answer));
    let finding = other
        .or_else(|| elsewhere::ignores_insecure(meeting))
        .or_else(|| in_broken_file(meeting))
        .or_else(|| not_in_effect(meeting))
        .or_else(|| dead::entry_for(meeting))
        .or_else(|| near_miss(meeting))
        .unwrap_or_else(|| insisting(meeting));
    Verdict::Found(vec![finding])
}

fn insisting(meeting: &Meeting<'_>) -> Finding {
    let registry = meeting.trace.registry.to_string();
    let mut finding = Finding::new(&HTTP_REGISTRY_TREATED_AS_HTTPS, registry.clone())
        .evidence("it answers to plain HTTP, and to TLS it does not")
        .evidence(format!("{registry} is not in Docker's list of insecure registries"));
    if reach::base(meeting).is_none() {
        finding = finding.likely();
    }
    let dialed_443 = meeting.trace.registry.port().is_none() && !matches!(meeting.trace.tls, Layer::Reached { .. });
    finding
        .leads_to(words::docker_says(if dialed_443 {
            format!("Get \"https://{registry}/v2/\": dial tcp: connect: connection refused")
        } else {
            format!("Get \"https://{registry}/v2/\": http: server gave HTTP response to HTTPS client")
        }))
        .advice("better give the registry a certificate; without one, anybody on the way can read and change images")
        .fix(words::regdoctor(meeting.facts, meeting.engine, &["trust", &registry, "--insecure"]))
}

#[cfg(test)]
mod tests;
