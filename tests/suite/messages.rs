//! What people wrote when their registry failed them, and the cause that it was: `explain` must name it.
//!
//! The records are this project's own. The rules were written from the first half of them (odd numbers) and measured on
//! the other before anybody looked at it. No rule knows a record.

use regdoctor::check::{causes, message};
use serde::Deserialize;

const RECORDS: &str = include_str!("../../fixtures/messages.json");

#[derive(Deserialize)]
struct Record {
    id: String,
    cause: String,
    symptom: String,
    context: String,
    command: String,
    engine: String,
}

fn records() -> Vec<Record> {
    serde_json::from_str(RECORDS).unwrap()
}

/// How much of what is known is told.
type Told = (&'static str, fn(&Record) -> Vec<&str>);

const TOLD: [Told; 3] = [
    ("the message and its circumstances", |one| vec![&one.symptom, &one.context]),
    ("also the command", |one| vec![&one.command, &one.symptom, &one.context]),
    ("also the versions", |one| vec![&one.command, &one.engine, &one.symptom, &one.context]),
];

#[test]
#[expect(clippy::disallowed_macros, reason = "the two figures are what this test is for")]
fn the_right_cause_is_named() {
    let records = records();
    for (told, parts) in TOLD {
        let places: Vec<Option<usize>> = records
            .iter()
            .map(|record| {
                let suspects = message::read(&parts(record).join("\n")).suspects;
                suspects.iter().position(|suspect| suspect.cause.slug == record.cause)
            })
            .collect();
        let share = |within: usize| {
            let right = places.iter().filter(|place| place.is_some_and(|place| place < within)).count();
            right * 1000 / places.len()
        };
        let (first, three) = (share(1), share(3));
        println!(
            "{told}: first {}.{} %, among the first three {}.{} % of {}",
            first / 10,
            first % 10,
            three / 10,
            three % 10,
            places.len()
        );
        assert!(first >= 850 && three >= 950, "{told}: {first} and {three} in a thousand");
    }
}

/// A rule that holds a name, an address or a whole message of a record would know it, and nothing else.
#[test]
fn no_rule_knows_a_record() {
    let signs: String = causes().iter().map(|cause| cause.signs.to_ascii_lowercase()).collect();
    assert!(!signs.contains("sym-") && !signs.contains("registry.example") && !signs.contains("192.0.2."));
    for record in records() {
        let message = record.symptom.to_ascii_lowercase();
        assert!(message.len() < 40 || !signs.contains(&message), "{}: {message}", record.id);
    }
}

/// Messages with their circumstances as they are known from manuals and sources, one a line: the text, with ` ⏎ ` for an
/// end of line, a tabulator, and the cause.
const SITUATIONS: &str = include_str!("../../fixtures/situations.tsv");

#[test]
#[expect(clippy::disallowed_macros, reason = "the figure is worth its line")]
fn circumstances_decide_between_causes() {
    let rows: Vec<(String, &str)> = SITUATIONS
        .lines()
        .map(|line| line.rsplit_once('\t').unwrap())
        .map(|(text, want)| (text.replace(" ⏎ ", "\n"), want))
        .collect();
    let mut others = Vec::new();
    for (text, want) in &rows {
        let suspects = message::read(text).suspects;
        let place = suspects.iter().position(|suspect| suspect.cause.slug == *want);
        assert!(place.is_some_and(|place| place < 3), "{want} is at {place:?} for:\n{text}");
        others.extend((place != Some(0)).then_some(text));
    }
    println!("of {} situations all but {} name the cause first", rows.len(), others.len());
    assert!(others.len() * 20 <= rows.len(), "{others:#?}");
}

/// The wording of every release and program for one failure, with the cause that must be first.
const WORDINGS: &[(&str, &str)] = &[
    ("Get https://reg:5000/v2/: x509: certificate signed by unknown authority", "daemon-not-trusting-ca"),
    (
        "Get \"https://reg:5000/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "daemon-not-trusting-ca",
    ),
    (
        "failed to do request: Head \"https://reg.lan/v2/a/manifests/1\": http: server gave HTTP response to HTTPS client",
        "http-registry-treated-as-https",
    ),
    ("x509: certificate relies on legacy Common Name field, use SANs instead", "cert-cn-only"),
    ("x509: Common Name is not a valid hostname: reg", "cert-cn-only"),
    ("x509: certificate is valid for a.lan, not b.lan", "cert-name-mismatch"),
    ("x509: cannot validate certificate for 10.0.0.7 because it doesn't contain any IP SANs", "cert-no-ip-san"),
    (
        "x509: cannot verify signature: insecure algorithm SHA1-RSA (temporarily override with GODEBUG=x509sha1=1)",
        "cert-signature-too-weak",
    ),
    ("x509: certificate specifies an incompatible key usage", "cert-wrong-usage"),
    ("x509: certificate is valid for ingress.local, not reg.lan", "registry-serves-default-cert"),
    ("remote error: tls: certificate required", "client-cert-not-offered"),
    ("remote error: tls: protocol version not supported", "tls-version-or-cipher-mismatch"),
    ("dial tcp: lookup reg.lan on 10.0.0.1:53: no such host", "dns-lookup-fails"),
    ("dial tcp 10.0.0.7:5000: connect: connection refused", "nothing-listening-at-port"),
    ("dial tcp 10.0.0.7:5000: connect: no route to host", "firewall-or-route-blocks-port"),
    ("dial tcp [2001:db8::7]:443: connect: network is unreachable", "ipv6-broken-path"),
    ("proxyconnect tcp: dial tcp: lookup proxy.lan: no such host", "proxy-setting-wrong"),
    ("Get \"https://registry-1.docker.io/v2/\": Proxy Authentication Required", "proxy-denies"),
    ("unauthorized: incorrect username or password", "credentials-expired-or-altered"),
    ("no basic auth credentials", "not-logged-in"),
    ("toomanyrequests: You have reached your pull rate limit.", "rate-limited"),
    ("manifest for reg.lan/a:1 not found: manifest unknown: manifest unknown", "tag-or-repo-missing"),
    (
        "unexpected status from PUT request to https://reg.lan/v2/a/blobs/uploads/1: 413 Request Entity Too Large",
        "proxy-body-size-limit",
    ),
    (
        "error parsing HTTP 413 response body: invalid character '<' looking for beginning of value",
        "proxy-body-size-limit",
    ),
    ("received unexpected HTTP status: 502 Bad Gateway", "registry-unavailable"),
    ("Client sent an HTTP request to an HTTPS server.", "client-plain-http-to-https-port"),
    ("invalid reference format: repository name must be lowercase", "image-name-invalid"),
    (
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
        "docker-socket-permission",
    ),
    (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "engine-not-running",
    ),
    ("bash: docker: command not found", "engine-not-installed"),
    (
        "the following directives are specified both as a flag and in the configuration file: hosts",
        "daemon-json-flag-conflict",
    ),
    ("the following directives don't match any configuration option: foo", "daemon-json-wrong-key"),
    (
        "error getting credentials - err: exec: \"docker-credential-pass\": executable file not found in $PATH",
        "credential-helper-unusable",
    ),
    (
        "missing key ca.key for client certificate ca.cert. CA certificates must use the extension .crt",
        "certs-d-wrong-file-name",
    ),
    ("image app:1 could not be accessed on a registry to record its digest", "swarm-nodes-not-authenticated"),
    ("filesystem layer verification failed for digest sha256:00", "data-corrupted-on-path-or-host"),
    ("unknown service runtime.v1.ImageService", "containerd-registry-config-not-applied"),
];

#[test]
fn every_wording_is_known() {
    let wrong: Vec<String> = WORDINGS
        .iter()
        .filter_map(|(text, want)| {
            let suspects = message::read(text).suspects;
            let first = suspects.first().map_or("nothing", |suspect| suspect.cause.slug);
            (first != *want).then(|| format!("{text}: {first} instead of {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
