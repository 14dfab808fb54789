use super::super::testing::{self, only};
use super::*;
use crate::model::facts::{Daemon, EnvFile, EnvReader};

fn bent(change: impl FnOnce(&mut EngineFacts)) -> Verdict {
    let mut engine = testing::engine();
    change(&mut engine);
    run(&testing::healthy(), Some(&engine))
}

#[test]
fn a_healthy_host_passes() {
    assert_eq!(bent(|_| ()), Verdict::Passed("insecure: reg.lan:5000".into()));
    assert_eq!(bent(|engine| engine.effective = None), Verdict::NotApplicable);
    let secure = bent(|engine| {
        testing::configure(engine, "{\"insecure-registries\": [\"http://docker.io\"]}");
        engine.effective.as_mut().unwrap().insecure.pop();
    });
    assert_eq!(secure, Verdict::Passed("no registry is insecure".into()));
}

#[test]
fn an_entry_that_docker_has_not_read() {
    let finding = only(bent(|engine| {
        engine.effective.as_mut().unwrap().insecure.pop();
        engine.config.modified = Some(testing::NOW);
    }));
    assert_eq!(finding.cause.slug, "daemon-not-restarted-after-change");
    assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --insecure"]);
    assert_eq!(
        finding.evidence,
        [
            "/etc/docker/daemon.json line 2 has reg.lan:5000, and the running Docker has not",
            "/etc/docker/daemon.json was written on 2027-01-15 08:00 UTC, Docker was started on 2027-01-15 07:00 UTC"
        ]
    );
}

#[test]
fn an_entry_that_no_file_has_any_more() {
    let finding = only(bent(|engine| testing::configure(engine, "{}")));
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.remedy.commands, ["sudo regdoctor untrust reg.lan:5000"]);
    let typed = bent(|engine| {
        testing::configure(engine, "{}");
        engine.service.exec_start = None;
        if let Daemon::Running(running) = &mut engine.daemon {
            running.arguments = testing::words("dockerd --insecure-registry=reg.lan:5000");
        }
    });
    assert!(matches!(typed, Verdict::Passed(_)));
}

#[test]
fn mirrors_and_options() {
    let mirror = only(bent(|engine| {
        testing::configure(
            engine,
            "{\"insecure-registries\": [\"reg.lan:5000\"], \"registry-mirrors\": [\"https://mirror.lan\"]}",
        );
    }));
    assert_eq!(mirror.remedy.commands, ["sudo systemctl reload docker"]);
    let options = only(bent(|engine| {
        engine.settings.push(testing::flag("/etc/default/docker", "data-root", "/srv/docker"));
        engine.service.env_files.push(EnvFile {
            path: "/etc/default/docker".into(),
            optional: true,
            variables: vec!["DOCKER_OPTS".into()],
            reader: EnvReader::Systemd,
            exists: true,
        });
    }));
    assert_eq!(
        options.evidence,
        ["/etc/default/docker line 9 sets data-root to /srv/docker, and dockerd was started without it"]
    );
    assert_eq!(options.remedy.commands, ["sudo systemctl restart docker"]);
}

#[test]
fn a_unit_that_systemd_has_not_read() {
    let finding = only(bent(|engine| engine.service.needs_daemon_reload = true));
    assert_eq!(finding.remedy.commands, ["sudo systemctl daemon-reload && sudo systemctl restart docker"]);
}

#[test]
fn what_comes_first_is_left_first() {
    let verdict = bent(|engine| {
        engine.effective.as_mut().unwrap().insecure.pop();
        engine.settings.push(testing::flag("/u", "insecure-registries", "b:5000"));
    });
    assert_eq!(verdict, Verdict::Skipped("a setting is given twice".into()));
    assert!(matches!(bent(|engine| engine.config.state = ConfigState::Denied), Verdict::Skipped(_)));
}
