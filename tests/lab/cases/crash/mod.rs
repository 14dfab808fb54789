//! Crash safety, by trial: regdoctor is killed at, or refused, each system call that changes something.
//!
//! A scenario is run once to count its calls, then once for each call and each way to fail it, always from the same files.
//! Afterwards every file must be whole; the machine must be in its old state or in its new one, or the history must name
//! a leftover, which `undo --recover` turns into one of the two; and Docker must take what it finds.

mod files;
mod scenarios;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use files::{BASE, contents, store, watched};
use scenarios::{Docker, RESTART, SCENARIOS, Scenario};

use crate::bench::{Bench, Tree};
use crate::calls::{self, Call, Fault};

/// The last scenario restarts Docker in every case.
const QUICK: usize = 9;

/// A fixed sample for every change of the program: each kind of call in each scenario.
pub fn sample(bench: &mut Bench) -> Result<(), String> {
    run(bench, SCENARIOS.iter().take(QUICK), 40)
}

/// Every call of every scenario whose name contains one of these, in every way.
pub fn sweep(bench: &mut Bench, names: &[String]) -> Result<(), String> {
    let wanted = |one: &&Scenario| names.is_empty() || names.iter().any(|name| one.name.contains(name.as_str()));
    run(bench, SCENARIOS.iter().filter(wanted), usize::MAX)
}

fn run<'s>(bench: &mut Bench, scenarios: impl Iterator<Item = &'s Scenario>, most: usize) -> Result<(), String> {
    bench.must(
        "cp -a /etc/default/docker /root/default && cd /root && openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out ca.crt \
                -days 30 -subj /CN=lab 2>/dev/null",
    )?;
    let (mut cases, mut violations) = (0, Vec::new());
    for scenario in scenarios {
        let mut trial = Trial::begin(bench, scenario)?;
        let (number, found) = trial.all(most)?;
        let Tally { old, new, recovered } = trial.tally;
        println!(
            "    {}: {number} cases at {} calls, {} violations; {old} ended old, {new} new, {recovered} of them by recovery",
            scenario.name,
            trial.calls.len(),
            found.len()
        );
        cases += number;
        violations.extend(found);
    }
    println!("    crash safety: {cases} cases, {} violations", violations.len());
    if violations.is_empty() { Ok(()) } else { Err(violations.join("\n")) }
}

/// A scenario on a machine.
struct Trial<'a> {
    bench: &'a mut Bench,
    scenario: &'a Scenario,
    old: Tree,
    new: Tree,
    /// Every content that the change gives a file on its way.
    contents: BTreeMap<PathBuf, Vec<Vec<u8>>>,
    calls: Vec<Call>,
    tally: Tally,
}

/// How the cases ended.
#[derive(Default, Clone, Copy)]
struct Tally {
    old: usize,
    new: usize,
    recovered: usize,
}

impl<'a> Trial<'a> {
    fn begin(bench: &'a mut Bench, scenario: &'a Scenario) -> Result<Self, String> {
        // As the machine was booted, whatever the scenario before left; a flag and daemon.json together would collide.
        bench.must(
            "cp -a /root/default /etc/default/docker; rm -rf /etc/docker /var/lib/regdoctor /usr/local/share/ca-certificates/*; \
             update-ca-certificates --fresh >/dev/null 2>&1",
        )?;
        bench.must(RESTART)?;
        bench.machine.wait_for_docker()?;
        bench.must(scenario.prepare)?;
        bench.must(&format!("cd / && rm -f /root/base.tar && tar -cf /root/base.tar --ignore-failed-read $(ls -d {BASE} {} 2>/dev/null)", store(scenario)))?;
        let mut trial = Self {
            bench,
            scenario,
            old: Tree::new(),
            new: Tree::new(),
            contents: BTreeMap::new(),
            calls: Vec::new(),
            tally: Tally::default(),
        };
        trial.restore()?;
        trial.old = trial.tree()?;
        trial.calls = trial.count()?;
        trial.new = trial.tree()?;
        if trial.old == trial.new || trial.calls.len() < 10 {
            return Err(format!("{} changes nothing", scenario.name));
        }
        trial.contents = contents(&trial.records()?);
        Ok(trial)
    }

    /// Runs it whole, twice: once for what happens to files, once for the programs and signals.
    fn count(&mut self) -> Result<Vec<Call>, String> {
        let mut calls = Vec::new();
        for (options, names) in [(watched(), calls::OF_FILES), (String::new(), calls::OF_PROCESSES)] {
            self.restore()?;
            let command = self.scenario.command;
            self.bench.must(&format!("strace -qq -y {options} -o /root/log -e trace={names} regdoctor {command}"))?;
            calls.extend(calls::read(&self.bench.must("cat /root/log")?.stdout));
        }
        Ok(calls)
    }

