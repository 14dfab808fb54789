//! One running lab machine: a Debian root on a throw-away overlay, with its own
//! init as process 1, a Docker daemon under that init, and a veth whose other end
//! is in the network namespace where the test's registry runs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::keeper::{Keeper, SEARCH_PATH};
use crate::network;
use crate::processes;
use crate::snapshot::{self, Entry};
use crate::specs::{Init, Spec};

const DOCKER_LIMIT: Duration = Duration::from_secs(90);
const RUN_LIMIT: Duration = Duration::from_secs(120);

/// What a command left: its status (124 when its time was up) and its output.
#[derive(Clone, Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn ok(&self) -> bool {
        self.status == 0
    }
}

/// A booted machine; dropping it takes it away without a trace.
pub struct Machine {
    pub spec: &'static Spec,
    keeper: Keeper,
    /// The output files of commands are numbered.
    commands: AtomicU32,
}

impl Machine {
    /// Makes the root if there is none, boots it and waits until Docker answers.
    pub fn boot(spec: &'static Spec) -> Result<Machine, String> {
        let keeper = Keeper::start(spec)?;
        let machine = Machine { spec, keeper, commands: AtomicU32::new(0) };
        machine.wait_for_docker()?;
        Ok(machine)
    }

    /// Waits until the daemon answers a ping.
    pub fn wait_for_docker(&self) -> Result<(), String> {
        let deadline = Instant::now() + DOCKER_LIMIT;
        loop {
            let answer = match self.docker_get("/_ping") {
                Ok(answer) if answer == "OK" => return Ok(()),
                Ok(answer) => answer,
                Err(error) => error,
            };
            if Instant::now() > deadline {
                return Err(self.keeper.failure(&format!("Docker does not answer: {answer}")));
            }
            if !Path::new(&format!("/proc/{}", self.keeper.init)).exists() {
                return Err(self.keeper.failure("the machine's init ended"));
            }
            sleep(Duration::from_millis(100));
        }
    }

    /// Asks the engine's API for a path and hands back the body of a 200 answer.
    pub fn docker_get(&self, path: &str) -> Result<String, String> {
        network::get(&self.path("/run/docker.sock"), path)
    }

    /// Runs `sh -c script` inside as root, for two minutes at most.
    pub fn run(&self, script: &str) -> Ran {
        self.run_limited("root", script, RUN_LIMIT)
    }

    /// The same as another user, in that user's home.
    pub fn run_as(&self, user: &str, script: &str) -> Ran {
        self.run_limited(user, script, RUN_LIMIT)
    }

    /// The same with another time limit. Output goes through files, not pipes, so
    /// that something left running inside cannot hold the caller up.
    pub fn run_limited(&self, user: &str, script: &str, limit: Duration) -> Ran {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        let at = |stream: &str| self.keeper.folder.join(format!("{number}.{stream}"));
        let status = self.run_into(user, script, limit, &at("out"), &at("err"));
        let take = |path: PathBuf| {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
            let _ = fs::remove_file(path);
            text
        };
        let (stdout, mut stderr) = (take(at("out")), take(at("err")));
        let status = status.unwrap_or_else(|error| {
            stderr.push_str(&error);
            -1
        });
        Ran { status, stdout, stderr }
    }

    fn run_into(&self, user: &str, script: &str, limit: Duration, out: &Path, err: &Path) -> Result<i32, String> {
        let open = |path: &Path| {
            // Appending: what a command leaves running may write there as well.
            let mut options = File::options();
            options.create(true).append(true).open(path).map_err(|error| error.to_string())
        };
        let status = self
            .inside(user, script, Some(limit))
            .stdin(Stdio::null())
            .stdout(open(out)?)
            .stderr(open(err)?)
            .status()
            .map_err(|error| format!("nsenter: {error}"))?;
        // Ended by a signal, nsenter ends itself with the same one.
        Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
    }

    /// A command inside with a clean environment, as after a log-in.
    pub fn inside(&self, user: &str, script: &str, limit: Option<Duration>) -> Command {
        let home = if user == "root" { "/root".to_owned() } else { format!("/home/{user}") };
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.keeper.init.to_string(), "-a", "-r", "-w"]);
        if let Some(limit) = limit {
            command.args(["timeout", "-k", "5", &limit.as_secs().to_string()]);
        }
        if user != "root" {
            command.args(["runuser", "-u", user, "--"]);
        }
        command
            .args(["sh", "-c", "cd \"$HOME\" && exec sh -c \"$1\"", "sh", script])
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("HOME", home)
            .env("USER", user)
            .env("LOGNAME", user)
            .env("LANG", "C.UTF-8");
        command
    }

    /// A command on the registry's side: this host's files, the registry's network.
    pub fn outside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.keeper.id())).arg("--").arg(program);
        command
    }

    /// Where the test finds a file of the machine. Absolute symbolic links on the
    /// way (such as /var/run) lead to the host's files: name the real place.
    pub fn path(&self, inside: &str) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.keeper.init)).join(inside.trim_start_matches('/'))
    }

    /// Puts the program where the machine's shells find it.
    pub fn install(&self, binary: &Path) -> Result<(), String> {
        let place = self.path("/usr/local/bin/regdoctor");
        let fresh = place.with_extension("new");
        fs::copy(binary, &fresh)
            .and_then(|_| fs::rename(&fresh, &place))
            .map_err(|error| format!("{} to {}: {error}", binary.display(), place.display()))
    }

    /// The daemon's process id as the machine sees it.
    pub fn docker_pid(&self) -> Option<i32> {
        processes::find(&self.path("/proc"), "dockerd")
    }

    /// Restarts the daemon in the words of the machine's init.
    pub fn restart_docker(&self) -> Ran {
        self.run(match self.spec.init {
            Init::Systemd => "systemctl restart docker",
            // Debian's script does not restart what is stopped: it ends where it reads the file with the pid.
            Init::Sysvinit => "service docker restart || service docker start",
            Init::Openrc => "rc-service docker restart",
        })
    }

    /// The registry's address, as the machine reaches it; also by `reg.lab`.
    pub fn registry_ip(&self) -> String {
        network::registry_address(self.keeper.subnet)
    }

    /// Gives the machine and the registry's side addresses of IPv6 as well.
    pub fn second_address(&self) -> Result<(), String> {
        network::add_v6(self.keeper.id(), self.keeper.init)
    }

    /// All that lies at or below some paths inside, for comparing before and after.
    pub fn snapshot(&self, paths: &[&str]) -> Result<BTreeMap<PathBuf, Entry>, String> {
        snapshot::take(&self.path("/"), paths)
    }
}
