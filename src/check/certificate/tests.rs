use super::super::testing::{self, Lab, NOW, lab, lab_with, meet, only, slugs};
use super::*;
use crate::cert::Refusal;
use crate::cert::go::refusal::Holder;
use crate::cert::issue::{Naming, Signer, Usage};
use crate::model::facts::{EngineFacts, Facts, ImageStore};
use crate::model::finding::Confidence;
use time::Duration;

/// A host that lists nothing as insecure, with these folders under certs.d.
fn host(folders: &[(&str, &[(&str, &str)])]) -> Facts {
    bent(|engine| engine.certs.registries = folders.iter().map(|(name, files)| testing::certs(name, files)).collect())
}

fn bent(change: impl FnOnce(&mut EngineFacts)) -> Facts {
    let mut engine = testing::engine();
    testing::configure(&mut engine, "{}");
    engine.effective.as_mut().unwrap().insecure.clear();
    change(&mut engine);
    testing::with(engine)
}

/// Judged as if Docker refused for this reason.
fn refused(lab: &Lab, refusal: Refusal) -> Finding {
    let facts = host(&[]);
    let forecast = testing::blocked(Blocked::Certificate(refusal));
    only(run(&Meeting { facts: &facts, engine: facts.engines.first(), trace: &lab.trace, forecast: Some(&forecast) }))
}

#[test]
fn a_healthy_registry_passes() {
    let lab = lab();
    let facts = host(&[("reg.lan:5000", &[("ca.crt", lab.authority.certificate_pem())])]);
    let passed = Verdict::Passed("through /etc/docker/certs.d/reg.lan:5000, until 2028-02-15".into());
    assert_eq!(meet(run, &facts, &lab.trace), passed);
    let insecure = meet(run, &testing::healthy(), &lab.trace);
    assert_eq!(insecure, Verdict::Passed("not verified: reg.lan:5000 is listed as insecure".into()));
    let mut nobody = facts;
    nobody.engines.clear();
    assert_eq!(meet(run, &nobody, &lab.trace), Verdict::Skipped("no engine on this host".into()));
}

#[test]
fn what_comes_before_is_left_before() {
    let mut plain = lab().trace;
    testing::plain(&mut plain);
    assert_eq!(meet(run, &host(&[]), &plain), Verdict::NotApplicable);
    let mut closed = lab().trace;
    closed.tls = testing::reached(Tls::Closed);
    closed.http = Layer::NotReached("no".into());
    assert_eq!(meet(run, &host(&[]), &closed), Verdict::Skipped("no TLS connection".into()));
}

/// Seen on 28.5.2 with containerd's image store; the classic one reads every `.crt`.
#[test]
fn a_hosts_toml_that_does_not_name_the_authority() {
    let lab = lab();
    let files = [("ca.crt", lab.authority.certificate_pem()), ("hosts.toml", "server = \"https://reg.lan:5000\"\n")];
    let mut facts = host(&[("reg.lan:5000", &files)]);
    assert!(matches!(meet(run, &facts, &lab.trace), Verdict::Passed(_)));
    let effective = facts.engines[0].effective.as_mut().unwrap();
    effective.image_store = ImageStore::Containerd;
    effective.version = crate::model::version::Version::parse("28.5.2").unwrap();
    let finding = only(meet(run, &facts, &lab.trace));
    assert_eq!(finding.cause.slug, "containerd-registry-config-not-applied");
    let folder = "/etc/docker/certs.d/reg.lan:5000";
    let fix = format!("sudo sed -i '1i ca = \"{folder}/ca.crt\"' {folder}/hosts.toml");
    assert_eq!(finding.remedy.commands, [fix]);
}

#[test]
fn nobody_knows_the_authority() {
    let finding = only(meet(run, &host(&[]), &lab().trace));
    assert_eq!(finding.cause.slug, "daemon-not-trusting-ca");
    assert!(finding.evidence[1].ends_with("nor in /etc/docker/certs.d/reg.lan:5000, which does not exist"));
    assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --ca ca.crt"]);
    let words = "Docker says: tls: failed to verify certificate: x509: certificate signed by unknown authority";
    assert_eq!(finding.consequence.unwrap(), words);
    let own = lab_with(|request| request.signer = Signer::Itself);
    let finding = only(meet(run, &host(&[]), &own.trace));
    assert!(finding.remedy.commands[0].starts_with("sudo regdoctor trust reg.lan:5000 --fingerprint sha256:"));
}

#[test]
fn another_authority_is_trusted() {
    let other = lab();
    let facts = host(&[("reg.lan:5000", &[("ca.crt", other.authority.certificate_pem())])]);
    let finding = only(meet(run, &facts, &lab().trace));
    assert_eq!(finding.cause.slug, "trusted-ca-file-wrong");
    assert!(
        finding.evidence[1].starts_with("/etc/docker/certs.d/reg.lan:5000/ca.crt holds \"regdoctor private authority")
    );
}

