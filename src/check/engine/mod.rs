//! Is there a Docker on this host, is it old enough, and is `docker` the Docker that is configured here?

use super::words;
use super::{Check, Run};
use crate::model::facts::{ClientVersion, Daemon, Enclosure, EndpointState, EngineFacts, Facts, Origin, Packaging};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::version::Version;

pub const CHECK: Check = Check {
    id: "engine",
    passed: "Docker is installed",
    topic: "Docker",
    causes: &[&ENGINE_NOT_INSTALLED, &ENGINE_OR_CLIENT_TOO_OLD, &ENGINE_CONFIG_ELSEWHERE],
    run: Run::Host(run),
};

pub const ENGINE_NOT_INSTALLED: Cause = Cause {
    slug: "engine-not-installed",
    summary: "Docker is not installed on this host",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("engine-not-installed.md"),
    signs: include_str!("engine-not-installed.signs"),
};

pub const ENGINE_OR_CLIENT_TOO_OLD: Cause = Cause {
    slug: "engine-or-client-too-old",
    summary: "this Docker is too old for registries of today",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("engine-or-client-too-old.md"),
    signs: include_str!("engine-or-client-too-old.signs"),
};

pub const ENGINE_CONFIG_ELSEWHERE: Cause = Cause {
    slug: "engine-config-elsewhere",
    summary: "`docker` does not use the Docker that is configured here",
    severity: Severity::Warning,
    seen_from: &[Sight::Host],
    page: include_str!("engine-config-elsewhere.md"),
    signs: include_str!("engine-config-elsewhere.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    // A folder that is being prepared needs no engine yet.
    if facts.enclosure == Some(Enclosure::Root) {
        return Verdict::NotApplicable;
    }
    let Some(engine) = engine else { return Verdict::Found(vec![not_installed(facts, None)]) };
    let mut found: Vec<Finding> = elsewhere(engine).into_iter().collect();
    if found.is_empty() && engine.daemon == Daemon::Absent && engine.endpoint.state == EndpointState::Missing {
        found.push(not_installed(facts, Some(engine)));
    }
    found.extend(too_old(engine));
    words::verdict(found, || match engine.version() {
        Some(version) => format!("{} {version} ({})", engine.title, engine.packaging.name()),
        None => format!("{}, version unknown ({})", engine.title, engine.packaging.name()),
    })
}

fn not_installed(facts: &Facts, engine: Option<&EngineFacts>) -> Finding {
    let finding = Finding::new(&ENGINE_NOT_INSTALLED, "this host");
    let client = engine.and_then(|engine| engine.client.as_ref());
    let finding = match client {
        Some(client) => finding.evidence(format!("{} is only the client; there is no dockerd", client.path.display())),
        None => finding.evidence("neither `docker` nor `dockerd` is on the search path, and no service starts one"),
    };
    let finding = finding
        .leads_to("nothing on this host can pull from or push to a registry")
        .advice("install Docker as https://docs.docker.com/engine/install/ says, or from the distribution");
    match INSTALL.iter().find(|(family, _)| *family == facts.distro.family.name) {
        Some((_, words)) => finding.fix(words::as_root(facts, None, words)),
        None => finding,
    }
}

/// Distributions whose own repositories have a Docker daemon under this name.
const INSTALL: &[(&str, &[&str])] = &[
    ("debian", &["apt-get", "install", "docker.io"]),
    ("alpine", &["apk", "add", "docker"]),
    ("arch", &["pacman", "-S", "docker"]),
    ("suse", &["zypper", "install", "docker"]),
    ("void", &["xbps-install", "docker"]),
    ("gentoo", &["emerge", "app-containers/docker"]),
];

fn elsewhere(engine: &EngineFacts) -> Option<Finding> {
    let client = engine.client.as_ref();
    if let Some(ClientVersion::Posing(name)) = client.map(|client| &client.version) {
        let path = client.map(|client| client.path.display().to_string()).unwrap_or_default();
        return Some(posing(engine, &words::shown(name), &format!("{path} is {}", words::shown(name))));
    }
    if let EndpointState::Foreign(name) = &engine.endpoint.state {
        let evidence = format!("{name} answers on {}", engine.endpoint.socket.display());
        return Some(posing(engine, name, &evidence));
    }
    let finding = Finding::new(&ENGINE_CONFIG_ELSEWHERE, "docker");
    if engine.packaging == Packaging::Desktop {
        let finding = finding
            .evidence("Docker Desktop runs its engine in a virtual machine of its own")
            .leads_to(format!("Docker Desktop does not read {}", engine.config.path.display()));
        return Some(finding.advice("change `insecure-registries` in Docker Desktop under Settings, Docker Engine"));
    }
    let (host, origin) = engine.endpoint.elsewhere.as_ref()?;
    let finding = finding
        .evidence(format!("{origin} points `docker` at {}", words::shown(host)))
        .leads_to("changes to the Docker of this host do not reach the one that `docker` talks to")
        .advice("run `regdoctor` on the machine of that Docker, or point `docker` back to this one");
    Some(match origin {
        Origin::Environment(name) => finding.fix(format!("unset {}", words::quoted(name))),
        _ => finding.fix("docker context use default"),
    })
}

fn posing(engine: &EngineFacts, name: &str, evidence: &str) -> Finding {
    let alone = engine.daemon == Daemon::Absent || matches!(engine.endpoint.state, EndpointState::Foreign(_));
    Finding::new(&ENGINE_CONFIG_ELSEWHERE, "docker")
        .severity(if alone { Severity::Error } else { Severity::Warning })
        .evidence(evidence)
        .leads_to(format!("{name} reads nothing under /etc/docker, so changes there have no effect on it"))
        .advice(
            "podman reads /etc/containers/registries.conf and /etc/containers/certs.d; install Docker to use Docker",
        )
}

/// 1.6.0 is the first release that talks to a v2 registry. Microsoft's builds count from 3.0 and are later than 19.03.
fn too_old(engine: &EngineFacts) -> Option<Finding> {
    let old = |version: &&Version| !version.at_least(1, 6, 0) && !version.text.contains("azure");
    let daemon = engine.effective.as_ref().map(|effective| &effective.version).filter(old);
    let (who, version) = match daemon {
        Some(version) => ("the daemon", version),
        None => ("the client", client_version(engine).filter(old)?),
    };
    let finding = Finding::new(&ENGINE_OR_CLIENT_TOO_OLD, engine.title)
        .evidence(format!("{who} is {version}; 1.6.0 is the first release that talks to a v2 registry"))
        .leads_to("every pull and push asks for /v1/, which no registry answers any more")
        .advice("upgrade Docker; nothing here can be changed for this release");
    Some(finding)
}

fn client_version(engine: &EngineFacts) -> Option<&Version> {
    match engine.client.as_ref().map(|client| &client.version) {
        Some(ClientVersion::Engine(version)) => Some(version),
        _ => None,
    }
}

/// Whether the files of this host steer the engine that is meant.
pub(super) fn is_configured_here(engine: &EngineFacts) -> bool {
    let posing = matches!(engine.client.as_ref().map(|client| &client.version), Some(ClientVersion::Posing(_)));
    engine.packaging != Packaging::Desktop && !(posing && engine.daemon == Daemon::Absent)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    #[test]
    fn a_healthy_host_passes() {
        let facts = testing::healthy();
        assert_eq!(run(&facts, facts.engines.first()), Verdict::Passed("Docker 28.1.1 (docker-ce)".into()));
    }

    #[test]
    fn without_docker() {
        let mut facts = testing::healthy();
        facts.engines.clear();
        let finding = only(run(&facts, None));
        assert_eq!(finding.cause.slug, "engine-not-installed");
        assert_eq!(finding.remedy.commands, ["sudo apt-get install docker.io"]);
        let mut engine = testing::engine();
        engine.daemon = Daemon::Absent;
        engine.endpoint.state = EndpointState::Missing;
        let finding = only(run(&facts, Some(&engine)));
        assert_eq!(finding.evidence, ["/usr/bin/docker is only the client; there is no dockerd"]);
    }

    #[test]
    fn before_the_second_protocol() {
        let mut engine = testing::engine();
        let version = |engine: &mut EngineFacts, text: &str| {
            engine.effective.as_mut().unwrap().version = testing::version(text);
        };
        version(&mut engine, "1.5.0");
        assert_eq!(only(run(&testing::healthy(), Some(&engine))).cause.slug, "engine-or-client-too-old");
        version(&mut engine, "1.3.4+azure");
        assert!(matches!(run(&testing::healthy(), Some(&engine)), Verdict::Passed(_)));
    }

    #[test]
    fn another_engine_under_its_name() {
        let facts = testing::healthy();
        let bend = |change: fn(&mut EngineFacts)| {
            let mut engine = testing::engine();
            change(&mut engine);
            only(run(&facts, Some(&engine)))
        };
        let posing = bend(|engine| {
            engine.client.as_mut().unwrap().version = ClientVersion::Posing("podman".into());
            engine.daemon = Daemon::Absent;
        });
        assert_eq!((posing.cause.slug, posing.severity), ("engine-config-elsewhere", Severity::Error));
        assert_eq!(posing.evidence, ["/usr/bin/docker is podman"]);
        let foreign = bend(|engine| engine.endpoint.state = EndpointState::Foreign("podman".into()));
        assert_eq!(foreign.evidence, ["podman answers on /var/run/docker.sock"]);
        let desktop = bend(|engine| engine.packaging = Packaging::Desktop);
        assert_eq!(desktop.severity, Severity::Warning);
        let other = bend(|engine| {
            let origin = Origin::Environment("DOCKER_HOST".into());
            engine.endpoint.elsewhere = Some(("tcp://10.0.0.9:2376".into(), origin));
        });
        assert_eq!(other.evidence, ["the variable DOCKER_HOST points `docker` at tcp://10.0.0.9:2376"]);
        assert_eq!(other.remedy.commands, ["unset DOCKER_HOST"]);
    }
}
