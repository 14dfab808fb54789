//! The commands that only show or serve: help, version, `explain`, `demo`, `serve-test-registry`; and closed pipes.

use std::fs;

use nix::sys::signal::Signal;
use regdoctor::client::{Image, Trust};

use crate::harness::{self, Bench, Ran};
use crate::server::Server;

const COMMANDS: &[&str] =
    &["check", "trust", "untrust", "push", "list", "explain", "deploy", "serve-test-registry", "demo", "generate"];

#[test]
fn help_is_for_every_command() {
    let bench = Bench::new();
    bench.settings().bind(|| insta::assert_snapshot!("help", bench.run(&["--help"]).ended(0)));
    for command in COMMANDS {
        let long = bench.run(&[command, "--help"]).ended(0);
        assert!(long.stdout.contains(&format!("Usage: regdoctor {command} [OPTIONS]")), "{long}");
        assert_eq!(long.stderr, "");
        assert_eq!(bench.run(&[command, "-h"]), long);
        assert_eq!(bench.run(&["help", command]).stdout, long.stdout);
        let wide: Vec<&str> = long.stdout.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{wide:?}");
    }
    let none = bench.run(&[]).ended(2);
    assert!(none.stdout.is_empty() && none.stderr.contains("Usage: regdoctor"), "{none}");
}

