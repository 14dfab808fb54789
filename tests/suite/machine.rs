//! A folder that stands for a machine, changed by the program as `--root` does it.

use std::fs;
use std::path::Path;

use crate::fixture;
use crate::harness::{Bench, Ran};
use crate::tree::{self, Tree};

/// Docker's file.
pub const JSON: &str = "root/etc/docker/daemon.json";
pub const JOURNAL: &str = "root/var/lib/regdoctor/journal";

/// A machine in a folder.
pub struct Machine(pub Bench);

impl Machine {
    /// Nothing but folders that every machine has.
    pub fn new() -> Self {
        let bench = Bench::new();
        bench.lay_folder("root/etc");
        bench.lay_folder("root/var/lib");
        Self(bench)
    }

    /// The files of a recorded host.
    pub fn of(host: &str) -> Self {
        let bench = Bench::new();
        bench.lay_folder("root");
        tree::copy(&fixture::path(host).join("root"), &bench.path("root"));
        bench.lay_folder("root/var/lib");
        Self(bench)
    }

    pub fn with_json(text: impl AsRef<[u8]>) -> Self {
        let machine = Self::new();
        machine.0.lay(JSON, text);
        machine
    }

    /// A command on this machine.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.0.run(&[arguments, &["--root", &self.0.at("root")]].concat())
    }

    /// The same, without a question.
    pub fn done(&self, arguments: &[&str]) -> Ran {
        self.run(&[arguments, &["--yes"]].concat()).ended(0)
    }

    pub fn tree(&self) -> Tree {
        tree::read(&self.0.path("root"), Path::new("var/lib/regdoctor"))
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.0.path(JSON)).unwrap()
    }

    /// Every file of the journal, as one text.
    pub fn journal(&self) -> String {
        let files = fs::read_dir(self.0.path(JOURNAL)).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| fs::read_to_string(path).unwrap()).collect()
    }
}
