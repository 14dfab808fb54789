//! What makes an edit effective, and what it costs.

use super::*;
use crate::model::plan::{Action, Effect, Restart};

fn effect(machine: &Machine, place: Place) -> Effect {
    machine.trust(place).unwrap().effect
}

fn restart(effect: Effect) -> Restart {
    match effect {
        Effect::Restart(restart) => restart,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_mildest_effect_is_taken() {
    let stopped = |engine: &mut EngineFacts| {
        engine.daemon = Daemon::Stopped;
        engine.effective = None;
    };
    let unmanaged = |engine: &mut EngineFacts| {
        engine.service.restart = Vec::new();
        engine.service.reload = None;
    };
    let rows: [(&str, Machine, Place, &str); 7] = [
        ("a file that was read", Machine::configured("{}"), Place::Best, "reload"),
        ("a file that is new", Machine::new(), Place::Best, "reload"),
        ("a flag", Machine::new(), Place::DropIn, "restart"),
        ("1.12 reads it at start", with_version("1.12.6"), Place::Best, "restart"),
        ("1.13 reads it again", with_version("1.13.1"), Place::Best, "reload"),
        ("nothing runs", Machine::with(stopped), Place::Best, "later"),
        ("nobody can restart it", Machine::with(unmanaged), Place::Best, "later"),
    ];
    for (name, machine, place, want) in rows {
        let got = match effect(&machine, place) {
            Effect::Reload { .. } => "reload",
            Effect::Restart(_) => "restart",
            Effect::Later(_) => "later",
            Effect::Nothing => "nothing",
        };
        assert_eq!(got, want, "{name}");
    }
}

fn with_version(version: &str) -> Machine {
    Machine::with(|engine| engine.effective = Some(effective(version)))
}

#[test]
fn a_reload_that_is_not_taken_up_becomes_a_restart() {
    let Effect::Reload { action, neutral, otherwise } = effect(&Machine::new(), Place::Best) else { panic!() };
    assert_eq!(action, Action::Command(vec!["systemctl".into(), "reload".into(), "docker".into()]));
    assert_eq!(otherwise.unwrap().commands.last().unwrap(), &["systemctl", "restart", "docker"]);
    let neutral = String::from_utf8(neutral.unwrap().after.unwrap().0).unwrap();
    assert_eq!(neutral.split_whitespace().collect::<String>(), r#"{"insecure-registries":[]}"#);
    let listed = Machine::configured(r#"{"insecure-registries": ["old:5000"]}"#);
    let Effect::Reload { neutral, .. } = effect(&listed, Place::Best) else { panic!() };
    assert_eq!(neutral, None, "the old list itself takes the entry back");
    let signalled = Machine::with(|engine| engine.service.reload = Some(Reload::Signal(7)));
    let Effect::Reload { action, .. } = effect(&signalled, Place::Best) else { panic!() };
    assert_eq!(action, Action::Hangup(7));
}

#[test]
fn a_restart_names_what_it_stops() {
    let stops = |machine: &Machine| restart(effect(machine, Place::DropIn)).stops;
    assert_eq!(stops(&Machine::new()), [Container { id: "abc".into(), name: "web".into() }]);
    let live = Machine::with(|engine| engine.effective.as_mut().unwrap().live_restore = true);
    assert_eq!(stops(&live), [], "live-restore keeps containers running");
}

#[test]
fn starts_are_counted_anew_before_a_restart() {
    let commands = |machine: &Machine| {
        restart(effect(machine, Place::EnvFile)).commands.iter().map(|words| words.join(" ")).collect::<Vec<_>>()
    };
    let with_env = |change: fn(&mut EngineFacts)| {
        Machine::with(|engine| {
            add_env_file(engine, ENV, &["DOCKER_OPTS"], "");
            change(engine);
        })
    };
    let restart = "systemctl restart docker";
    assert_eq!(commands(&with_env(|_| ())), ["systemctl reset-failed docker.service docker.socket", restart]);
    assert_eq!(commands(&with_env(|engine| engine.service.manager = Init::Sysvinit)), [restart]);
    let user = with_env(|engine| engine.service.user = true);
    assert_eq!(commands(&user), ["systemctl --user reset-failed docker.service", restart]);
}
