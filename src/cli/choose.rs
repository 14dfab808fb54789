//! What kind of trust a registry needs, decided by looking at it first.

use super::arguments::{In, TrustOptions};
use super::check::{OfHost, judge};
use super::failure::{Failure, Kind, quoted};
use super::machine;
use super::screen::Screen;
use crate::cert::go::{self, Question};
use crate::cert::{Build, Certificate, GoRelease, Pool, Refusal};
use crate::engine::{Access, Blocked, Engine};
use crate::model::entry_point::EntryPoint;
use crate::model::facts::{EngineFacts, Facts};
use crate::model::trace::{Handshake, Tls, Trace};
use crate::model::wish::{InsecureEntry, Place, Wish};
use crate::report;

/// What to do about one registry.
pub enum Choice {
    /// Nothing is left to do, with the reason.
    Already(String),
    /// Something else than trust is wrong; the report was printed.
    Diagnosed,
    Wish(Wish),
}

/// The wish that the arguments and the registry lead to.
pub fn choose(
    options: &TrustOptions,
    screen: &Screen,
    facts: &Facts,
    engine: (&'static dyn Engine, &EngineFacts),
    (registry, trace): (&EntryPoint, Option<Trace>),
) -> Result<Choice, Failure> {
    if options.client_cert.is_some() {
        return client_certificate(options, registry);
    }
    if let Some(path) = &options.ca {
        return authority(options, facts, registry, trace.as_ref(), path);
    }
    let Some(trace) = trace else {
        return if options.insecure {
            Ok(Choice::Wish(insecure(options, registry)))
        } else {
            Err(Failure::new(Kind::Usage, "without looking at the registry, say what to trust")
                .hint(format!("regdoctor trust {registry} --ca FILE, or --insecure")))
        };
    };
    by_sight(options, screen, facts, engine, &trace)
}

/// By what the engine would do with what the registry shows.
fn by_sight(
    options: &TrustOptions,
    screen: &Screen,
    facts: &Facts,
    engine: (&'static dyn Engine, &EngineFacts),
    trace: &Trace,
) -> Result<Choice, Failure> {
    let registry = &trace.registry;
    match engine.0.foresee(facts, engine.1, trace).access {
        Access::Verified { by } => Ok(Choice::Already(format!("Docker trusts {registry} already, by {by}"))),
        Access::Unverified { because } | Access::Plain { because } => {
            Ok(Choice::Already(format!("Docker reaches {registry} already, without verifying it: {because}")))
        }
        Access::Blocked(Blocked::PlainHttp) => Ok(Choice::Wish(insecure(options, registry))),
        Access::Blocked(Blocked::Certificate(_)) if options.insecure => Ok(Choice::Wish(insecure(options, registry))),
        Access::Blocked(Blocked::Certificate(Refusal::UnknownAuthority { .. })) => shown(options, screen, facts, trace),
        Access::Blocked(_) | Access::Unknown(_) => {
            diagnose(screen, facts, trace);
            Ok(Choice::Diagnosed)
        }
    }
}

fn diagnose(screen: &Screen, facts: &Facts, trace: &Trace) {
    let report = judge(facts, std::slice::from_ref(trace), OfHost::Faults);
    screen.answer(&report::human(&report, screen.style()));
    screen.say(&format!(
        "trust cannot mend this; to plan for {} all the same: --force with --ca FILE or --insecure",
        trace.registry
    ));
}

fn insecure(options: &TrustOptions, registry: &EntryPoint) -> Wish {
    Wish::Insecure { entry: InsecureEntry::Registry(registry.clone()), place: place(options) }
}

/// `--in`, as a place.
pub fn place(options: &TrustOptions) -> Place {
    match options.place {
        None => Place::Best,
        Some(In::DaemonJson) => Place::DaemonJson,
        Some(In::EnvFile) => Place::EnvFile,
        Some(In::DropIn) => Place::DropIn,
    }
}

/// The authority in the person's file, when it is one and the registry's certificate comes from it.
fn authority(
    options: &TrustOptions,
    facts: &Facts,
    registry: &EntryPoint,
    trace: Option<&Trace>,
    path: &std::path::Path,
) -> Result<Choice, Failure> {
    let bytes =
        machine::read(path).map_err(|failure| failure.hint("--ca takes the authority's certificate as a PEM file"))?;
    let text = String::from_utf8_lossy(&bytes);
    let certificates: Vec<Certificate> = Certificate::all_from_pem(&text).into_iter().filter_map(Result::ok).collect();
    if certificates.is_empty() {
        let quoted = quoted(&path.display().to_string());
        return Err(Failure::file("use", path, "no PEM certificate is in it")
            .hint(format!("a DER file is made PEM with: openssl x509 -inform der -in {quoted} -out ca.pem")));
    }
    // Only the certificates: a key or a comment in the same file stays where it is.
    let pem: String = certificates.iter().map(Certificate::to_pem).collect();
    if let Some(Tls::Handshake(handshake)) = trace.and_then(|trace| trace.tls.seen()) {
        if let Err(refusal) = judge_with(facts, handshake, registry, &pem) {
            return Err(Failure::new(
                Kind::Refused,
                format!("with {} Docker would still refuse {registry}", path.display()),
            )
            .because(refusal.message(NEWEST_GO))
            .hint(format!("regdoctor check {registry} says what is wrong; to install it all the same: --force")));
        }
    } else if let Some(trace) = trace {
        return Err(unreachable(trace, registry));
    }
    Ok(Choice::Wish(wish_for(options, registry, pem)))
}

fn unreachable(trace: &Trace, registry: &EntryPoint) -> Failure {
    let plain = matches!(trace.tls.seen(), Some(Tls::PlainHttp(_)));
    let what = if plain {
        format!("{registry} speaks plain HTTP: it has no certificate to trust")
    } else {
        format!("{registry} shows no certificate now")
    };
    Failure::new(Kind::Refused, what)
        .hint(format!("regdoctor check {registry} says what is wrong; to install it all the same: --force"))
}

fn wish_for(options: &TrustOptions, registry: &EntryPoint, pem: String) -> Wish {
    let registry = registry.clone();
    if options.system_store { Wish::TrustCaSystemWide { registry, pem } } else { Wish::TrustCa { registry, pem } }
}

/// The Go whose judgement a new authority must pass: strict enough for every Docker.
const NEWEST_GO: GoRelease = GoRelease::new(1, 24, 0);

fn judge_with(facts: &Facts, handshake: &Handshake, registry: &EntryPoint, pem: &str) -> Result<(), Refusal> {
    let question = Question { name: registry.host(), now: facts.now, go: NEWEST_GO, build: Build::Gopath };
    let system = Pool::from_pem(&facts.system_store.pem);
    go::verify(&handshake.chain, &[&system, &Pool::from_pem(pem)], &question)
}

/// An unknown authority: the person compares a fingerprint and says yes, or gave it beforehand.
fn shown(options: &TrustOptions, screen: &Screen, facts: &Facts, trace: &Trace) -> Result<Choice, Failure> {
    let registry = &trace.registry;
    let Some(Tls::Handshake(handshake)) = trace.tls.seen() else { return Ok(Choice::Diagnosed) };
    let chain: Vec<Certificate> = handshake.chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let picked = match &options.fingerprint {
        Some(wanted) => by_fingerprint(&chain, wanted, registry)?,
        None => chain.iter().rfind(|one| one.is_ca()).or_else(|| chain.first()),
    };
    let Some(picked) = picked else { return Ok(Choice::Diagnosed) };
    let pem = picked.to_pem();
    if let Err(refusal) = judge_with(facts, handshake, registry, &pem) {
        return Err(Failure::new(Kind::Refused, format!("trusting \"{}\" would not help", picked.subject.text))
            .because(refusal.message(NEWEST_GO))
            .hint(format!("get the certificate of the authority from whoever runs {registry}: regdoctor trust {registry} --ca FILE")));
    }
    if options.fingerprint.is_none() {
        show_chain(screen, &chain, picked, registry);
        if options.change.dry_run || options.change.check {
            return Ok(Choice::Wish(wish_for(options, registry, pem)));
        }
        if !screen.can_ask() {
            return Err(Failure::new(
                Kind::Usage,
                "an unknown authority is trusted only by its fingerprint, or after a yes",
            )
            .hint(format!(
                "compare it with whoever runs {registry}, then add: --fingerprint {}",
                picked.fingerprint_sha256()
            )));
        }
        if !screen.ask("Did you compare this fingerprint with whoever runs the registry, and is it the same?") {
            return Err(Failure::new(Kind::Refused, "not confirmed; nothing was changed"));
        }
    }
    Ok(Choice::Wish(wish_for(options, registry, pem)))
}

fn by_fingerprint<'c>(
    chain: &'c [Certificate],
    wanted: &str,
    registry: &EntryPoint,
) -> Result<Option<&'c Certificate>, Failure> {
    let found = chain.iter().find(|one| one.fingerprint_sha256().trim_start_matches("sha256:") == wanted);
    if found.is_none() {
        let mut failure = Failure::new(Kind::Refused, format!("{registry} shows no certificate with this fingerprint"));
        failure.causes =
            chain.iter().map(|one| format!("it shows \"{}\" {}", one.subject.text, one.fingerprint_sha256())).collect();
        return Err(failure
            .hint("somebody may be between you and the registry, or it has a new certificate: ask whoever runs it"));
    }
    Ok(found)
}

