//! `issue-cert` as a program: what it writes, what it says, and what it does not touch.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::sys::signal::Signal;
use regdoctor::cert::{Certificate, KeyAlgorithm};
use regdoctor::client::{Image, Trust};

use crate::arguments::fails;
use crate::harness::{Bench, Ran, is_root};
use crate::server::Server;
use crate::tree;

/// In the folder of the bench, as a person would.
fn issue(bench: &Bench, arguments: &[&str]) -> Ran {
    let mut command = bench.program();
    command.current_dir(bench.path("")).arg("issue-cert").args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn leaf(bench: &Bench, file: &str) -> Certificate {
    Certificate::all_from_pem(&bench.read(file)).remove(0).unwrap()
}

#[test]
fn it_says_what_it_made_and_what_to_type_next() {
    let bench = Bench::new();
    let mut settings = bench.settings();
    settings.add_filter(r"\d{4}-\d\d-\d\d", "[DATE]");
    settings.add_filter(r#""not_after": \d+"#, r#""not_after": "[TIME]""#);
    let _guard = settings.bind_to_scope();
    insta::assert_snapshot!("issue-cert", issue(&bench, &["https://registry.lan:5000/v2/", "10.0.0.7"]));
    insta::assert_snapshot!("issue-cert-renewed", issue(&bench, &["--renew", "registry.lan"]));
    insta::assert_snapshot!("issue-cert-refused", issue(&bench, &["registry.lan"]));
    insta::assert_snapshot!("issue-cert-other-name", issue(&bench, &["registry.lan", "10.0.0.8"]));
    let json = ["[fd00::7]:5000", "--out", "v6", "--ca-dir", "any", "--any-name", "--rsa", "--format", "json"];
    insta::assert_snapshot!("issue-cert-json", issue(&bench, &json));
    let modes = ["authority", "authority/ca.key", "registry.lan.key", "registry.lan.crt", "v6/fd00--7.key"];
    assert_eq!(modes.map(|file| bench.mode(file)), [0o700, 0o600, 0o600, 0o644, 0o600]);
    assert_eq!(leaf(&bench, "v6/fd00--7.crt").key.algorithm, KeyAlgorithm::Rsa);
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let bench = Bench::new();
    for taken in ["registry.lan.crt", "registry.lan.key", "ca.crt"] {
        bench.lay(taken, "somebody's\n");
        let before = tree::read(&bench.path(""), Path::new("none"));
        fails(&issue(&bench, &["registry.lan"]), 1, &["nothing was written", taken, "--renew"]);
        assert_eq!(tree::read(&bench.path(""), Path::new("none")), before, "{taken}");
        fs::remove_file(bench.path(taken)).unwrap();
    }
    bench.lay("authority/ca.crt", "half\n");
    let before = tree::read(&bench.path(""), Path::new("none"));
    fails(&issue(&bench, &["registry.lan"]), 2, &["authority", "only one of ca.crt and ca.key"]);
    assert_eq!(tree::read(&bench.path(""), Path::new("none")), before);
}

#[test]
fn a_renewal_keeps_the_names_the_mode_and_the_authority() {
    let bench = Bench::new();
    fails(&issue(&bench, &["--renew", "registry.lan"]), 2, &["registry.lan.crt", "does not exist", "without --renew"]);
    issue(&bench, &["registry.lan", "10.0.0.7"]).ended(0);
    let (old, old_key, ca) = (leaf(&bench, "registry.lan.crt"), bench.read("registry.lan.key"), bench.read("ca.crt"));
    fs::set_permissions(bench.path("registry.lan.key"), fs::Permissions::from_mode(0o640)).unwrap();
    issue(&bench, &["--renew", "registry.lan:5000", "a.registry.lan", "--days", "90"]).ended(0);
    let new = leaf(&bench, "registry.lan.crt");
    assert_eq!(new.dns_names(), ["registry.lan", "a.registry.lan"]);
    assert_eq!(new.ip_addresses(), old.ip_addresses());
    assert!(new.serial != old.serial && bench.read("registry.lan.key") != old_key && bench.read("ca.crt") == ca);
    assert_eq!(bench.mode("registry.lan.key"), 0o640);
    assert_eq!((new.not_after - new.not_before) / 86_400, 90);

    let before = tree::read(&bench.path(""), Path::new("none"));
    let other = issue(&bench, &["--renew", "registry.lan", "--ca-dir", "other"]);
    fails(&other, 1, &["registry.lan.crt", "it was signed by", "--ca-dir"]);
    assert_eq!(tree::read(&bench.path(""), Path::new("none")), before, "and no other authority is made for it");
}

#[test]
fn an_authority_of_ones_own_is_used_or_named() {
    let bench = Bench::new();
    issue(&bench, &["registry.lan", "--any-name"]).ended(0);
    bench.lay("out/there", "");
    let own = |certificate: &str, key: &str| {
        issue(&bench, &["other.lan", "--out", "out", "--ca-cert", certificate, "--ca-key", key])
    };
    bench.lay("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let before = tree::read(&bench.path(""), Path::new("none"));
    for (certificate, key, words) in [
        ("authority/ca.crt", "registry.lan.key", &["authority/ca.crt", "does not belong", "another one"][..]),
        ("authority/ca.crt", "locked.key", &["locked.key", "passphrase", "openssl pkey -in locked.key"]),
        ("authority/ca.crt", "authority/ca.crt", &["authority/ca.crt", "no private key", "both as PEM"]),
        ("registry.lan.crt", "registry.lan.key", &["\"registry.lan\" is no authority", "both as PEM"]),
        ("authority/ca.key", "authority/ca.key", &["not a certificate", "both as PEM"]),
        ("none", "authority/ca.key", &["none", "No such file", "--ca-cert"]),
    ] {
        fails(&own(certificate, key), 2, words);
        assert_eq!(tree::read(&bench.path(""), Path::new("none")), before, "{words:?}");
    }
    own("authority/ca.crt", "authority/ca.key").ended(0);
    assert_eq!(bench.read("out/ca.crt"), bench.read("authority/ca.crt"));
    assert_eq!(leaf(&bench, "out/other.lan.crt").dns_names(), ["other.lan"]);
}

#[test]
fn names_that_are_none() {
    let bench = Bench::new();
    let before = tree::read(&bench.path(""), Path::new("none"));
    for (name, words) in [
        ("my_registry:5000", &["`my_registry:5000` is not a host name"][..]),
        ("registry.lan.", &["`registry.lan.` is not a host name"]),
        ("[fe80::1%eth0]:5000", &["not a host name"]),
        ("régistry.lan:5000", &["xn--rgistry-bya.lan;"]),
        ("10.0.0.0/8", &["is a range"]),
        ("10.0.0.300", &["digits alone"]),
        ("a\u{1b}[31mb", &["control character"]),
    ] {
        fails(&issue(&bench, &["registry.lan", name]), 2, words);
    }
    for wrong in [&["registry.lan", "--days", "398"][..], &["registry.lan", "--ca-cert", "a"], &[]] {
        assert_eq!(issue(&bench, wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(tree::read(&bench.path(""), Path::new("none")), before);
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    if is_root() {
        return;
    }
    let bench = Bench::new();
    fs::set_permissions(bench.path("home"), fs::Permissions::from_mode(0o500)).unwrap();
    fails(&issue(&bench, &["registry.lan", "--out", "home"]), 2, &["home/", "ermission denied", "--out"]);
    assert!(!bench.path("authority").exists(), "the authority that was made for it is gone as well");
}

#[test]
fn a_test_registry_serves_it_and_holds_an_authority_to_its_names() {
    let bench = Bench::new();
    issue(&bench, &["127.0.0.1:5000"]).ended(0);
    let files = [bench.at("127.0.0.1.crt"), bench.at("127.0.0.1.key")];
    let server = Server::start(&bench, &["--certificate", &files[0], "--key", &files[1], "--quiet"]);
    server.client(&Trust::Certificates(bench.read("ca.crt"))).push(&Image::tiny("issued"), "app", "v1").unwrap();
    server.end(Signal::SIGTERM).ended(0);
    let folder = bench.at("authority");
    let server = Server::start(&bench, &["--tls", &folder, "--name", "127.0.0.1", "--quiet"]);
    server.client(&Trust::Certificates(bench.read("ca.crt"))).push(&Image::tiny("issued"), "app", "v1").unwrap();
    server.end(Signal::SIGTERM).ended(0);
    let refused = bench.run(&["serve-test-registry", "--listen", "127.0.0.1:0", "--tls", &folder, "--name", "reg.lan"]);
    fails(&refused, 2, &["may not sign for this", "\"reg.lan\"", "--tls takes a folder"]);
}
