//! `check` on recorded hosts: the report for people and for programs, and how it ends.

use std::fmt::Write as _;

use crate::fixture;
use crate::harness::Bench;

/// Hosts that stand for what `check` can say about one.
const HOSTS: &[&str] = &[
    "debian-13-docker-io",
    "ubuntu-14.04-docker-1.5.0",
    "fedora-40-podman-docker",
    "rhel-9-without-root",
    "debian-12-docker-ce",
    "ubuntu-22.04-snap",
    "debian-12-no-engine",
    "wsl2-ubuntu-without-systemd",
];

fn from(name: &str) -> String {
    format!("fixtures/hosts/{name}")
}

#[test]
fn people_read_this() {
    let bench = Bench::new();
    bench.settings().bind(|| {
        for host in HOSTS {
            insta::assert_snapshot!(format!("check-{host}"), bench.run(&["check", "--from", &from(host)]));
        }
    });
}

#[test]
fn people_without_utf_8_read_this() {
    let bench = Bench::new().ascii();
    bench.settings().bind(|| {
        for host in ["rhel-9-without-root", "debian-12-docker-ce"] {
            insta::assert_snapshot!(format!("check-ascii-{host}"), bench.run(&["check", "--from", &from(host)]));
        }
    });
}

#[test]
fn verbose_says_more() {
    let bench = Bench::new();
    bench.settings().bind(|| {
        for host in ["debian-12-docker-ce", "rhel-9-without-root"] {
            let ran = bench.run(&["check", "--verbose", "--from", &from(host)]);
            insta::assert_snapshot!(format!("check-verbose-{host}"), ran);
        }
    });
}

#[test]
fn programs_read_this() {
    let bench = Bench::new();
    bench.settings().bind(|| {
        for host in ["debian-13-docker-io", "rhel-9-without-root", "debian-12-no-engine"] {
            let ran = bench.run(&["check", "--format", "json", "--from", &from(host)]);
            insta::assert_snapshot!(format!("check-json-{host}"), ran);
        }
    });
}

#[test]
fn the_exit_code_is_what_was_asked_for() {
    // A host that is sound, one with a warning, one with a problem.
    let hosts = ["debian-13-docker-io", "debian-12-docker-ce", "rhel-9-without-root"];
    let rows =
        [(None, [0, 0, 1]), (Some("error"), [0, 0, 1]), (Some("warning"), [0, 1, 1]), (Some("never"), [0, 0, 0])];
    let bench = Bench::new();
    for (level, want) in rows {
        for (host, code) in hosts.iter().zip(want) {
            let path = from(host);
            let mut arguments = vec!["check", "--from", path.as_str()];
            arguments.extend(level.iter().flat_map(|level| ["--fail-on", level]));
            bench.run(&arguments).ended(code);
            arguments.extend(["--format", "json"]);
            bench.run(&arguments).ended(code);
        }
    }
}

/// Signs of our own that are more than ASCII, in a report and in the news of a change.
#[test]
fn nothing_of_ours_needs_utf_8() {
    let bench = Bench::new().ascii();
    bench.lay("root/etc/docker/daemon.json", "{\"insecure-registries\": \"reg.lan\"}");
    let root = bench.at("root");
    let ran = bench.run(&["check", "--root", &root]).ended(1);
    assert!(ran.stdout.contains("Go struct") && ran.stdout.contains("...") && ran.stdout.is_ascii(), "{ran}");
    let demo = bench.run(&["demo"]).ended(0);
    assert!(demo.stdout.is_ascii() && demo.stderr.is_ascii(), "{demo}");
}

/// What holds for every recorded host, in every form of the report.
#[test]
fn every_host_gets_a_report_in_every_form() {
    let (utf_8, ascii) = (Bench::new(), Bench::new().ascii());
    let mut table = String::new();
    for host in fixture::names() {
        let path = from(&host);
        let human = utf_8.run(&["check", "--from", &path]);
        let plain = ascii.run(&["check", "--from", &path]);
        let json = utf_8.run(&["check", "--from", &path, "--format", "json"]);
        let report = json.json();
        let count = |key: &str| report["summary"][key].as_u64().unwrap();
        let mut note = |fault: &str| writeln!(table, "{host}: {fault}\n{human}").unwrap();
        if !plain.stdout.is_ascii() {
            note("more than ASCII reaches a terminal without UTF-8");
        }
        if count("broken") > 0 {
            note("a check broke");
        }
        if json.code != human.code || plain.code != human.code || human.code != i32::from(count("problems") > 0) {
            note("the exit codes differ");
        }
        if !human.stderr.is_empty() || human.stdout.contains(['\u{1b}', '\t']) {
            note("stderr or the terminal gets what it should not");
        }
        if lines_with(&human.stdout, &["✗"]) != lines_with(&plain.stdout, &["FAIL"])
            || lines_with(&human.stdout, &["✓"]) != count("passed")
            || skipped(&human.stdout) != count("skipped")
        {
            note("the forms do not say the same");
        }
        if report["schema"] != "regdoctor.report/1" {
            note("the schema is not named");
        }
    }
    assert!(table.is_empty(), "{table}");
}

/// How many lines of checks begin with this symbol.
fn lines_with(report: &str, symbols: &[&str]) -> u64 {
    let lines = report.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| symbols.iter().any(|symbol| line.split(' ').next() == Some(symbol))).count() as u64
}

/// How many questions were passed over: those with one reason stand in one line, which may be broken.
fn skipped(report: &str) -> u64 {
    let whole = report.replace("\n    ", " ");
    let lines = whole.lines().filter_map(|line| line.strip_prefix("  - "));
    let questions = |line: &str| match line.split_once(": skipped, ") {
        Some((topics, _)) => topics.split(", ").count() as u64,
        None => 1,
    };
    lines.map(questions).sum()
}

/// What was seen can be saved and is judged again in the same way.
#[test]
fn a_saved_report_says_the_same() {
    let bench = Bench::new();
    bench.lay("root/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian\"\n");
    bench.lay("root/etc/docker/daemon.json", "{\n  \"insecure-registries\": [\"reg.lan:5000\"],\n}\n");
    let (root, file) = (bench.at("root"), bench.at("saved.json"));
    let first = bench.run(&["check", "--root", &root, "--save", &file]).ended(1);
    assert_eq!(first.stderr, format!("wrote {file} without passwords and keys\n"));
    let again = bench.run(&["check", "--from", &file]).ended(1);
    assert!(again.stdout.contains("daemon-json-unparsable"), "{again}");
    let lines = |text: &str| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(lines(&first.stdout), lines(&again.stdout));
}
