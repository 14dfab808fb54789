//! What a wish comes to.

use super::*;
use crate::model::entry_point::{self, EntryPoint};
use crate::model::plan::{Effect, Expectation};

fn registry() -> EntryPoint {
    entry_point::parse(REGISTRY).unwrap().entry_point
}

fn trust_ca(pem: &str) -> Wish {
    Wish::TrustCa { registry: registry(), pem: pem.into() }
}

#[test]
fn docker_hub_is_never_insecure() {
    for name in ["docker.io", "index.docker.io"] {
        let wish = Wish::Insecure { entry: entry(name), place: Place::Best };
        let refusal = Machine::new().plan(&wish).unwrap_err();
        assert!(refusal.what.contains("Docker Hub"), "{refusal}");
    }
}

#[test]
fn an_entry_is_appended_and_must_hold_afterwards() {
    let plan = Machine::configured("{\n  \"debug\": true\n}\n").trust(Place::Best).unwrap();
    assert_eq!(written(&plan), "{\n  \"debug\": true,\n  \"insecure-registries\": [\"reg.lan:5000\"]\n}\n");
    let wanted = [Expectation::Answers, Expectation::Insecure(entry(REGISTRY)), Expectation::Reaches(REGISTRY.into())];
    assert_eq!(plan.expects, wanted);
    let Step::Write(change) = &plan.steps[0] else { panic!() };
    assert_eq!(change.mode, 0o640, "a file that comes back comes back with its mode");
}

#[test]
fn a_range_cannot_be_reached() {
    let wish = Wish::Insecure { entry: entry("10.0.0.0/8"), place: Place::Best };
    let plan = Machine::new().plan(&wish).unwrap();
    assert_eq!(plan.expects, [Expectation::Answers, Expectation::Insecure(entry("10.0.0.0/8"))]);
}

#[test]
fn what_is_done_already_is_not_done_again() {
    let listed = || Machine::configured(r#"{"insecure-registries": ["http://reg.lan:5000"]}"#);
    let pending = listed().trust(Place::Best).unwrap();
    assert_eq!(lines(&pending.steps), ["run /usr/bin/dockerd --validate --config-file /etc/docker/daemon.json"]);
    assert!(matches!(pending.effect, Effect::Reload { .. }), "set, and not in effect yet");
    let mut done = listed();
    done.engine.effective.as_mut().unwrap().insecure.push(entry(REGISTRY));
    assert!(done.trust(Place::Best).unwrap().is_empty());
}

#[test]
fn a_new_folder_is_made_from_the_outside_in() {
    let machine = Machine::with(|engine| engine.folders.retain(|path| !path.ends_with("docker")));
    let plan = machine.plan(&trust_ca("PEM")).unwrap();
    let wanted = [
        "make /etc/docker",
        "make /etc/docker/certs.d",
        "make /etc/docker/certs.d/reg.lan:5000",
        "write /etc/docker/certs.d/reg.lan:5000/ca.crt",
    ];
    assert_eq!(lines(&plan.steps), wanted);
    assert_eq!(plan.effect, Effect::Nothing, "certs.d is read at every connection");
}

#[test]
fn an_authority_goes_beside_others() {
    let machine = Machine::with(|engine| add_authority(engine, &["ca.crt", "ca-2.crt"]));
    let plan = machine.plan(&trust_ca("OTHER")).unwrap();
    assert_eq!(lines(&plan.steps), ["write /etc/docker/certs.d/reg.lan:5000/ca-3.crt"]);
    assert!(machine.plan(&trust_ca("PEM")).unwrap().is_empty(), "it is there already");
}

#[test]
fn a_file_in_the_folders_place_is_refused() {
    let machine = Machine::with(|engine| {
        add_authority(engine, &[]);
        engine.certs.registries[0].not_a_folder = true;
    });
    assert!(machine.plan(&trust_ca("PEM")).unwrap_err().what.contains("not a folder"));
}

#[test]
fn a_client_certificate_comes_after_its_key() {
    let wish = Wish::ClientCertificate { registry: registry(), certificate: "CERT".into(), key: "KEY".into() };
    let plan = Machine::new().plan(&wish).unwrap();
    let folder = "/etc/docker/certs.d/reg.lan:5000";
    let steps = lines(&plan.steps);
    assert_eq!(steps[2..], [format!("write {folder}/client.key"), format!("write {folder}/client.cert")]);
    let Step::Write(key) = &plan.steps[2] else { panic!() };
    assert!(key.secret && key.mode == 0o600);
    let taken = Machine::with(|engine| add_authority(engine, &["client.cert"]));
    assert!(taken.plan(&wish).unwrap_err().what.contains("another client certificate"));
}

#[test]
fn an_edit_that_does_not_last_is_said_so() {
    let mut machine = Machine::new();
    machine.facts.distro.family = distro::family("cos", &[], &|_| false);
    let warnings = machine.trust(Place::Best).unwrap().warnings;
    assert!(warnings.iter().any(|one| one.contains("cloud-init")), "{warnings:?}");
}

#[test]
fn a_system_that_renders_everything_is_left_alone() {
    let mut machine = Machine::with(|engine| engine.config.managed_by = Some("configuration.nix".into()));
    machine.facts.distro.family = distro::family("nixos", &[], &|_| false);
    add_setting(&mut machine.engine, REGISTRY, UNIT);
    for place in [Place::Best, Place::DaemonJson, Place::DropIn] {
        machine.engine.settings[0].value = "old:5000".into();
        assert!(machine.refused(place).contains("configuration.nix"));
        machine.engine.settings[0].value = REGISTRY.into();
        assert!(machine.untrust().unwrap_err().because[0].contains("configuration.nix"));
    }
}
