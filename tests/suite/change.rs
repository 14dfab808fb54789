//! `trust` and `untrust` on a folder that stands for a machine: what is shown, what is written, and how it comes back.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{authority, issue};
use crate::machine::{JOURNAL, JSON, Machine};
use crate::tree;

#[test]
fn a_plan_is_shown() {
    let machine = Machine::with_json("{\n  \"debug\": true\n}\n");
    let authority = authority();
    let client = issue(&authority, |_| ());
    let ca = machine.0.lay("ca.pem", authority.certificate_pem());
    let (certificate, key) = (machine.0.lay("c.pem", &client.certificate_pem), machine.0.lay("k.pem", &client.key_pem));
    let client = ["--client-cert", certificate.as_str(), "--client-key", key.as_str()];
    let before = machine.tree();
    machine.0.settings().bind(|| {
        for (name, arguments) in [
            ("insecure", &["trust", "reg.lan:5000", "--insecure"][..]),
            ("range", &["trust", "10.20.0.0/16"]),
            ("authority", &["trust", "reg.lan:5000", "--ca", &ca]),
            ("client", &[&["trust", "reg.lan:5000"], &client[..]].concat()),
            ("nothing", &["untrust", "reg.lan:5000"]),
        ] {
            let plan = [arguments, &["--dry-run"]].concat();
            insta::assert_snapshot!(format!("plan-{name}"), machine.run(&plan).ended(0));
        }
    });
    tree::compare(&before, &machine.tree(), "a plan changes nothing");
}

#[test]
fn a_plan_for_programs() {
    let machine = Machine::with_json("{\n  \"debug\": true\n}\n");
    let client = issue(&authority(), |_| ());
    let (certificate, key) = (machine.0.lay("c.pem", &client.certificate_pem), machine.0.lay("k.pem", &client.key_pem));
    let as_json = ["--dry-run", "--format", "json"];
    machine.0.settings().bind(|| {
        let ran = machine.run(&[&["trust", "reg.lan:5000", "--insecure"][..], &as_json].concat()).ended(0);
        insta::assert_snapshot!("plan-json-insecure", ran);
    });
    let client = ["trust", "reg.lan:5000", "--client-cert", &certificate, "--client-key", &key];
    let ran = machine.run(&[&client[..], &as_json].concat()).ended(0);
    assert_eq!(ran.json()["schema"], json!("regdoctor.plan/1"));
    assert!(!ran.stdout.contains("PRIVATE KEY") && ran.stdout.contains("(private key)"), "{ran}");
    let nothing = machine.run(&[&["untrust", "reg.lan:5000"][..], &as_json].concat()).ended(0).json();
    assert_eq!((&nothing["pending"], &nothing["steps"]), (&json!(false), &json!([])));
}

#[test]
fn check_tells_whether_something_is_to_do() {
    let machine = Machine::new();
    let trust = ["trust", "reg.lan:5000", "--insecure"];
    let untrust = ["untrust", "reg.lan:5000"];
    let pending = |arguments: &[&str], code: i32| {
        let before = machine.tree();
        let ran = machine.run(&[arguments, &["--check"]].concat()).ended(code);
        assert_eq!(ran.stdout.starts_with("to do: "), code == 1, "{ran}");
        tree::compare(&before, &machine.tree(), "a look changes nothing");
    };
    pending(&trust, 1);
    pending(&untrust, 0);
    machine.done(&trust);
    pending(&trust, 0);
    pending(&untrust, 1);
    machine.done(&untrust);
    pending(&trust, 1);
    pending(&untrust, 0);
}

#[test]
fn without_a_yes_nothing_happens() {
    let machine = Machine::new();
    let before = machine.tree();
    let ran = machine.run(&["trust", "reg.lan:5000", "--insecure"]).ended(1);
    assert!(
        ran.stderr.ends_with("error: not confirmed; nothing was changed\nhint: without a terminal, say --yes\n"),
        "{ran}"
    );
    tree::compare(&before, &machine.tree(), "nothing was changed");
}

