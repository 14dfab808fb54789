//! From Go's refusal to the root cause.

use super::causes::{
    CA_CONSTRAINT_VIOLATED, CERT_CN_ONLY, CERT_KEY_TOO_WEAK, CERT_MALFORMED, CERT_NAME_MISMATCH, CERT_NO_IP_SAN,
    CERT_NOT_YET_VALID, CERT_SIGNATURE_TOO_WEAK, CERT_WRONG_USAGE, CLOCK_WRONG, REGISTRY_CERT_EXPIRED,
};
use super::sight::Sight;
use super::unknown;
use crate::cert::go::refusal::Holder;
use crate::cert::{Certificate, Refusal, Usage};
use crate::check::words;
use crate::model::entry_point::EntryPoint;
use crate::model::facts::Init;
use crate::model::finding::{Cause, Finding};

/// Clocks of two machines that differ less are taken for the same.
const CLOCKS_DIFFER_SECONDS: i64 = 600;

pub(super) fn finding(sight: &Sight<'_>, refusal: &Refusal) -> Finding {
    if let Some(finding) = unknown::default_certificate(sight, refusal) {
        return finding;
    }
    match refusal {
        Refusal::Expired { holder, .. } => out_of_date(sight, refusal, holder, &REGISTRY_CERT_EXPIRED),
        Refusal::NotYetValid { holder, .. } => out_of_date(sight, refusal, holder, &CERT_NOT_YET_VALID),
        Refusal::NameMismatch { wanted, names } => {
            let finding = sight.finding(&CERT_NAME_MISMATCH, refusal);
            let shown = if names.is_empty() { "no name at all".into() } else { shown(names) };
            other_name(sight, finding.evidence(format!("it is for {shown}, and not for {wanted}")))
        }
        Refusal::NoIpSan { wanted } => {
            let finding = sight.finding(&CERT_NO_IP_SAN, refusal);
            other_name(
                sight,
                finding.evidence(format!("{wanted} is an address, and none is among its alternative names")),
            )
        }
        Refusal::CommonNameOnly { common_name, .. } => sight
            .finding(&CERT_CN_ONLY, refusal)
            .evidence(format!(
                "its common name is {common_name}; it has no alternative names, and Docker looks at nothing else"
            ))
            .advice("issue it again with subjectAltName; no setting of Docker helps"),
        Refusal::UnknownAuthority { hint, .. } => unknown::finding(sight, refusal, hint.as_ref()),
        _ => of_content(sight, refusal),
    }
}

/// What is wrong with the certificates themselves, whoever is trusted.
fn of_content(sight: &Sight<'_>, refusal: &Refusal) -> Finding {
    let described = |cause| sight.described(sight.finding(cause, refusal));
    match refusal {
        Refusal::WrongUsage { usages } => {
            let usages: Vec<String> = usages.iter().map(usage).collect();
            described(&CERT_WRONG_USAGE)
                .evidence(format!("its extended key usage is {}, without serverAuth", words::shown(&usages.join(", "))))
                .advice("issue it again with extendedKeyUsage = serverAuth, or without any")
        }
        Refusal::SignatureTooWeak { algorithm, candidate } => described(&CERT_SIGNATURE_TOO_WEAK)
            .evidence(format!("\"{candidate}\" signed with {algorithm}, which is refused since Docker 20.10.18"))
            .advice("issue it again with SHA-256"),
        Refusal::KeyTooWeak { bits, holder } => described(&CERT_KEY_TOO_WEAK)
            .evidence(format!("{} has an RSA key of {bits} bits; Docker 29 wants 1024", owner(holder)))
            .advice("issue it again with a key of 2048 bits or more"),
        Refusal::NotAuthorizedToSign { .. }
        | Refusal::TooManyIntermediates { .. }
        | Refusal::NameNotPermitted { .. } => described(&CA_CONSTRAINT_VIOLATED)
            .evidence(refusal.to_string())
            .advice("let an authority sign that may sign for this name"),
        _ => described(&CERT_MALFORMED)
            .evidence(refusal.to_string())
            .advice("issue it again; openssl and current authorities make none like this"),
    }
}

