//! A TLS handshake that ended, well or not.

use super::offers;
use super::{
    CLIENT_CERT_NOT_OFFERED, CONNECTION_CLOSED_BY_PEER, MIDDLEBOX_BREAKS_TLS_HANDSHAKE, REGISTRY_TLS_SETUP_BROKEN,
    TLS_VERSION_OR_CIPHER_MISMATCH,
};
use crate::check::{Meeting, answer, words};
use crate::engine::{Access, Blocked};
use crate::model::facts::{EngineFacts, ImageStore};
use crate::model::finding::{Finding, Severity, Verdict};
use crate::model::trace::{Handshake, Http, PairUse, Tls};

/// A finished handshake still fails for a client that has no certificate where one is demanded: with TLS 1.3 the refusal
/// comes after it.
pub(super) fn finished(meeting: &Meeting<'_>, handshake: &Handshake) -> Verdict {
    if matches!(meeting.forecast.map(|forecast| &forecast.access), Some(Access::Blocked(Blocked::Tls))) {
        let seen = format!(
            "it chose {} for {}, which Docker does not offer",
            words::shown(&handshake.cipher),
            handshake.version
        );
        return Verdict::Found(vec![mismatch(meeting, &seen, "remote error: tls: handshake failure").likely()]);
    }
    if !wants_client_certificate(meeting) {
        return Verdict::Passed(handshake.version.clone());
    }
    match client_pair(meeting) {
        Some(name) if was_shown(meeting) => Verdict::Found(vec![refused_pair(meeting, name)]),
        Some(name) => Verdict::Passed(format!("{}, with the client certificate {name}", handshake.version)),
        None => Verdict::Found(vec![no_client_certificate(meeting, "certificate required")]),
    }
}

/// The registry asked for a client certificate, and did not talk on without one.
pub(in crate::check) fn wants_client_certificate(meeting: &Meeting<'_>) -> bool {
    match meeting.trace.tls.seen() {
        Some(Tls::Handshake(handshake)) => {
            handshake.client_certificate_asked && matches!(meeting.trace.http.seen(), Some(Http::Closed(_)))
        }
        Some(Tls::Alert(alert)) => matches!(alert.as_str(), "certificate_required" | "bad_certificate"),
        Some(Tls::AlertAfterCertificates { client_certificate_asked, .. }) => *client_certificate_asked,
        _ => false,
    }
}

pub(super) fn failed(meeting: &Meeting<'_>, tls: &Tls) -> Verdict {
    let registry = meeting.trace.registry.to_string();
    let finding = match tls {
        _ if offers::speaks_only_old(meeting) => {
            mismatch(meeting, &offers::chosen(meeting), offers::dockers_words(tls))
        }
        Tls::Reset | Tls::TimedOut | Tls::Closed if offers::only_small_greetings(meeting) => offers::choked(meeting),
        Tls::Alert(_) | Tls::AlertAfterCertificates { .. } if wants_client_certificate(meeting) => {
            match client_pair(meeting) {
                Some(name) if was_shown(meeting) => refused_pair(meeting, name),
                Some(name) => return Verdict::Passed(format!("TLS, with the client certificate {name}")),
                None => no_client_certificate(meeting, "handshake failure, or bad certificate"),
            }
        }
        Tls::Alert(alert) | Tls::AlertAfterCertificates { alert, .. } => of_alert(meeting, alert),
        Tls::NotTls(banner) => answer::not_http(meeting, &words::shown(banner)),
        Tls::TimedOut if offers::small_answers_alone(meeting) => offers::black_hole(meeting),
        Tls::TimedOut => Finding::new(&MIDDLEBOX_BREAKS_TLS_HANDSHAKE, registry)
            .likely()
            .evidence("the connection was accepted, and the TLS greeting got no answer in time")
            .leads_to(words::docker_says("net/http: TLS handshake timeout, after 10 seconds"))
            .advice(
                "look at what stands between: firewall, VPN with a smaller MTU, load balancer; or the service hangs",
            ),
        Tls::Failed(reason) => mismatch(meeting, &words::shown(reason), "tls: handshake failure").likely(),
        Tls::Reset => closed(
            registry,
            "the other side reset the connection during the TLS handshake",
            "read: connection reset by peer",
        ),
        _ => closed(registry, "the other side closed the connection during the TLS handshake", "EOF"),
    };
    Verdict::Found(vec![finding])
}

fn closed(registry: String, evidence: &str, message: &str) -> Finding {
    Finding::new(&CONNECTION_CLOSED_BY_PEER, registry).evidence(evidence).leads_to(words::docker_says(message)).advice(
        "look into the log of the registry or of what stands in front of it; the port may belong to another service",
    )
}

