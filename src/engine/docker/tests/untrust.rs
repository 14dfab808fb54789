//! What is left when a trust is taken back.

use super::*;
use crate::model::plan::{Effect, Expectation};
use crate::model::record::{FileRecord, Kept, Record, State};

const LISTED: &str = "{\"insecure-registries\": [\"reg.lan:5000\"]}\n";

/// A change that regdoctor made to one file.
fn record(number: u64, path: &str, before: Option<&str>, after: Option<&str>) -> Record {
    let kept = |text: &str| Kept(text.as_bytes().to_vec());
    let file = FileRecord {
        path: path.into(),
        before: before.map(kept),
        after: after.map(kept),
        mode: 0o644,
        ..FileRecord::default()
    };
    Record { id: number, state: State::Done, files: vec![file], ..Record::default() }
}

/// daemon.json after all steps; `None` when it is gone.
fn left(plan: &Plan) -> Option<String> {
    let last = plan.steps.iter().chain(&plan.afterwards).rev().find_map(|step| match step {
        Step::Write(change) | Step::RemoveFile(change) => Some(change.after.clone()),
        _ => None,
    });
    last.unwrap().map(|kept| String::from_utf8(kept.0).unwrap())
}

#[test]
fn the_file_gets_its_old_form_where_nobody_else_touched_it() {
    let old = "{ }\n";
    let both = "{\"insecure-registries\": [\"reg.lan:5000\", \"b\"]}\n";
    let only_b = "{\"insecure-registries\": [\"b\"]}\n";
    let rows: [(&str, &str, Vec<Record>, Option<&str>); 7] = [
        ("made by regdoctor", LISTED, vec![record(1, JSON, None, Some(LISTED))], None),
        ("edited by regdoctor", LISTED, vec![record(1, JSON, Some(old), Some(LISTED))], Some(old)),
        ("without a history", LISTED, vec![], Some("{\"insecure-registries\": []}\n")),
        (
            "changed by somebody since",
            LISTED,
            vec![record(1, JSON, Some(old), Some("{}"))],
            Some("{\"insecure-registries\": []}\n"),
        ),
        (
            "another file's record",
            LISTED,
            vec![record(1, ENV, Some(old), Some(LISTED))],
            Some("{\"insecure-registries\": []}\n"),
        ),
        (
            "the older of two entries",
            both,
            vec![record(1, JSON, None, Some(LISTED)), record(2, JSON, Some(LISTED), Some(both))],
            Some(only_b),
        ),
        (
            "the last entry of several changes",
            LISTED,
            vec![
                record(1, JSON, Some(old), Some(only_b)),
                record(2, JSON, Some(only_b), Some(both)),
                record(3, JSON, Some(both), Some(LISTED)),
            ],
            Some(old),
        ),
    ];
    for (name, text, history, want) in rows {
        let mut machine = Machine::configured(text);
        machine.facts.history = history;
        assert_eq!(left(&machine.untrust().unwrap()).as_deref(), want, "{name}");
    }
}

/// On its way back the file had an empty list for a moment: that was never meant to last.
#[test]
fn what_a_file_was_between_two_changes_does_not_count() {
    let (old, empty) = ("{}\n", "{\"insecure-registries\": []}\n");
    let twice = Record {
        files: [record(2, JSON, Some(LISTED), Some(empty)).files, record(2, JSON, Some(empty), Some(old)).files]
            .concat(),
        ..record(2, JSON, None, None)
    };
    let mut machine = Machine::configured(LISTED);
    machine.facts.history =
        vec![record(1, JSON, Some(old), Some(LISTED)), twice, record(3, JSON, Some(old), Some(LISTED))];
    assert_eq!(left(&machine.untrust().unwrap()).as_deref(), Some(old));
}

#[test]
fn an_unfinished_record_tells_nothing() {
    for state in [State::Running, State::PutBack, State::Stuck] {
        let mut machine = Machine::configured(LISTED);
        machine.facts.history = vec![Record { state, ..record(1, JSON, None, Some(LISTED)) }];
        assert!(left(&machine.untrust().unwrap()).is_some(), "{state:?}");
    }
}

/// A key that is gone stays in effect until a restart: the list is emptied first, and the key goes afterwards.
#[test]
fn the_list_is_emptied_before_it_goes() {
    let mut machine = Machine::configured(LISTED);
    machine.facts.history = vec![Record { folders: vec!["/etc/docker".into()], ..record(1, JSON, None, Some(LISTED)) }];
    let plan = machine.untrust().unwrap();
    assert_eq!(written(&plan), "{\"insecure-registries\": []}\n");
    assert!(matches!(plan.effect, Effect::Reload { .. }));
    assert_eq!(lines(&plan.afterwards), [format!("remove {JSON}"), "remove folder /etc/docker".into()]);
    machine.engine.daemon = Daemon::Stopped;
    machine.engine.effective = None;
    let plan = machine.untrust().unwrap();
    assert_eq!(lines(&plan.steps), [format!("remove {JSON}"), "remove folder /etc/docker".into()]);
    assert_eq!(plan.afterwards, []);
}

#[test]
fn the_engine_must_agree() {
    let plan = Machine::configured(LISTED).untrust().unwrap();
    assert_eq!(plan.expects, [Expectation::Answers, Expectation::NotInsecure(entry(REGISTRY))]);
    let nothing = Machine::new().untrust().unwrap();
    assert!(nothing.is_empty());
    assert_eq!(nothing.expects, [Expectation::Answers]);
    // No file names it, and the daemon holds on to it.
    let kept = Machine::with(|engine| engine.effective.as_mut().unwrap().insecure.push(entry(REGISTRY)));
    let plan = kept.untrust().unwrap();
    assert!(matches!(plan.effect, Effect::Restart(_)) && plan.steps.is_empty());
    let silent = Machine::with(|engine| {
        configure(engine, LISTED);
        engine.effective = None;
    });
    assert_eq!(silent.untrust().unwrap().expects, [Expectation::Answers]);
}