#[test]
fn an_authority_of_the_same_name_is_trusted() {
    let (old, new) =
        (lab_with(|request| request.signer = Signer::Itself), lab_with(|request| request.signer = Signer::Itself));
    let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &old.trace.tls else { panic!() };
    let mut facts = host(&[]);
    facts.system_store.pem = Certificate::from_der(&handshake.chain[0]).unwrap().to_pem();
    let finding = only(meet(run, &facts, &new.trace));
    assert_eq!(finding.cause.slug, "trusted-ca-file-wrong");
    assert_eq!(finding.evidence[1], "\"reg.lan\" is trusted, and it is not an authority");
}

#[test]
fn the_authority_lies_beside() {
    let lab = lab();
    let pem = lab.authority.certificate_pem();
    for name in ["reg.lan", "REG.lan:5000", "reg.lan:443"] {
        let facts = host(&[(name, &[("own.crt", pem)])]);
        let finding = only(meet(run, &facts, &lab.trace));
        assert_eq!(finding.cause.slug, "certs-d-wrong-dir", "{name}");
        let command = format!("sudo regdoctor trust reg.lan:5000 --ca /etc/docker/certs.d/{name}/own.crt");
        assert_eq!(finding.remedy.commands, [command]);
    }
    let ignored = host(&[("reg.lan:5000", &[("ca.pem", pem)])]);
    assert_eq!(only(meet(run, &ignored, &lab.trace)).cause.slug, "certs-d-wrong-file-name");
    let stopped = host(&[("reg.lan:5000", &[("ca.cert", pem)])]);
    let finding = only(meet(run, &stopped, &lab.trace));
    assert_eq!(finding.cause.slug, "certs-d-wrong-file-name");
    assert!(finding.consequence.unwrap().contains("missing key ca.key for client certificate ca.cert"));
}

#[test]
fn an_insecure_entry_that_nearly_matches() {
    let facts = bent(|engine| testing::configure(engine, "{\"insecure-registries\": [\"reg.lan\"]}"));
    assert_eq!(only(meet(run, &facts, &lab().trace)).cause.slug, "registry-entry-name-mismatch");
}

#[test]
fn an_intermediate_is_missing() {
    let mut lab = lab_with(|request| request.signer = Signer::Intermediate);
    let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &mut lab.trace.tls else { panic!() };
    handshake.chain.truncate(1);
    let finding = only(meet(run, &host(&[]), &lab.trace));
    assert_eq!((finding.cause.slug, finding.confidence), ("missing-intermediate", Confidence::Likely));
    assert!(finding.evidence[1].contains("it sends its own certificate alone"));
}

#[test]
fn default_certificates_of_front_ends() {
    let lab = lab_with(|request| request.names = vec!["ingress.local".into()]);
    assert_eq!(only(meet(run, &host(&[]), &lab.trace)).cause.slug, "registry-serves-default-cert");
}

#[test]
fn gateways_are_known_by_their_names() {
    let mut lab = lab();
    let now = time::OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let request = crate::cert::issue::ServerRequest {
        signer: Signer::Itself,
        ..crate::cert::issue::ServerRequest::new(vec!["Zscaler Root".replace(' ', "-"), "reg.lan".into()], now)
    };
    let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &mut lab.trace.tls else { panic!() };
    handshake.chain = testing::ders(&lab.authority.issue(&request).unwrap().chain_pem);
    assert_eq!(only(meet(run, &host(&[]), &lab.trace)).cause.slug, "tls-intercepting-proxy");
}

#[test]
fn dates_and_clocks() {
    let late = lab_with(|request| request.not_after = request.not_before + Duration::minutes(30));
    let finding = only(meet(run, &host(&[]), &late.trace));
    assert_eq!(finding.cause.slug, "registry-cert-expired");
    assert_eq!(finding.evidence[0], "the registry's certificate ended on 2027-01-15 07:30 UTC");
    let early = lab_with(|request| request.not_before += Duration::days(2));
    assert_eq!(only(meet(run, &host(&[]), &early.trace)).cause.slug, "cert-not-yet-valid");
    let mut clock = early.trace;
    let date = [("date", "Mon, 18 Jan 2027 08:00:00 GMT")];
    clock.http = testing::reached(testing::answer("https", 200, &date, "{}"));
    let finding = only(meet(run, &host(&[]), &clock));
    assert_eq!((finding.cause.slug, finding.confidence), ("clock-wrong", Confidence::Likely));
    assert_eq!(finding.remedy.commands, ["sudo timedatectl set-ntp true"]);
}

