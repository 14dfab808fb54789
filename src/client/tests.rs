//! The client against the registry of this program, over loopback.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use time::{Duration, OffsetDateTime};

use super::*;
use crate::cert::issue::{Authority, ServerRequest, Signer};
use crate::registry::{Access, Background, Fault, Registry, TlsMode};

fn entry_point(address: SocketAddr) -> EntryPoint {
    EntryPoint::try_from(address.to_string()).unwrap()
}

fn client(registry: &Background, trust: &Trust) -> Client {
    Client::new(entry_point(registry.address()), trust).unwrap()
}

fn plain() -> Background {
    Registry::builder().start_in_background().unwrap()
}

fn with_fresh_authority() -> Background {
    let tls = TlsMode::FreshAuthority { names: Vec::new() };
    Registry::builder().tls(tls).start_in_background().unwrap()
}

fn authority_of(registry: &Background) -> String {
    registry.authority_pem().unwrap().to_string()
}

/// A registry with a certificate for 127.0.0.1, bent by `bend`, and the PEM of that certificate and of its authority.
fn issued(bend: impl FnOnce(&mut ServerRequest)) -> (Background, String, String) {
    let now = OffsetDateTime::now_utc();
    let authority = Authority::create(now).unwrap();
    let mut request = ServerRequest::new(vec!["127.0.0.1".into()], now);
    bend(&mut request);
    let issued = authority.issue(&request).unwrap();
    let chain = issued.chain_pem.clone();
    let registry = Registry::builder().tls(TlsMode::Issued(issued)).start_in_background().unwrap();
    (registry, chain, authority.certificate_pem().to_string())
}

/// A client of somebody who answers every request with these headers, the status first, and this body.
fn answering(head: &str, body: &str) -> Client {
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    Client::new(entry_point(address), &Trust::PlainHttp).unwrap()
}

#[test]
fn an_image_goes_there_and_back_and_away() {
    type Chosen = fn(&Background) -> Trust;
    let rows: [(Background, Chosen); 4] = [
        (plain(), |_| Trust::PlainHttp),
        (with_fresh_authority(), |registry| Trust::Certificates(authority_of(registry))),
        (with_fresh_authority(), |registry| Trust::SystemAnd(authority_of(registry))),
        (with_fresh_authority(), |_| Trust::Unverified),
    ];
    for (registry, trust) in rows {
        let trust = trust(&registry);
        let client = client(&registry, &trust);
        let image = Image::tiny("one of a kind");
        assert_eq!(client.manifest_digest("team/app", "v1").unwrap(), None);
        let digest = client.push(&image, "team/app", "v1").unwrap();
        assert_eq!(digest, image.manifest.digest);
        // The second time everything is there already.
        assert_eq!(client.push(&image, "team/app", "v2").unwrap(), digest);
        assert_eq!(client.manifest_digest("team/app", "v2").unwrap(), Some(digest.clone()));
        assert_eq!(client.pull("team/app", "v1").unwrap(), image, "{trust:?}");
        assert_eq!(client.delete("team/app", &digest).unwrap(), Removal::Removed);
        assert_eq!(client.delete("team/app", &digest).unwrap(), Removal::WasNotThere);
        let gone = client.pull("team/app", "v1").unwrap_err();
        assert!(
            matches!(&gone, ClientError::Refused { status: 404, code: Some(code), .. } if code == "MANIFEST_UNKNOWN"),
            "{gone}"
        );
    }
}

#[test]
fn another_authority_is_refused() {
    let (registry, other) = (with_fresh_authority(), with_fresh_authority());
    for trust in [Trust::Certificates(authority_of(&other)), Trust::SystemAnd(authority_of(&other))] {
        let refused = client(&registry, &trust).push(&Image::tiny("x"), "app", "v1").unwrap_err();
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert!(matches!(&refused, ClientError::NotTrusted { source, .. } if *source == unknown), "{refused:?}");
    }
    for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let empty = Client::new(entry_point(registry.address()), &Trust::Certificates(text.into())).unwrap_err();
        assert!(matches!(empty, ClientError::NoCertificate), "{empty:?}");
    }
}

#[test]
fn a_certificate_that_is_itself_on_the_list_is_taken_as_docker_takes_it() {
    type Bend = fn(&mut ServerRequest);
    let rows: [(&str, Bend, bool); 5] = [
        ("self-signed", |request| request.signer = Signer::Itself, true),
        ("signed by an authority that is not on the list", |_| {}, true),
        (
            "for another name",
            |request| {
                request.signer = Signer::Itself;
                request.names = vec!["other.lan".into()];
            },
            false,
        ),
        (
            "expired",
            |request| {
                request.signer = Signer::Itself;
                request.not_before = OffsetDateTime::now_utc() - Duration::days(9);
                request.not_after = OffsetDateTime::now_utc() - Duration::days(1);
            },
            false,
        ),
        ("below an intermediate", |request| request.signer = Signer::Intermediate, true),
    ];
    for (name, bend, taken) in rows {
        let (registry, chain, _) = issued(bend);
        for trust in [Trust::Certificates(chain.clone()), Trust::SystemAnd(chain)] {
            let answer = client(&registry, &trust).manifest_digest("app", "v1");
            assert_eq!(answer.is_ok(), taken, "{name}: {answer:?}");
        }
    }
    let (registry, _, authority) = issued(|request| request.signer = Signer::Intermediate);
    assert!(client(&registry, &Trust::Certificates(authority)).manifest_digest("app", "v1").is_ok());
    let (registry, ..) = issued(|_| {});
    let (_, stranger, _) = issued(|request| request.signer = Signer::Itself);
    assert!(client(&registry, &Trust::Certificates(stranger)).manifest_digest("app", "v1").is_err());
}

