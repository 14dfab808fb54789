//! The running daemon: which process it is, and whose.

use crate::engine::Ground;
use crate::model::ask::{Ask, Process};
use crate::model::observations::Observations;

/// What dockerd has been called: `dockerd` since 1.12, `dockerd-current` on RHEL 7, `docker -d` and `docker daemon` before.
const NAMES: &[&str] = &["dockerd", "dockerd-current", "docker", "docker-current"];

pub(super) fn ask() -> Ask {
    Ask::Processes(NAMES.iter().map(ToString::to_string).collect())
}

/// The daemon that this person means: their own rootless one, else the system's. One inside a container is neither.
pub(super) fn daemon<'a>(seen: &'a Observations, ground: Ground<'_>) -> Option<&'a Process> {
    let daemons = || seen.processes(NAMES).iter().filter(|process| !process.contained && is_daemon(process));
    let own = daemons().find(|process| is_rootless(process) && process.uid == ground.identity.uid);
    own.or_else(|| daemons().find(|process| !is_rootless(process))).or_else(|| daemons().next())
}

fn is_daemon(process: &Process) -> bool {
    let program = process.arguments.first().map(String::as_str).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    match name {
        "docker" | "docker-current" => process.arguments.iter().skip(1).any(|word| word == "-d" || word == "daemon"),
        _ => name.starts_with("dockerd"),
    }
}

/// The switch is a variable inside the daemon (`ROOTLESSKIT_STATE_DIR`), not the flag: so it was in 19.03, too. Where the
/// environment may not be read, an owner who is not root tells the same.
pub(super) fn is_rootless(process: &Process) -> bool {
    variable(process, "ROOTLESSKIT_STATE_DIR").is_some() || process.uid != 0
}

pub(super) fn variable<'a>(process: &'a Process, name: &str) -> Option<&'a str> {
    let environment = process.environment.as_deref()?;
    environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
