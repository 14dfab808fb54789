//! A change that fails anywhere leaves the machine as it was, and a trust that is taken back leaves no trace.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use regdoctor::apply::Outcome;
use regdoctor::model::entry_point;
use regdoctor::model::wish::{InsecureEntry, Place, Wish};

use crate::sandbox::{self, Flaw, Flawed, Sandbox};
use crate::tree::{self, Tree};

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

/// A machine to change, and how its wishes are made from a registry's name.
pub struct Case {
    pub name: &'static str,
    pub host: &'static str,
    /// What is done to the copy of the fixture first.
    pub prepare: fn(&Path),
    pub wish: fn(&str) -> Wish,
}

pub const CASES: &[Case] = &[
    Case {
        name: "a new daemon.json in a new folder",
        host: "ubuntu-24.04-docker-ce",
        prepare: |root| drop(fs::remove_dir_all(root.join("etc/docker"))),
        wish: insecure,
    },
    Case { name: "a daemon.json with settings", host: "opensuse-tumbleweed", prepare: |_| (), wish: insecure },
    Case {
        name: "a daemon.json of somebody else behind a link",
        host: "opensuse-tumbleweed",
        prepare: behind_a_link,
        wish: insecure,
    },
    Case { name: "an env file under systemd", host: "debian-12-docker-io", prepare: |_| (), wish: insecure },
    Case { name: "an env file under OpenRC", host: "alpine-openrc-conf.d", prepare: |_| (), wish: insecure },
    Case { name: "an env file under --root", host: "debian-12-docker-io", prepare: without_processes, wish: insecure },
    Case { name: "a new drop-in", host: "ubuntu-24.04-docker-ce", prepare: |_| (), wish: in_drop_in },
    Case { name: "a person's drop-in", host: "ubuntu-24.04-drop-in", prepare: |_| (), wish: insecure },
    Case { name: "a certificate authority", host: "rocky-9-docker-ce", prepare: |_| (), wish: authority },
    Case { name: "an authority, with no folder yet", host: "debian-11-docker-io", prepare: no_folder, wish: authority },
    Case {
        name: "an authority in an empty folder",
        host: "debian-11-docker-io",
        prepare: empty_folders,
        wish: authority,
    },
    Case { name: "an authority for all", host: "debian-12-docker-io", prepare: store_folder, wish: system_wide },
    Case { name: "an entry and an authority", host: "debian-11-docker-io", prepare: no_folder, wish: mixed },
];

/// Taking back what somebody else gave cannot lead to what was before it; it can fail all the same.
pub const FOREIGN: Case = Case {
    name: "an authority that somebody else put there",
    host: "debian-11-docker-io",
    prepare: foreign_authority,
    wish: authority,
};

fn insecure(name: &str) -> Wish {
    Wish::Insecure { entry: InsecureEntry::parse(name).unwrap(), place: Place::Best }
}

fn in_drop_in(name: &str) -> Wish {
    Wish::Insecure { entry: InsecureEntry::parse(name).unwrap(), place: Place::DropIn }
}

fn authority(name: &str) -> Wish {
    Wish::TrustCa { registry: entry_point::parse(name).unwrap().entry_point, pem: PEM.into() }
}

fn system_wide(name: &str) -> Wish {
    Wish::TrustCaSystemWide { registry: entry_point::parse(name).unwrap().entry_point, pem: format!("{PEM} {name}") }
}

pub fn client_certificate(name: &str) -> Wish {
    let registry = entry_point::parse(name).unwrap().entry_point;
    Wish::ClientCertificate { registry, certificate: PEM.into(), key: "a key".into() }
}

fn mixed(name: &str) -> Wish {
    if name == A { insecure(name) } else { authority(name) }
}

pub fn untrust(name: &str) -> Wish {
    Wish::Untrust { entry: InsecureEntry::parse(name).unwrap() }
}

fn without_processes(root: &Path) {
    fs::remove_dir_all(root.join("proc")).unwrap();
    fs::remove_dir_all(root.join("run")).unwrap();
}

