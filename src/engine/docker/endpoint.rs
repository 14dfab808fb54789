//! Which socket is the engine's, and which one the command line program is pointed at.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{api, flags, process};
use crate::engine::Ground;
use crate::model::ask::{Answer, Ask};
use crate::model::facts::{Endpoint, EndpointState, Origin};
use crate::model::observations::Observations;

/// Where dockerd listens unless told otherwise (since 0.5.2).
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where the command line program is pointed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    host: String,
    origin: Origin,
}

/// The questions that tell the endpoint, as far as they can be known now.
pub(super) fn asks(seen: &Observations, ground: Ground<'_>) -> Vec<Ask> {
    let folder = client_folder(seen, ground);
    let meta = folder.join("contexts/meta");
    let mut asks: Vec<Ask> = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"]
        .iter()
        .map(|name| Ask::env(name))
        .collect();
    asks.push(Ask::file(folder.join("config.json")));
    if context_name(seen, &folder).is_some() {
        asks.push(Ask::dir(&meta));
        let contexts = seen.dir(&meta).unwrap_or_default();
        asks.extend(contexts.iter().map(|entry| Ask::file(meta.join(&entry.name).join("meta.json"))));
    }
    let (socket, _) = socket(seen, ground);
    asks.extend(api::asks(&socket));
    asks
}

/// The engine's own endpoint, with what was found there.
pub(super) fn endpoint(seen: &Observations, ground: Ground<'_>) -> Endpoint {
    let (socket, origin) = socket(seen, ground);
    let elsewhere = target(seen, ground).filter(|target| unix_path(&target.host) != Some(socket.as_path()));
    Endpoint {
        state: state(seen, &socket),
        socket,
        origin,
        elsewhere: elsewhere.map(|target| (target.host, target.origin)),
    }
}

fn state(seen: &Observations, socket: &Path) -> EndpointState {
    match seen.answer(&Ask::unix_http(socket, "/version")) {
        Some(Answer::Http(answer)) if answer.status == 200 => match foreign_engine(&answer.body) {
            Some(name) => EndpointState::Foreign(name),
            None => EndpointState::Answers,
        },
        Some(Answer::Http(answer)) => EndpointState::Silent(format!("it answered with status {}", answer.status)),
        Some(Answer::Denied) => EndpointState::Denied,
        Some(Answer::Failed(reason)) => EndpointState::Silent(reason.clone()),
        Some(Answer::TimedOut) => EndpointState::Silent("it did not answer in time".into()),
        _ => EndpointState::Missing,
    }
}

/// podman's service answers on a linked docker.sock: its `/version` names the component "Podman Engine".
fn foreign_engine(body: &str) -> Option<String> {
    let version: Value = serde_json::from_str(body).ok()?;
    let components = version.get("Components")?.as_array()?;
    let podman = components.iter().any(|part| {
        part.get("Name").and_then(Value::as_str).is_some_and(|name| name.to_ascii_lowercase().contains("podman"))
    });
    podman.then(|| "podman".to_string())
}

/// The daemon's socket: what it was started with, else the person's rootless one, else the default.
fn socket(seen: &Observations, ground: Ground<'_>) -> (PathBuf, Origin) {
    let daemon = process::daemon(seen, ground);
    let listens = daemon.map(|process| flags::values(process.arguments.get(1..).unwrap_or_default(), "hosts"));
    let unix = listens.iter().flatten().find_map(|host| unix_path(host));
    if let Some(path) = unix {
        return (path.to_path_buf(), Origin::Flag("-H".into()));
    }
    if let Some(process) = daemon.filter(|process| process::is_rootless(process)) {
        let runtime = process::variable(process, "XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.unwrap_or_else(|| PathBuf::from(format!("/run/user/{}", process.uid)));
        return (runtime.join("docker.sock"), Origin::Default);
    }
    if daemon.is_none()
        && let Some(target) = target(seen, ground)
        && let Some(path) = unix_path(&target.host)
    {
        return (path.to_path_buf(), target.origin);
    }
    (PathBuf::from(DEFAULT_SOCKET), Origin::Default)
}

fn unix_path(host: &str) -> Option<&Path> {
    host.strip_prefix("unix://").map(Path::new).filter(|path| path.is_absolute())
}

/// `DOCKER_HOST`, then `DOCKER_CONTEXT`, then `currentContext` of the person's configuration
/// (docker/cli `resolveContextName`); nothing when all point to the default.
fn target(seen: &Observations, ground: Ground<'_>) -> Option<Target> {
    if let Some(host) = seen.env("DOCKER_HOST").filter(|host| !host.is_empty()) {
        return Some(Target { host: host.to_string(), origin: Origin::Environment("DOCKER_HOST".into()) });
    }
    let folder = client_folder(seen, ground);
    let (name, origin) = context_name(seen, &folder)?;
    let meta = folder.join("contexts/meta");
    let host = seen.dir(&meta).unwrap_or_default().iter().find_map(|entry| {
        let text = seen.text(meta.join(&entry.name).join("meta.json"))?;
        let context: Value = serde_json::from_str(&text).ok()?;
        (context.get("Name")?.as_str()? == name)
            .then(|| context.pointer("/Endpoints/docker/Host")?.as_str().map(str::to_string))?
    });
    let host = host.unwrap_or_else(|| format!("context {name}"));
    Some(Target { host, origin })
}

fn context_name(seen: &Observations, folder: &Path) -> Option<(String, Origin)> {
    if let Some(name) = seen.env("DOCKER_CONTEXT").filter(|name| !name.is_empty()) {
        return (name != "default").then(|| (name.to_string(), Origin::Environment("DOCKER_CONTEXT".into())));
    }
    let path = folder.join("config.json");
    let config: Value = serde_json::from_str(&seen.text(&path)?).ok()?;
    let name = config.get("currentContext")?.as_str().filter(|name| !name.is_empty() && *name != "default")?;
    Some((name.to_string(), Origin::File { path, line: None }))
}

/// The folder of the command line program's own configuration: the person's, also under sudo.
fn client_folder(seen: &Observations, ground: Ground<'_>) -> PathBuf {
    match seen.env("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => ground.identity.person_home().join(".docker"),
    }
}

/// Whether the command line program is pointed at Docker Desktop's virtual machine.
pub(super) fn is_desktop(seen: &Observations, ground: Ground<'_>) -> bool {
    target(seen, ground)
        .is_some_and(|target| target.host.contains("/.docker/desktop/") || target.host == "context desktop-linux")
}
