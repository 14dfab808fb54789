//! What a case works with: a machine, a test registry on its other side, and assertions that say what was seen.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::machine::{Machine, Ran};
use crate::snapshot::Entry;

/// Every path that regdoctor may touch on these machines; its own journal is beside them.
const TOUCHED: &[&str] = &["/etc/docker", "/etc/default", "/etc/systemd/system", "/usr/local/share/ca-certificates"];

pub struct Bench {
    pub machine: Machine,
    binary: PathBuf,
    registries: Vec<Child>,
    /// The last command and what it printed, for the report of a failure.
    last: String,
}

/// A machine's files at one moment.
pub type Tree = BTreeMap<PathBuf, Entry>;

impl Bench {
    pub fn new(machine: Machine, binary: &Path) -> Result<Self, String> {
        machine.install(binary)?;
        let version = machine.docker_get("/version")?;
        if !version.contains(&format!("\"Version\":\"{}", machine.spec.docker_version)) {
            return Err(format!("expected Docker {}, found {version}", machine.spec.docker_version));
        }
        Ok(Self { machine, binary: binary.to_path_buf(), registries: Vec::new(), last: String::new() })
    }

    /// Serves a registry at `reg.lab:PORT`; with a folder, over TLS from an authority that is written there.
    pub fn serve(&mut self, port: u16, tls: Option<&Path>) -> Result<String, String> {
        self.serve_with(port, tls, &[])
    }

    /// The same with more options.
    pub fn serve_with(&mut self, port: u16, tls: Option<&Path>, options: &[&str]) -> Result<String, String> {
        let listen = format!("{}:{port}", self.machine.registry_ip());
        let mut command: Command = self.machine.outside(&self.binary.display().to_string());
        command.args(["serve-test-registry", "--quiet", "--listen", &listen]).args(options);
        if let Some(folder) = tls {
            command.arg("--tls").arg(folder).args(["--name", "reg.lab"]);
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
        let mut line = String::new();
        let pipe = child.stdout.take().ok_or("no output")?;
        BufReader::new(pipe).read_line(&mut line).map_err(|error| error.to_string())?;
        self.registries.push(child);
        if line.starts_with("listening on ") {
            Ok(format!("reg.lab:{port}"))
        } else {
            Err(format!("the registry said {line:?}"))
        }
    }

    /// The program that is tested, on this host.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// Runs regdoctor as root.
    pub fn regdoctor(&mut self, arguments: &str) -> Ran {
        self.run(&format!("regdoctor {arguments}"))
    }

    /// Runs a script as root and remembers what it said.
    pub fn run(&mut self, script: &str) -> Ran {
        let ran = self.machine.run(script);
        self.last = format!("last command: {script}\nstatus {}\n{}{}", ran.status, ran.stdout, ran.stderr);
        ran
    }

    /// Runs regdoctor, which must end with this status.
    pub fn expect(&mut self, status: i32, arguments: &str) -> Result<Ran, String> {
        let ran = self.regdoctor(arguments);
        if ran.status == status { Ok(ran) } else { Err(format!("expected status {status}, got {}", ran.status)) }
    }

    pub fn must(&mut self, script: &str) -> Result<Ran, String> {
        let ran = self.run(script);
        if ran.ok() { Ok(ran) } else { Err(format!("`{script}` failed")) }
    }

    pub fn tree(&self) -> Result<Tree, String> {
        self.machine.snapshot(TOUCHED)
    }

    /// Both trees are the same, to the byte, the mode and the owner.
    pub fn same_tree(&self, before: &Tree) -> Result<(), String> {
        let now = self.tree()?;
        let paths = before.keys().chain(now.keys());
        let changed: Vec<String> = paths
            .filter(|path| before.get(*path) != now.get(*path))
            .map(|path| format!("{}: was {:?}, is {:?}", path.display(), before.get(path), now.get(path)))
            .collect();
        if changed.is_empty() { Ok(()) } else { Err(format!("files are not as they were:\n{}", changed.join("\n"))) }
    }

    pub fn write(&self, path: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.machine.path(path), text).map_err(|error| format!("{path}: {error}"))
    }

    pub fn last_words(&self) -> &str {
        &self.last
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        for registry in &mut self.registries {
            // Asked to end, it takes its temporary folder along; it may have ended by itself.
            let pid = nix::unistd::Pid::from_raw(i32::try_from(registry.id()).unwrap_or_default());
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
            let _ = registry.wait();
        }
    }
}

/// `text` holds every one of `parts`.
pub fn holds(text: &str, parts: &[&str]) -> Result<(), String> {
    match parts.iter().find(|part| !text.contains(**part)) {
        None => Ok(()),
        Some(missing) => Err(format!("`{missing}` is not in the output:\n{text}")),
    }
}
