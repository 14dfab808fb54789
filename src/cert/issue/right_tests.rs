//! Certificates for use: what each kind of authority may sign, and authorities that were there already.

use time::Duration;

use super::*;
use crate::cert::go::{self, Question};
use crate::cert::{Build, GoRelease, Pool, Usage};

const NOW: i64 = 1_800_000_000;
const ROOT: &str = include_str!("testdata/root.pem");
const ROOT_KEY: &str = include_str!("testdata/root.key");
const ISSUING: &str = include_str!("testdata/issuing.pem");
const ISSUING_KEY: &str = include_str!("testdata/issuing.key");
const LOCKED_KEY: &str = include_str!("testdata/locked.key");

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn served(names: &str) -> Vec<Served> {
    names.split_whitespace().map(Served::read).collect()
}

fn request(names: &str) -> ServerRequest {
    ServerRequest::new(names.split_whitespace().map(ToString::to_string).collect(), now())
}

fn signed(authority: &Authority, names: &str) -> Result<Issued, IssueError> {
    let issued = authority.issue(&request(names))?;
    authority.vouch(&issued, &served(names), now()).map(|()| issued)
}

#[test]
fn an_authority_signs_for_the_names_that_it_was_made_for_and_nothing_else() {
    let rows = [
        ("registry.lan", "registry.lan", true),
        ("registry.lan", "a.registry.lan", true),
        ("registry.lan", "registry.wan", false),
        ("registry.lan", "10.0.0.7", false),
        ("registry.lan", "fd00::7", false),
        ("10.0.0.7", "10.0.0.7", true),
        ("10.0.0.7", "10.0.0.8", false),
        ("10.0.0.7", "fd00::7", false),
        ("10.0.0.7", "registry.lan", false),
        ("fd00::7", "fd00::7", true),
        ("fd00::7", "::ffff:10.0.0.7", false),
        ("registry.lan fd00::7", "registry.lan fd00::7", true),
        ("registry.lan fd00::7", "registry.lan 10.0.0.7", false),
        ("*.lan", "*.lan", true),
        ("*.lan", "registry.lan", true),
        ("*.lan", "*.wan", false),
    ];
    for (made_for, asked, want) in rows {
        let authority = Authority::create_for(&Reach::Only(served(made_for)), KeyKind::EcdsaP256, now()).unwrap();
        let got = signed(&authority, asked);
        assert_eq!(got.is_ok(), want, "{asked} from one for {made_for}");
        assert!(want || matches!(got, Err(IssueError::OtherNames { .. })), "{asked} from one for {made_for}");
    }
    let anything = Authority::create(now()).unwrap();
    assert!(signed(&anything, "registry.lan 10.0.0.7 *.wan").is_ok());
}

#[test]
fn every_release_of_go_takes_both_kinds_of_keys() {
    for kind in [KeyKind::EcdsaP256, KeyKind::Rsa3072] {
        let authority = Authority::create_for(&Reach::Only(served("registry.lan 10.0.0.7")), kind, now()).unwrap();
        let issued = authority.issue(&ServerRequest { key: kind, ..request("registry.lan 10.0.0.7") }).unwrap();
        let chain = [Certificate::all_from_pem(&issued.chain_pem).remove(0).unwrap().der().to_vec()];
        let trusted = Pool::from_pem(authority.certificate_pem());
        for (minor, name) in [(4, "registry.lan"), (13, "10.0.0.7"), (15, "registry.lan"), (24, "10.0.0.7")] {
            for build in [Build::Module, Build::Gopath] {
                let question = Question { name, now: NOW, go: GoRelease::new(1, minor, 0), build };
                assert_eq!(go::verify(&chain, &[&trusted], &question), Ok(()), "{kind:?}, go1.{minor}");
            }
        }
        let leaf = Certificate::from_der(&chain[0]).unwrap();
        assert_eq!(leaf.extensions.usages, [Usage::ServerAuth]);
        assert!(leaf.not_after - leaf.not_before <= 397 * 86_400);
    }
}

#[test]
fn an_address_is_no_common_name() {
    let authority = Authority::create(now()).unwrap();
    let rows = [
        ("10.0.0.7", None, Some("10.0.0.7")),
        ("10.0.0.7 registry.lan", Some("registry.lan"), None),
        ("registry.lan", Some("registry.lan"), None),
    ];
    for (names, common_name, organization) in rows {
        let leaf = leaf(&authority.issue(&request(names)).unwrap());
        assert_eq!((leaf.common_name(), leaf.subject.organization.as_deref()), (common_name, organization), "{names}");
    }
    let long = format!("{}.lan", "a".repeat(63));
    let leaf = leaf(&authority.issue(&request(&long)).unwrap());
    assert_eq!((leaf.common_name(), leaf.dns_names()), (None, &[long][..]));
}

fn leaf(issued: &Issued) -> Certificate {
    Certificate::all_from_pem(&issued.certificate_pem).remove(0).unwrap()
}

/// The names of both are of a kind that rcgen cannot write: several values of one type, and two in one place.
#[test]
fn an_authority_of_ones_own_signs_with_all_that_is_above_it() {
    let both = format!("{ROOT}{ISSUING}");
    for (known, key, sent, has_root) in [
        (ROOT, ROOT_KEY, 1, true),
        (&both, ROOT_KEY, 1, true),
        (&both, ISSUING_KEY, 2, true),
        (ISSUING, ISSUING_KEY, 2, false),
    ] {
        let authority = Authority::from_pem(known, key).unwrap();
        authority.may_sign(now()).unwrap();
        let issued = signed(&authority, "registry.lan 10.0.0.7").unwrap();
        let chain = Certificate::all_from_pem(&issued.chain_pem);
        assert_eq!((chain.len(), authority.has_root()), (sent, has_root));
        let own = &authority.line()[0];
        assert!(leaf(&issued).issued_by(own));
        assert_eq!(leaf(&issued).extensions.authority_key, own.extensions.subject_key);
        assert_eq!(authority.certificate_pem(), if has_root { ROOT } else { ISSUING });
    }
}

#[test]
fn what_cannot_sign_is_named() {
    let reason = |certificate: &str, key: &str| Authority::from_pem(certificate, key).unwrap_err().to_string();
    assert_eq!(reason(ROOT, ISSUING_KEY), "the key does not belong to the authority's certificate");
    assert_eq!(reason(ISSUING, LOCKED_KEY), "the private key is locked with a passphrase");
    assert_eq!(reason(ISSUING, ISSUING), "there is no private key in it");
    assert_eq!(reason("", ISSUING_KEY), "there is no certificate in it");
    assert_eq!(reason(ROOT_KEY, ROOT_KEY), "line 1 begins a `RSA PRIVATE KEY`, not a certificate");

    let authority = Authority::create(now()).unwrap();
    let server = authority.issue(&request("registry.lan")).unwrap();
    let server = Authority::from_pem(&server.chain_pem, &server.key_pem).unwrap();
    assert!(matches!(server.may_sign(now()), Err(IssueError::NotAnAuthority { .. })));
    let later = now() + Duration::days(3651);
    assert!(matches!(authority.may_sign(later), Err(IssueError::Over { .. })));

    // It may sign for servers, but none of those for other authorities.
    let issuing = Authority::from_pem(ISSUING, ISSUING_KEY).unwrap();
    let below = issuing.issue(&ServerRequest { signer: Signer::Intermediate, ..request("registry.lan") }).unwrap();
    assert!(issuing.vouch(&below, &served("registry.lan"), now()).is_err());
}
