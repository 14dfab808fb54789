//! The test registry as a program of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use regdoctor::client::{Client, Trust};
use regdoctor::model::entry_point;

use crate::harness::{Bench, Ran};

/// The files of uploads, finished or not, that lie in a data folder.
pub fn uploads(data: &Path) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let runs = data.join("_uploads");
    // The first upload of a run makes it.
    if runs.exists() { entries(runs).flat_map(entries).collect() } else { Vec::new() }
}

/// A `serve-test-registry` that runs.
pub struct Server {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// The first line, and the address in it.
    pub first: String,
    pub address: String,
}

impl Server {
    pub fn start(bench: &Bench, options: &[&str]) -> Self {
        Self::of(bench.program(), options)
    }

    /// The same with a program of one's own making.
    pub fn of(mut command: Command, options: &[&str]) -> Self {
        command.args(["serve-test-registry", "--listen", "127.0.0.1:0"]).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let address = first.trim_end().rsplit('/').next().unwrap().to_string();
        Self { child, stdout, first, address }
    }

    pub fn client(&self, trust: &Trust) -> Client {
        Client::new(entry_point::parse(&self.address).unwrap().entry_point, trust).unwrap()
    }

    /// Ends it without asking.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, which it has to do within five seconds; what it had printed since the first line.
    pub fn end(mut self, signal: Signal) -> Ran {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
        let (ended, waiting) = mpsc::channel();
        thread::spawn(move || {
            let mut ran = Ran { code: -1, stdout: String::new(), stderr: String::new() };
            self.stdout.read_to_string(&mut ran.stdout).unwrap();
            self.child.stderr.take().unwrap().read_to_string(&mut ran.stderr).unwrap();
            ran.code = self.child.wait().unwrap().code().unwrap_or(-1);
            // Nobody waits any more when it took too long.
            let _ = ended.send(ran);
        });
        waiting.recv_timeout(Duration::from_secs(5)).unwrap_or_else(|_| {
            let _ = kill(pid, Signal::SIGKILL);
            panic!("it did not end within five seconds")
        })
    }
}
