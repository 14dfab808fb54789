//! Why nobody whom Docker trusts signed the certificate: the differential diagnosis of "unknown authority".

use super::causes::{
    CA_CONSTRAINT_VIOLATED, DAEMON_NOT_TRUSTING_CA, MISSING_INTERMEDIATE, REGISTRY_SERVES_DEFAULT_CERT,
    SYSTEM_CA_BUNDLE_STALE_OR_DAMAGED, TLS_INTERCEPTING_PROXY, TRUSTED_CA_FILE_WRONG,
};
use super::misplaced::{other_folder, passed_over, pool, trusted_files, unnamed, useless_file};
use super::sight::Sight;
use crate::cert::go::missing_intermediate;
use crate::cert::go::refusal::Hint;
use crate::cert::{Certificate, Pool, Refusal, SignatureProblem};
use crate::check::{tls, words};
use crate::model::facts::EngineFacts;
use crate::model::finding::Finding;

/// What front ends show when they have no certificate for a name.
const DEFAULTS: &[&str] = &["kubernetes ingress controller fake certificate", "traefik default cert", "ingress.local"];

/// Gateways that look into TLS, by a word in what their authorities are called.
const GATEWAYS: &[&str] = &[
    "zscaler",
    "fortinet",
    "fortigate",
    "palo alto",
    "netskope",
    "blue coat",
    "bluecoat",
    "umbrella",
    "forcepoint",
    "check point",
    "sophos",
    "mcafee web gateway",
    "squid",
    "cato networks",
    "ssl inspection",
    "tls inspection",
];

/// What intermediate authorities are called.
const INTERMEDIATES: &[&str] = &["intermediate", "issuing", "sub ca", "subordinate", "server ca"];

/// In the order of how much each explains.
pub(super) fn finding(sight: &Sight<'_>, refusal: &Refusal, hint: Option<&Hint>) -> Finding {
    tls::in_broken_file(&sight.meeting)
        .or_else(|| tls::not_in_effect(&sight.meeting))
        .or_else(|| other_folder(sight, refusal))
        .or_else(|| passed_over(sight, refusal))
        .or_else(|| unnamed(sight, refusal))
        .or_else(|| forbidden(sight, refusal, hint))
        .or_else(|| useless_file(sight, refusal))
        .or_else(|| gateway(sight, refusal))
        .or_else(|| intermediate(sight, refusal))
        .or_else(|| old_bundle(sight, refusal))
        .or_else(|| wrong_file(sight, refusal, hint))
        .or_else(|| tls::near_miss(&sight.meeting))
        .unwrap_or_else(|| untrusted(sight, refusal))
}

pub(super) fn default_certificate(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let leaf = sight.leaf()?;
    let names = leaf.dns_names().iter().map(String::as_str).chain([leaf.subject.text.as_str()]);
    let found = names.map(str::to_ascii_lowercase).any(|name| DEFAULTS.iter().any(|default| name.contains(default)));
    found.then(|| {
        sight
            .described(sight.finding(&REGISTRY_SERVES_DEFAULT_CERT, refusal))
            .advice("give the ingress or proxy a certificate for this name: its TLS secret or virtual host is missing or misspelt")
    })
}

/// Whoever signed it was no authority, or was not allowed to sign: one that the registry itself shows.
fn forbidden(sight: &Sight<'_>, refusal: &Refusal, hint: Option<&Hint>) -> Option<Finding> {
    let hint = hint.filter(|hint| hint.problem == SignatureProblem::MayNotSign)?;
    let shown = sight.served.iter().skip(1).any(|one| one.subject.short() == hint.candidate);
    shown.then(|| {
        sight
            .described(sight.finding(&CA_CONSTRAINT_VIOLATED, refusal))
            .evidence(format!(
                "\"{}\" signed it, and is no authority: CA:TRUE or the usage keyCertSign is missing",
                words::shown(&hint.candidate)
            ))
            .advice("issue the intermediate again with basicConstraints = CA:TRUE and keyUsage = keyCertSign")
    })
}

/// A public authority signed it, and this host's list of public authorities does not lead to that one.
fn old_bundle(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    if !sight.is_public() {
        return None;
    }
    let facts = sight.meeting.facts;
    let store = &facts.system_store;
    let known = Certificate::all_from_pem(&store.pem).into_iter().flatten().count();
    let seen = match &store.bundle {
        Some(path) => format!("{} holds {}", path.display(), words::count(known, "certificate", "certificates")),
        None => "this host has no list of public authorities".into(),
    };
    let finding = sight
        .described(sight.finding(&SYSTEM_CA_BUNDLE_STALE_OR_DAMAGED, refusal))
        .evidence("a public authority signed it: it has the receipts of public logs")
        .evidence(seen)
        .advice("bring the package ca-certificates up to date, then start Docker again: it reads the list once");
    Some(match &facts.distro.family.store {
        Some(table) => finding.fix(words::as_root(facts, None, table.refresh)),
        None => finding,
    })
}

