//! Bad input: an error that names the thing and the next step, nothing on stdout, and nothing touched.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use regdoctor::cert::Certificate;

use crate::harness::{Bench, Ran, authority, is_root};
use crate::tree;

/// An error, with these words in it, and in the hint or in clap's own words what to do.
pub fn fails(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran}");
    assert!(ran.stderr.starts_with("error: "), "{ran}");
    assert!(ran.stderr.contains("\nhint: ") || ran.stderr.contains("try '--help'"), "no next step: {ran}");
    for word in words {
        assert!(ran.stderr.contains(word), "no {word}: {ran}");
    }
    assert!(ran.stderr.chars().all(|c| c == '\n' || !c.is_control()), "raw: {:?}", ran.stderr);
    assert!(!ran.stderr.contains("os error"), "{ran}");
}

#[test]
fn entry_points_that_are_none() {
    let long = format!("{}.lan", "a".repeat(64));
    let rows = [
        ("", "is empty"),
        (" ", "is empty"),
        ("../x", "`..`"),
        ("reg.lan:5000/../../etc", "`..`"),
        ("reg\\lan", "`\\`"),
        ("a\u{1b}[31mb", "control character"),
        ("reg\u{7}", "control character"),
        ("reg.lan\u{202e}:5000", "not a host name"),
        ("reg lan", "blank"),
        ("my_reg:5000", "`my_reg:5000` is not a host name"),
        ("-reg", "`-reg` is not a host name"),
        ("*.lan", "`*.lan` is not a host name"),
        (&long, "not a host name"),
        ("[::1", "`[::1` is not a host name"),
        (":5000", "`:5000` is not a host name"),
        ("reg:99999", "`99999` is not a port"),
        ("reg:0", "`0` is not a port"),
        ("reg:", "is not a port"),
        ("bob:hunter2@reg", "`bob` is a user name"),
        ("ftp://reg", "`ftp://` is not a scheme"),
        ("reg/App", "`App` is not a repository name"),
        ("reg/app:ta$g", "`ta$g` is neither a tag nor a digest"),
    ];
    let bench = Bench::new();
    for (text, words) in rows {
        for command in ["check", "trust", "untrust"] {
            let ran = bench.run(&[command, "--", text]);
            fails(&ran, 2, &[words, "looks like registry.lan:5000"]);
            assert!(!ran.stderr.contains("hunter2"), "{ran}");
        }
    }
}

#[test]
fn ranges_that_are_none() {
    let bench = Bench::new();
    for (text, length) in [("10.0.0.0/33", "`33`"), ("10.0.0.0/999", "`999`"), ("[fd00::]/129", "`129`")] {
        for command in ["trust", "untrust"] {
            fails(&bench.run(&[command, text]), 2, &[length, "0 to 32", "10.0.0.0/8"]);
        }
    }
    for option in ["--ca", "--client-cert"] {
        let more = if option == "--ca" { [].as_slice() } else { &["--client-key", "key.pem"] };
        let ran = bench.run(&[&["trust", "10.0.0.0/8", option, "file.pem"], more].concat());
        fails(&ran, 2, &["a range of addresses has no certificate", "HOST:PORT"]);
    }
}

