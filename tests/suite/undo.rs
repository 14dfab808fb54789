//! `undo`, `history` and `apply` as a person types them, and what a crash left, found by the next command of any kind.

use std::fs;

use serde_json::json;

use crate::harness::{Ran, authority, issue};
use crate::machine::{JOURNAL, JSON, Machine};
use crate::tree;

const OLD: &str = "{\n  \"debug\": true\n}\n";
const CERTIFICATE: &str = "root/etc/docker/certs.d/tls.lan/ca.crt";

/// Two entries, in this order.
fn with_two() -> Machine {
    let machine = Machine::with_json(OLD);
    machine.done(&["trust", "a.lan:5000", "--insecure"]);
    machine.done(&["trust", "b.lan:5000", "--insecure"]);
    machine
}

fn rows(machine: &Machine) -> Vec<(u64, String)> {
    let history = machine.run(&["history", "--format", "json"]).ended(0).json();
    assert_eq!(history["schema"], json!("regdoctor.history/1"));
    let changes = history["changes"].as_array().unwrap();
    changes.iter().map(|one| (one["number"].as_u64().unwrap(), one["result"].as_str().unwrap().into())).collect()
}

#[test]
fn the_last_change_is_undone_then_the_one_before() {
    let machine = with_two();
    for (left, rest) in [(1, "a.lan:5000"), (0, "debug")] {
        machine.done(&["undo"]);
        let text = String::from_utf8(machine.bytes()).unwrap();
        assert_eq!(text.matches(".lan:5000").count(), left);
        assert!(text.contains(rest), "{text}");
    }
    assert_eq!(String::from_utf8(machine.bytes()).unwrap(), OLD);
    let ran = machine.run(&["undo", "--yes"]).ended(1);
    assert!(ran.stderr.contains("no change on this machine that can be taken back"), "{ran}");
    let results: Vec<String> = rows(&machine).into_iter().map(|(_, result)| result).collect();
    assert_eq!(results, ["undone", "undone", "done", "done"]);
    let table = machine.run(&["history"]).ended(0);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert!(lines[0].starts_with("number  when") && lines.len() == 5, "{table}");
    assert!(lines[3].contains("take back change 2: let Docker reach b.lan:5000"), "{table}");
}

#[test]
fn an_older_change_is_taken_out_of_todays_file() {
    let machine = with_two();
    let ran = machine.run(&["undo", "1", "--dry-run"]).ended(0);
    assert!(ran.stdout.contains("-  \"insecure-registries\": [\"a.lan:5000\", \"b.lan:5000\"]"), "{ran}");
    machine.run(&["undo", "1", "--check"]).ended(1);
    machine.done(&["undo", "1"]);
    assert_eq!(
        String::from_utf8(machine.bytes()).unwrap(),
        "{\n  \"debug\": true,\n  \"insecure-registries\": [\"b.lan:5000\"]\n}\n"
    );
    let ran = machine.run(&["undo", "1", "--yes"]).ended(1);
    assert!(ran.stderr.contains("taken back already, by change 3"), "{ran}");
    machine.done(&["undo", "3"]);
    // Nobody changed the file since, so it gets its very bytes.
    assert!(String::from_utf8(machine.bytes()).unwrap().contains("[\"a.lan:5000\", \"b.lan:5000\"]"));
    assert_eq!(rows(&machine), [(1, "done".into()), (2, "done".into()), (3, "undone".into()), (4, "done".into())]);
}

#[test]
fn what_cannot_be_told_apart_is_refused_with_a_diff() {
    let machine = Machine::new();
    let ca = machine.0.lay("ca.pem", authority().certificate_pem());
    machine.done(&["trust", "tls.lan", "--ca", &ca]);
    let ours = machine.0.read(CERTIFICATE);
    machine.0.lay(CERTIFICATE, format!("{ours}# and mine\n"));
    let before = machine.tree();
    let ran = machine.run(&["undo", "--yes"]).ended(1);
    assert!(ran.stderr.contains("/etc/docker/certs.d/tls.lan/ca.crt was changed since"), "{ran}");
    tree::compare(&before, &machine.tree(), "nothing was changed");
    machine.0.lay(CERTIFICATE, ours);
    machine.done(&["undo"]);
    assert!(!machine.0.path("root/etc/docker").exists());
}

#[test]
fn a_client_certificate_is_undone_and_its_key_is_kept_nowhere() {
    let machine = Machine::new();
    let before = machine.tree();
    let client = issue(&authority(), |_| ());
    let (certificate, key) = (machine.0.lay("c.pem", &client.certificate_pem), machine.0.lay("k.pem", &client.key_pem));
    machine.done(&["trust", "tls.lan", "--client-cert", &certificate, "--client-key", &key]);
    let shown = machine.run(&["undo", "--dry-run", "--format", "json"]).ended(0);
    machine.done(&["undo"]);
    tree::compare(&before, &machine.tree(), "all of it is gone");
    for text in [machine.journal(), shown.stdout] {
        assert!(!text.contains("PRIVATE KEY"), "{text}");
    }
    let ran = machine.run(&["undo", "2", "--yes"]).ended(1);
    assert!(ran.stderr.contains("regdoctor keeps none"), "{ran}");
}

