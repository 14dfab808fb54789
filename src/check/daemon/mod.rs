//! Does Docker run, and may this person talk to it?

use super::words;
use super::{Check, Run, collision, config, engine, entries};
use crate::engine::docker;
use crate::model::facts::{Daemon, Enclosure, EndpointState, EngineFacts, Facts, Init, Packaging};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};

pub const CHECK: Check = Check {
    id: "daemon",
    passed: "Docker answers",
    topic: "the daemon",
    causes: &[&DOCKER_SOCKET_PERMISSION, &ENGINE_NOT_RUNNING],
    run: Run::Host(run),
};

pub const DOCKER_SOCKET_PERMISSION: Cause = Cause {
    slug: "docker-socket-permission",
    summary: "this user may not talk to Docker",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("docker-socket-permission.md"),
    signs: include_str!("docker-socket-permission.signs"),
};

pub const ENGINE_NOT_RUNNING: Cause = Cause {
    slug: "engine-not-running",
    summary: "Docker does not run, or does not answer",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Message],
    page: include_str!("engine-not-running.md"),
    signs: include_str!("engine-not-running.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    // Nothing runs in a folder.
    if facts.enclosure == Some(Enclosure::Root) {
        return Verdict::NotApplicable;
    }
    match &engine.endpoint.state {
        EndpointState::Answers => Verdict::Passed(engine.endpoint.socket.display().to_string()),
        EndpointState::Denied => Verdict::Found(vec![denied(facts, engine)]),
        EndpointState::Foreign(_) => Verdict::NotApplicable,
        EndpointState::Missing if engine.daemon == Daemon::Absent => Verdict::NotApplicable,
        EndpointState::Missing => Verdict::Found(vec![silent(facts, engine, "it does not exist")]),
        EndpointState::Silent(reason) => Verdict::Found(vec![silent(facts, engine, &words::shown(reason))]),
    }
}

fn denied(facts: &Facts, engine: &EngineFacts) -> Finding {
    let (user, groups) = (&facts.identity.user, facts.identity.groups.join(", "));
    let socket = engine.endpoint.socket.display();
    let finding = Finding::new(&DOCKER_SOCKET_PERMISSION, socket.to_string())
        .evidence(format!("{user} is in the groups {groups}, and {socket} is closed to all of them"))
        .leads_to(words::docker_says(format!(
            "permission denied while trying to connect to the Docker daemon socket at unix://{socket}"
        )));
    // The snap's socket and a socket of another group are not opened by this group.
    let in_group = facts.identity.groups.iter().any(|group| group == "docker");
    if in_group || engine.packaging == Packaging::Snap {
        return finding
            .advice(format!("run this as root; `ls -l {socket}` tells which group may use the socket"))
            .fix(words::regdoctor(facts, None, &["check"]));
    }
    finding
        .advice("whoever is in the group `docker` is as good as root; log in again afterwards. Or use `sudo docker`")
        .fix(words::as_root(facts, None, &["usermod", "-aG", "docker", user]))
}

fn silent(facts: &Facts, engine: &EngineFacts, reason: &str) -> Finding {
    let socket = engine.endpoint.socket.display();
    let process = match &engine.daemon {
        Daemon::Running(running) => match running.pid {
            Some(pid) => format!("dockerd runs as process {pid}"),
            None => "dockerd runs".into(),
        },
        Daemon::Stopped | Daemon::Absent => "no dockerd runs".into(),
    };
    let mut finding = Finding::new(&ENGINE_NOT_RUNNING, engine.title)
        .evidence(format!("{process}; {socket}: {reason}"))
        .leads_to(words::docker_says(format!(
            "Cannot connect to the Docker daemon at unix://{socket}. Is the docker daemon running?"
        )));
    finding.follows_from = why_it_cannot_start(engine);
    match finding.follows_from {
        Some(slug) => finding.advice(format!("mend {slug} first: Docker does not start before")),
        None => words::with_restart(finding.advice(look_at_the_log(engine)), facts, engine),
    }
}