/// Arguments, and the words of the error.
const ARGUMENTS: &[(&[&str], &[&str])] = &[
    (&["nonsense"], &["nonsense"]),
    (&["non\u{1b}[31msense"], &["sense"]),
    (&["check", "--nonsense"], &["--nonsense"]),
    (&["check", "a", "--jobs", "0"], &["1..=1024"]),
    (&["check", "--format", "yaml"], &["yaml", "human, json"]),
    (&["check", "--fail-on", "\u{1b}]0;x\u{7}"], &["error, warning, never"]),
    (&["check", "reg.lan:5000", "--push"], &["--push needs a repository", "`reg.lan:5000`", "reg.lan:5000/REPOSITORY"]),
    (&["check", "a.lan/x", "b.lan", "--push", "--via", "docker"], &["--push needs a repository", "`b.lan`"]),
    (&["check", "--push"], &["--push needs a registry and a repository"]),
    (&["check", "--timeout", "0"], &["1..=600"]),
    (&["check", "--timeout", "soon"], &["soon"]),
    (&["check", "--color", "sometimes"], &["sometimes", "auto, always, never"]),
    (&["check", "--from", "a", "--save", "b"], &["--from", "--save"]),
    (&["check", "--from", "a", "--root", "b"], &["--from", "--root"]),
    (&["check", "reg", "--from", "a"], &["REGISTRY", "--from"]),
    (&["trust"], &["<ENTRY_POINT>"]),
    (&["untrust"], &["<ENTRY_POINT>"]),
    (&["trust", "reg", "--in", "attic"], &["attic", "daemon-json, env-file, drop-in"]),
    (&["trust", "reg", "--fingerprint", "sha256:12"], &["sha256:12", "64 hexadecimal digits"]),
    (&["trust", "reg", "--fingerprint", "none"], &["none", "64 hexadecimal digits"]),
    (&["trust", "reg", "--client-cert", "a"], &["--client-key"]),
    (&["trust", "reg", "--client-key", "a"], &["--client-cert"]),
    (&["trust", "reg", "--ca", "a", "--insecure"], &["--ca", "--insecure"]),
    (&["trust", "reg", "--ca", "a", "--in", "drop-in"], &["--ca", "--in"]),
    (&["trust", "reg", "--ca", "a", "--client-cert", "b", "--client-key", "c"], &["--ca", "--client-cert"]),
    (&["trust", "reg", "--system-store", "--insecure"], &["--system-store", "--insecure"]),
    (&["trust", "reg", "--prove", "--no-reload"], &["--prove", "--no-reload"]),
    (&["trust", "reg", "--prove", "--root", "a"], &["--prove", "--root"]),
    (&["trust", "reg", "--check", "--dry-run"], &["--check", "--dry-run"]),
    (&["serve-test-registry", "--listen", "127.0.0.1"], &["127.0.0.1", "--listen"]),
    (&["serve-test-registry", "--tls", "a", "--certificate", "b", "--key", "c"], &["--tls", "--certificate"]),
    (&["serve-test-registry", "--certificate", "a"], &["--key"]),
    (&["serve-test-registry", "--name", "a"], &["--tls"]),
];

