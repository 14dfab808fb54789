//! The facts of the Docker on this host, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::config::Location;
use super::{api, asks, certs, client, config, endpoint, packaging, process, service, settings};
use crate::engine::Ground;
use crate::model::ask::Ask;
use crate::model::facts::{
    ClientVersion, ConfigFile, ConfigState, Daemon, EndpointState, EngineFacts, ReadFile, Running, Service,
};
use crate::model::observations::Observations;

/// `None` when there is no trace of Docker here.
pub(super) fn detect(seen: &Observations, ground: Ground<'_>) -> Option<EngineFacts> {
    let client = client::client(seen);
    let endpoint = endpoint::endpoint(seen, ground);
    let service = service::service(seen, ground);
    let location = config::location(seen, ground);
    let config = config::config(seen, ground, &location);
    let daemon = daemon(seen, ground, &endpoint.state, !service.name.is_empty());
    let posing = matches!(client.as_ref().map(|client| &client.version), Some(ClientVersion::Posing(_)));
    let real_client = client.is_some() && !posing;
    let configured = config.state != ConfigState::Missing;
    if !ground.prepared && daemon == Daemon::Absent && !real_client && !configured && !posing {
        return None;
    }
    let effective =
        (endpoint.state == EndpointState::Answers).then(|| api::effective(seen, &endpoint.socket)).flatten();
    Some(EngineFacts {
        engine: "docker",
        title: "Docker",
        packaging: packaging::packaging(seen, ground),
        settings: settings::settings(seen, &config, &service),
        dead: settings::dead(seen, ground, &service),
        certs: certs::certs(seen, &location.certs),
        files: files(seen, &config, &service, &location.certs),
        folders: folders(seen, &location, ground),
        certs_dir: location.certs,
        client,
        daemon,
        endpoint,
        service,
        config,
        effective,
    })
}

fn files(seen: &Observations, config: &ConfigFile, service: &Service, certs_dir: &Path) -> BTreeMap<PathBuf, ReadFile> {
    let certificates = certs::asks(seen, certs_dir).into_iter().filter_map(|ask| match ask {
        Ask::File(path) => Some(path),
        _ => None,
    });
    let paths = std::iter::once(&config.path)
        .chain(service.file.as_ref())
        .chain(&service.drop_ins)
        .chain(service.env_files.iter().map(|file| &file.path));
    let read = |path: PathBuf| {
        let content = seen.file(&path)?;
        Some((path, ReadFile { bytes: content.bytes.clone(), mode: content.mode }))
    };
    paths.cloned().chain(certificates).filter_map(read).collect()
}

fn folders(seen: &Observations, location: &Location, ground: Ground<'_>) -> BTreeSet<PathBuf> {
    asks::folders(location, ground).into_iter().filter(|path| seen.path(path).is_some()).collect()
}

fn daemon(seen: &Observations, ground: Ground<'_>, state: &EndpointState, has_service: bool) -> Daemon {
    if let Some(process) = process::daemon(seen, ground) {
        return Daemon::Running(Running {
            pid: Some(process.pid),
            uid: process.uid,
            arguments: process.arguments.clone(),
            started: Some(process.started),
            environment: process.environment.clone().unwrap_or_default(),
        });
    }
    if *state == EndpointState::Answers {
        let running = Running { pid: None, uid: 0, arguments: Vec::new(), started: None, environment: Vec::new() };
        return Daemon::Running(running);
    }
    if has_service || seen.program("dockerd").is_some() { Daemon::Stopped } else { Daemon::Absent }
}
