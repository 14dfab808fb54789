//! `check --output`: a report in a file that others read again and again.

use std::fs;

use crate::harness::Bench;

#[test]
fn the_report_takes_the_place_of_the_old_one_at_one_instant() {
    let bench = Bench::new();
    let from = ["check", "--from", "fixtures/hosts/debian-13-docker-io", "--format", "prometheus"];
    let report = bench.run(&from).ended(0).stdout;
    bench.lay("metrics/regdoctor.prom", "old\n");
    // Whoever has the old file open reads it to its end.
    fs::hard_link(bench.path("metrics/regdoctor.prom"), bench.path("metrics/opened")).unwrap();
    let ran = bench.run(&[&from[..], &["--output", &bench.at("metrics/regdoctor.prom")]].concat()).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(bench.read("metrics/regdoctor.prom"), report);
    assert_eq!(bench.read("metrics/opened"), "old\n");
    assert_eq!(bench.mode("metrics/regdoctor.prom"), 0o644, "another user's node_exporter reads it");
    assert_eq!(fs::read_dir(bench.path("metrics")).unwrap().count(), 2, "nothing is left beside it");
}

#[test]
fn a_file_is_not_coloured_unless_that_is_asked_for() {
    let bench = Bench::new();
    let coloured = |more: &[&str]| {
        let report = bench.at("report");
        let host = ["check", "--from", "fixtures/hosts/debian-12-docker-ce", "--output", &report];
        let arguments = [&host[..], more].concat();
        let output = bench.program().env("CLICOLOR_FORCE", "1").args(arguments).output().unwrap();
        assert!(output.stdout.is_empty(), "{output:?}");
        bench.read("report").contains('\x1b')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&["--color", "always"]));
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_the_old_report_stays() {
    let bench = Bench::new();
    let from = ["check", "--from", "fixtures/hosts/debian-13-docker-io", "--output"];
    let missing = bench.at("none/report");
    let ran = bench.run(&[&from[..], &[&missing]].concat()).ended(2);
    let want = format!(
        "error: cannot write {missing}: No such file or directory\nhint: --output takes a file in a folder that is there \
         and may be written\n"
    );
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", want));
    bench.lay("folder/report/inside", "");
    bench.run(&[&from[..], &[&bench.at("folder/report")]].concat()).ended(2);
    assert_eq!(fs::read_dir(bench.path("folder")).unwrap().count(), 1, "nothing is left beside it");
}