#[test]
fn words_that_the_command_line_does_not_have() {
    let bench = Bench::new();
    for (arguments, words) in ARGUMENTS {
        fails(&bench.run(arguments), 2, words);
    }
    fails(&bench.run(&["explain", "nonsense"]), 2, &["`nonsense`", "`regdoctor explain` lists them all"]);
    fails(&bench.run(&["explain", "\u{1b}[31mred"]), 2, &["red"]);
    let output = bench.program().arg("check").arg(OsStr::from_bytes(b"reg\xff.lan")).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[test]
fn files_that_cannot_be_used() {
    let bench = Bench::new();
    let authority = authority();
    let (pem, key) = (authority.certificate_pem(), authority.key_pem());
    let der = Certificate::all_from_pem(pem).remove(0).unwrap().der().to_vec();
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let (certificate, key) = (bench.lay("ca.pem", pem), bench.lay("key.pem", key));
    let (der, garbage) = (bench.lay("ca.der", der), bench.lay("garbage", "nothing\n"));
    let (encrypted, none, folder) =
        (bench.lay("locked.pem", encrypted), bench.at("none"), bench.lay_folder("root/etc/docker"));
    let root = bench.at("root");
    let before = tree::read(&bench.path("root"), &bench.path("none"));
    let trust = |more: &[&str]| bench.run(&[&["trust", "reg.lan:5000", "--root", &root, "--yes"], more].concat());

    fails(&trust(&["--ca", &none]), 2, &[&none, "No such file", "PEM"]);
    fails(&trust(&["--ca", &folder]), 2, &[&folder, "directory", "PEM"]);
    fails(&trust(&["--ca", &der]), 2, &[&der, "no PEM certificate", "openssl x509 -inform der -in"]);
    fails(&trust(&["--ca", &garbage]), 2, &[&garbage, "no PEM certificate", "openssl x509"]);
    fails(&trust(&["--ca", &key]), 2, &[&key, "no PEM certificate"]);
    let client = |certificate: &str, key: &str| trust(&["--client-cert", certificate, "--client-key", key]);
    fails(&client(&none, &key), 2, &[&none, "No such file", "--client-cert"]);
    fails(&client(&certificate, &none), 2, &[&none, "No such file", "--client-key"]);
    fails(&client(&key, &key), 2, &[&key, "no PEM certificate"]);
    fails(&client(&certificate, &certificate), 2, &[&certificate, "no PEM private key"]);
    fails(&client(&certificate, &encrypted), 2, &[&encrypted, "encrypted", "openssl pkey -in"]);
    fails(&trust(&[]), 2, &["say what to trust", "--ca FILE, or --insecure"]);
    tree::compare(&before, &tree::read(&bench.path("root"), &bench.path("none")), "nothing is touched");

    for command in [&["trust", "reg", "--insecure", "--yes"][..], &["untrust", "reg", "--yes"], &["list"], &["check"]] {
        let in_root = |root: &str| bench.run(&[command, &["--root", root]].concat());
        fails(&in_root(&none), 2, &[&none, "No such file", "--root"]);
        fails(&in_root(&garbage), 2, &[&garbage, "not a folder", "--root"]);
    }
}

#[test]
fn recordings_that_cannot_be_used() {
    let bench = Bench::new();
    let from = |path: &str| bench.run(&["check", "--from", path]);
    let save = "`regdoctor check --save FILE`";
    let none = bench.at("none");
    fails(&from(&none), 2, &[&none, "No such file", save]);
    let garbage = bench.lay("garbage", "nothing\n");
    fails(&from(&garbage), 2, &[&garbage, "line 1", save]);
    let bytes = bench.lay("bytes", b"\xff\xfe");
    fails(&from(&bytes), 2, &[&bytes, "not text", save]);
    let other = bench.lay("other.json", r#"{"schema": "regdoctor.report/1"}"#);
    fails(&from(&other), 2, &[&other, "missing field", save]);
    let newer = bench.lay("newer.json", r#"{"schema": "regdoctor.saved/9", "host": [], "traces": []}"#);
    fails(&from(&newer), 2, &[&newer, "regdoctor.saved/9", "the regdoctor that wrote it"]);
    let folder = bench.lay_folder("folder");
    fails(&from(&folder), 2, &[&folder, "answers.toml", save]);
    bench.lay("folder/answers.toml", "now = 1\nnow = 2\n");
    fails(&from(&folder), 2, &["answers.toml", "line 2", save]);
    let missing = bench.at("no/such/folder/file");
    let root = bench.lay_folder("root");
    fails(&bench.run(&["check", "--root", &root, "--save", &missing]), 2, &[&missing, "No such file", "--save"]);
}

#[test]
fn a_test_registry_that_cannot_start() {
    let bench = Bench::new();
    let serve = |more: &[&str]| bench.run(&[&["serve-test-registry"], more].concat());
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails(&serve(&["--listen", &address]), 2, &[&address, "in use", "another address or port"]);
    let file = bench.lay("file", "nothing\n");
    for (more, words) in [
        (&["--data", &file][..], ["the data folder", "--data takes a folder"]),
        (&["--tls", &file], ["Not a directory", "--tls takes a folder"]),
        (&["--certificate", &file, "--key", &file], ["holds no certificate", "--certificate and --key"]),
    ] {
        fails(&serve(&[more, &["--listen", "127.0.0.1:0"]].concat()), 2, &[&words[..], &[&file]].concat());
    }
}

/// What Docker's own file is, and what the refusal says of it.
const BROKEN: &[(&[u8], &[&str])] = &[
    (b"{\n  \"debug\": true,\n}\n", &["line 3, column 1", "3 | }"]),
    (b"{\n  // why\n  \"debug\": true\n}\n", &["line 2", "2 |   // why"]),
    (b"[\"reg.lan\"]", &["line 1", "1 | [\"reg.lan\"]"]),
    (b"{\"debug\": true} more", &["line 1", "after top-level value"]),
    (b"{\"a\": \"\xff\"}", &["not UTF-8"]),
    (b"{\"a\": \"\x1b[31m\",}", &["line 1"]),
];

#[test]
fn a_daemon_json_that_is_broken() {
    for (bytes, words) in BROKEN {
        let bench = Bench::new();
        bench.lay("root/etc/docker/daemon.json", bytes);
        let root = bench.at("root");
        let before = tree::read(&bench.path("root"), &bench.path("none"));
        let ran = bench.run(&["trust", "reg.lan:5000", "--insecure", "--yes", "--root", &root]);
        fails(&ran, 1, &[&["/etc/docker/daemon.json", "mend /etc/docker/daemon.json"], *words].concat());
        let ran = bench.run(&["untrust", "reg.lan:5000", "--yes", "--root", &root]);
        fails(&ran, 1, &["/etc/docker/daemon.json", "what it trusts is not known"]);
        let ran = bench.run(&["list", "--root", &root]).ended(0);
        assert!(ran.stderr.contains("/etc/docker/daemon.json") && !ran.stdout.contains("trusts no"), "{ran}");
        let ran = bench.run(&["check", "--root", &root]).ended(1);
        assert!(ran.stdout.contains("daemon-json-unparsable") && !ran.stdout.contains('\u{1b}'), "{ran}");
        tree::compare(&before, &tree::read(&bench.path("root"), &bench.path("none")), "nothing is touched");
    }
}

#[test]
fn a_list_that_is_none() {
    let bench = Bench::new();
    bench.lay("root/etc/docker/daemon.json", "{\"insecure-registries\": \"reg.lan\"}");
    let ran = bench.run(&["trust", "reg.lan:5000", "--insecure", "--yes", "--root", &bench.at("root")]);
    fails(&ran, 1, &["/etc/docker/daemon.json", "line 1, column 25", "is a string, but a list is needed", "by hand"]);
}

#[test]
fn a_daemon_json_that_is_a_folder() {
    let bench = Bench::new();
    bench.lay_folder("root/etc/docker/daemon.json");
    let root = bench.at("root");
    let ran = bench.run(&["trust", "reg.lan:5000", "--insecure", "--yes", "--root", &root]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
    assert!(ran.stderr.contains("/etc/docker/daemon.json cannot be read: it is not a regular file"), "{ran}");
    fails(&bench.run(&["untrust", "reg.lan", "--yes", "--root", &root]), 1, &["/etc/docker/daemon.json", "mend"]);
    assert!(fs::read_dir(bench.path("root/etc/docker/daemon.json")).unwrap().next().is_none());
}

/// Root reads and writes everything, so as root there is nothing to see here.
#[test]
fn what_may_not_be_read_or_written() {
    if is_root() {
        return;
    }
    let bench = Bench::new();
    let file = bench.lay("root/etc/docker/daemon.json", "{}");
    let root = bench.at("root");
    let close = |path: &str, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    close(&file, 0o000);
    let trust = ["trust", "reg.lan:5000", "--insecure", "--yes", "--root", &root];
    fails(&bench.run(&trust), 1, &["/etc/docker/daemon.json"]);
    fails(&bench.run(&["untrust", "reg.lan:5000", "--yes", "--root", &root]), 2, &["may not be read", "sudo"]);
    let ran = bench.run(&["check", "--root", &root]).ended(0);
    assert!(ran.stdout.contains("skipped: /etc/docker/daemon.json may not be read: run this with sudo"), "{ran}");
    close(&file, 0o644);
    close(&root, 0o555);
    let ran = bench.run(&trust);
    assert!(ran.code == 2 && ran.stderr.contains("Permission denied"), "{ran}");
    assert_eq!(bench.read("root/etc/docker/daemon.json"), "{}");
    close(&root, 0o755);
}
