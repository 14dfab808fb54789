//! A change that was cut short anywhere, and changes that are taken back one by one: on a folder that stands for a machine.

use std::fs;
use std::path::Path;

use regdoctor::apply::Outcome;
use regdoctor::model::record::{Record, State};

use crate::rollback::{A, CASES, Case, FOREIGN, client_certificate, untrust};
use crate::sandbox::{self, Flaw, Flawed, Sandbox};
use crate::tree;

/// Kills it at the first operation, then at the second, until it gets through; what is left is put back each time.
#[test]
fn a_change_that_was_killed_anywhere_is_put_back() {
    for case in CASES {
        killed_everywhere(case, &[], &|sandbox| sandbox.plan(&(case.wish)(A)));
        killed_everywhere(case, &[(case.wish)(A)], &|sandbox| sandbox.plan(&untrust(A)));
        killed_everywhere(case, &[(case.wish)(A)], &|sandbox| sandbox.undo(&sandbox.history()[0]).unwrap());
    }
    killed_everywhere(&FOREIGN, &[], &|sandbox| sandbox.plan(&untrust(A)));
    killed_everywhere(&FOREIGN, &[client_certificate(A)], &|sandbox| sandbox.undo(&sandbox.history()[0]).unwrap());
}

fn killed_everywhere(
    case: &Case,
    before: &[regdoctor::model::wish::Wish],
    plan: &dyn Fn(&Sandbox) -> regdoctor::model::plan::Plan,
) {
    for k in 1.. {
        let sandbox = Sandbox::new(case.host, case.prepare);
        for wish in before {
            sandbox.do_it(wish);
        }
        let start = sandbox.tree();
        let plan = plan(&sandbox);
        let host = Flawed::at(sandbox.host(), k, Flaw::Dead);
        let what = format!("{}: {}, killed at operation {k}", case.name, plan.title);
        let done = sandbox::apply(&host, &plan) == Ok(Outcome::Done);
        let through = host.operations() < k;
        let open: Vec<Record> = sandbox.history().into_iter().filter(|record| record.state == State::Running).collect();
        assert!(open.len() <= 1 && !(done && through && !open.is_empty()), "{what}");
        for record in open {
            let outcome = sandbox::recover(&Flawed::never(sandbox.host()), record);
            let forward = outcome == Outcome::Done;
            assert!(forward || matches!(outcome, Outcome::PutBack { .. }), "{what}: {outcome:?}");
            if !forward {
                tree::compare(&start, &sandbox.tree(), &what);
            }
        }
        assert!(sandbox.history().iter().all(|record| record.state != State::Running), "{what}");
        if through {
            assert!(done, "{what}");
            return;
        }
        if sandbox.history().last().is_none_or(|record| record.state != State::Done || before.len() as u64 == record.id)
        {
            tree::compare(&start, &sandbox.tree(), &what);
        }
    }
}

#[test]
fn a_change_that_is_undone_leaves_no_trace_and_undone_again_it_is_back() {
    for case in CASES {
        let sandbox = Sandbox::new(case.host, case.prepare);
        let start = sandbox.tree();
        sandbox.do_it(&(case.wish)(A));
        let trusted = sandbox.tree();
        for (id, want) in [(1, &start), (2, &trusted), (3, &start)] {
            let record = sandbox.history().into_iter().find(|record| record.id == id).unwrap();
            let plan = sandbox.undo(&record).unwrap();
            assert_eq!(sandbox::apply(&Flawed::never(sandbox.host()), &plan), Ok(Outcome::Done), "{}", case.name);
            tree::compare(want, &sandbox.tree(), &format!("{}: {}", case.name, plan.title));
        }
    }
}

/// What somebody removed comes back with its owner, mode and link.
#[test]
fn what_untrust_removed_comes_back_as_it_was() {
    for linked in [false, true] {
        let sandbox = Sandbox::new(FOREIGN.host, FOREIGN.prepare);
        let file = sandbox.path("etc/docker/certs.d").join(A).join("theirs.crt");
        tree::give_away(&file, 0o640);
        if linked {
            fs::rename(&file, sandbox.path("etc/theirs.pem")).unwrap();
            std::os::unix::fs::symlink("/etc/theirs.pem", &file).unwrap();
        }
        let start = sandbox.tree();
        sandbox.do_it(&untrust(A));
        assert!(fs::symlink_metadata(&file).is_err());
        let plan = sandbox.undo(&sandbox.history()[0]).unwrap();
        assert_eq!(sandbox::apply(&Flawed::never(sandbox.host()), &plan), Ok(Outcome::Done));
        tree::compare(&start, &sandbox.tree(), &format!("linked: {linked}"));
    }
}

