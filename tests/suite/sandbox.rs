//! A machine in a folder that may be changed, and on which operations can be made to fail.

use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, mem};

use regdoctor::apply::{self, Outcome, Work};
use regdoctor::engine;
use regdoctor::host::{self, Host, Interrupts, Live, Lock};
use regdoctor::model::act::{Act, ActError, Done};
use regdoctor::model::ask::{Answer, Ask, Output};
use regdoctor::model::plan::{Effect, Plan};
use regdoctor::model::record::Record;
use regdoctor::model::wish::Wish;
use regdoctor::plan::{self, NotUndone};

use crate::fixture;
use crate::tree::{self, Tree};

/// A copy of a recorded host in a folder of its own.
pub struct Sandbox(tempfile::TempDir);

impl Sandbox {
    /// A recorded host's files, and what `prepare` makes of them.
    pub fn new(host: &str, prepare: fn(&Path)) -> Self {
        // In memory where that can be: every operation is made durable, and a busy disk takes a second for it.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        tree::copy(&fixture::path(host).join("root"), folder.path());
        // The journal's own folders are no part of the comparison.
        fs::create_dir_all(folder.path().join("var/lib")).unwrap();
        prepare(folder.path());
        Self(folder)
    }

    pub fn tree(&self) -> Tree {
        tree::read(self.0.path(), Path::new("var/lib/regdoctor"))
    }

    pub fn path(&self, inside: &str) -> std::path::PathBuf {
        self.0.path().join(inside)
    }

    pub fn host(&self) -> Live {
        Live::under(self.0.path().to_path_buf())
    }

    /// The plan without its effect: nothing runs in a folder.
    pub fn plan(&self, wish: &Wish) -> Plan {
        let facts = fixture::facts(&self.host());
        let found = facts.engines.first().expect("Docker is found");
        let mut plan = engine::named(found.engine).unwrap().plan(&facts, found, wish).expect("it can be planned");
        plan.effect = Effect::Nothing;
        plan
    }

    /// The changes so far.
    pub fn history(&self) -> Vec<Record> {
        fixture::facts(&self.host()).history
    }

    /// The plan that takes one of them back.
    pub fn undo(&self, record: &Record) -> Result<Plan, NotUndone> {
        let seen = host::observe(&self.host(), &|_| record.files.iter().map(|file| Ask::file(&file.path)).collect());
        plan::undo(record, &self.history(), &seen)
    }

    pub fn do_it(&self, wish: &Wish) {
        let plan = self.plan(wish);
        assert_eq!(apply(&Flawed::never(self.host()), &plan), Ok(Outcome::Done), "{}", plan.title);
    }
}

/// Carries a plan out; whatever is verified is right.
pub fn apply(host: &dyn Host, plan: &Plan) -> Result<Outcome, ActError> {
    with(host, |work| apply::apply(work, plan))
}

/// Puts back what a killed regdoctor left.
pub fn recover(host: &dyn Host, record: Record) -> Outcome {
    with(host, |work| apply::recover(work, record))
}

fn with<T>(host: &dyn Host, act: impl FnOnce(&Work<'_>) -> T) -> T {
    let work = Work {
        host,
        by: "tester".into(),
        now: 1_790_000_000,
        interrupts: &Interrupts::none(),
        verify: &|_, _, _| Ok(()),
        without: &plan::without,
        limit: Duration::from_secs(1),
        say: &|_| (),
        restarted: &Cell::new(false),
    };
    act(&work)
}

/// When an operation fails: before anything of it happened, or after all of it did.
#[derive(Debug, Clone, Copy)]
pub enum Flaw {
    Before,
    After,
    /// This one and every later one: regdoctor was killed.
    Dead,
}

/// A machine on which one operation fails, and on which every program succeeds.
pub struct Flawed {
    host: Live,
    /// The operation that fails, counted from 1.
    fails: usize,
    flaw: Flaw,
    done: AtomicUsize,
}

impl Flawed {
    pub fn never(host: Live) -> Self {
        Self::at(host, 0, Flaw::Before)
    }

    /// The operation that is this many-th fails.
    pub fn at(host: Live, fails: usize, flaw: Flaw) -> Self {
        Self { host, fails, flaw, done: AtomicUsize::new(0) }
    }

    /// How many operations there were so far.
    pub fn operations(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }
}

impl Host for Flawed {
    fn ask(&self, ask: &Ask) -> Answer {
        self.host.ask(ask)
    }

    fn act(&self, act: &Act) -> Result<Done, ActError> {
        let number = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = match self.flaw {
            Flaw::Dead => self.fails > 0 && number >= self.fails,
            Flaw::Before | Flaw::After => number == self.fails,
        };
        let failure = || ActError::Run { command: format!("{:?}", mem::discriminant(act)), reason: "a flaw".into() };
        if fails && !matches!(self.flaw, Flaw::After) {
            return Err(failure());
        }
        let done = match act {
            Act::Run { .. } => Done::Output(Output { status: 0, stdout: String::new(), stderr: String::new() }),
            _ => self.host.act(act)?,
        };
        if fails { Err(failure()) } else { Ok(done) }
    }

    fn lock(&self, path: &Path, limit: Duration) -> Result<Lock, ActError> {
        self.host.lock(path, limit)
    }
}