#[test]
fn a_range_that_covers_it_is_named() {
    let wish = |text: &str| Wish::Untrust { entry: entry(text) };
    let wide = Machine::with(|engine| engine.effective.as_mut().unwrap().insecure.push(entry("10.0.0.0/8")));
    let rows = [("10.1.2.3:5000", "regdoctor untrust 10.0.0.0/8"), ("127.0.0.1:5000", "cannot be changed")];
    for (name, want) in rows {
        let warnings = wide.plan(&wish(name)).unwrap().warnings;
        assert!(warnings.iter().any(|one| one.contains(want)), "{name}: {warnings:?}");
    }
}

#[test]
fn every_flag_goes_from_its_own_place() {
    let text = "# mine\nDOCKER_OPTS=\"-D --insecure-registry reg.lan:5000\"\nOTHER=$X\n";
    let env = Machine::with(|engine| {
        add_env_file(engine, ENV, &["DOCKER_OPTS", "OTHER"], text);
        add_setting(engine, REGISTRY, ENV);
    });
    let plan = env.untrust().unwrap();
    assert_eq!(written(&plan), "# mine\nDOCKER_OPTS=\"-D\"\nOTHER=$X\n");
    assert!(matches!(plan.effect, Effect::Restart(_)));

    let path = "/etc/systemd/system/docker.service.d/mine.conf";
    let drop_in = |line: &str| {
        Machine::with(|engine| {
            engine.service.drop_ins.push(path.into());
            add_file(engine, path, &format!("[Service]\nEnvironment=A=1\nExecStart=\nExecStart={line}\n"));
            add_setting(engine, REGISTRY, path);
        })
    };
    let plan = drop_in("/usr/bin/dockerd --insecure-registry=reg.lan:5000 -D").untrust().unwrap();
    assert_eq!(written(&plan), "[Service]\nEnvironment=A=1\nExecStart=\nExecStart=/usr/bin/dockerd -D\n");
    let refusal = drop_in("/usr/bin/dockerd $DOCKER_OPTS").untrust().unwrap_err();
    assert!(refusal.what.contains("stands in a variable"), "{refusal}");

    let package = Machine::with(|engine| add_setting(engine, REGISTRY, UNIT));
    assert!(package.untrust().unwrap_err().what.contains("which a package owns"));
}

#[test]
fn every_spelling_goes() {
    let json = Machine::configured("{\"insecure-registries\": [\"http://reg.lan:5000\", \"b\", \"reg.lan:5000\"]}");
    assert_eq!(written(&json.untrust().unwrap()), "{\"insecure-registries\": [\"b\"]}");
    let env = Machine::with(|engine| {
        let (one, two) = ("--insecure-registry=http://reg.lan:5000", "--insecure-registry reg.lan:5000");
        add_env_file(engine, ENV, &["A", "B"], &format!("A=\"{one} {two}\"\nB=\"-D {two}\"\n"));
        for value in ["http://reg.lan:5000", REGISTRY, REGISTRY] {
            add_setting(engine, value, ENV);
        }
    });
    assert_eq!(written(&env.untrust().unwrap()), "A=\"\"\nB=\"-D\"\n");
}

#[test]
fn authorities_go_and_identities_stay() {
    let folder = "/etc/docker/certs.d/reg.lan:5000";
    let foreign = Machine::with(|engine| add_authority(engine, &["ca.crt", "two.crt"]));
    let removed = [format!("remove {folder}/ca.crt"), format!("remove {folder}/two.crt")];
    assert_eq!(lines(&foreign.untrust().unwrap().steps), removed);

    let mut ours = Machine::with(|engine| add_authority(engine, &["ca.crt"]));
    let made = vec!["/etc/docker/certs.d".into(), folder.into()];
    let file = format!("{folder}/ca.crt");
    ours.facts.history = vec![Record { folders: made, ..record(1, &file, None, Some("PEM\n")) }];
    let steps = lines(&ours.untrust().unwrap().steps);
    let wanted =
        [format!("remove {file}"), format!("remove folder {folder}"), "remove folder /etc/docker/certs.d".into()];
    assert_eq!(steps, wanted);

    let client = Machine::with(|engine| add_authority(engine, &["ca.crt", "client.cert", "client.key"]));
    let plan = client.untrust().unwrap();
    assert_eq!(lines(&plan.steps), [format!("remove {folder}/ca.crt")]);
    assert!(plan.warnings[0].contains("client.cert, client.key stay in"), "{:?}", plan.warnings);
}

#[test]
fn what_no_file_says_is_not_taken_back_by_a_restart() {
    let built_in = Machine::new().plan(&Wish::Untrust { entry: entry("127.0.0.0/8") }).unwrap_err();
    assert!(built_in.what.contains("is built into Docker"), "{built_in}");
    let by_hand = Machine::with(|engine| {
        engine.service.restart.clear();
        engine.effective.as_mut().unwrap().insecure.push(entry(REGISTRY));
        if let Daemon::Running(running) = &mut engine.daemon {
            running.arguments.push(format!("--insecure-registry={REGISTRY}"));
        }
    });
    assert!(by_hand.untrust().unwrap_err().what.contains("no file on this machine says so"));
    let forgotten = Machine::with(|engine| engine.effective.as_mut().unwrap().insecure.push(entry(REGISTRY)));
    assert!(matches!(forgotten.untrust().unwrap().effect, Effect::Restart(_)), "a file said so once");
}
