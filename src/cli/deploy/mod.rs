//! `regdoctor deploy`: the files of a private registry, for a person to read and change.

mod access;
mod certificate;
mod closing;
mod files;

use std::io;
use std::path::{Path, PathBuf, absolute};

use super::Ended;
use super::arguments::{DeployOptions, FrontEnd, RegistryVersion, RunBy};
use super::failure::{Failure, Kind};
use super::new_files;
use super::screen::Screen;
use crate::deploy::{CONFIG, Front, Request, Runner, Version, kept_secret};
use crate::host::{Host, Live};
use crate::model::entry_point::{self, EntryPoint};
use crate::model::secret::Secret;

pub fn run(options: &DeployOptions, screen: &Screen) -> Result<Ended, Failure> {
    let host = Live::new();
    let entry_point = named(options, screen)?;
    let (runner, front) = wanted(options)?;
    let folder = whole(&options.out)?;
    let tls = certificate::tls(&host, options, &entry_point, &folder)?;
    let Some(decided) = access::decide(&host, options, &folder, screen)? else {
        screen.say("nothing was written");
        return Ok(Ended::Interrupted);
    };
    let http_secret = http_secret(&host, &folder)?;
    let request = Request {
        entry_point,
        runner,
        front,
        tls: tls.pair.clone(),
        access: decided.access.clone(),
        http_secret,
        folder,
    };
    let judged = files::judge(&host, &request)?;
    let mut all = tls.files.clone();
    all.extend(decided.file.clone());
    all.extend(judged.iter().filter_map(files::Judged::to_write));
    new_files::write(&host, &all).map_err(|failure| match failure.kind {
        Kind::Refused => failure
            .hint("move it away, or make the change in it yourself")
            .hint("another folder takes another deployment: --out DIR"),
        _ => failure,
    })?;
    screen.answer(&closing::text(&request, &judged, &tls, &decided));
    closing::warn(&request, screen);
    Ok(Ended::Well)
}

fn named(options: &DeployOptions, screen: &Screen) -> Result<EntryPoint, Failure> {
    let pasted = entry_point::parse(&options.entry_point)?;
    for dropped in &pasted.dropped {
        screen.say(&format!("left out `{dropped}`: not part of an entry point"));
    }
    if let Some(repository) = &pasted.repository {
        screen.say(&format!("left out `/{repository}`: a registry holds every repository"));
    }
    let registry = pasted.entry_point;
    if registry.is_docker_hub() {
        return Err(Failure::new(Kind::Usage, format!("{registry} is Docker Hub's")));
    }
    if registry.port().is_none() && registry.address().is_none() && is_taken_for_a_repository(registry.host()) {
        let why =
            format!("Docker takes `{registry}/app` for an image on Docker Hub: `{registry}` has no dot and no port");
        let port = if options.http { 80 } else { 443 };
        return Err(Failure::new(Kind::Usage, why).hint(format!("with its port it is a registry: {registry}:{port}")));
    }
    Ok(registry)
}

/// Docker's rule for the first part of a reference (distribution's `splitDockerDomain`).
fn is_taken_for_a_repository(host: &str) -> bool {
    !host.contains('.') && host != "localhost" && host.to_lowercase() == host
}

fn wanted(options: &DeployOptions) -> Result<(Runner, Option<Front>), Failure> {
    let front = options.behind_proxy.map(|front| match front {
        FrontEnd::Nginx => Front::Nginx,
        FrontEnd::Caddy => Front::Caddy,
        FrontEnd::Traefik => Front::Traefik,
    });
    let runner = match (options.run_by, options.registry_version) {
        (RunBy::Compose, Some(RegistryVersion::Two)) => Runner::Compose(Version::Two),
        (RunBy::Compose, Some(RegistryVersion::Three) | None) => Runner::Compose(Version::Three),
        (RunBy::Systemd, Some(RegistryVersion::Three)) => {
            return Err(Failure::new(Kind::Usage, "the package docker-registry is of version 2")
                .hint("version 3 is an image: --run-by compose"));
        }
        (RunBy::Systemd, Some(RegistryVersion::Two) | None) => Runner::Systemd,
    };
    if (runner, front) == (Runner::Systemd, Some(Front::Traefik)) {
        return Err(Failure::new(Kind::Usage, "neither Debian nor Ubuntu has a package of Traefik")
            .hint("--run-by compose, or --behind-proxy nginx or caddy"));
    }
    Ok((runner, front))
}

/// From the root, so that it can be named in commands.
fn whole(path: &Path) -> Result<PathBuf, Failure> {
    absolute(path).map_err(|error: io::Error| Failure::file("use", path, error.to_string()))
}

/// That of the last time: it signs the state of uploads that are under way.
fn http_secret(host: &dyn Host, folder: &Path) -> Result<Secret, Failure> {
    let config = new_files::read(host, &folder.join(CONFIG))?.unwrap_or_default();
    if let Some(kept) = kept_secret(&String::from_utf8_lossy(&config)) {
        return Ok(kept);
    }
    let mut random = [0; 32];
    access::fill(&mut random)?;
    Ok(Secret::new(random.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
