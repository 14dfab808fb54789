//! Every way in which a registry can fail a pull, really done on loopback, and the cause that `check` gives for it: that
//! one and no other, with what Docker would do.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use regdoctor::cert::issue::{Authority, Issued, Naming, ServerRequest, Signer, Usage};
use regdoctor::model::finding::Sight;
use regdoctor::registry::{Background, Fault};
use time::Duration;
use time::macros::datetime;
use tokio::net::TcpSocket;

use crate::harness::{authority, issue, now, plain, secure};
use crate::patient::Patient;

const WORKS: (&str, &str) = ("works", "works");
const FAILS: (&str, &str) = ("fails", "fails");

/// One meeting, compared with its stored report; `want` are the causes of its errors.
fn meet(name: &str, patient: Patient, registry: &str, want: &[&str], forecast: (&str, &str)) {
    let met = patient.meet(&["--timeout", "20", registry]);
    assert_eq!(met.errors(), want, "{name}: {}", met.human);
    assert_eq!(met.forecast(), forecast, "{name}: {}", met.human);
    assert_eq!(met.human.code, i32::from(!want.is_empty()), "{name}");
    met.matches(format!("fault-{name}"));
}

fn named(host: &str, registry: &Background) -> String {
    format!("{host}:{}", registry.address().port())
}

/// A host that trusts this authority for this registry, as it should be done.
fn trusting(registry: &str, authority: &Authority) -> Patient {
    Patient::new().with(registry, "ca.crt", authority.certificate_pem())
}