/// Something is trusted for this registry, or has the authority's name, and did not sign.
fn wrong_file(sight: &Sight<'_>, refusal: &Refusal, hint: Option<&Hint>) -> Option<Finding> {
    let trusted: Vec<(String, Certificate)> = sight.certs().map(trusted_files).unwrap_or_default();
    let namesake = hint.and_then(|_| namesake(sight));
    if trusted.is_empty() && namesake.is_none() {
        return None;
    }
    let mut finding = sight.described(sight.finding(&TRUSTED_CA_FILE_WRONG, refusal));
    for (file, certificate) in trusted.iter().take(3) {
        finding = finding.evidence(format!(
            "{file} holds \"{}\", valid from {} to {}",
            certificate.subject.short(),
            words::day(certificate.not_before),
            words::day(certificate.not_after)
        ));
    }
    if let Some(namesake) = namesake {
        let no_authority = namesake.version == 3 && !namesake.is_ca();
        let why =
            if no_authority { "it is not an authority" } else { "the signature is of another key with that name" };
        finding = finding.evidence(format!("\"{}\" is trusted, and {why}", namesake.subject.short()));
    }
    Some(trust(sight, finding))
}

/// The trusted certificate with the name that a served one gives as its issuer.
fn namesake(sight: &Sight<'_>) -> Option<Certificate> {
    let system = Pool::from_pem(&sight.meeting.facts.system_store.pem);
    let own = sight.certs().map(pool).unwrap_or_default();
    let named = |one: &Certificate| own.named(&one.issuer.raw).into_iter().chain(system.named(&one.issuer.raw)).next();
    sight.served.iter().find_map(named)
}

fn gateway(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let issuers = || sight.served.iter().map(|one| one.issuer.text.to_ascii_lowercase());
    let found = issuers().any(|issuer| GATEWAYS.iter().any(|word| issuer.contains(word)));
    found.then(|| {
        let finding = sight.described(sight.finding(&TLS_INTERCEPTING_PROXY, refusal)).likely();
        let finding = finding.evidence("that issuer is a gateway that looks into TLS, not an authority for registries");
        trust(sight, finding)
    })
}

/// The chain breaks off below its root: certain for a public authority, whose root every system has.
fn intermediate(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let system = Pool::from_pem(&sight.meeting.facts.system_store.pem);
    let own = sight.certs().map(pool).unwrap_or_default();
    let missing = missing_intermediate(sight.chain, &[&system, &own])?;
    let issuer = missing.issuer.to_ascii_lowercase();
    let named = INTERMEDIATES.iter().any(|word| issuer.contains(word));
    let plausible = sight.is_public() || (missing.leaf_alone && named);
    if !plausible {
        return None;
    }
    let sent = if missing.leaf_alone {
        "it sends its own certificate alone"
    } else {
        "the certificates that it sends do not join"
    };
    let finding = sight
        .described(sight.finding(&MISSING_INTERMEDIATE, refusal))
        .evidence(format!("{sent}; \"{}\" is missing", words::shown(&missing.issuer)))
        .advice("let the registry send the whole chain (fullchain.pem, not cert.pem); browsers fetch what is missing, Docker does not");
    Some(if sight.is_public() { finding } else { finding.likely() })
}

fn untrusted(sight: &Sight<'_>, refusal: &Refusal) -> Finding {
    let finding = sight.described(sight.finding(&DAEMON_NOT_TRUSTING_CA, refusal));
    let Some(engine) = sight.meeting.engine else { return finding };
    let issuer = sight.served.last().map(|last| last.issuer.short()).unwrap_or_default();
    let finding = finding.evidence(format!(
        "\"{issuer}\" is neither among the system's certificates nor in {}{}",
        engine.certs_dir.join(sight.registry()).display(),
        absent(engine, sight)
    ));
    trust(sight, finding)
}

fn absent(engine: &EngineFacts, sight: &Sight<'_>) -> &'static str {
    match (engine.certs.unreadable.is_some(), sight.certs()) {
        (true, _) => ", which may not be read from here",
        (false, None) => ", which does not exist",
        (false, Some(_)) => "",
    }
}

/// A root that the registry shows can be taken by its fingerprint; else somebody has to give it.
pub(super) fn trust(sight: &Sight<'_>, finding: Finding) -> Finding {
    let (facts, engine, registry) = (sight.meeting.facts, sight.meeting.engine, sight.registry());
    let last = sight.served.last();
    if let Some(root) = last.filter(|last| last.self_issued()) {
        let print = root.fingerprint_sha256();
        return finding
            .advice("compare this fingerprint with what the registry's owner tells you, then trust it")
            .fix(words::regdoctor(facts, engine, &["trust", &registry, "--fingerprint", &print]));
    }
    let issuer = last.map(|last| last.issuer.short()).unwrap_or_default();
    finding
        .advice(format!("get the certificate of \"{issuer}\" as PEM (here ca.crt) from whoever runs the registry"))
        .fix(words::regdoctor(facts, engine, &["trust", &registry, "--ca", "ca.crt"]))
}
