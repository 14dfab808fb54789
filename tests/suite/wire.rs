//! Every cause that the wire shows, shown by the fault of its name, and named by `check`: that one and no other.

use regdoctor::registry::{Fault, Registry, TlsMode};

use crate::harness::now;
use crate::patient::Patient;

/// The fault, by which name the registry is asked for, and what is asked behind it.
type Row = (&'static str, &'static str, &'static str);

/// What `check` tells apart so far.
const NAMED: &[Row] = &[
    ("registry-cert-expired", "127.0.0.1", ""),
    ("cert-not-yet-valid", "127.0.0.1", ""),
    ("cert-name-mismatch", "localhost", ""),
    ("cert-cn-only", "localhost", ""),
    ("cert-no-ip-san", "127.0.0.1", ""),
    ("cert-wrong-usage", "127.0.0.1", ""),
    ("cert-signature-too-weak", "127.0.0.1", ""),
    ("cert-malformed", "127.0.0.1", ""),
    ("ca-constraint-violated", "localhost", ""),
    ("missing-intermediate", "127.0.0.1", ""),
    ("trusted-ca-file-wrong", "127.0.0.1", ""),
    ("registry-serves-default-cert", "127.0.0.1", ""),
    ("tls-intercepting-proxy", "127.0.0.1", ""),
    ("client-cert-not-offered", "127.0.0.1", ""),
    ("http-registry-treated-as-https", "127.0.0.1", ""),
    ("middlebox-breaks-tls-handshake", "127.0.0.1", ""),
    ("tls-version-or-cipher-mismatch", "127.0.0.1", ""),
    ("registry-tls-setup-broken", "127.0.0.1", ""),
    ("connection-closed-by-peer", "127.0.0.1", ""),
    ("nothing-listening-at-port", "127.0.0.1", ""),
    ("firewall-or-route-blocks-port", "127.0.0.1", ""),
    ("registry-unavailable", "127.0.0.1", ""),
    ("not-a-registry-at-this-address", "127.0.0.1", ""),
    ("registry-v1-only", "127.0.0.1", ""),
    ("rate-limited", "127.0.0.1", ""),
    ("auth-challenge-missing", "127.0.0.1", ""),
    ("token-realm-wrong-address", "127.0.0.1", ""),
    ("tag-or-repo-missing", "127.0.0.1", "/team/app:v1"),
    ("not-logged-in", "127.0.0.1", "/team/app:v1"),
];

#[test]
fn check_names_what_the_wire_shows() {
    let mut wrong = Vec::new();
    for (fault, host, behind) in NAMED {
        let found = errors(fault, host, behind);
        if found != [*fault] {
            wrong.push(format!("{fault}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Other faults than those of the causes' own names, and what `check` makes of them.
#[test]
fn check_names_what_other_faults_come_to() {
    let rows = [
        ("tls-1.0-only", "tls-version-or-cipher-mismatch"),
        ("tls-1.1-only", "tls-version-or-cipher-mismatch"),
        ("rsa-key-exchange-only", "tls-version-or-cipher-mismatch"),
        ("silence", "middlebox-breaks-tls-handshake"),
        ("foreign-banner", "not-a-registry-at-this-address"),
        ("token-realm-no-address", "token-realm-wrong-address"),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|(fault, cause)| (fault, cause, errors(fault, "127.0.0.1", "")))
        .filter(|(_, cause, found)| found != &[**cause])
        .map(|(fault, cause, found)| format!("{fault}: {found:?}, not {cause}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The errors that `check` finds on a host that trusts the registry's authority.
fn errors(fault: &str, host: &str, behind: &str) -> Vec<String> {
    let tls = TlsMode::FreshAuthority { names: vec!["localhost".into(), "127.0.0.1".into()] };
    let registry = Registry::builder().tls(tls).at(now()).fault(Fault::named(fault).unwrap());
    let registry = registry.start_in_background().unwrap();
    let name = format!("{host}:{}", registry.address().port());
    let patient = Patient::new().with(&name, "ca.crt", registry.authority_pem().unwrap());
    let met = patient.meet(&["--timeout", "3", &format!("{name}{behind}")]);
    met.errors().into_iter().map(str::to_string).collect()
}