/// A name for the case, the name of the registry's host, what is wrong with the certificate, and the cause.
type Certificate = (&'static str, &'static str, fn(&Authority) -> Issued, &'static str);

const CERTIFICATES: &[Certificate] = &[
    ("expired", "127.0.0.1", |by| issue(by, expired), "registry-cert-expired"),
    ("not-yet-valid", "127.0.0.1", |by| issue(by, not_yet_valid), "cert-not-yet-valid"),
    ("other-name", "localhost", |by| issue(by, |of| of.names = vec!["other.lan".into()]), "cert-name-mismatch"),
    ("no-address", "127.0.0.1", |by| issue(by, |of| of.names = vec!["localhost".into()]), "cert-no-ip-san"),
    ("common-name", "localhost", |by| issue(by, |of| of.naming = Naming::CommonNameOnly), "cert-cn-only"),
    ("client-only", "127.0.0.1", |by| issue(by, |of| of.usage = Usage::ClientOnly), "cert-wrong-usage"),
];

fn expired(request: &mut ServerRequest) {
    (request.not_before, request.not_after) = (datetime!(2024-01-01 00:00 UTC), datetime!(2025-01-01 00:00 UTC));
}

fn not_yet_valid(request: &mut ServerRequest) {
    (request.not_before, request.not_after) = (datetime!(2090-01-01 00:00 UTC), datetime!(2091-01-01 00:00 UTC));
}

#[test]
fn a_wrong_certificate() {
    for (name, host, certificate, cause) in CERTIFICATES {
        let authority = authority();
        let registry = secure(certificate(&authority), &[]);
        let address = named(host, &registry);
        meet(name, trusting(&address, &authority), &address, &[cause], FAILS);
    }
}

/// What is wrong with a certificate is told before who signed it, but for what only a signed one is asked for.
#[test]
fn a_wrong_certificate_of_an_unknown_authority() {
    for (name, host, certificate, cause) in CERTIFICATES {
        let registry = secure(certificate(&authority()), &[]);
        let address = named(host, &registry);
        let met = Patient::new().meet(&[&address]);
        let want = if *name == "client-only" { "daemon-not-trusting-ca" } else { cause };
        assert_eq!((met.errors(), met.forecast()), (vec![want], FAILS), "{name}: {}", met.human);
    }
}

#[test]
fn an_authority_that_is_not_trusted() {
    let ours = authority();
    let registry = secure(issue(&ours, |_| ()), &[]);
    let address = named("127.0.0.1", &registry);
    let pem = ours.certificate_pem();
    let cases = [
        ("unknown-authority", Patient::new(), "daemon-not-trusting-ca"),
        ("wrong-port", Patient::new().with("127.0.0.1:5000", "ca.crt", pem), "certs-d-wrong-dir"),
        ("no-port", Patient::new().with("127.0.0.1", "ca.crt", pem), "certs-d-wrong-dir"),
        ("pem-ending", Patient::new().with(&address, "ca.pem", pem), "certs-d-wrong-file-name"),
        ("cert-ending", Patient::new().with(&address, "ca.cert", pem), "certs-d-wrong-file-name"),
        ("other-authority", trusting(&address, &authority()), "trusted-ca-file-wrong"),
    ];
    for (name, patient, cause) in cases {
        meet(name, patient, &address, &[cause], FAILS);
    }
    meet("trusted", trusting(&address, &ours), &address, &[], WORKS);
    meet("insecure-tls", Patient::new().insecure(&address), &address, &[], WORKS);
}

#[test]
fn a_certificate_that_signs_itself() {
    let issued = issue(&authority(), |request| request.signer = Signer::Itself);
    let registry = secure(issued.clone(), &[]);
    let address = named("127.0.0.1", &registry);
    meet("self-signed", Patient::new(), &address, &["daemon-not-trusting-ca"], FAILS);
    let patient = Patient::new().with(&address, "ca.crt", &issued.certificate_pem);
    meet("self-signed-trusted", patient, &address, &[], WORKS);
}

#[test]
fn an_intermediate_authority() {
    let authority = authority();
    let whole = issue(&authority, |request| request.signer = Signer::Intermediate);
    let leaf_alone = Issued { chain_pem: whole.certificate_pem.clone(), ..whole.clone() };
    let registry = secure(whole, &[]);
    let address = named("127.0.0.1", &registry);
    meet("intermediate", trusting(&address, &authority), &address, &[], WORKS);
    let registry = secure(leaf_alone, &[]);
    let address = named("127.0.0.1", &registry);
    meet("intermediate-missing", Patient::new(), &address, &["missing-intermediate"], FAILS);
}

/// By the registry's own clock, which is the real one, the certificate is good.
#[test]
fn a_host_with_a_wrong_clock() {
    let authority = authority();
    let certificate = issue(&authority, |request| {
        (request.not_before, request.not_after) = (now() - Duration::days(3650), datetime!(2090-01-01 00:00 UTC));
    });
    let registry = secure(certificate, &[]);
    let address = named("127.0.0.1", &registry);
    let patient = trusting(&address, &authority).at_time(946_684_800);
    let met = patient.meet(&[&address]);
    assert_eq!((met.errors(), met.forecast()), (vec!["clock-wrong"], FAILS), "{}", met.human);
}

#[test]
fn plain_http() {
    let registry = plain(&[]);
    let address = named("127.0.0.1", &registry);
    meet("plain-http", Patient::new(), &address, &["http-registry-treated-as-https"], FAILS);
    meet("plain-http-insecure", Patient::new().insecure(&address), &address, &[], WORKS);
}

/// A name for the case, the status and body of `/v2/`, and the cause.
const ANSWERS: &[(&str, u16, &str, &str)] = &[
    ("bad-gateway", 502, "<html>Bad Gateway</html>", "registry-unavailable"),
    ("unavailable", 503, "no healthy upstream", "registry-unavailable"),
    ("web-page", 404, "<html>not here</html>", "not-a-registry-at-this-address"),
    ("no-challenge", 401, "{}", "auth-challenge-missing"),
    ("too-many", 429, "{}", "rate-limited"),
];

#[test]
fn a_wrong_answer() {
    for (name, status, body, cause) in ANSWERS {
        let (registry, patient) = trusted(&[base(*status, body)]);
        meet(name, patient, &registry.name, &[cause], FAILS);
    }
}

#[test]
fn a_sign_in_that_leads_nowhere() {
    let value = r#"Bearer realm="Registry",service="registry""#;
    let fault = Fault::with("status", &[("code", "401"), ("header", &format!("WWW-Authenticate: {value}"))]);
    let (registry, patient) = trusted(&[fault.unwrap()]);
    let met = patient.meet(&[&registry.name]);
    assert_eq!(met.errors(), ["token-realm-wrong-address"], "{}", met.human);
}

#[test]
fn a_connection_that_is_closed_before_the_answer() {
    let (registry, patient) = trusted(&[Fault::named("connection-closed-by-peer").unwrap()]);
    let met = patient.meet(&[&registry.name]);
    assert_eq!((met.errors(), met.forecast()), (vec!["connection-closed-by-peer"], FAILS), "{}", met.human);
}

fn base(status: u16, body: &str) -> Fault {
    Fault::with("status", &[("code", &status.to_string()), ("body", body), ("path", "/v2/")]).unwrap()
}

struct Named {
    name: String,
    _registry: Background,
}

/// A registry with these faults alone, and a host that trusts it.
fn trusted(faults: &[Fault]) -> (Named, Patient) {
    let authority = authority();
    let registry = secure(issue(&authority, |_| ()), faults);
    let name = named("127.0.0.1", &registry);
    let patient = trusting(&name, &authority);
    (Named { name, _registry: registry }, patient)
}

#[test]
fn an_image_that_is_not_there() {
    let (registry, patient) = trusted(&[]);
    let image = format!("{}/team/app:v1", registry.name);
    meet("no-image", patient, &image, &["tag-or-repo-missing"], ("fails", "works"));
}

#[test]
fn a_port_where_nothing_listens() {
    // Taken, so that nobody else gets it, and not listened on.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = format!("127.0.0.1:{}", socket.local_addr().unwrap().port());
    meet("nothing-listens", Patient::new(), &address, &["nothing-listening-at-port"], FAILS);
}

#[test]
fn a_name_that_nobody_has() {
    let met = Patient::new().meet(&["registry.invalid:5000"]);
    assert_eq!((met.errors(), met.forecast()), (vec!["dns-lookup-fails"], FAILS), "{}", met.human);
}

/// What stands at a port and is no TLS server.
#[test]
fn something_else_than_tls() {
    let closes = stand(|mut stream| {
        // The hello is taken first, so that the end of the connection is no reset.
        let _ = stream.read(&mut [0; 4096]);
    });
    meet("closes", Patient::new(), &closes, &["connection-closed-by-peer"], FAILS);
    let greets = stand(|mut stream| stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap());
    meet("greets", Patient::new(), &greets, &["not-a-registry-at-this-address"], FAILS);
    let page = stand(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>")
            .unwrap();
    });
    let met = Patient::new().insecure(&page).meet(&[&page]);
    assert_eq!(met.errors(), ["not-a-registry-at-this-address"], "{}", met.human);
    let silent = stand(|mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {});
    let met = Patient::new().meet(&["--timeout", "1", &silent]);
    assert_eq!((met.errors(), met.forecast()), (vec!["middlebox-breaks-tls-handshake"], FAILS), "{}", met.human);
}

/// Serves connections one after the other until the test ends; the address.
fn stand(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    address
}

/// What the wire can show, the test registry can show.
#[test]
fn every_cause_of_the_wire_has_its_fault() {
    let causes = regdoctor::check::causes().into_iter().filter(|cause| cause.seen_from.contains(&Sight::Wire));
    let missing: Vec<&str> = causes.map(|cause| cause.slug).filter(|slug| Fault::named(slug).is_err()).collect();
    assert!(missing.is_empty(), "there is no fault named {}", missing.join(", "));
}
