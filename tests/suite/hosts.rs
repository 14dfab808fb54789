//! Every recorded host is understood: what it is, and what a wish would do to it.

use std::fmt::Write as _;
use std::fs;

use regdoctor::engine;
use regdoctor::facts;
use regdoctor::host::Recorded;
use regdoctor::model::ask::{Answer, Ask, FileContent};
use regdoctor::model::facts::{ClientVersion, Enclosure, EngineFacts, Facts, Init, Reload};
use regdoctor::model::observations::Observations;
use regdoctor::model::plan::{Effect, Plan, Step};
use regdoctor::model::wish::{InsecureEntry, Place, Wish};
use toml_edit::{DocumentMut, Item};

use crate::fixture;

/// What `want.toml` may say, in the order of the table that is printed.
const KEYS: [&str; 10] =
    ["family", "distro", "init", "enclosure", "packaging", "docker", "edits", "refused", "reload", "restart"];

/// A registry that no recorded host knows yet.
const NEW: &str = "new.lan:5000";

#[test]
fn every_host_is_understood() {
    let mut table = String::new();
    for name in fixture::names() {
        let text = fs::read_to_string(fixture::path(&name).join("want.toml")).unwrap();
        let want: DocumentMut = text.parse().unwrap_or_else(|error| panic!("{name}/want.toml: {error}"));
        let unknown: Vec<&str> = want.iter().map(|(key, _)| key).filter(|key| !KEYS.contains(key)).collect();
        assert!(unknown.is_empty(), "{name}/want.toml: unknown keys {unknown:?}");
        let facts = fixture::facts(&fixture::recorded(&name));
        for key in KEYS {
            let want = want.get(key).and_then(Item::as_str).unwrap_or_else(|| panic!("{name}/want.toml: no {key}"));
            let got = told(&facts, key);
            if !fits(key, want, &got) {
                writeln!(table, "{name:<28} {key:<10} want {want:<48} got {got}").unwrap();
            }
        }
    }
    assert!(table.is_empty(), "hosts that are understood otherwise:\n{table}");
}

/// A version may go on, a refusal may say more; everything else is exact.
fn fits(key: &str, want: &str, got: &str) -> bool {
    match key {
        "docker" => got.starts_with(want) && want.is_empty() == got.is_empty(),
        "refused" => got.contains(want) && want.is_empty() == got.is_empty(),
        _ => got == want,
    }
}

/// What the program says about one key of `want.toml`.
fn told(facts: &Facts, key: &str) -> String {
    match key {
        "family" => facts.distro.family.name.to_string(),
        "distro" => facts.distro.name.clone(),
        "init" if facts.init == Init::None => "none".into(),
        "init" => facts.init.name().to_lowercase(),
        "enclosure" => match &facts.enclosure {
            Some(Enclosure::Container(_)) => "container".into(),
            Some(Enclosure::Wsl(version)) => format!("wsl{version}"),
            Some(Enclosure::Root) => "root".into(),
            None => String::new(),
        },
        _ => match facts.engines.first() {
            Some(engine) => told_of_engine(facts, engine, key),
            None if key == "reload" => "none".into(),
            None => String::new(),
        },
    }
}

fn told_of_engine(facts: &Facts, engine: &EngineFacts, key: &str) -> String {
    let plan = plan(facts, engine);
    match key {
        "packaging" => engine.packaging.name().to_string(),
        "docker" => version(engine),
        "edits" => plan.as_ref().map(edits).unwrap_or_default(),
        "refused" => plan.err().unwrap_or_default(),
        "reload" => match plan.map(|plan| plan.effect) {
            Ok(Effect::Reload { .. }) => "reload".into(),
            Ok(Effect::Restart(_)) => "restart".into(),
            Ok(Effect::Nothing | Effect::Later(_)) | Err(_) => "none".into(),
        },
        _ => engine.service.restart.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join("; "),
    }
}

fn plan(facts: &Facts, engine: &EngineFacts) -> Result<Plan, String> {
    let wish = Wish::Insecure { entry: InsecureEntry::parse(NEW).unwrap(), place: Place::Best };
    let planned = engine::named(engine.engine).unwrap().plan(facts, engine, &wish);
    planned.map_err(|refusal| [vec![refusal.what], refusal.because, refusal.next].concat().join("; "))
}

