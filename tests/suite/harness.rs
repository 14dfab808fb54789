//! The built program in surroundings of its own, and registries on loopback for it to look at.
//!
//! Nothing of the machine reaches a test: the environment is empty, every program that could be found is missing, and
//! home and temporary files lie in a folder that is gone afterwards. What differs from run to run (ports, folders,
//! times, random names) is replaced before it is compared.
//!
//! What the program prints is kept in `snapshots/`. After a change that is meant: `INSTA_UPDATE=always cargo test --test
//! suite`, and read the difference as the person who will read it at night.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use insta::Settings;
use regdoctor::cert::issue::{Authority, Issued, ServerRequest};
use regdoctor::registry::{Background, Fault, Registry, TlsMode};
use time::OffsetDateTime;

/// The clock of most recorded hosts, and the time that certificates are made for.
pub const NOW: i64 = 1_790_000_000;

/// No command takes this long, unless it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder with a home, a folder for temporary files, and whatever a test lays there.
pub struct Bench {
    folder: tempfile::TempDir,
    locale: &'static str,
    columns: usize,
}

/// How one run of the program ended, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    pub fn new() -> Self {
        // In memory where that can be: changes are made durable, and a busy disk takes a second for it.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        for name in ["home", "tmp", "no-programs"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, locale: "C.UTF-8", columns: 80 }
    }

    /// A terminal that shows ASCII alone.
    pub fn ascii(self) -> Self {
        Self { locale: "C", ..self }
    }

    /// A screen so wide that no sentence is broken: where a port or a folder would move the line ends.
    pub fn wide(self) -> Self {
        Self { columns: 10_000, ..self }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as an argument.
    pub fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_string()
    }

    /// Writes a file, with the folders above it.
    pub fn lay(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self.at(name)
    }

    /// Makes a folder, with those above it.
    pub fn lay_folder(&self, name: &str) -> String {
        fs::create_dir_all(self.path(name)).unwrap();
        self.at(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The permissions of a path.
    pub fn mode(&self, name: &str) -> u32 {
        fs::symlink_metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// The program, ready to be started in these surroundings and in the folder of the project.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regdoctor"));
        command.env_clear().stdin(Stdio::null()).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.env("PATH", self.path("no-programs")).env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        command.env("LANG", self.locale).env("COLUMNS", self.columns.to_string());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.program();
        command.args(arguments);
        let output = assert_cmd::Command::from_std(command).timeout(LIMIT).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("what is printed is UTF-8");
        Ran {
            code: output.status.code().unwrap_or_else(|| panic!("{arguments:?}: {output:?}")),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Compares with a stored snapshot, after what differs from run to run was replaced.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::clone_current();
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        settings.add_filter(&regex::escape(self.folder.path().to_str().unwrap()), "[FOLDER]");
        for (pattern, name) in [
            (r#""(duration_ms|took_ms)": \d+"#, r#""$1": "[TIME]""#),
            (r"sha256:[0-9a-f]{64}", "sha256:[DIGEST]"),
            (r"authority [0-9a-f]{8}\b", "authority [NUMBER]"),
            // Where `localhost` leads is the machine's own business.
            (r"(::1, )?127\.0\.0\.1(, ::1)?", "127.0.0.1"),
        ] {
            settings.add_filter(pattern, name);
        }
        settings
    }

    /// The same for what names this port.
    pub fn settings_with(&self, port: u16) -> Settings {
        let mut settings = self.settings();
        settings.add_filter(&format!(r"\b{port}\b"), "[PORT]");
        settings
    }
}

impl Ran {
    /// The one object on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// That it ended so.
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }
}

/// As a transcript: the answer, then the rest under headings.
impl fmt::Display for Ran {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(formatter, "--- stderr\n{}", self.stderr)?;
        }
        writeln!(formatter, "--- exit code {}", self.code)
    }
}

/// Time as certificates take it.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// A private authority of the same time.
pub fn authority() -> Authority {
    Authority::create(now()).unwrap()
}

/// A certificate for 127.0.0.1 and localhost, right or bent.
pub fn issue(authority: &Authority, bend: impl FnOnce(&mut ServerRequest)) -> Issued {
    let mut request = ServerRequest::new(vec!["localhost".into(), "127.0.0.1".into()], now());
    bend(&mut request);
    authority.issue(&request).unwrap()
}

/// A registry that speaks plain HTTP.
pub fn plain(faults: &[Fault]) -> Background {
    start(Registry::builder(), faults)
}

/// A registry that shows this certificate.
pub fn secure(certificate: Issued, faults: &[Fault]) -> Background {
    start(Registry::builder().tls(TlsMode::Issued(certificate)), faults)
}

fn start(registry: Registry, faults: &[Fault]) -> Background {
    faults.iter().cloned().fold(registry, Registry::fault).start_in_background().unwrap()
}

/// Whether the one who runs the tests may read and write everything.
pub fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}
