//! What configures an engine: its file, its settings with their origins, and the certificates of registries.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

/// The daemon's configuration file.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    pub path: PathBuf,
    /// Why this path: the default, `--config-file`, rootless mode.
    pub origin: Origin,
    pub state: ConfigState,
    /// Where it leads, when it is a link.
    pub target: Option<PathBuf>,
    /// When it was last written, seconds since 1970-01-01 UTC.
    pub modified: Option<i64>,
    /// Something rewrites it (NixOS, Bottlerocket, …): why editing it is of no use.
    pub managed_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConfigState {
    Missing,
    Denied,
    /// Parsed; the top-level keys in the order of the file.
    Read(Vec<ConfigKey>),
    /// Docker does not accept it.
    Broken(Broken),
    /// It could not be read, in the system's words.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ConfigKey {
    pub name: String,
    pub value: Value,
    pub line: usize,
    /// The lines of a list's entries.
    pub entry_lines: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub line_text: String,
}

/// One setting of the engine, somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key as daemon.json spells it: `insecure-registries`, `registry-mirrors`, `hosts`, …
    pub key: String,
    pub value: String,
    pub origin: Origin,
    /// The running daemon was started with it, or reads it on the next start.
    pub live: bool,
}

/// Where something was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    File {
        path: PathBuf,
        line: Option<usize>,
    },
    /// A flag of the running daemon's command line.
    Flag(String),
    /// The engine's own answer.
    Api,
    Environment(String),
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(formatter, "{} line {line}", path.display()),
            Self::File { path, line: None } => write!(formatter, "{}", path.display()),
            Self::Flag(flag) => write!(formatter, "the running daemon's {flag}"),
            Self::Api => formatter.write_str("the engine's own answer"),
            Self::Environment(name) => write!(formatter, "the variable {name}"),
            Self::Default => formatter.write_str("the default"),
        }
    }
}

/// A file that nobody reads although it sets something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadFile {
    pub path: PathBuf,
    pub line: usize,
    /// What it says.
    pub text: String,
    /// Why nobody reads it.
    pub why: String,
}

/// The folders under certs.d.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertsDir {
    /// The parent folder could not be listed, in the system's words.
    pub unreadable: Option<String>,
    pub registries: Vec<RegistryCerts>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCerts {
    /// The folder's name: the registry as the reference writes it.
    pub name: String,
    pub path: PathBuf,
    pub files: Vec<CertsFile>,
    /// The folder could not be listed.
    pub unreadable: bool,
    /// It is not a folder.
    pub not_a_folder: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertsFile {
    pub name: String,
    /// The PEM text of a `.crt` or `.cert`; keys are never read.
    pub pem: Option<String>,
    pub unreadable: bool,
    pub is_folder: bool,
    /// A link that leads nowhere.
    pub missing: bool,
}
