//! What this Docker would do with this registry: its rules, its trust and its Go, applied to what was seen.

use super::{go as go_release, insecure, proxy};
use crate::cert::go::{self, Question};
use crate::cert::{Build, GoRelease, Pool};
use crate::engine::{Access, Blocked, Forecast};
use crate::model::ask::HttpAnswer;
use crate::model::facts::{EngineFacts, Facts, RegistryCerts};
use crate::model::finding::Outcome;
use crate::model::trace::{Handshake, Tcp, Tls, TokenAnswer, Trace};

pub(super) fn foresee(facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Forecast {
    let version = super::place::version(engine).map(|version| format!("{} {version}", engine.title));
    let access = access(facts, engine, trace);
    let (pull, push) = outcomes(&access, trace);
    Forecast { engine: engine.engine, title: version.unwrap_or_else(|| engine.title.to_string()), access, pull, push }
}

fn access(facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Access {
    if let Some(proxy) = proxy::used_for(engine, &trace.registry) {
        return Access::Blocked(Blocked::Proxy(proxy));
    }
    if trace.tcp.seen().and_then(Tcp::connected).is_none() {
        return Access::Blocked(Blocked::Network);
    }
    match insecure::because(engine, trace) {
        Some(because) => unverified(trace, because),
        None => verified(facts, engine, trace),
    }
}

/// https without verification first, plain http only when TLS gave no answer (classic store, 1.6 to 29).
fn unverified(trace: &Trace, because: String) -> Access {
    match (trace.tls.seen(), trace.http.seen().and_then(|http| http.answer())) {
        (Some(Tls::Handshake(_)), _) => Access::Unverified { because },
        (_, Some(("http", _))) => Access::Plain { because },
        _ => Access::Blocked(Blocked::Tls),
    }
}

fn verified(facts: &Facts, engine: &EngineFacts, trace: &Trace) -> Access {
    if wants_a_pair_that_is_there(engine, trace) {
        return Access::Unknown("the registry asks for a client certificate, which only Docker shows it".into());
    }
    let handshake = match trace.tls.seen() {
        Some(Tls::Handshake(handshake)) => handshake,
        Some(Tls::PlainHttp(_)) => return Access::Blocked(Blocked::PlainHttp),
        _ if trace.http.seen().and_then(|http| http.answer()).is_some_and(|(scheme, _)| scheme == "http") => {
            return Access::Blocked(Blocked::PlainHttp);
        }
        _ => return Access::Blocked(Blocked::Tls),
    };
    let name = trace.registry.to_string();
    let certs = engine.certs_for(&name);
    if let Some(message) = certs.and_then(folder_fault) {
        return Access::Blocked(Blocked::CertsFolder(message));
    }
    judge(facts, certs, handshake, trace, go_release::of(Some(engine)))
}

/// regdoctor reads no private key, so it cannot go where Docker can: TLS ended after the question for a certificate, and
/// Docker has a pair for this registry.
fn wants_a_pair_that_is_there(engine: &EngineFacts, trace: &Trace) -> bool {
    let has_pair = engine.certs_for(&trace.registry.to_string()).is_some_and(|certs| {
        let named = |name: &str| certs.files.iter().any(|file| file.name == name);
        certs.files.iter().filter_map(|file| file.name.strip_suffix(".cert")).any(|stem| named(&format!("{stem}.key")))
    });
    let asked = match trace.tls.seen() {
        Some(Tls::AlertAfterCertificates { client_certificate_asked, .. }) => *client_certificate_asked,
        Some(Tls::Handshake(handshake)) => {
            handshake.client_certificate_asked && trace.http.seen().is_none_or(|http| http.answer().is_none())
        }
        _ => false,
    };
    has_pair && asked
}

fn judge(
    facts: &Facts,
    certs: Option<&RegistryCerts>,
    handshake: &Handshake,
    trace: &Trace,
    go: (GoRelease, Build),
) -> Access {
    let system = Pool::from_pem(&facts.system_store.pem);
    let question = Question { name: trace.registry.host(), now: facts.now, go: go.0, build: go.1 };
    if go::verify(&handshake.chain, &[&system], &question).is_ok() {
        return Access::Verified { by: "the system's certificates".into() };
    }
    let own = certs.map(authorities).unwrap_or_default();
    match go::verify(&handshake.chain, &[&system, &own], &question) {
        Ok(()) => Access::Verified { by: certs.map(|certs| certs.path.display().to_string()).unwrap_or_default() },
        Err(refusal) => Access::Blocked(Blocked::Certificate(refusal)),
    }
}

/// Every `.crt` of the folder; what is no PEM is passed over in silence, as Docker does.
pub(super) fn authorities(certs: &RegistryCerts) -> Pool {
    let mut pool = Pool::new();
    for file in certs.files.iter().filter(|file| file.name.ends_with(".crt")) {
        pool.add_pem(file.pem.as_deref().unwrap_or_default());
    }
    pool
}

/// What in a certificate folder makes every request to that registry fail (classic store, 23.0 and later wording).
fn folder_fault(certs: &RegistryCerts) -> Option<String> {
    if certs.not_a_folder {
        return Some(format!("open {}: not a directory", certs.path.display()));
    }
    let has = |name: &str| certs.files.iter().any(|file| file.name == name);
    certs.files.iter().find_map(|file| {
        if let Some(stem) = file.name.strip_suffix(".cert").filter(|stem| !has(&format!("{stem}.key"))) {
            return Some(format!(
                "missing key {stem}.key for client certificate {}. CA certificates must use the extension .crt",
                file.name
            ));
        }
        if let Some(stem) = file.name.strip_suffix(".key").filter(|stem| !has(&format!("{stem}.cert"))) {
            return Some(format!("missing client certificate {stem}.cert for key {}", file.name));
        }
        let folder = file.is_folder && file.name.ends_with(".crt");
        folder.then(|| format!("read {}/{}: is a directory", certs.path.display(), file.name))
    })
}

fn outcomes(access: &Access, trace: &Trace) -> (Outcome, Outcome) {
    match access {
        Access::Blocked(Blocked::Proxy(_)) | Access::Unknown(_) => (Outcome::Unknown, Outcome::Unknown),
        Access::Blocked(_) => (Outcome::Fails, Outcome::Fails),
        Access::Verified { .. } | Access::Unverified { .. } | Access::Plain { .. } => beyond(trace),
    }
}

/// HTML without the header that every registry sends.
fn is_only_a_page(answer: &HttpAnswer) -> bool {
    answer.is_page() && answer.header("docker-distribution-api-version").is_none()
}

/// Behind the handshake: what the registry answers to everyone.
fn beyond(trace: &Trace) -> (Outcome, Outcome) {
    let Some((_, base)) = trace.http.seen().and_then(|http| http.answer()) else {
        return (Outcome::Fails, Outcome::Fails);
    };
    let has_manifest = trace.manifest.seen().and_then(|http| http.answer()).map(|(_, answer)| answer.status);
    match base.status {
        // A page for people: Docker takes any 200 for a registry, and finds none behind it.
        200 if is_only_a_page(base) => (Outcome::Fails, Outcome::Fails),
        200 => match has_manifest {
            Some(404) => (Outcome::Fails, Outcome::Works),
            _ => (Outcome::Works, Outcome::Works),
        },
        401 => {
            let auth = trace.auth.seen();
            let unusable = auth.is_none_or(|auth| auth.challenges.is_empty());
            let granted = auth.and_then(|auth| auth.anonymous_token.as_ref()) == Some(&TokenAnswer::Granted);
            match (unusable, granted, has_manifest) {
                (true, ..) => (Outcome::Fails, Outcome::Fails),
                (false, true, Some(200)) => (Outcome::Works, Outcome::Unknown),
                _ => (Outcome::Unknown, Outcome::Unknown),
            }
        }
        _ => (Outcome::Fails, Outcome::Fails),
    }
}
