//! Who starts the daemon, with which unit or script, and what makes it start or read its file again.

use std::path::{Path, PathBuf};

use super::unit::{self, Unit};
use super::{packaging, process, script};
use crate::engine::Ground;
use crate::model::ask::{Ask, Process};
use crate::model::facts::{Init, Packaging, Reload, Service};
use crate::model::observations::Observations;

pub(super) fn asks(seen: &Observations, ground: Ground<'_>) -> Vec<Ask> {
    let mut asks = script::asks(seen, ground.init);
    if is_folder(seen, ground) {
        asks.extend(unit::installed_asks());
    }
    if is_systemd(seen, ground) {
        asks.extend(unit::asks(seen, ground, is_users(seen, ground)));
    }
    asks
}

/// The daemon's service as it is really loaded.
pub(super) fn service(seen: &Observations, ground: Ground<'_>) -> Service {
    let daemon = process::daemon(seen, ground);
    let user = is_users(seen, ground);
    if is_systemd(seen, ground) {
        return match unit::load(seen, ground, user) {
            Some(unit) => of_unit(unit, user, daemon),
            None => nobody(ground.init, daemon),
        };
    }
    match script::load(seen, ground) {
        Some(found) => of_script(found, daemon, ground.init),
        None => nobody(ground.init, daemon),
    }
}

/// Under `--root` nothing runs; a unit in the tree tells what will. In WSL and in containers it tells nothing.
fn is_systemd(seen: &Observations, ground: Ground<'_>) -> bool {
    ground.init == Init::Systemd || (is_folder(seen, ground) && unit::is_installed(seen))
}

/// No first process: a folder, not a machine.
fn is_folder(seen: &Observations, ground: Ground<'_>) -> bool {
    ground.init == Init::None && seen.file("/proc/1/comm").is_none()
}

fn is_users(seen: &Observations, ground: Ground<'_>) -> bool {
    packaging::packaging(seen, ground) == Packaging::Rootless
}

fn of_unit(unit: Unit, user: bool, daemon: Option<&Process>) -> Service {
    let systemctl = |verb: &str| {
        let mut words = vec!["systemctl".to_string()];
        if user {
            words.push("--user".into());
        }
        words.extend([verb.to_string(), unit.name.clone()]);
        words
    };
    let snap = unit.name.starts_with("snap.docker");
    let restart = if snap { vec![words(&["snap", "restart", "docker"])] } else { vec![systemctl("restart")] };
    let reload = match (daemon, unit.main_pid) {
        // `sh -c 'dockerd … | forward-journald'` (RHEL 7): the unit's process is a shell, which dies of a SIGHUP.
        // rootlesskit hands it on.
        (Some(process), Some(main)) if process.pid != main && !user => Some(Reload::Signal(process.pid)),
        (_, Some(main)) if snap || !unit.has_reload => Some(Reload::Signal(main)),
        (_, Some(_)) => Some(Reload::Command(systemctl("reload"))),
        (_, None) => None,
    };
    Service {
        manager: Init::Systemd,
        file: unit.fragment,
        drop_ins: unit.drop_ins,
        exec_start: unit.exec_start,
        env_files: unit.env_files,
        user,
        restart,
        reload,
        needs_daemon_reload: unit.needs_daemon_reload,
        name: unit.name,
    }
}

fn of_script(found: script::Script, daemon: Option<&Process>, init: Init) -> Service {
    let reload = match (&found.reload, daemon) {
        (_, None) => None,
        (Some(words), Some(_)) => Some(Reload::Command(words.clone())),
        (None, Some(process)) => Some(Reload::Signal(process.pid)),
    };
    Service {
        manager: init,
        name: found.name,
        file: Some(found.path),
        drop_ins: Vec::new(),
        exec_start: None,
        env_files: found.env_files,
        user: false,
        restart: vec![found.restart],
        reload,
        needs_daemon_reload: false,
    }
}

/// A daemon that somebody started by hand: it can be told to reload, and nobody can restart it for them.
fn nobody(init: Init, daemon: Option<&Process>) -> Service {
    Service {
        manager: init,
        name: String::new(),
        file: None,
        drop_ins: Vec::new(),
        exec_start: None,
        env_files: Vec::new(),
        user: false,
        restart: Vec::new(),
        reload: daemon.map(|process| Reload::Signal(process.pid)),
        needs_daemon_reload: false,
    }
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// `NAME` and `${NAME}` in a command line, in order, each once.
pub(super) fn variables_in(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in text.split('$').skip(1) {
        let part = part.strip_prefix('{').unwrap_or(part);
        let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts_well && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The first of these paths that was seen to exist.
pub(super) fn first_existing(seen: &Observations, paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(Path::new).find(|path| seen.exists(path)).map(Path::to_path_buf)
}