/// What among the other questions about this host keeps a stopped daemon from starting.
fn why_it_cannot_start(engine: &EngineFacts) -> Option<&'static str> {
    if engine.daemon.running().is_some() {
        return None;
    }
    if config::keeps_from_starting(engine) {
        return Some(config::DAEMON_JSON_UNPARSABLE.slug);
    }
    if !docker::collision::all(engine).is_empty() {
        return Some(collision::DAEMON_JSON_FLAG_CONFLICT.slug);
    }
    entries::any_refused(engine).then_some(entries::REGISTRY_ENTRY_MALFORMED.slug)
}

fn look_at_the_log(engine: &EngineFacts) -> String {
    let name = &engine.service.name;
    match engine.service.manager {
        Init::Systemd if engine.service.user => format!("the reason is in `journalctl --user -u {name} -n 50`"),
        Init::Systemd => format!("the reason is in `journalctl -u {name} -n 50`"),
        Init::None => "start `dockerd` in a terminal: it prints why it does not run".into(),
        _ => "the reason is in Docker's log, mostly /var/log/docker.log".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    fn bent(change: impl FnOnce(&mut EngineFacts)) -> Verdict {
        let mut engine = testing::engine();
        change(&mut engine);
        run(&testing::healthy(), Some(&engine))
    }

    #[test]
    fn a_healthy_host_passes() {
        assert_eq!(bent(|_| ()), Verdict::Passed("/var/run/docker.sock".into()));
        assert_eq!(run(&testing::healthy(), None), Verdict::NotApplicable);
    }

    #[test]
    fn a_closed_socket() {
        let mut facts = testing::healthy();
        facts.identity.groups = vec!["ann".into()];
        let mut engine = testing::engine();
        engine.endpoint.state = EndpointState::Denied;
        let finding = only(run(&facts, Some(&engine)));
        assert_eq!(finding.cause.slug, "docker-socket-permission");
        assert_eq!(finding.remedy.commands, ["sudo usermod -aG docker ann"]);
        assert_eq!(finding.evidence, ["ann is in the groups ann, and /var/run/docker.sock is closed to all of them"]);
        facts.identity.groups.push("docker".into());
        assert_eq!(only(run(&facts, Some(&engine))).remedy.commands, ["sudo regdoctor check"]);
    }

    #[test]
    fn a_daemon_that_is_down() {
        let finding = only(bent(|engine| {
            engine.daemon = Daemon::Stopped;
            engine.endpoint.state = EndpointState::Missing;
        }));
        assert_eq!(finding.cause.slug, "engine-not-running");
        assert_eq!(finding.remedy.commands, ["sudo systemctl restart docker"]);
        assert_eq!(finding.follows_from, None);
        let hung =
            only(bent(|engine| engine.endpoint.state = EndpointState::Silent("it did not answer in time".into())));
        assert_eq!(hung.evidence, ["dockerd runs as process 812; /var/run/docker.sock: it did not answer in time"]);
    }

    #[test]
    fn names_what_it_follows_from() {
        let finding = only(bent(|engine| {
            engine.daemon = Daemon::Stopped;
            engine.endpoint.state = EndpointState::Missing;
            engine.settings.push(testing::flag("/etc/default/docker", "insecure-registries", "b:5000"));
        }));
        assert_eq!(finding.follows_from, Some("daemon-json-flag-conflict"));
        assert!(finding.remedy.commands.is_empty());
    }

    #[test]
    fn a_folder_has_no_daemon() {
        let mut facts = testing::healthy();
        facts.enclosure = Some(Enclosure::Root);
        facts.engines[0].daemon = Daemon::Stopped;
        facts.engines[0].endpoint.state = EndpointState::Missing;
        assert_eq!(run(&facts, facts.engines.first()), Verdict::NotApplicable);
    }
}
