//! The process on which all of a machine hangs, and its folder on the host.
//!
//! `keeper.sh` ends when the pipe to its standard input closes, so dropping the
//! keeper, a panic and a killed test run all stop the machine, by its namespaces,
//! and leave no mount, process, control group or interface.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::network;
use crate::processes;
use crate::roots;
use crate::specs::Spec;

const KEEPER: &str = include_str!("keeper.sh");
const KEEPER_INNER: &str = include_str!("keeper_inner.sh");
const PLAIN_INIT: &str = include_str!("plain_init.sh");

/// How many machines this process has started, for their names and addresses.
static STARTED: AtomicU32 = AtomicU32::new(0);

const INIT_LIMIT: Duration = Duration::from_secs(30);
const END_LIMIT: Duration = Duration::from_secs(20);

/// Where commands are looked for, on both sides.
pub const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub struct Keeper {
    machine: &'static str,
    process: Child,
    /// The machine's init as this process sees it.
    pub init: i32,
    /// The third number of the machine's addresses.
    pub subnet: u32,
    /// Mount point, console file and the outputs of commands.
    pub folder: PathBuf,
}

impl Keeper {
    /// Starts the machine's init on a fresh overlay over its root.
    pub fn start(spec: &'static Spec) -> Result<Keeper, String> {
        let root = roots::root(spec)?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let subnet = 1 + number % 250;
        // Together with the process id no two machines have the same name.
        let name = format!("lab-{}-{number}", std::process::id());
        let runs = roots::cache().join("run");
        sweep(&runs);
        let folder = runs.join(&name);
        let console = folder.join("console");
        let scratch = folder.join("scratch");
        fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        File::create(&console).map_err(|error| format!("{}: {error}", console.display()))?;
        let log = File::create(folder.join("keeper")).map_err(|error| error.to_string())?;

        let process = Command::new("unshare")
            .args(["--mount", "--net", "sh", "-c", KEEPER])
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("LAB_NAME", &name)
            .env("LAB_ADDRESS", network::registry_address(subnet))
            .env("LAB_INIT", spec.init.name())
            .env("LAB_ROOT", &root)
            .env("LAB_SCRATCH", &scratch)
            .env("LAB_CONSOLE", &console)
            .env("LAB_INNER", KEEPER_INNER)
            .env("LAB_PLAIN", PLAIN_INIT)
            // The test's own interrupt key must not reach it: the pipe ends it in order.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("unshare: {error}"))?;
        let mut keeper = Keeper { machine: spec.name, process, init: 0, subnet, folder };
        keeper.wait_for_init()?;
        network::connect(keeper.id(), keeper.init, subnet)?;
        Ok(keeper)
    }

    /// Its process id; its network namespace is the registry's.
    pub fn id(&self) -> i32 {
        self.process.id().cast_signed()
    }

    fn wait_for_init(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + INIT_LIMIT;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(self.failure(&format!("the keeper ended with {status}")));
            }
            let init = processes::machine_init(self.id());
            // It leaves the keeper's network a moment after it was started.
            if let Some(init) = init.filter(|init| !processes::share_network(self.id(), *init)) {
                self.init = init;
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(self.failure("no init came up"))
    }

    /// Why something failed, with the end of what the keeper and the console say.
    pub fn failure(&self, what: &str) -> String {
        let mut message = format!("{}: {what}", self.machine);
        for file in ["keeper", "console"] {
            let bytes = fs::read(self.folder.join(file)).unwrap_or_default();
            let end = bytes.split_at(bytes.len().saturating_sub(2000)).1;
            message.extend(["\n--- ", file, ":\n", &String::from_utf8_lossy(end)]);
        }
        message
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Closing the pipe ends the keeper; its last act is to take its groups away.
        drop(self.process.stdin.take());
        let deadline = Instant::now() + END_LIMIT;
        while Instant::now() < deadline && matches!(self.process.try_wait(), Ok(None)) {
            sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Takes away the folders of test runs that were killed. Their machines ended with
/// them, so all that is left is a console file and an empty mount point.
fn sweep(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("lab-")?.split('-').next());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
