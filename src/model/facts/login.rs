//! Where logins to registries are stored on a host. No secret is here: only whether there is one.

use std::path::PathBuf;

/// One `config.json` of the command line program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginFile {
    pub path: PathBuf,
    pub reader: Reader,
    pub state: LoginState,
    pub entries: Vec<LoginEntry>,
    /// `credsStore`: `pass`, `desktop`.
    pub store: Option<String>,
    /// `credHelpers`: registry and helper.
    pub helpers: Vec<(String, String)>,
}

/// Whether `docker`, as this person runs it, reads the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    ThisPerson,
    /// Another user of this host does.
    Other(String),
    /// The snap of Docker does, for this person.
    Snap,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginState {
    Read,
    Denied,
    /// It is no JSON that Docker takes, in the parser's words.
    Broken(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginEntry {
    /// As it stands under `auths`: `reg.lan:5000`, `https://index.docker.io/v1/`.
    pub key: String,
    pub line: usize,
    pub user: Option<String>,
    /// A password or token stands in the file itself; without one it is with a helper, or nowhere.
    pub has_secret: bool,
}

impl LoginFile {
    /// The helper that keeps the login for this registry: `pass` for `docker-credential-pass`.
    #[must_use]
    pub fn helper_for(&self, registry: &str) -> Option<&str> {
        let own = self.helpers.iter().find(|(name, _)| name == registry).map(|(_, helper)| helper.as_str());
        own.or(self.store.as_deref()).filter(|name| !name.is_empty())
    }

    /// The entry that Docker takes for this registry: the key itself, else one that leads to it without its scheme and
    /// path (docker/cli, every version since 1.7).
    #[must_use]
    pub fn entry_for(&self, registry: &str) -> Option<&LoginEntry> {
        let exact = self.entries.iter().find(|entry| entry.key == registry);
        exact.or_else(|| self.entries.iter().find(|entry| bare(&entry.key) == registry))
    }
}

/// A key as Docker compares it: without `https://` and without a path.
#[must_use]
pub fn bare(key: &str) -> &str {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    rest.split('/').next().unwrap_or(rest)
}