fn show_chain(screen: &Screen, chain: &[Certificate], picked: &Certificate, registry: &EntryPoint) {
    screen.say(&format!("{registry} shows a certificate from an authority that Docker does not know:"));
    for certificate in chain {
        screen.say(&format!("  {}", certificate.subject.text));
        screen.say(&format!("    issued by {}", certificate.issuer.text));
    }
    screen.say("To be trusted for this registry alone:");
    screen.say(&format!("  {}", picked.subject.text));
    screen.say(&format!("  {}", picked.fingerprint_sha256()));
    if !picked.is_ca() {
        screen.warning("this is the registry's own certificate, not an authority: trust ends when it is renewed");
    }
}

fn client_certificate(options: &TrustOptions, registry: &EntryPoint) -> Result<Choice, Failure> {
    let (Some(certificate), Some(key)) = (&options.client_cert, &options.client_key) else {
        return Err(Failure::new(
            Kind::Usage,
            "a client certificate needs its key: --client-cert FILE --client-key FILE",
        ));
    };
    let hint = "--client-cert takes the certificate and --client-key its private key, both as PEM files";
    let certificate_text = machine::read_text(certificate).map_err(|failure| failure.hint(hint))?;
    if Certificate::all_from_pem(&certificate_text).into_iter().all(|one| one.is_err()) {
        return Err(Failure::file("use", certificate, "no PEM certificate is in it").hint(hint));
    }
    let key_text = machine::read_text(key).map_err(|failure| failure.hint(hint))?;
    if key_text.contains("ENCRYPTED") {
        return Err(Failure::file("use", key, "the key is encrypted, and Docker cannot open it")
            .hint(format!("openssl pkey -in {} -out client.key", quoted(&key.display().to_string()))));
    }
    if !key_text.contains("PRIVATE KEY-----") {
        return Err(Failure::file("use", key, "no PEM private key is in it").hint(hint));
    }
    Ok(Choice::Wish(Wish::ClientCertificate {
        registry: registry.clone(),
        certificate: certificate_text,
        key: key_text,
    }))
}
