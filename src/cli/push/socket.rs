//! The engine whose images are meant: `DOCKER_HOST`, else Docker, else podman, whichever answers.

use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Kind};
use crate::cli::machine;
use crate::host::Host;
use crate::model::ask::{Answer, Ask};
use crate::model::facts::Facts;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    pub path: PathBuf,
    /// For people.
    pub title: &'static str,
}

/// The first that answers a ping.
pub(super) fn find(host: &dyn Host, facts: &Facts) -> Result<Socket, Failure> {
    let mut tried = Vec::new();
    let mut denied = None;
    for socket in candidates(host, facts)? {
        match host.ask(&Ask::unix_http(&socket.path, "/_ping")) {
            Answer::Http(answer) if answer.status == 200 => return Ok(socket),
            Answer::Denied => drop(denied.get_or_insert(socket.path.clone())),
            _ => {}
        }
        tried.push(socket.path.display().to_string());
    }
    if let Some(path) = denied {
        return Err(Failure::needs_root_to(
            &format!("{} is not open to this user", path.display()),
            &machine::command_line(),
        ));
    }
    Err(Failure::new(Kind::Environment, "no container engine answers that could have the image")
        .because(format!("tried {}", tried.join(", ")))
        .hint("start Docker or podman.socket; or push a file: oci:DIR, oci-archive:FILE, docker-archive:FILE"))
}

fn candidates(host: &dyn Host, facts: &Facts) -> Result<Vec<Socket>, Failure> {
    let variable = |name: &str| match host.ask(&Ask::env(name)) {
        Answer::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    };
    if let Some(named) = variable("DOCKER_HOST") {
        let path = named.strip_prefix("unix://").map(PathBuf::from).ok_or_else(|| {
            Failure::new(Kind::Environment, format!("DOCKER_HOST is {named}, and only unix:// is spoken here"))
                .hint("run this on the host itself, or push a file: docker-archive:FILE")
        })?;
        let title = if path.to_string_lossy().contains("podman") { "podman" } else { "Docker" };
        return Ok(vec![Socket { path, title }]);
    }
    let docker = machine::any_engine(facts).map(|(_, own)| own.endpoint.socket.clone());
    let docker = docker.into_iter().chain([PathBuf::from("/var/run/docker.sock")]);
    let runtime = variable("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("podman/podman.sock"));
    let podman = runtime.into_iter().chain([PathBuf::from("/run/podman/podman.sock")]);
    let mut all: Vec<Socket> = docker.map(|path| Socket { path, title: "Docker" }).collect();
    all.extend(podman.map(|path| Socket { path, title: "podman" }));
    all.dedup();
    Ok(all)
}
