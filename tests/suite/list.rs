//! `list`, and what stands around a pasted address.

use crate::harness::authority;
use crate::machine::{JSON, Machine};

#[test]
fn what_is_trusted_is_listed() {
    let machine = Machine::new();
    let none = machine.run(&["list"]).ended(0);
    assert_eq!(none.stdout, "Docker trusts no registry beyond the certificates of the system\n");
    assert_eq!(
        machine.run(&["list", "--format", "json"]).ended(0).stdout,
        "{\n  \"schema\": \"regdoctor.list/1\",\n  \"trusted\": []\n}\n"
    );
    let ca = machine.0.lay("ca.pem", authority().certificate_pem());
    machine.done(&["trust", "reg.lan:5000", "--insecure"]);
    machine.done(&["trust", "10.1.2.3/8"]);
    machine.done(&["trust", "[fd00::7]:5443", "--ca", &ca]);
    machine.0.settings().bind(|| {
        insta::assert_snapshot!("list", machine.run(&["list"]).ended(0));
        insta::assert_snapshot!("list-json", machine.run(&["list", "--format", "json"]).ended(0));
    });
    machine.done(&["untrust", "[fd00::7]:5443"]);
    machine.done(&["untrust", "10.0.0.0/8"]);
    machine.done(&["untrust", "reg.lan:5000"]);
    assert_eq!(machine.run(&["list"]).ended(0), none);
}

/// What was left out of a pasted address is said, and the rest is used.
#[test]
fn addresses_as_people_paste_them() {
    let machine = Machine::new();
    let ran = machine.done(&["trust", "https://reg.lan:5000/v2/", "--insecure"]);
    assert!(ran.stderr.starts_with("left out `https://`: not part of an entry point\nleft out `/v2/`"), "{ran}");
    let again = machine.done(&["trust", "reg.lan:5000/team/app:v1", "--insecure"]);
    assert!(again.stderr.contains("left out `/team/app`: trust is for the whole registry reg.lan:5000"), "{again}");
    assert!(again.stdout.starts_with("nothing to do"), "{again}");
    machine.done(&["untrust", "https://reg.lan:5000/v2/"]);
    assert!(!machine.0.path(JSON).exists());
}