#[test]
fn twice_is_once() {
    let machine = Machine::new();
    let ca = machine.0.lay("ca.pem", authority().certificate_pem());
    for arguments in [
        &["trust", "reg.lan:5000", "--insecure"][..],
        &["trust", "10.1.2.3/8"],
        &["trust", "tls.lan:5443", "--ca", &ca],
        &["trust", "tls.lan:5443", "--ca", &ca, "--force"],
        &["untrust", "reg.lan:5000"],
    ] {
        let first = machine.run(&[arguments, &["--yes"]].concat()).ended(0);
        let tree = machine.tree();
        let again = machine.done(arguments);
        assert!(again.stdout.starts_with("nothing "), "{again}");
        assert!(first.stdout.is_empty() || arguments.contains(&"--force"), "{first}");
        tree::compare(&tree, &machine.tree(), "twice is once");
    }
}

#[test]
fn two_registries_and_a_range_come_back_in_any_order() {
    let (a, b, c) = ("a.lan:5000", "b.lan", "10.0.0.0/8");
    for order in [[a, b, c], [c, b, a], [b, a, c], [b, c, a]] {
        let machine = Machine::with_json("{\"debug\": true}");
        fs::set_permissions(machine.0.path(JSON), Permissions::from_mode(0o640)).unwrap();
        let before = machine.tree();
        for name in [a, b, c] {
            machine.done(&["trust", name, "--insecure"]);
        }
        assert_eq!(
            String::from_utf8(machine.bytes()).unwrap(),
            r#"{"debug": true, "insecure-registries": ["a.lan:5000", "b.lan", "10.0.0.0/8"]}"#
        );
        for name in order {
            machine.done(&["untrust", name]);
        }
        tree::compare(&before, &machine.tree(), &format!("{order:?}"));
    }
}

/// A daemon.json, and what becomes of it.
const FORMS: &[(&str, &str)] = &[
    (
        "{\r\n  \"debug\": true\r\n}\r\n",
        "{\r\n  \"debug\": true,\r\n  \"insecure-registries\": [\"reg.lan:5000\"]\r\n}\r\n",
    ),
    (
        "\u{feff}{\n\t\"debug\": true\n}\n",
        "\u{feff}{\n\t\"debug\": true,\n\t\"insecure-registries\": [\"reg.lan:5000\"]\n}\n",
    ),
    ("{\"debug\": true}", "{\"debug\": true, \"insecure-registries\": [\"reg.lan:5000\"]}"),
    ("{}\n", "{\n  \"insecure-registries\": [\"reg.lan:5000\"]\n}\n"),
    ("", "{\n  \"insecure-registries\": [\"reg.lan:5000\"]\n}\n"),
    (
        "{\n    \"insecure-registries\": [\n        \"a.lan\"\n    ]\n}",
        "{\n    \"insecure-registries\": [\n        \"a.lan\",\n        \"reg.lan:5000\"\n    ]\n}",
    ),
];

#[test]
fn the_form_of_a_file_is_kept() {
    for (before, after) in FORMS {
        let machine = Machine::with_json(before);
        let tree = machine.tree();
        machine.done(&["trust", "reg.lan:5000", "--insecure"]);
        assert_eq!(String::from_utf8(machine.bytes()).unwrap(), *after);
        machine.done(&["untrust", "reg.lan:5000"]);
        tree::compare(&tree, &machine.tree(), before);
    }
}

const FOLDER: &str = "root/etc/docker/certs.d/reg.lan:5000";

const MODES: &[(&str, u32)] = &[
    ("root/etc/docker", 0o755),
    ("root/etc/docker/certs.d", 0o755),
    (FOLDER, 0o755),
    ("root/etc/docker/certs.d/reg.lan:5000/ca.crt", 0o644),
    ("root/etc/docker/certs.d/reg.lan:5000/client.cert", 0o644),
    ("root/etc/docker/certs.d/reg.lan:5000/client.key", 0o600),
    (JSON, 0o644),
    ("root/var/lib/regdoctor", 0o700),
    (JOURNAL, 0o700),
    ("root/var/lib/regdoctor/lock", 0o600),
];

