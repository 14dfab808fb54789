//! Several registries at once: the order of the answer is that of the question, and one that fails keeps nobody else.

use std::net::{Ipv4Addr, SocketAddr};

use regdoctor::registry::Registry;
use serde_json::Value;
use tokio::net::TcpSocket;

use crate::harness::{Bench, Ran};

/// A registry at every loopback address, a port where nothing listens, and a list that names them.
struct Row {
    bench: Bench,
    references: Vec<String>,
    list: String,
    _registry: regdoctor::registry::Background,
    _closed: TcpSocket,
}

const COUNT: usize = 200;

fn row() -> Row {
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let registry = Registry::builder().listen(everywhere).start_in_background().unwrap();
    // Taken, so that nobody else gets it, and not listened on.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind(everywhere).unwrap();
    let (open, shut) = (registry.address().port(), closed.local_addr().unwrap().port());
    let port = |index: usize| if index % 10 == 3 { shut } else { open };
    let references: Vec<String> =
        (0..COUNT).map(|index| format!("127.1.{}.{}:{}", index / 100, index % 100 + 1, port(index))).collect();
    let bench = Bench::new();
    bench.lay_folder("nothing");
    let list = bench.lay("list", format!("# ours\n\n{}  # the last\n", references.join("\n")));
    Row { bench, references, list, _registry: registry, _closed: closed }
}

impl Row {
    fn check(&self, more: &[&str]) -> Ran {
        let nothing = self.bench.at("nothing");
        self.bench.run(&[&["check", "--root", &nothing, "--file", &self.list, "--timeout", "50"], more].concat())
    }
}

fn names(report: &Value) -> Vec<&str> {
    report["registries"].as_array().unwrap().iter().map(|one| one["registry"].as_str().unwrap()).collect()
}

#[test]
fn the_order_is_kept_and_each_is_judged_by_itself() {
    let row = row();
    for jobs in ["1", "64"] {
        let ran = row.check(&["--format", "json", "--jobs", jobs]).ended(1);
        let report = ran.json();
        assert_eq!(names(&report), row.references);
        for (index, registry) in report["registries"].as_array().unwrap().iter().enumerate() {
            let causes: Vec<&str> =
                registry["findings"].as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap()).collect();
            let want: &[&str] = if index % 10 == 3 { &["nothing-listening-at-port"] } else { &[] };
            assert_eq!(causes, want, "{registry}");
        }
    }
    row.check(&["--fail-on", "never"]).ended(0);
}

#[test]
fn arguments_come_before_the_list_and_it_may_be_standard_input() {
    let row = row();
    let [first, second, ..] = row.references.as_slice() else { unreachable!() };
    let nothing = row.bench.at("nothing");
    let mut command = row.bench.program();
    command.args(["check", "--root", &nothing, "--format", "json", second, "--file", "-"]);
    let output = assert_cmd::Command::from_std(command).write_stdin(format!("{first}\n")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(names(&report), [second, first]);
    let bad = row.bench.lay("bad", "reg.lan:5000\n\nreg lan\n");
    let ran = row.bench.run(&["check", "--file", &bad]).ended(2);
    assert!(ran.stderr.contains("line 3") && ran.stderr.contains("hint: "), "{ran}");
    let empty = row.bench.lay("empty", "# nothing\n");
    row.bench.run(&["check", "--file", &empty]).ended(2);
}

#[test]
fn what_is_well_takes_one_line() {
    let row = row();
    let lines = |more: &[&str]| row.check(more).stdout.lines().count();
    assert!(lines(&[]) < COUNT * 2 && lines(&["-v"]) > COUNT * 4);
}

/// Name, labels and value, as the text format has them.
#[test]
fn prometheus_reads_it() {
    let row = row();
    let ran = row.check(&["--format", "prometheus"]).ended(1);
    let sample = regex::Regex::new(r#"^(regdoctor_[a-z_]+)\{([a-z]+="[^"\\\n]*",?)+\} (NaN|[0-9.]+)$"#).unwrap();
    let mut typed = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for line in ran.stdout.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            typed = rest.strip_suffix(" gauge").unwrap().to_string();
        } else if !line.starts_with("# HELP ") {
            let name = sample.captures(line).unwrap_or_else(|| panic!("{line}"))[1].to_string();
            assert_eq!(name, typed, "{line}");
            assert!(seen.insert(line.rsplit_once(' ').unwrap().0.to_string()), "twice: {line}");
        }
    }
    let found = ran.stdout.lines().filter(|line| line.starts_with("regdoctor_finding{"));
    let faults = found.filter(|line| line.contains(r#"cause="nothing-listening-at-port""#)).count();
    assert_eq!(faults, COUNT / 10);
}
