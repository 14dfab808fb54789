//! What rustls decides about each kind of certificate that is issued.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};

use time::Duration;

use super::*;

const NOW: i64 = 1_800_000_000;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn request() -> ServerRequest {
    ServerRequest::new(vec!["registry.lan".into(), "10.0.0.7".into(), "[fd00::7]".into()], now())
}

fn chain(pem: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect()
}

/// "good", or the short name of what rustls refuses.
fn verdict(authority: &Authority, chain_pem: &str, name: &str) -> &'static str {
    let mut roots = RootCertStore::empty();
    roots.add(chain(authority.certificate_pem()).remove(0)).unwrap();
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crate::cert::provider::provider())
        .build()
        .unwrap();
    let chain = chain(chain_pem);
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(NOW).unwrap()));
    let name = ServerName::try_from(name.to_string()).unwrap();
    match verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], time) {
        Ok(_) => "good",
        Err(rustls::Error::InvalidCertificate(error)) => match error {
            CertificateError::ExpiredContext { .. } => "expired",
            CertificateError::NotValidYetContext { .. } => "not yet",
            CertificateError::NotValidForNameContext { .. } => "name",
            CertificateError::UnknownIssuer => "issuer",
            CertificateError::InvalidPurposeContext { .. } => "purpose",
            _ => "other",
        },
        Err(_) => "broken",
    }
}

#[test]
fn each_kind_is_judged_as_it_should_be() {
    let authority = Authority::create(now()).unwrap();
    let day = Duration::days(1);
    let rows = [
        ("right, by name", request(), "registry.lan", "good"),
        ("right, by address", request(), "10.0.0.7", "good"),
        ("right, by v6 address", request(), "fd00::7", "good"),
        ("other name", request(), "other.lan", "name"),
        ("common name only", ServerRequest { naming: Naming::CommonNameOnly, ..request() }, "registry.lan", "name"),
        (
            "expired",
            ServerRequest { not_after: now() - day, not_before: now() - day * 2, ..request() },
            "registry.lan",
            "expired",
        ),
        ("not yet valid", ServerRequest { not_before: now() + day, ..request() }, "registry.lan", "not yet"),
        ("wrong usage", ServerRequest { usage: Usage::ClientOnly, ..request() }, "registry.lan", "purpose"),
        ("signs itself", ServerRequest { signer: Signer::Itself, ..request() }, "registry.lan", "issuer"),
        ("constrained", ServerRequest { signer: Signer::Constrained, ..request() }, "registry.lan", "other"),
        ("SHA-1", ServerRequest { signer: Signer::Sha1, ..request() }, "registry.lan", "other"),
        ("weak key", ServerRequest { signer: Signer::WeakKey, ..request() }, "registry.lan", "other"),
        ("intermediate", ServerRequest { signer: Signer::Intermediate, ..request() }, "registry.lan", "good"),
    ];
    for (row, request, name, want) in rows {
        let issued = authority.issue(&request).unwrap();
        assert_eq!(verdict(&authority, &issued.chain_pem, name), want, "{row}");
    }
}

#[test]
fn a_missing_intermediate_and_another_authority_are_unknown_issuers() {
    let authority = Authority::create(now()).unwrap();
    let other = Authority::create(now()).unwrap();
    let issued = authority.issue(&ServerRequest { signer: Signer::Intermediate, ..request() }).unwrap();
    assert_eq!(verdict(&authority, &issued.certificate_pem, "registry.lan"), "issuer");
    assert_eq!(verdict(&other, &issued.chain_pem, "registry.lan"), "issuer");
}

#[test]
fn an_authority_survives_its_text() {
    let first = Authority::create(now()).unwrap();
    let again = Authority::from_pem(first.certificate_pem(), first.key_pem()).unwrap();
    let issued = again.issue(&request()).unwrap();
    assert_eq!(verdict(&first, &issued.chain_pem, "registry.lan"), "good");
    let other = Authority::create(now()).unwrap();
    assert!(matches!(Authority::from_pem(first.certificate_pem(), other.key_pem()), Err(IssueError::KeyMismatch)));
    assert!(matches!(Authority::from_pem("x", other.key_pem()), Err(IssueError::NoCertificate)));
}

#[test]
fn the_extensions_are_those_that_go_and_openssl_ask_for() {
    use x509_parser::extensions::ParsedExtension;
    let authority = Authority::create(now()).unwrap();
    let pem = x509_parser::pem::parse_x509_pem(authority.certificate_pem().as_bytes()).unwrap().1;
    let root = pem.parse_x509().unwrap();
    assert!(root.is_ca());
    assert!(root.key_usage().unwrap().unwrap().value.key_cert_sign());

    let issued = authority.issue(&request()).unwrap();
    let pem = x509_parser::pem::parse_x509_pem(issued.certificate_pem.as_bytes()).unwrap().1;
    let leaf = pem.parse_x509().unwrap();
    assert!(!leaf.is_ca());
    assert_eq!(leaf.issuer().as_raw(), root.subject().as_raw());
    assert!(leaf.extended_key_usage().unwrap().unwrap().value.server_auth);
    let has = |want: fn(&ParsedExtension<'_>) -> bool| leaf.extensions().iter().any(|one| want(one.parsed_extension()));
    assert!(has(|one| matches!(one, ParsedExtension::SubjectKeyIdentifier(_))));
    assert!(has(|one| matches!(one, ParsedExtension::AuthorityKeyIdentifier(_))));
    let validity = leaf.validity();
    assert!(validity.not_after.timestamp() - validity.not_before.timestamp() <= 397 * 86_400);
}

#[test]
fn nothing_secret_is_in_debug_text() {
    let authority = Authority::create(now()).unwrap();
    let issued = authority.issue(&request()).unwrap();
    assert!(!format!("{authority:?}{issued:?}").contains("PRIVATE"));
    assert!(matches!(authority.issue(&ServerRequest::new(Vec::new(), now())), Err(IssueError::NoName)));
}