#[test]
fn signs_in_where_that_is_safe() {
    let access = Access::one("alice", "p:w");
    let tls = TlsMode::FreshAuthority { names: Vec::new() };
    let registry = Registry::builder().access(access).tls(tls).start_in_background().unwrap();
    let trust = Trust::Certificates(authority_of(&registry));
    let stranger = client(&registry, &trust).push(&Image::tiny("x"), "app", "v1").unwrap_err();
    assert!(matches!(&stranger, ClientError::SignInNeeded { schemes, .. } if schemes == &["Basic"]), "{stranger:?}");
    let alice = client(&registry, &trust).sign_in("alice", Secret::new("p:w")).unwrap();
    assert!(alice.push(&Image::tiny("x"), "app", "v1").is_ok());
    assert!(!format!("{alice:?}").contains("p:w"));
    let unsafe_place = client(&registry, &Trust::Unverified).sign_in("alice", Secret::new("p:w")).unwrap_err();
    assert!(matches!(unsafe_place, ClientError::SignInUnverified { .. }), "{unsafe_place:?}");
}

#[test]
fn an_upload_does_not_go_on_at_another_server() {
    let fault = "upload-url-wrong-address:to=http://127.0.0.2:1".parse::<Fault>().unwrap();
    let registry = Registry::builder().fault(fault).start_in_background().unwrap();
    let refused = client(&registry, &Trust::PlainHttp).push(&Image::tiny("x"), "app", "v1").unwrap_err();
    assert!(
        matches!(&refused, ClientError::Elsewhere { location, .. } if location == "http://127.0.0.2:1"),
        "{refused:?}"
    );
}

#[test]
fn names_that_could_lead_elsewhere_are_not_sent() {
    let registry = plain();
    let client = client(&registry, &Trust::PlainHttp);
    for name in ["", "../x", "a/../b", "App", "a//b", "a?b", "a b"] {
        let refused = client.manifest_digest(name, "v1").unwrap_err();
        assert!(matches!(refused, ClientError::RepositoryName { .. }), "{name}: {refused:?}");
    }
    for tag in ["", ".", "..", "a/b", "v1?x", "-v1"] {
        let refused = client.manifest_digest("app", tag).unwrap_err();
        assert!(matches!(refused, ClientError::TagName { .. }), "{tag}: {refused:?}");
    }
}

#[test]
fn wrong_answers_are_told_apart() {
    let rows = [
        ("405 No", "", "the registry answers 405"),
        (
            "403 No",
            r#"{"errors":[{"code":"DENIED","message":"\u001b[31mno"}]}"#,
            "the registry answers 403 DENIED: \u{fffd}[31mno",
        ),
        ("502 No", "<html>", "the registry answers 502"),
        ("401 No", "", "the registry asks for a sign-in (without saying which)"),
        ("307 Go\r\nlocation: http://b/x?token=1", "", "the registry sends to another server, `http://b/x`"),
        ("200 OK", "{}", "it is not the manifest of an image for one platform"),
        ("200 OK", r#"{"schemaVersion":2,"manifests":[]}"#, "it is not the manifest of an image for one platform"),
        (
            "200 OK",
            r#"{"config":{"digest":"sha256:../x"},"layers":[]}"#,
            "its manifest names a part by something that is not a SHA-256 digest",
        ),
        ("200 OK", &" ".repeat(5_000_000), "the answer is longer than 4194304 bytes"),
    ];
    for (head, body, want) in rows {
        let refused = answering(head, body).pull("app", "v1").unwrap_err().to_string();
        assert!(refused.starts_with("cannot read a manifest of 127.0.0.1:") && refused.ends_with(want), "{refused}");
    }
}

#[test]
fn a_registry_without_deletes_is_told_from_one_without_the_image() {
    let digest = Digest::of(b"x");
    for (head, want) in
        [("405 No", Removal::NotAllowed), ("404 No", Removal::WasNotThere), ("202 Yes", Removal::Removed)]
    {
        assert_eq!(answering(head, "").delete("app", &digest).unwrap(), want);
    }
}

#[test]
fn content_that_is_not_what_its_digest_says_is_refused() {
    let head = format!("200 OK\r\ndocker-content-digest: {}", Digest::of(b"abc"));
    let refused = answering(&head, "{}").pull("app", "v1").unwrap_err();
    assert!(matches!(refused, ClientError::WrongDigest { .. }), "{refused:?}");
}

#[test]
fn nobody_there_is_said_without_the_address_of_an_upload() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::new(entry_point(address), &Trust::PlainHttp).unwrap();
    let refused = client.manifest_digest("app", "v1").unwrap_err();
    assert!(matches!(&refused, ClientError::Unreachable { source, .. } if source.url().is_none()), "{refused:?}");
}
