//! Where an entry goes, and where it may not go.

use super::*;
use crate::model::facts::{Client, ClientVersion};

/// The first file that a wish edits.
fn edited(machine: &Machine, place: Place) -> String {
    let plan = machine.trust(place).unwrap();
    lines(&plan.steps).into_iter().find_map(|line| line.strip_prefix("write ").map(str::to_string)).unwrap()
}

fn with_flag(text: &str) -> impl FnOnce(&mut EngineFacts) {
    move |engine| {
        add_env_file(engine, ENV, &["DOCKER_OPTS"], text);
        add_setting(engine, "old:5000", ENV);
    }
}

const FLAG: &str = "DOCKER_OPTS=\"--insecure-registry=old:5000\"\n";
const DROP_IN: &str = "/etc/systemd/system/docker.service.d/regdoctor.conf";

#[test]
fn the_setting_stays_where_it_lives() {
    let rows: [(&str, Machine, &str); 5] = [
        ("nothing anywhere", Machine::new(), JSON),
        ("a list in the file", Machine::configured(r#"{"insecure-registries": ["old:5000"]}"#), JSON),
        ("a file with other keys", Machine::configured(r#"{"debug": true}"#), JSON),
        ("a flag in a variable", Machine::with(with_flag(FLAG)), ENV),
        ("a flag in the unit", Machine::with(|engine| add_setting(engine, "old:5000", UNIT)), DROP_IN),
    ];
    for (name, machine, want) in rows {
        assert_eq!(edited(&machine, Place::Best), want, "{name}");
    }
}

#[test]
fn a_place_that_is_asked_for_is_taken() {
    let readable = |engine: &mut EngineFacts| add_env_file(engine, ENV, &["DOCKER_OPTS"], "");
    assert_eq!(edited(&Machine::new(), Place::DaemonJson), JSON);
    assert_eq!(edited(&Machine::with(readable), Place::EnvFile), ENV);
    assert_eq!(edited(&Machine::new(), Place::DropIn), DROP_IN);
    let plan = Machine::new().trust(Place::DropIn).unwrap();
    let steps = lines(&plan.steps);
    assert_eq!(
        steps,
        ["make /etc/systemd/system/docker.service.d", &format!("write {DROP_IN}"), "run systemctl daemon-reload"]
    );
    let line = "ExecStart=/usr/bin/dockerd -H fd:// $DOCKER_OPTS --insecure-registry=reg.lan:5000\n";
    assert!(written(&plan).ends_with(line), "{}", written(&plan));
}

#[test]
fn a_place_that_would_stop_docker_is_refused() {
    let twice = |engine: &mut EngineFacts| {
        with_flag(FLAG)(engine);
        configure(engine, r#"{"insecure-registries": ["old:5000"]}"#);
    };
    let in_json = || Machine::configured(r#"{"insecure-registries": ["old:5000"]}"#);
    let rows: Vec<(&str, Machine, Place, &str)> = vec![
        ("a flag and the file", Machine::with(twice), Place::Best, "set twice"),
        ("a flag, then the file", Machine::with(with_flag(FLAG)), Place::DaemonJson, "leave out `--in daemon-json`"),
        ("the file, then a variable", in_json(), Place::EnvFile, "names them already"),
        ("the file, then a drop-in", in_json(), Place::DropIn, "names them already"),
        ("no variable reaches Docker", Machine::new(), Place::EnvFile, "no file of variables"),
        (
            "no unit",
            Machine::with(|engine| engine.service.manager = Init::OpenRc),
            Place::DropIn,
            "drop-ins need systemd",
        ),
        ("the snap", Machine::with(|engine| engine.packaging = Packaging::Snap), Place::DropIn, "packaging of Docker"),
        (
            "a trailing comma",
            Machine::configured("{\n  \"debug\": true,\n}\n"),
            Place::Best,
            "broken: Docker will not start with it; line 3, column 1",
        ),
        (
            "a generated file",
            Machine::with(|engine| engine.config.managed_by = Some("ask somebody".into())),
            Place::Best,
            "ask somebody",
        ),
    ];
    for (name, machine, place, want) in rows {
        let refused = machine.refused(place);
        assert!(refused.contains(want), "{name}: {refused}");
    }
}

#[test]
fn a_flag_that_no_file_explains_is_refused() {
    let machine = Machine::with(|engine| {
        if let Daemon::Running(running) = &mut engine.daemon {
            running.arguments.extend(["--insecure-registry".to_string(), "typed:5000".to_string()]);
        }
    });
    let refused = machine.refused(Place::Best);
    assert!(refused.contains("no file on this machine says so"), "{refused}");
    assert!(refused.contains("--insecure-registry typed:5000"), "{refused}");
}

/// The path of a file of variables, those that reach Docker, and its text.
type File = (&'static str, &'static [&'static str], &'static str);

#[test]
fn before_1_11_the_flag_is_all_there_is() {
    let old = |engine: &mut EngineFacts| engine.effective = Some(effective("1.10.3"));
    let rows: [(&[File], &str, &str); 4] = [
        (&[], DROP_IN, "--insecure-registry=reg.lan:5000"),
        (&[(ENV, &["DOCKER_OPTS"], "#DOCKER_OPTS=\"\"\n")], ENV, "DOCKER_OPTS=\"--insecure-registry=reg.lan:5000\"\n"),
        (
            &[
                ("/etc/sysconfig/docker", &["OPTIONS", "INSECURE_REGISTRY"], "OPTIONS='-D'\n"),
                ("/etc/sysconfig/docker-network", &["OPTIONS", "INSECURE_REGISTRY"], ""),
            ],
            "/etc/sysconfig/docker",
            "OPTIONS='-D'\nINSECURE_REGISTRY=\"--insecure-registry=reg.lan:5000\"\n",
        ),
        (
            &[
                ("/etc/sysconfig/docker", &["OPTIONS"], ""),
                ("/etc/sysconfig/docker-mine", &["OPTIONS"], "OPTIONS=\"\"\n"),
            ],
            "/etc/sysconfig/docker-mine",
            "OPTIONS=\"--insecure-registry=reg.lan:5000\"\n",
        ),
    ];
    for (files, path, text) in rows {
        let machine = Machine::with(|engine| {
            old(engine);
            for (path, variables, text) in files {
                add_env_file(engine, path, variables, text);
            }
        });
        assert_eq!(edited(&machine, Place::Best), path);
        let written = written(&machine.trust(Place::Best).unwrap());
        assert!(written.contains(text), "{written}");
    }
}

#[test]
fn some_hosts_are_hopeless() {
    let posing = |engine: &mut EngineFacts| {
        engine.daemon = Daemon::Absent;
        engine.client =
            Some(Client { path: "/usr/bin/docker".into(), version: ClientVersion::Posing("podman".into()) });
    };
    let rows: [(Machine, &str); 3] = [
        (Machine::with(posing), "is podman, not Docker"),
        (Machine::with(|engine| engine.packaging = Packaging::Desktop), "Docker Desktop"),
        (Machine::with(|engine| engine.effective = Some(effective("1.5.0"))), "too old"),
    ];
    for (machine, want) in rows {
        let refused = machine.refused(Place::Best);
        assert!(refused.contains(want), "{refused}");
    }
}

#[test]
fn a_scheme_in_an_entry_means_nothing() {
    for (value, same) in
        [("reg.lan:5000", true), ("http://reg.lan:5000", true), ("reg.lan", false), ("REG.lan:5000", false)]
    {
        assert_eq!(super::super::place::same_entry(value, &entry(REGISTRY)), same, "{value}");
    }
}
