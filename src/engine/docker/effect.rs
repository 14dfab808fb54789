//! What makes an edit effective: nothing, SIGHUP, or a restart, the mildest that works.

use super::place::{Spot, version};
use crate::model::facts::{Daemon, EngineFacts, Init, Packaging, Reload};
use crate::model::plan::{Action, Effect, Restart};

/// The effect of an edit in this place.
pub(super) fn of(engine: &EngineFacts, spot: &Spot) -> Effect {
    match spot {
        Spot::Config => of_config(engine),
        Spot::EnvFile { .. } => restart(engine, "variables are read when Docker starts"),
        Spot::DropIn { .. } => restart(engine, "flags are read when Docker starts"),
    }
}

/// Reload covers insecure-registries since 1.13. Whether a daemon that was started without the file reads it later is left
/// to the daemon: it is told to, and is restarted when its own list does not change.
pub(super) fn of_config(engine: &EngineFacts) -> Effect {
    if engine.daemon.running().is_none() {
        return restart(engine, "");
    }
    if version(engine).is_some_and(|version| !version.at_least(1, 13, 0) && !version.text.contains("azure")) {
        return restart(engine, "this Docker reads its list of insecure registries only when it starts");
    }
    let action = match &engine.service.reload {
        Some(Reload::Command(words)) => Action::Command(words.clone()),
        Some(Reload::Signal(pid)) => Action::Hangup(*pid),
        None => return restart(engine, "nothing here can tell Docker to read its file again"),
    };
    let otherwise = match restart(engine, "Docker did not take the change up while running") {
        Effect::Restart(restart) => Some(restart),
        _ => None,
    };
    Effect::Reload { action, neutral: None, otherwise }
}

/// The service manager's own words. systemd counts every start, good or bad, and after three within 60 seconds refuses the
/// next one and the socket as well (upstream's unit since 17.04; seen on 20.10 to 28.5): its count is reset first.
fn commands(engine: &EngineFacts) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    if engine.service.manager == Init::Systemd && engine.packaging != Packaging::Snap {
        let user: &[&str] = if engine.service.user { &["--user"] } else { &[] };
        let mut words = super::service::words(&["systemctl"]);
        words.extend(user.iter().map(ToString::to_string));
        words.push("reset-failed".into());
        words.push(format!("{}.service", engine.service.name));
        if !engine.service.user && engine.service.name == "docker" {
            words.push("docker.socket".into());
        }
        all.push(words);
    }
    all.extend_from_slice(&engine.service.restart);
    all
}

/// A restart in the service manager's words; a daemon that does not run needs none.
pub(super) fn restart(engine: &EngineFacts, why: &str) -> Effect {
    match &engine.daemon {
        Daemon::Running(_) if engine.service.restart.is_empty() => {
            Effect::Later("nothing on this machine manages Docker: stop it and start it again yourself".into())
        }
        Daemon::Running(_) => {
            let effective = engine.effective.as_ref().filter(|effective| !effective.live_restore);
            let stops = effective.map(|effective| effective.containers.clone()).unwrap_or_default();
            Effect::Restart(Restart { commands: commands(engine), stops, why: why.to_string() })
        }
        Daemon::Stopped | Daemon::Absent => {
            Effect::Later("Docker does not run; it takes the change up when it starts".into())
        }
    }
}