    /// The files of the beginning, and a Docker that fits them.
    fn restore(&mut self) -> Result<(), String> {
        let (store, settle) = (store(self.scenario), self.scenario.settle);
        self.bench.must(&format!("cd / && rm -rf {BASE} {store} && tar -xf /root/base.tar && {{ {settle}; }}"))?;
        if self.scenario.docker == Docker::Told {
            self.bench.machine.wait_for_docker()?;
            let wanted = self.is_listed_in_files()?;
            for _ in 0..200 {
                if self.is_listed()? == wanted {
                    return Ok(());
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            return Err(format!("{}: Docker does not take the old files up", self.scenario.name));
        }
        Ok(())
    }

    /// Every case, or that many of them, spread evenly.
    fn all(&mut self, most: usize) -> Result<(usize, Vec<String>), String> {
        let calls = self.calls.clone();
        let whole = calls.len() * Fault::ALL.len();
        let number = whole.min(most);
        let mut violations = Vec::new();
        for index in 0..number {
            // A sample takes the ways in turn, so that each comes at every stage of the change.
            let at = if number == whole { index / Fault::ALL.len() } else { index * calls.len() / number };
            let (Some(call), Some(fault)) = (calls.get(at), Fault::ALL.get(index % Fault::ALL.len())) else { continue };
            self.restore()?;
            if let Err(what) = self.case(call, *fault, index) {
                violations.push(format!("{}, {fault:?} at {call}: {what}", self.scenario.name));
                if violations.len() > 20 {
                    break;
                }
            }
        }
        Ok((number, violations))
    }

    fn case(&mut self, call: &Call, fault: Fault, index: usize) -> Result<(), String> {
        let inject = calls::inject(call, fault);
        let options = if call.is_of_files() { watched() } else { String::new() };
        let command = self.scenario.command;
        let ran = self.bench.run(&format!("strace -qq {options} -o /dev/null {inject} regdoctor {command}"));
        self.files_are_whole()?;
        let mut said = ran.stderr.clone();
        if self.is_open()? {
            if index.is_multiple_of(10) {
                let check = self.bench.regdoctor("check");
                if !check.stdout.contains("change-left-unfinished") {
                    return Err(format!("check does not report the leftover:\n{}", check.stdout));
                }
            }
            let recovered = self.bench.regdoctor("undo --recover --yes");
            said.push_str(&recovered.stderr);
            self.tally.recovered += 1;
            if recovered.status != 0 || self.is_open()? {
                return Err(format!("not recovered (status {}):\n{said}", recovered.status));
            }
        } else if fault != Fault::Kill && ran.status == 4 {
            return Err(format!("it says that something is left, and there is no leftover:\n{said}"));
        }
        let tree = self.tree()?;
        let wanted = match ran.status {
            0 => tree == self.new,
            1..=3 => tree == self.old,
            _ => tree == self.old || tree == self.new,
        };
        if !wanted {
            return Err(format!(
                "status {}, and the files are neither old nor new: {}\n{said}",
                ran.status,
                self.difference(&tree)
            ));
        }
        if tree == self.new {
            self.tally.new += 1;
        } else {
            self.tally.old += 1;
        }
        self.docker_takes_it(index).map_err(|error| format!("{error}\n{said}"))
    }

    /// What Docker finds, it takes: now, and every now and then in a new start.
    fn docker_takes_it(&mut self, index: usize) -> Result<(), String> {
        let validated = self
            .bench
            .run("[ ! -e /etc/docker/daemon.json ] || dockerd --validate --config-file /etc/docker/daemon.json");
        if !validated.ok() {
            return Err(format!("Docker refuses daemon.json: {}", validated.stderr));
        }
        if self.scenario.docker == Docker::Told {
            self.bench.machine.wait_for_docker()?;
            if self.is_listed()? != self.is_listed_in_files()? {
                return Err("Docker's own list is not what its files say".into());
            }
        }
        if index % 40 == 39 {
            self.bench.must(RESTART)?;
            self.bench.machine.wait_for_docker()?;
        }
        Ok(())
    }

    fn files_are_whole(&mut self) -> Result<(), String> {
        for (path, entry) in self.tree()? {
            let same = |tree: &Tree| tree.get(&path).is_some_and(|one| one.bytes == entry.bytes);
            let known = self.contents.get(&path).is_some_and(|all| all.contains(&entry.bytes));
            let beside = path.ends_with(".regdoctor-new");
            // The store's own files are made by its own program, which is not ours to make atomic.
            let theirs = path.starts_with("/etc/ssl");
            if !(same(&self.old) || same(&self.new) || known || beside || theirs) {
                return Err(format!("{} is torn: {entry:?}", path.display()));
            }
        }
        Ok(())
    }

    fn tree(&self) -> Result<Tree, String> {
        let mut paths = vec!["/etc/docker", "/etc/default", "/usr/local/share/ca-certificates"];
        if self.scenario.store {
            paths.push("/etc/ssl/certs");
        }
        self.bench.machine.snapshot(&paths)
    }

    fn difference(&self, tree: &Tree) -> String {
        let paths = tree.keys().chain(self.old.keys()).filter(|path| tree.get(*path) != self.old.get(*path));
        paths.map(|path| format!("\n      {}: {:?}", path.display(), tree.get(path))).collect()
    }

    fn records(&self) -> Result<Vec<Value>, String> {
        let journal = self.bench.machine.snapshot(&["/var/lib/regdoctor/journal"])?;
        let files = journal.iter().filter(|(path, _)| path.extension().is_some_and(|one| one == "json"));
        files
            .map(|(path, entry)| {
                if entry.mode != 0o600 {
                    return Err(format!("{} has mode {:o}", path.display(), entry.mode));
                }
                serde_json::from_slice(&entry.bytes).map_err(|error| format!("{}: {error}", path.display()))
            })
            .collect()
    }

    /// A change did not end.
    fn is_open(&self) -> Result<bool, String> {
        Ok(self.records()?.iter().any(|record| record["state"] == "running" || record["state"] == "stuck"))
    }

    fn is_listed(&self) -> Result<bool, String> {
        Ok(self.bench.machine.docker_get("/info")?.contains("new.lab:5000"))
    }

    fn is_listed_in_files(&self) -> Result<bool, String> {
        let tree = self.tree()?;
        let files = [Path::new("/etc/docker/daemon.json"), Path::new("/etc/default/docker")];
        let mut entries = files.iter().filter_map(|path| tree.get(*path));
        Ok(entries.any(|entry| String::from_utf8_lossy(&entry.bytes).contains("new.lab:5000")))
    }
}