fn saved(machine: &Machine, arguments: &[&str]) -> String {
    let plan = machine.run(&[arguments, &["--dry-run", "--format", "json"]].concat()).ended(0);
    machine.0.lay("plan.json", plan.stdout)
}

#[test]
fn a_saved_plan_is_carried_out_once_and_only_on_what_it_was_made_for() {
    let machine = Machine::with_json(OLD);
    let plan = saved(&machine, &["trust", "a.lan:5000", "--insecure"]);
    machine.run(&["apply", &plan, "--check"]).ended(1);
    machine.0.lay(JSON, "{}");
    let ran = machine.run(&["apply", &plan, "--yes"]).ended(1);
    assert!(ran.stderr.contains("/etc/docker/daemon.json is not what was planned against"), "{ran}");
    assert_eq!(machine.bytes(), b"{}");
    machine.0.lay(JSON, OLD);
    machine.done(&["apply", &plan]);
    assert!(String::from_utf8(machine.bytes()).unwrap().contains("a.lan:5000"));
    machine.run(&["apply", &plan, "--yes"]).ended(1);
    // It is undone like any other change, also after somebody else's.
    machine.done(&["trust", "b.lan", "--insecure"]);
    machine.done(&["undo", "1"]);
    assert!(!String::from_utf8(machine.bytes()).unwrap().contains("a.lan:5000"));
}

#[test]
fn a_plan_that_is_none_is_refused() {
    let machine = Machine::new();
    for text in ["", "{}", "{\"schema\": \"regdoctor.report/1\"}"] {
        let file = machine.0.lay("plan.json", text);
        let ran = machine.run(&["apply", &file, "--yes"]).ended(2);
        assert!(ran.stderr.contains("plan.json") && ran.stderr.contains("hint: "), "{ran}");
    }
    let client = issue(&authority(), |_| ());
    let (certificate, key) = (machine.0.lay("c.pem", &client.certificate_pem), machine.0.lay("k.pem", &client.key_pem));
    let plan = saved(&machine, &["trust", "tls.lan", "--client-cert", &certificate, "--client-key", &key]);
    let ran = machine.run(&["apply", &plan, "--yes"]).ended(1);
    assert!(ran.stderr.contains("private key"), "{ran}");
    assert!(!machine.0.path("root/etc/docker").exists());
}

/// As a crash leaves it: the files are new, and the record was never closed.
fn cut_short() -> Machine {
    let machine = Machine::with_json(OLD);
    machine.done(&["trust", "a.lan:5000", "--insecure"]);
    let name = format!("{JOURNAL}/00000001.json");
    let record = machine.0.read(&name);
    assert!(record.contains("\"state\": \"done\""));
    machine.0.lay(&name, record.replace("\"state\": \"done\"", "\"state\": \"running\""));
    machine
}

#[test]
fn a_leftover_is_found_by_every_command_and_put_back_by_undo() {
    let machine = cut_short();
    let told =
        |ran: &Ran| assert!(ran.stderr.contains("change 1 was cut short") && ran.stderr.contains("--recover"), "{ran}");
    let ran = machine.run(&["check"]).ended(0);
    assert!(ran.stdout.contains("change-left-unfinished") && ran.stdout.contains("regdoctor undo --recover"), "{ran}");
    told(&machine.run(&["list"]).ended(0));
    told(&machine.run(&["history"]).ended(0));
    told(&machine.run(&["trust", "b.lan", "--insecure", "--dry-run"]).ended(0));
    for arguments in [&["trust", "b.lan", "--insecure", "--yes"][..], &["untrust", "a.lan:5000", "--yes"]] {
        let before = machine.tree();
        told(&machine.run(arguments).ended(1));
        tree::compare(&before, &machine.tree(), "nothing is begun");
    }
    machine.run(&["undo", "--yes"]).ended(1);
    assert_eq!(rows(&machine), [(1, "unfinished".into())]);
    machine.run(&["undo", "--recover", "--check"]).ended(1);
    let ran = machine.done(&["undo", "--recover"]);
    assert!(ran.stderr.contains("change 1 is put back"), "{ran}");
    assert_eq!(String::from_utf8(machine.bytes()).unwrap(), OLD);
    assert_eq!(rows(&machine), [(1, "put_back".into())]);
    let ran = machine.done(&["undo", "--recover"]);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
    machine.done(&["trust", "b.lan", "--insecure"]);
}

/// A machine in a folder that another user could write to: nothing outside of it is read or written.
#[test]
fn nothing_is_followed_out_of_the_root() {
    for link in ["/outside", "../../../../../../../../../../outside", "outside"] {
        let machine = Machine::new();
        let outside = machine.0.lay_folder("outside");
        machine.0.lay("outside/daemon.json", OLD);
        let link = link.replace("outside", outside.trim_start_matches('/'));
        std::os::unix::fs::symlink(&link, machine.0.path("root/etc/docker")).unwrap();
        let ran = machine.run(&["trust", "a.lan", "--insecure", "--yes"]);
        assert_eq!(machine.0.read("outside/daemon.json"), OLD, "{link}: {ran}");
        assert_eq!(fs::read_dir(machine.0.path("outside")).unwrap().count(), 1, "{link}: {ran}");
    }
}