/// Expired or not yet valid, unless it is this host's clock.
fn out_of_date(sight: &Sight<'_>, refusal: &Refusal, holder: &Holder, cause: &'static Cause) -> Finding {
    if let Some(finding) = wrong_clock(sight, refusal, holder) {
        return finding;
    }
    let finding = sight.finding(cause, refusal);
    let (relation, limit) = match refusal {
        Refusal::NotYetValid { not_before, .. } => ("begins on", *not_before),
        Refusal::Expired { not_after, .. } => ("ended on", *not_after),
        _ => return finding,
    };
    sight
        .described(finding.evidence(format!("{} {relation} {}", owner(holder), words::moment(limit))))
        .evidence(format!("this host's clock says {}", words::moment(sight.meeting.facts.now)))
        .advice(match holder {
            Holder::Leaf if matches!(refusal, Refusal::NotYetValid { .. }) => {
                "wait until then, or issue it again with an earlier start; if the clock is wrong, set the clock"
            }
            Holder::Leaf => "renew the registry's certificate, and let the registry read it again; if the clock is wrong, set the clock",
            Holder::Authority(_) => "renew the authority's certificate, and replace its old copies on this host",
        })
}

/// By the registry's own clock the certificate is good, and this host's clock is far from it.
fn wrong_clock(sight: &Sight<'_>, refusal: &Refusal, holder: &Holder) -> Option<Finding> {
    let leaf = sight.leaf().filter(|_| *holder == Holder::Leaf)?;
    let (now, theirs) = (sight.meeting.facts.now, sight.registrys_time()?);
    let good = (leaf.not_before..=leaf.not_after).contains(&theirs);
    if !good || now.abs_diff(theirs) < CLOCKS_DIFFER_SECONDS.unsigned_abs() {
        return None;
    }
    let finding = sight
        .finding(&CLOCK_WRONG, refusal)
        .likely()
        .evidence(format!("this host's clock says {}, the registry's {}", words::moment(now), words::moment(theirs)))
        .evidence(format!(
            "the certificate is valid from {} to {}",
            words::day(leaf.not_before),
            words::day(leaf.not_after)
        ))
        .advice("set the clock of this host, or of the machine that it runs in");
    Some(match sight.meeting.facts.init {
        Init::Systemd => finding.fix(words::as_root(sight.meeting.facts, None, &["timedatectl", "set-ntp", "true"])),
        _ => finding,
    })
}

/// The registry under a name that its certificate has.
fn other_name(sight: &Sight<'_>, finding: Finding) -> Finding {
    let finding =
        sight.described(finding).advice("use a name that is in the certificate, or issue it again with this one");
    let names = sight.leaf().map(Certificate::dns_names).unwrap_or_default();
    let Some(name) = names.iter().find(|name| crate::model::entry_point::is_host_name(name)) else { return finding };
    let port = sight.meeting.trace.registry.port().map(|port| format!(":{port}")).unwrap_or_default();
    match crate::model::entry_point::parse(&format!("{name}{port}")) {
        Ok(pasted) if differs(&pasted.entry_point, sight) => {
            finding.fix(words::recheck(&pasted.entry_point.to_string()))
        }
        _ => finding,
    }
}

fn differs(other: &EntryPoint, sight: &Sight<'_>) -> bool {
    *other != sight.meeting.trace.registry
}

/// As openssl's configuration calls it.
fn usage(usage: &Usage) -> String {
    match usage {
        Usage::Any => "anyExtendedKeyUsage".into(),
        Usage::ServerAuth => "serverAuth".into(),
        Usage::ClientAuth => "clientAuth".into(),
        Usage::Other(name) => name.clone(),
    }
}

fn owner(holder: &Holder) -> String {
    match holder {
        Holder::Leaf => "the registry's certificate".into(),
        Holder::Authority(name) => format!("the authority \"{}\"", words::shown(name)),
    }
}

/// A few names of many.
fn shown(names: &[String]) -> String {
    let few: Vec<&str> = names.iter().take(4).map(String::as_str).collect();
    let rest = names.len().saturating_sub(few.len());
    let text = words::shown(&few.join(", "));
    if rest == 0 { text } else { format!("{text} and {rest} more") }
}