#[test]
fn names_and_usage() {
    let other = lab_with(|request| request.names = vec!["*.corp".into(), "registry.corp".into()]);
    let finding = only(meet(run, &host(&[]), &other.trace));
    assert_eq!(finding.cause.slug, "cert-name-mismatch");
    assert_eq!(finding.remedy.commands, ["regdoctor check registry.corp:5000"]);
    let mut by_address = lab();
    by_address.trace.registry = crate::model::entry_point::parse("10.0.0.7:5000").unwrap().entry_point;
    let finding = only(meet(run, &host(&[]), &by_address.trace));
    assert_eq!(finding.cause.slug, "cert-no-ip-san");
    assert_eq!(finding.remedy.commands, ["regdoctor check reg.lan:5000"]);
    let old = lab_with(|request| request.naming = Naming::CommonNameOnly);
    assert_eq!(only(meet(run, &host(&[]), &old.trace)).cause.slug, "cert-cn-only");
    let client = lab_with(|request| request.usage = Usage::ClientOnly);
    let facts = host(&[("reg.lan:5000", &[("ca.crt", client.authority.certificate_pem())])]);
    assert_eq!(only(meet(run, &facts, &client.trace)).cause.slug, "cert-wrong-usage");
}

#[test]
fn every_other_refusal_has_its_cause() {
    let lab = lab();
    let rows = [
        (
            Refusal::SignatureTooWeak { algorithm: "SHA1-RSA".into(), candidate: "lab".into() },
            "cert-signature-too-weak",
        ),
        (Refusal::KeyTooWeak { bits: 768, holder: Holder::Leaf }, "cert-key-too-weak"),
        (Refusal::NotAuthorizedToSign { subject: "CN=x".into() }, "ca-constraint-violated"),
        (Refusal::TooManyIntermediates { subject: "CN=x".into() }, "ca-constraint-violated"),
        (Refusal::KeyTooLarge { bits: 16_384 }, "cert-malformed"),
        (Refusal::NoCertificate, "cert-malformed"),
        (
            Refusal::Expired { holder: Holder::Authority("old".into()), not_after: NOW - 9, now: NOW },
            "registry-cert-expired",
        ),
    ];
    for (refusal, slug) in rows {
        assert_eq!(refused(&lab, refusal).cause.slug, slug);
    }
}

#[test]
fn a_system_store_that_docker_has_not_read() {
    let lab = lab();
    let mut facts = host(&[]);
    facts.system_store.pem = lab.authority.certificate_pem().to_string();
    facts.system_store.bundle = Some("/etc/ssl/certs/ca-certificates.crt".into());
    facts.system_store.modified = Some(NOW - 7200);
    assert!(matches!(meet(run, &facts, &lab.trace), Verdict::Passed(_)));
    facts.system_store.modified = Some(NOW - 60);
    let finding = only(meet(run, &facts, &lab.trace));
    assert_eq!(
        (finding.cause.slug, finding.severity),
        ("daemon-not-restarted-after-change", crate::model::finding::Severity::Error)
    );
    assert_eq!(finding.remedy.commands, ["sudo systemctl restart docker"]);
    facts.engines[0]
        .certs
        .registries
        .push(testing::certs("reg.lan:5000", &[("ca.crt", lab.authority.certificate_pem())]));
    let mut both = facts;
    both.system_store.pem.clear();
    assert_eq!(slugs(&meet(run, &both, &lab.trace)), [""; 0]);
}

/// With the receipts of public logs in it, as every public authority puts them into what it signs.
#[test]
fn a_public_authority_that_this_host_does_not_know() {
    let mut parameters = rcgen::CertificateParams::new(vec!["reg.lan".to_string()]).unwrap();
    let now = time::OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    (parameters.not_before, parameters.not_after) = (now - Duration::days(1), now + Duration::days(90));
    // A list of 49 bytes with one receipt of 47, in an octet string.
    let content = [vec![4, 51, 0, 49, 0, 47], vec![0; 47]].concat();
    let log_receipts = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11_129, 2, 4, 2], content);
    parameters.custom_extensions.push(log_receipts);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut lab = lab();
    let chain = vec![parameters.self_signed(&key).unwrap().der().to_vec()];
    if let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &mut lab.trace.tls {
        handshake.chain = chain;
    }
    let finding = only(meet(run, &host(&[]), &lab.trace));
    assert_eq!(finding.cause.slug, "system-ca-bundle-stale-or-damaged");
    assert!(finding.evidence.contains(&"this host has no list of public authorities".to_string()));
    assert_eq!(finding.remedy.commands, ["sudo update-ca-certificates"]);
}