fn no_folder(root: &Path) {
    drop(fs::remove_dir_all(root.join("etc/docker")));
}

fn empty_folders(root: &Path) {
    for name in [A, B] {
        fs::create_dir_all(root.join("etc/docker/certs.d").join(name)).unwrap();
    }
}

fn foreign_authority(root: &Path) {
    empty_folders(root);
    let file = root.join("etc/docker/certs.d").join(A).join("theirs.crt");
    fs::write(&file, b"-----BEGIN CERTIFICATE-----\r\n\xff").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
}

fn store_folder(root: &Path) {
    fs::create_dir_all(root.join("usr/local/share/ca-certificates")).unwrap();
}

fn behind_a_link(root: &Path) {
    let file = root.join("etc/docker/daemon.json");
    fs::create_dir_all(root.join("srv")).unwrap();
    fs::rename(&file, root.join("srv/real.json")).unwrap();
    symlink("/srv/real.json", &file).unwrap();
    tree::give_away(&root.join("srv/real.json"), 0o640);
}

pub const A: &str = "a.new.lan:5000";
const B: &str = "b.new.lan";

#[test]
fn a_failure_anywhere_changes_nothing() {
    for flaw in [Flaw::Before, Flaw::After] {
        for case in CASES {
            fail_everywhere(case, flaw, &[], &(case.wish)(A));
            fail_everywhere(case, flaw, &[(case.wish)(A)], &untrust(A));
        }
        fail_everywhere(&FOREIGN, flaw, &[], &untrust(A));
        fail_everywhere(&FOREIGN, flaw, &[], &client_certificate(A));
    }
}

/// Fails the first operation, then the second, until none fails.
fn fail_everywhere(case: &Case, flaw: Flaw, before: &[Wish], wish: &Wish) {
    for k in 1.. {
        let sandbox = Sandbox::new(case.host, case.prepare);
        for wish in before {
            sandbox.do_it(wish);
        }
        let start = sandbox.tree();
        let host = Flawed::at(sandbox.host(), k, flaw);
        let plan = sandbox.plan(wish);
        let what = format!("{}: {}, operation {k} fails {flaw:?}", case.name, plan.title);
        let outcome = sandbox::apply(&host, &plan);
        match outcome {
            Ok(Outcome::Done) if host.operations() < k => {
                assert_ne!(sandbox.tree(), start, "{what}");
                return;
            }
            // A folder of the journal that was made all the same is there: nothing failed.
            Ok(Outcome::Done) => assert!(matches!(flaw, Flaw::After), "{what}"),
            Ok(Outcome::Stuck { why, left }) => panic!("{what}: {why}; left: {left:?}"),
            Ok(Outcome::PutBack { .. }) | Err(_) => tree::compare(&start, &sandbox.tree(), &what),
        }
    }
}

#[test]
fn trust_that_is_taken_back_leaves_no_trace() {
    let orders: [[(&str, bool); 4]; 4] = [
        [(A, true), (B, true), (A, false), (B, false)],
        [(A, true), (B, true), (B, false), (A, false)],
        [(B, true), (A, true), (A, false), (B, false)],
        [(B, true), (A, true), (B, false), (A, false)],
    ];
    for case in CASES {
        for order in &orders {
            let sandbox = Sandbox::new(case.host, case.prepare);
            let start = sandbox.tree();
            let mut states: Vec<(Vec<&str>, Tree)> = vec![(Vec::new(), start)];
            for (name, trusted) in order {
                sandbox.do_it(&if *trusted { (case.wish)(name) } else { untrust(name) });
                let mut set = states.last().unwrap().0.clone();
                if *trusted {
                    set.push(name);
                } else {
                    set.retain(|one| one != name);
                }
                let now = sandbox.tree();
                assert_ne!(states.last().unwrap().1, now, "{}: {order:?} at {name}", case.name);
                if let Some((_, same)) = states.iter().find(|(one, _)| *one == set) {
                    tree::compare(same, &now, &format!("{}: {order:?} at {name}", case.name));
                }
                states.push((set, now));
            }
        }
    }
}