#[test]
fn files_are_open_to_those_who_need_them() {
    let machine = Machine::new();
    let before = machine.tree();
    let authority = authority();
    let client = issue(&authority, |_| ());
    let ca = machine.0.lay("ca.pem", format!("{}{}", authority.key_pem(), authority.certificate_pem()));
    let (certificate, key) = (machine.0.lay("c.pem", &client.certificate_pem), machine.0.lay("k.pem", &client.key_pem));
    machine.done(&["trust", "reg.lan:5000", "--ca", &ca]);
    let ran = machine.done(&["trust", "reg.lan:5000", "--client-cert", &certificate, "--client-key", &key]);
    assert!(!ran.stderr.contains("BEGIN"), "{ran}");
    machine.done(&["trust", "http.lan", "--insecure"]);
    for (path, mode) in MODES {
        assert_eq!(machine.0.mode(path), *mode, "{path}");
    }
    for entry in fs::read_dir(machine.0.path(JOURNAL)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(machine.0.mode(&format!("{JOURNAL}/{name}")), 0o600, "{name}");
    }
    // Of a file with a key beside the certificate, only the certificate is taken.
    assert_eq!(machine.0.read(&format!("{FOLDER}/ca.crt")), authority.certificate_pem().replace("\r\n", "\n"));
    assert!(!machine.journal().contains("PRIVATE KEY"));

    // A client certificate is no trust: it is the person's own, and stays.
    machine.done(&["untrust", "http.lan"]);
    let ran = machine.done(&["untrust", "reg.lan:5000"]);
    assert!(ran.stderr.contains("client.cert, client.key"), "{ran}");
    for name in ["client.cert", "client.key"] {
        fs::remove_file(machine.0.path(FOLDER).join(name)).unwrap();
    }
    for folder in [FOLDER, "root/etc/docker/certs.d", "root/etc/docker"] {
        // Those that only an empty folder keeps.
        drop(fs::remove_dir(machine.0.path(folder)));
    }
    tree::compare(&before, &machine.tree(), "everything else is gone");
}

#[test]
fn an_authority_that_is_forced_or_for_all() {
    let machine = Machine::of("debian-12-docker-io");
    let ca = machine.0.lay("ca.pem", authority().certificate_pem());
    machine.0.lay_folder("root/usr/local/share/ca-certificates");
    let before = machine.tree();
    for options in [&["--ca", ca.as_str(), "--force"][..], &["--ca", &ca, "--system-store"]] {
        let ran = machine.done(&[&["trust", "reg.lan:5000"], options].concat());
        assert!(!ran.stderr.contains("run: "), "nothing runs in a folder: {ran}");
        let inside = ran.stderr.contains("still to be run inside: update-ca-certificates");
        assert_eq!(inside, options.contains(&"--system-store"), "{ran}");
        machine.done(&["untrust", "reg.lan:5000"]);
        tree::compare(&before, &machine.tree(), &format!("{options:?}"));
    }
}

#[test]
fn places_that_are_asked_for() {
    let settle = |host: &str, place: &str| {
        let machine = Machine::of(host);
        let ran = machine.run(&["trust", "reg.lan:5000", "--insecure", "--yes", "--in", place]);
        assert!(!ran.stderr.contains("run: "), "nothing runs in a folder: {ran}");
        ran
    };
    let rows = [
        ("debian-12-docker-io", "env-file", "+++ /etc/default/docker"),
        ("debian-12-docker-io", "drop-in", "+++ /etc/systemd/system/docker.service.d/regdoctor.conf"),
        ("ubuntu-24.04-docker-ce", "daemon-json", "+++ /etc/docker/daemon.json"),
        ("ubuntu-24.04-drop-in", "drop-in", "+++ /etc/systemd/system/docker.service.d/override.conf"),
        ("alpine-openrc-conf.d", "env-file", "+++ /etc/conf.d/docker"),
    ];
    for (host, place, words) in rows {
        let ran = settle(host, place).ended(0);
        assert!(ran.stderr.contains(words), "{ran}");
    }
    let rows = [
        ("debian-12-docker-io", "daemon-json", "/etc/default/docker line 5", "leave out `--in daemon-json`"),
        ("ubuntu-24.04-docker-ce", "env-file", "no file of variables", "leave out `--in env-file`"),
        ("alpine-openrc-conf.d", "drop-in", "drop-ins need systemd", "leave out `--in drop-in`"),
        ("debian-12-docker-ce", "drop-in", "/etc/docker/daemon.json names them already", "leave out `--in`"),
    ];
    for (host, place, words, hint) in rows {
        let ran = settle(host, place).ended(1);
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(words) && ran.stderr.contains(hint), "{ran}");
        assert_eq!(ran.stdout, "");
    }
}
