//! What to look at on a host to know its Docker, round by round.

use std::path::{Path, PathBuf};

use super::config::Location;
use super::{certs, client, config, endpoint, packaging, process, service, settings};
use crate::engine::Ground;
use crate::model::ask::Ask;
use crate::model::observations::Observations;

/// Where drop-ins for the system's Docker unit go.
pub(super) const DROP_IN_FOLDER: &str = "/etc/systemd/system/docker.service.d";

pub(super) fn asks(seen: &Observations, ground: Ground<'_>) -> Vec<Ask> {
    let mut asks = vec![process::ask()];
    asks.extend(packaging::asks(ground));
    if !seen.knows(&process::ask()) {
        // The daemon's own command line decides where everything else is.
        return asks;
    }
    if seen.program("docker").is_some() {
        asks.push(client::version_ask());
    }
    asks.extend(endpoint::asks(seen, ground));
    asks.extend(service::asks(seen, ground));
    asks.extend(settings::candidates(ground).map(Ask::file));
    let location = config::location(seen, ground);
    asks.push(Ask::file(&location.path));
    asks.extend(certs::asks(seen, &location.certs));
    asks.extend(folders(&location, ground).into_iter().map(Ask::Path));
    asks
}

/// Folders that a plan may have to make: those of the configuration, the certificates, a drop-in and the system's store.
pub(super) fn folders(location: &Location, ground: Ground<'_>) -> Vec<PathBuf> {
    let store = ground.distro.family.store.as_ref().map(|store| Path::new(store.folder));
    let ends = [location.path.parent(), Some(location.certs.as_path()), Some(Path::new(DROP_IN_FOLDER)), store];
    let all = ends.into_iter().flatten().flat_map(Path::ancestors).map(Path::to_path_buf);
    all.filter(|path| path.parent().is_some()).collect()
}
