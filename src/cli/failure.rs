//! Why a command could not do its job, and what to type next. The kind alone gives the exit code.

use std::path::{Path, PathBuf};

use crate::engine::Refusal;
use crate::host::RecordedError;
use crate::model::act::ActError;
use crate::model::entry_point::EntryPointError;
use crate::model::printable::causes;
use crate::registry::StartError;

/// A command that did not do its job.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub what: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The arguments make no sense.
    Usage,
    /// This user may not.
    Denied,
    /// Something here is missing or in the way.
    Environment,
    /// It worked, and what it found forbids the change.
    Refused,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage | Self::Denied | Self::Environment => 2,
            Self::Refused => 1,
        }
    }
}

impl Failure {
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), causes: Vec::new(), hints: Vec::new() }
    }

    pub fn because(mut self, line: impl Into<String>) -> Self {
        self.causes.push(line.into());
        self
    }

    /// With everything that this error says it comes from.
    pub fn caused_as(mut self, error: &dyn std::error::Error) -> Self {
        self.causes.extend(causes(error).map(ToString::to_string));
        self
    }

    pub fn hint(mut self, line: impl Into<String>) -> Self {
        self.hints.push(line.into());
        self
    }

    /// A file named by the person could not be used.
    pub fn file(doing: &str, path: &Path, reason: impl Into<String>) -> Self {
        Self::new(Kind::Environment, format!("cannot {doing} {}: {}", path.display(), reason.into()))
    }

    /// The command must be run by root: the very line to type.
    pub fn needs_root(words: &[String]) -> Self {
        Self::needs_root_to("changing Docker's configuration needs root", words)
    }

    /// The same, for another reason.
    pub fn needs_root_to(why: &str, words: &[String]) -> Self {
        Self::new(Kind::Denied, why)
            .hint(format!("sudo {}", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")))
    }
}

/// A word of a command line that can be pasted.
pub fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_string(), std::borrow::Cow::into_owned)
}

impl From<EntryPointError> for Failure {
    fn from(error: EntryPointError) -> Self {
        Self::new(Kind::Usage, error.to_string())
            .hint("an entry point looks like registry.lan:5000, 10.0.0.7:5000 or [fd00::7]:5000")
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { kind: Kind::Refused, what: refusal.what, causes: refusal.because, hints: refusal.next }
    }
}

impl From<ActError> for Failure {
    fn from(error: ActError) -> Self {
        if let ActError::Changed { .. } = error {
            return Self::new(Kind::Refused, error.to_string())
                .because("nothing was changed")
                .hint("plan again: run the command that made this plan once more");
        }
        Self::new(Kind::Environment, error.to_string()).because("nothing was changed")
    }
}

impl From<RecordedError> for Failure {
    fn from(error: RecordedError) -> Self {
        Self::new(Kind::Environment, error.to_string()).hint("`regdoctor check --save FILE` writes such a file")
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let failure = Self::new(Kind::Environment, error.to_string()).caused_as(&error);
        match error {
            StartError::Listen { .. } => {
                failure.hint("another address or port: --listen ADDR:PORT; port 0 takes a free one")
            }
            StartError::Storage(_) => failure.hint("--data takes a folder that may be written"),
            StartError::Tls(_) => failure.hint(
                "--tls takes a folder that may be written; --certificate and --key take PEM files that belong together",
            ),
            StartError::Access(_) => failure.hint(
                "--htpasswd takes a file of `htpasswd -B`; --rights one of lines such as `alice team/* pull,push`",
            ),
            StartError::NoAuthority { .. } => failure.hint("--tls DIR makes one"),
            StartError::Thread { .. } | StartError::ThreadEnded => failure,
        }
    }
}

/// The folder that `--root` names, as an absolute path.
pub fn root_folder(path: &Path) -> Result<PathBuf, Failure> {
    let hint = "--root takes the folder that will be `/` of the machine";
    let real = path.canonicalize().map_err(|error| Failure::file("use", path, error.to_string()).hint(hint))?;
    if !real.is_dir() {
        return Err(Failure::file("use", path, "it is not a folder").hint(hint));
    }
    Ok(real)
}

impl From<crate::client::ClientError> for Failure {
    fn from(error: crate::client::ClientError) -> Self {
        Self::new(Kind::Environment, error.to_string()).caused_as(&error)
    }
}
