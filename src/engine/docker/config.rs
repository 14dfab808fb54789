//! daemon.json: where it is, and what dockerd makes of it.

use std::path::{Path, PathBuf};

use super::{flags, packaging, process, service};
use crate::edit::json;
use crate::engine::Ground;
use crate::model::ask::{Answer, Ask};
use crate::model::facts::{Broken, ConfigFile, ConfigKey, ConfigState, Origin, Packaging};
use crate::model::observations::Observations;

/// The default path since 1.10.
const DEFAULT: &str = "/etc/docker/daemon.json";
const SNAP: &str = "/var/snap/docker/current/config/daemon.json";

/// Where the configuration is, why there, and where the certificate folders are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) path: PathBuf,
    pub(super) origin: Origin,
    pub(super) certs: PathBuf,
    /// `--config-file` names a link that the start script lays, and this is where it leads.
    linked: bool,
}

/// `--config-file` of the running daemon or its unit, else the packaging's own place.
pub(super) fn location(seen: &Observations, ground: Ground<'_>) -> Location {
    let packaging = packaging::packaging(seen, ground);
    let daemon = process::daemon(seen, ground);
    let (default, certs) = match packaging {
        Packaging::Snap => (PathBuf::from(SNAP), PathBuf::from("/var/snap/docker/current/etc/docker/certs.d")),
        Packaging::Rootless => {
            let folder = users_folder(seen, ground);
            (folder.join("daemon.json"), folder.join("certs.d"))
        }
        _ => (PathBuf::from(DEFAULT), PathBuf::from("/etc/docker/certs.d")),
    };
    let running = daemon.and_then(|process| {
        let flag = flags::values(process.arguments.get(1..).unwrap_or_default(), "config-file").pop();
        flag.map(|path| (path, Origin::Flag("--config-file".into())))
    });
    let in_unit = || {
        let service = service::service(seen, ground);
        let words: Vec<String> = service.exec_start?.split_whitespace().map(str::to_string).collect();
        let path = flags::values(&words, "config-file").pop()?;
        Some((path, Origin::File { path: service.file?, line: None }))
    };
    match running.or_else(in_unit) {
        // The snap names a revision's folder; `current` leads to the same one and outlives a refresh.
        Some((_, origin)) if packaging == Packaging::Snap => Location { path: default, origin, certs, linked: false },
        Some((path, origin)) => {
            let path = PathBuf::from(path);
            match lasting(seen, &path) {
                Some(target) => Location { path: target, origin, certs, linked: true },
                None => Location { path, origin, certs, linked: false },
            }
        }
        None => Location { path: default, origin: Origin::Default, certs, linked: false },
    }
}

/// OpenWrt's script links /tmp/dockerd/daemon.json to the file of `alt_config_file` at every start.
fn lasting(seen: &Observations, path: &Path) -> Option<PathBuf> {
    let target = seen.file(path)?.target.clone()?;
    (is_generated(path) && !is_generated(&target)).then_some(target)
}

/// Folders whose files are made anew: NixOS's store, and those that live in memory.
fn is_generated(path: &Path) -> bool {
    ["/nix/store", "/tmp", "/run", "/var/run"].iter().any(|folder| path.starts_with(folder))
}

/// `$XDG_CONFIG_HOME/docker` of the rootless daemon's user, else `~/.config/docker`.
fn users_folder(seen: &Observations, ground: Ground<'_>) -> PathBuf {
    let daemon = process::daemon(seen, ground);
    let variable = |name: &str| daemon.and_then(|process| process::variable(process, name)).map(PathBuf::from);
    let home = variable("HOME").unwrap_or_else(|| ground.identity.person_home().to_path_buf());
    variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")).join("docker")
}

/// The file as dockerd would read it at its next start.
pub(super) fn config(seen: &Observations, ground: Ground<'_>, location: &Location) -> ConfigFile {
    let content = seen.file(&location.path);
    ConfigFile {
        state: state(seen, &location.path),
        origin: location.origin.clone(),
        target: content.and_then(|content| content.target.clone()),
        modified: content.map(|content| content.modified),
        managed_by: managed_by(location, ground),
        path: location.path.clone(),
    }
}

fn managed_by(location: &Location, ground: Ground<'_>) -> Option<String> {
    let known = ground.distro.family.unmanageable.filter(|_| !location.linked);
    let generated = is_generated(&location.path).then_some("what starts Docker writes it anew at every start");
    known.or(generated).map(str::to_string)
}

fn state(seen: &Observations, path: &Path) -> ConfigState {
    match seen.answer(&Ask::file(path)) {
        Some(Answer::File(content)) => read(&content.bytes),
        Some(Answer::Denied) => ConfigState::Denied,
        Some(Answer::Failed(reason)) => ConfigState::Failed(reason.clone()),
        Some(Answer::TimedOut) => ConfigState::Failed("it could not be read in time".into()),
        _ => ConfigState::Missing,
    }
}

/// The bytes as keys, or what is wrong with them.
pub(super) fn read(bytes: &[u8]) -> ConfigState {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned();
            let line = before.matches('\n').count() + 1;
            let message = "it is not UTF-8 text".to_string();
            return ConfigState::Broken(Broken { line, column: 1, message, line_text: String::new() });
        }
    };
    match json::parse(text) {
        Ok(document) => ConfigState::Read(
            document
                .settings
                .into_iter()
                .map(|one| ConfigKey { name: one.key, value: one.value, line: one.line, entry_lines: one.entry_lines })
                .collect(),
        ),
        Err(problem) => ConfigState::Broken(Broken {
            line: problem.place.line,
            column: problem.place.column,
            message: problem.message,
            line_text: problem.place.snippet,
        }),
    }
}
