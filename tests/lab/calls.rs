//! The system calls of a program that change something, as strace tells them, and ways to let one of them fail.

use std::collections::BTreeMap;
use std::fmt;

/// Calls that are told apart by the files that they are about.
pub const OF_FILES: &str = "openat,write,pwrite64,fsync,fdatasync,renameat,renameat2,rename,linkat,unlinkat,mkdirat,fchmod,\
                            fchmodat,fchown,fchownat,fsetxattr,fremovexattr,ftruncate,fallocate,symlinkat";
/// Calls that start programs and send signals.
pub const OF_PROCESSES: &str = "clone,clone3,vfork,fork,kill";

/// One call: its name and which of its kind it is, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    name: String,
    number: usize,
    line: String,
}

impl Call {
    pub fn is_of_files(&self) -> bool {
        OF_FILES.split(',').any(|name| name == self.name)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "call {} of {}: {}", self.number, self.name, self.line.chars().take(110).collect::<String>())
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program is killed before the call is made.
    Kill,
    NoSpace,
    BrokenDisk,
    Denied,
}

impl Fault {
    pub const ALL: &[Fault] = &[Fault::Kill, Fault::NoSpace, Fault::BrokenDisk, Fault::Denied];

    fn words(self) -> &'static str {
        match self {
            Fault::Kill => "signal=KILL",
            Fault::NoSpace => "error=ENOSPC",
            Fault::BrokenDisk => "error=EIO",
            Fault::Denied => "error=EACCES",
        }
    }
}

/// strace's options that let this call fail.
pub fn inject(call: &Call, fault: Fault) -> String {
    format!("-e trace={0} -e inject={0}:{1}:when={2}", call.name, fault.words(), call.number)
}

/// The calls of a log that change something, each with its number among all of its name.
pub fn read(log: &str) -> Vec<Call> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let number = numbers.entry(name).or_default();
        *number += 1;
        if changes(name, rest) {
            calls.push(Call { name: name.into(), number: *number, line: line.into() });
        }
    }
    calls
}

fn changes(name: &str, rest: &str) -> bool {
    match name {
        "openat" => ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| rest.contains(flag)),
        "clone" | "clone3" => !rest.contains("CLONE_THREAD"),
        _ => true,
    }
}