/// Extended attributes come back with the file, where the file system has any.
#[test]
fn extended_attributes_are_kept() {
    let sandbox = Sandbox::new(FOREIGN.host, FOREIGN.prepare);
    let file = sandbox.path("etc/docker/certs.d").join(A).join("theirs.crt");
    if xattr::set(&file, "user.origin", b"by hand").is_err() {
        return;
    }
    sandbox.do_it(&untrust(A));
    let plan = sandbox.undo(&sandbox.history()[0]).unwrap();
    assert_eq!(sandbox::apply(&Flawed::never(sandbox.host()), &plan), Ok(Outcome::Done));
    assert_eq!(xattr::get(&file, "user.origin").unwrap().as_deref(), Some(b"by hand".as_slice()));
}

/// A rewrite in place that was killed: neither the old file nor the new one.
#[test]
fn a_torn_file_is_made_whole() {
    let case = CASES.iter().find(|case| case.name == "a daemon.json with settings").unwrap();
    let sandbox = Sandbox::new(case.host, case.prepare);
    let file = sandbox.path("etc/docker/daemon.json");
    let old = fs::read(&file).unwrap();
    let plan = sandbox.plan(&(case.wish)(A));
    // As far as the change itself: the journal is open, and the file is torn.
    let host = Flawed::at(sandbox.host(), journal_operations() + 1, Flaw::Dead);
    let _ = sandbox::apply(&host, &plan);
    let new = plan.all_steps().find_map(|step| step.file()?.after.clone()).unwrap().0;
    for cut in 1..new.len() {
        let mut torn = new[..cut].to_vec();
        torn.extend_from_slice(old.get(cut..).unwrap_or_default());
        fs::write(&file, torn).unwrap();
        let record = Record { state: State::Running, ..sandbox.history().pop().unwrap() };
        let outcome = sandbox::recover(&Flawed::never(sandbox.host()), record);
        assert!(matches!(outcome, Outcome::PutBack { .. }), "{cut}: {outcome:?}");
        assert_eq!(fs::read(&file).unwrap(), old, "{cut}");
    }
}

/// Two folders and the record.
fn journal_operations() -> usize {
    3
}

/// What somebody else wrote between the crash and the recovery stays, without what regdoctor put there.
#[test]
fn what_somebody_else_wrote_since_is_kept() {
    let case = CASES.iter().find(|case| case.name == "a daemon.json with settings").unwrap();
    let sandbox = Sandbox::new(case.host, case.prepare);
    let file = sandbox.path("etc/docker/daemon.json");
    let plan = sandbox.plan(&(case.wish)(A));
    let host = Flawed::at(sandbox.host(), journal_operations() + 2, Flaw::Dead);
    let _ = sandbox::apply(&host, &plan);
    let ours = fs::read_to_string(&file).unwrap();
    assert!(ours.contains(A));
    let theirs = ours.replacen('{', "{\n  \"labels\": [\"theirs\"],", 1);
    fs::write(&file, theirs).unwrap();
    let outcome = sandbox::recover(&Flawed::never(sandbox.host()), sandbox.history().pop().unwrap());
    assert!(matches!(outcome, Outcome::PutBack { .. }), "{outcome:?}");
    let left = fs::read_to_string(&file).unwrap();
    assert!(left.contains("theirs") && !left.contains(A), "{left}");
}

/// The journal is bounded, and numbers are never given twice.
#[test]
fn old_changes_are_forgotten() {
    let sandbox = Sandbox::new(CASES[0].host, CASES[0].prepare);
    for _ in 0..regdoctor::apply::MOST_RECORDS / 2 + 3 {
        sandbox.do_it(&(CASES[0].wish)(A));
        sandbox.do_it(&untrust(A));
    }
    let history = sandbox.history();
    assert_eq!(history.len(), regdoctor::apply::MOST_RECORDS);
    assert_eq!(history.last().unwrap().id, regdoctor::apply::MOST_RECORDS as u64 + 6);
    let folder = sandbox.path("var/lib/regdoctor/journal");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), regdoctor::apply::MOST_RECORDS);
    assert!(tree::read(&folder, Path::new("")).values().all(|node| matches!(node.mode() & 0o7777, 0o600)));
}
