//! What the packages say twice must be the same both times.

use std::fs;
use std::path::Path;

use regex::Regex;
use toml_edit::Value;

use crate::harness::Bench;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_changelog_is_of_this_version_and_the_manual_of_its_day() {
    let changelog = text("packaging/debian/changelog");
    let version = concat!("regdoctor (", env!("CARGO_PKG_VERSION"), "-1) ");
    assert!(changelog.starts_with(version), "the changelog has no entry for this version: {changelog}");
    let trailer = Regex::new(r"(?m)^ -- .*>  \w{3}, (\d\d) (\w{3}) (\d{4}) ").unwrap();
    let released = trailer.captures(&changelog).unwrap();
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == &released[2]).unwrap() + 1;
    let day = format!("{}-{month:02}-{}", &released[3], &released[1]);
    let page = Bench::new().run(&["generate", "man"]).ended(0).stdout;
    assert!(page.contains(&format!("\n.TH REGDOCTOR 1 {day} ")), "the manual is not of {day}: {page}");
}

/// Both lists of assets, as what goes where.
#[test]
fn the_deb_and_the_rpm_have_the_same_in_them() {
    let manifest = text("Cargo.toml").parse::<toml_edit::DocumentMut>().unwrap();
    let metadata = &manifest["package"]["metadata"];
    let rows = |of: &str| metadata[of]["assets"].as_array().unwrap().clone();
    let source = |row: &Value, key: &str| row.as_inline_table().unwrap()[key].as_str().unwrap().to_string();
    let deb: Vec<String> =
        rows("deb").iter().map(|row| row.as_array().unwrap().get(0).unwrap().as_str().unwrap().to_string()).collect();
    let rpm: Vec<String> = rows("generate-rpm").iter().map(|row| source(row, "source")).collect();
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    assert_eq!(only(&deb, &rpm), ["packaging/debian/copyright", "packaging/debian/lintian-overrides"]);
    assert_eq!(only(&rpm, &deb), ["LICENSE-*"]);
}

#[test]
fn the_unit_runs_a_command_that_there_is() {
    let unit = text("packaging/systemd/regdoctor-check.service");
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/regdoctor ")).unwrap();
    let bench = Bench::new();
    let list = bench.lay("registries.txt", text("packaging/registries.txt"));
    let line = line.replace("/etc/regdoctor/registries.txt", &list).replace("${TEXTFILE_FOLDER}", &bench.at("tmp"));
    let ran = bench.run(&line.split(' ').collect::<Vec<_>>()).ended(2);
    assert!(ran.stderr.contains("it names no registry"), "the list that is shipped names none: {ran}");
    bench.lay("registries.txt", "127.0.0.1:1 # nothing listens\n");
    bench.run(&line.split(' ').collect::<Vec<_>>()).ended(0);
    assert!(bench.read("tmp/regdoctor.prom").contains("regdoctor_works"));
}