fn of_alert(meeting: &Meeting<'_>, alert: &str) -> Finding {
    let seen = format!("it ended the handshake with the alert {}", words::shown(alert));
    match alert {
        "protocol_version" => mismatch(meeting, &seen, "remote error: tls: protocol version not supported"),
        // The answer of a TLS 1.2 server to a client without certificate is the same.
        "handshake_failure" | "insufficient_security" => {
            mismatch(meeting, &seen, "remote error: tls: handshake failure").likely()
        }
        // A server without a certificate has nothing to say, and Go's says so with this.
        "internal_error" | "unrecognized_name" => Finding::new(
            &REGISTRY_TLS_SETUP_BROKEN,
            meeting.trace.registry.to_string(),
        )
        .likely()
        .evidence(seen)
        .leads_to(words::docker_says(format!("remote error: tls: {}", alert.replace('_', " "))))
        .advice(
            "look into the registry's log: its certificate or key is missing, unreadable, or not made for this name",
        ),
        _ => closed(
            meeting.trace.registry.to_string(),
            &seen,
            &format!("remote error: tls: {}", alert.replace('_', " ")),
        )
        .likely(),
    }
}

/// TLS 1.2 is the least that Docker takes since 18.09; before, it took TLS 1.0.
fn mismatch(meeting: &Meeting<'_>, seen: &str, message: &str) -> Finding {
    let finding = Finding::new(&TLS_VERSION_OR_CIPHER_MISMATCH, meeting.trace.registry.to_string())
        .evidence(seen)
        .leads_to(words::docker_says(message))
        .advice("let the registry, or what stands in front of it, offer TLS 1.2 with ECDHE and AES-GCM");
    let version = meeting.engine.and_then(EngineFacts::version);
    if version.is_some_and(|version| !version.at_least(18, 9, 0)) {
        return finding.severity(Severity::Warning).likely().evidence("this Docker would take TLS 1.0 as well");
    }
    finding
}

fn no_client_certificate(meeting: &Meeting<'_>, message: &str) -> Finding {
    let registry = meeting.trace.registry.to_string();
    let mut finding = Finding::new(&CLIENT_CERT_NOT_OFFERED, registry.clone())
        .evidence("it asked for a client certificate, and ended the connection without one")
        .leads_to(words::docker_says(format!("remote error: tls: {message}")));
    let Some(engine) = meeting.engine else { return finding };
    let folder = engine.certs_dir.join(&registry);
    if skips_certificates(meeting) {
        return finding
            .evidence(format!(
                "it is listed as insecure, and for such a registry Docker does not read {}",
                folder.display()
            ))
            .fix(words::regdoctor(meeting.facts, Some(engine), &["untrust", &registry]))
            .advice("trust its authority instead, and put the client certificate beside it");
    }
    finding = finding.evidence(format!("{} holds no pair of .cert and .key", folder.display()));
    let place = |mode: &str, name: &str| {
        let target = folder.join(name).display().to_string();
        words::as_root(meeting.facts, Some(engine), &["install", "-D", "-m", mode, name, &target])
    };
    finding
        .advice("ask whoever runs the registry for a client certificate and its key, as client.cert and client.key")
        .fix(format!("{} && {}", place("644", "client.cert"), place("600", "client.key")))
}

fn was_shown(meeting: &Meeting<'_>) -> bool {
    meeting.trace.client_pair.seen() == Some(&PairUse::Shown)
}

/// The pair that Docker has was shown as Docker would, and did not please.
fn refused_pair(meeting: &Meeting<'_>, name: &str) -> Finding {
    let registry = meeting.trace.registry.to_string();
    Finding::new(&CLIENT_CERT_NOT_OFFERED, registry)
        .evidence(format!("it asked for a client certificate, got {}, and ended the connection", words::shown(name)))
        .leads_to(words::docker_says("remote error: tls: unknown certificate authority, or bad certificate"))
        .advice("ask whoever runs the registry for a client certificate that it accepts: from its own authority, and not expired")
}

/// The client certificate that Docker would offer, by its file name.
fn client_pair<'a>(meeting: &Meeting<'a>) -> Option<&'a str> {
    if skips_certificates(meeting) {
        return None;
    }
    let certs = crate::engine::docker::folder_of(meeting.engine?, &meeting.trace.registry.to_string())?;
    certs.files.iter().find_map(|file| {
        let key = format!("{}.key", file.name.strip_suffix(".cert")?);
        certs.files.iter().any(|other| other.name == key).then_some(file.name.as_str())
    })
}

/// For an insecure registry, the classic store reads no certificate folder (1.6 to 29).
fn skips_certificates(meeting: &Meeting<'_>) -> bool {
    let insecure = matches!(
        meeting.forecast.map(|forecast| &forecast.access),
        Some(Access::Unverified { .. } | Access::Plain { .. })
    );
    let store = meeting.engine.and_then(|engine| engine.effective.as_ref()).map(|effective| effective.image_store);
    insecure && store != Some(ImageStore::Containerd)
}