fn edits(plan: &Plan) -> String {
    let paths = plan.steps.iter().filter_map(|step| match step {
        Step::Write(change) | Step::RemoveFile(change) => Some(change.path.display().to_string()),
        _ => None,
    });
    paths.collect::<Vec<_>>().join("; ")
}

fn version(engine: &EngineFacts) -> String {
    let client = engine.client.as_ref().and_then(|client| match &client.version {
        ClientVersion::Engine(version) => Some(version.text.clone()),
        _ => None,
    });
    engine.effective.as_ref().map(|effective| effective.version.text.clone()).or(client).unwrap_or_default()
}

#[test]
fn every_setting_is_found_where_it_is_said() {
    let rows = [
        ("debian-12-docker-io", "insecure-registries", "10.20.0.0/16", "/etc/default/docker line 5"),
        ("centos-7-docker-1.13", "insecure-registries", "registry.old.lan:5000", "/etc/sysconfig/docker line 10"),
        ("oracle-linux-7", "insecure-registries", "container2.lan", "/etc/sysconfig/docker line 4"),
        // In the middle of `sh -c '… | forward-journald'`.
        (
            "rhel-7-docker-1.10",
            "exec-opts",
            "native.cgroupdriver=systemd",
            "/usr/lib/systemd/system/docker.service line",
        ),
        // `Environment=` of a drop-in.
        (
            "flatcar",
            "registry-mirrors",
            "https://mirror.lan",
            "/etc/systemd/system/docker.service.d/10-mirror.conf line 2",
        ),
        ("flatcar", "selinux-enabled", "true", "/usr/lib/systemd/system/docker.service line 9"),
    ];
    for (name, key, value, origin) in rows {
        let facts = fixture::facts(&fixture::recorded(name));
        let said: Vec<String> =
            facts.engines[0].settings_of(key).map(|one| format!("{} {}", one.value, one.origin)).collect();
        assert!(said.iter().any(|one| one.starts_with(&format!("{value} {origin}"))), "{name}: {said:?}");
    }
}

/// RHEL 7 starts Docker in a shell's pipeline: the unit's main process is the shell, which a SIGHUP ends.
#[test]
fn the_daemon_itself_is_signalled() {
    let facts = fixture::facts(&fixture::recorded("rhel-7-docker-1.10"));
    assert_eq!(facts.engines[0].service.reload, Some(Reload::Signal(1316)));
}

/// The edited file, read again as part of the same machine: the entry is set once, and nothing is left to write.
#[test]
fn every_edit_is_read_back() {
    for name in fixture::names() {
        let mut seen = fixture::observe(&fixture::recorded(&name));
        let before = facts::derive(&seen, false);
        let Some(Ok(planned)) = before.engines.first().map(|engine| plan(&before, engine)) else { continue };
        for step in &planned.steps {
            let Step::Write(change) = step else { continue };
            let bytes = change.after.clone().unwrap().0;
            let content = FileContent { bytes, mode: 0o644, uid: 0, gid: 0, modified: before.now, target: None };
            seen.add(Ask::file(&change.path), Answer::File(content));
        }
        let after = facts::derive(&seen, false);
        let engine = after.engines.first().unwrap();
        let set: Vec<_> = engine.settings.iter().filter(|one| one.value == NEW).collect();
        assert_eq!(set.len(), 1, "{name}: {set:?}");
        assert_eq!(set[0].key, "insecure-registries", "{name}");
        let again = plan(&after, engine).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        // Docker may still be asked whether it takes the file.
        assert!(again.steps.iter().all(|step| matches!(step, Step::Run { .. })), "{name}: {:?}", again.steps);
    }
}

#[test]
fn a_saved_host_is_the_same_host() {
    for name in fixture::names() {
        let seen = fixture::observe(&fixture::recorded(&name));
        let saved = serde_json::to_string(&seen.redacted()).unwrap();
        let read: Observations = serde_json::from_str(&saved).unwrap();
        assert_eq!(read, seen.redacted(), "{name}: saving loses something");
        let replayed = fixture::observe(&Recorded::saved(read.clone()));
        assert_eq!(replayed, read, "{name}: a replay asks something else");
        // Redaction touches values, never structure: what is derived from it is derived from the replay.
        assert_eq!(facts::derive(&replayed, false), facts::derive(&seen.redacted(), false), "{name}");
        if seen.redacted() == seen {
            assert_eq!(facts::derive(&replayed, false), facts::derive(&seen, false), "{name}");
        }
    }
}