#[test]
fn the_version_is_the_package_s() {
    let bench = Bench::new();
    for flag in ["--version", "-V"] {
        assert_eq!(bench.run(&[flag]).ended(0).stdout, concat!("regdoctor ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}

#[test]
fn every_cause_is_explained() {
    let bench = Bench::new();
    let list = bench.run(&["explain"]).ended(0).stdout;
    assert_eq!(list.lines().count(), regdoctor::check::causes().len());
    for line in list.lines() {
        let (slug, summary) = line.split_once("  ").unwrap();
        assert!(!summary.trim().is_empty(), "{line}");
        let page = bench.run(&["explain", slug]).ended(0).stdout;
        for heading in ["What this means", "How it was recognised", "Fix it", "Example"] {
            assert!(page.contains(heading), "{slug} has no {heading}");
        }
    }
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let bench = Bench::new();
    let report = ["check", "--from", "fixtures/hosts/debian-12-docker-ce"];
    let coloured = |variables: &[(&str, &str)], more: &[&str]| {
        let output = bench.program().envs(variables.iter().copied()).args(report).args(more).output().unwrap();
        output.stdout.contains(&b'\x1b')
    };
    assert!(!coloured(&[], &[]), "no terminal");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color", "always"]));
}

/// As in `regdoctor … | head -0`.
#[test]
fn a_closed_pipe_is_no_error() {
    let bench = Bench::new();
    let rows: &[(&[&str], i32)] = &[
        (&["--help"], 0),
        (&["--version"], 0),
        (&["explain"], 0),
        (&["check", "--from", "fixtures/hosts/debian-13-docker-io"], 0),
        (&["check", "--format", "json", "--from", "fixtures/hosts/rhel-9-without-root"], 1),
    ];
    for (arguments, code) in rows {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = bench.program().args(*arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn the_demo_runs_to_its_end() {
    let bench = Bench::new();
    let ran = bench.run(&["demo"]).ended(0);
    let steps: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    let words = [
        "answers at localhost:",
        "check",
        "trust its authority",
        "check again",
        "push",
        "pull it back",
        "take the trust back",
    ];
    assert_eq!(steps.len(), words.len(), "{ran}");
    for (number, (step, word)) in steps.iter().zip(words).enumerate() {
        assert!(step.starts_with(&format!("{}. ", number + 1)) && step.contains(word), "{step}: no {word}");
    }
    let places =
        ["daemon-not-trusting-ca", "pull fails, push fails", "pull works, push works", "the same image came back"];
    let found: Vec<Option<usize>> = places.iter().map(|word| ran.stdout.find(word)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{ran}");
    assert!(ran.stdout.contains("\nEverything was undone."), "{ran}");
    assert_eq!(left(&bench), [""; 0], "what the demo laid out is gone");
}

/// The names in the folder for temporary files.
fn left(bench: &Bench) -> Vec<String> {
    fs::read_dir(bench.path("tmp")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The command that it prints, without `sudo regdoctor`.
fn printed_command(ran: &Ran) -> Vec<String> {
    let line = ran.stdout.lines().next().unwrap();
    let command = line.strip_prefix("to make Docker trust it: sudo regdoctor ").unwrap_or_else(|| panic!("{ran}"));
    shlex::split(command).unwrap()
}

#[test]
fn a_registry_over_plain_http() {
    let bench = Bench::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let server = Server::start(&bench, &[]);
        assert_eq!(server.first, format!("listening on http://{}\n", server.address));
        let image = Image::tiny("one");
        let client = server.client(&Trust::PlainHttp);
        client.push(&image, "team/app", "v1").unwrap();
        assert_eq!(client.pull("team/app", "v1").unwrap(), image);
        assert_ne!(left(&bench), [""; 0], "what is pushed lies in a folder of its own");
        let address = server.address.clone();
        let ran = server.end(signal).ended(0);
        assert_eq!(left(&bench), [""; 0], "its own folder is gone");
        assert_eq!(printed_command(&ran), ["trust", &address, "--insecure"]);
        assert!(ran.stderr.contains("PUT /v2/team/app/manifests/v1"), "a line for each request: {ran}");
    }
}

#[test]
fn a_registry_over_tls_prints_the_command_that_trusts_it() {
    let bench = Bench::new();
    let folder = bench.at("an authority");
    let server = Server::start(&bench, &["--tls", &folder, "--quiet"]);
    assert_eq!(server.first, format!("listening on https://{}\n", server.address));
    let authority = bench.read("an authority/ca.crt");
    assert_eq!((bench.mode("an authority/ca.crt"), bench.mode("an authority/ca.key")), (0o644, 0o600));
    let image = Image::tiny("two");
    let other = Trust::Certificates(harness::authority().certificate_pem().to_string());
    server.client(&Trust::Certificates(authority.clone())).push(&image, "app", "v1").unwrap();
    assert!(server.client(&other).pull("app", "v1").is_err());
    let address = server.address.clone();
    let ran = server.end(Signal::SIGTERM).ended(0);
    assert_eq!(ran.stderr, "", "quiet");
    let command = printed_command(&ran);
    assert_eq!(command, ["trust", &address, "--ca", &format!("{folder}/ca.crt")]);
    let root = bench.lay_folder("root");
    let command: Vec<&str> = command.iter().map(String::as_str).chain(["--root", &root, "--yes"]).collect();
    bench.run(&command).ended(0);
    assert_eq!(bench.read(&format!("root/etc/docker/certs.d/{address}/ca.crt")), authority);
    let server = Server::start(&bench, &["--tls", &folder, "--name", "registry.lan"]);
    assert_eq!(bench.read("an authority/ca.crt"), authority, "the authority is used again");
    let name = format!("registry.lan:{}", server.address.rsplit(':').next().unwrap());
    let ran = server.end(Signal::SIGTERM).ended(0);
    assert_eq!(printed_command(&ran)[1], name);
}

#[test]
fn a_registry_keeps_its_data_where_it_is_told() {
    let bench = Bench::new();
    let data = bench.at("data");
    let image = Image::tiny("three");
    let server = Server::start(&bench, &["--data", &data, "--quiet"]);
    server.client(&Trust::PlainHttp).push(&image, "app", "v1").unwrap();
    server.end(Signal::SIGTERM).ended(0);
    assert_eq!(left(&bench), [""; 0]);
    let server = Server::start(&bench, &["--data", &data, "--quiet"]);
    assert_eq!(server.client(&Trust::PlainHttp).pull("app", "v1").unwrap(), image);
    server.end(Signal::SIGTERM).ended(0);
}
