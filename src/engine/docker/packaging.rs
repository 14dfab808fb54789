//! How this Docker came onto the machine: the package decides the paths, not the distribution.

use std::path::Path;

use super::{endpoint, process};
use crate::engine::Ground;
use crate::model::ask::Ask;
use crate::model::facts::Packaging;
use crate::model::family::PackageDatabase;
use crate::model::observations::Observations;

const SNAP: &str = "/var/snap/docker/current";
const APK: &str = "/lib/apk/db/installed";
const PACMAN: &str = "/var/lib/pacman/local";
const PORTAGE: &str = "/var/db/pkg/app-containers";
const SLACKWARE: [&str; 2] = ["/var/lib/pkgtools/packages", "/var/log/packages"];

pub(super) fn asks(ground: Ground<'_>) -> Vec<Ask> {
    let family = ground.distro.family;
    let mut asks = vec![Ask::path(SNAP), Ask::program("docker"), Ask::program("dockerd")];
    let names = family.packages.iter().map(|(name, _)| *name);
    match family.database {
        PackageDatabase::Dpkg => asks.extend(names.map(|name| Ask::path(dpkg_list(name)))),
        PackageDatabase::Opkg => asks.extend(names.map(|name| Ask::path(format!("/usr/lib/opkg/info/{name}.list")))),
        PackageDatabase::Rpm => asks.push(rpm_ask(ground)),
        PackageDatabase::Apk => asks.push(Ask::file(APK)),
        PackageDatabase::Pacman => asks.push(Ask::dir(PACMAN)),
        PackageDatabase::Portage => asks.push(Ask::dir(PORTAGE)),
        PackageDatabase::Slackware => asks.extend(SLACKWARE.map(Ask::dir)),
        PackageDatabase::Xbps | PackageDatabase::None => {}
    }
    asks
}

fn dpkg_list(name: &str) -> String {
    format!("/var/lib/dpkg/info/{name}.list")
}

fn rpm_ask(ground: Ground<'_>) -> Ask {
    let mut words = vec!["rpm", "-q", "--queryformat", "%{NAME}\\n"];
    words.extend(ground.distro.family.packages.iter().map(|(name, _)| *name));
    Ask::command(&words)
}

/// The packaging of the daemon that this person means.
pub(super) fn packaging(seen: &Observations, ground: Ground<'_>) -> Packaging {
    let daemon = process::daemon(seen, ground);
    let exe = daemon.and_then(|process| process.exe.as_deref()).or_else(|| seen.program("dockerd"));
    let in_snap = exe.is_some_and(|path| path.starts_with("/snap") || path.starts_with("/var/lib/snapd"));
    if in_snap || (exe.is_none() && seen.exists(SNAP)) {
        return Packaging::Snap;
    }
    if daemon.is_some_and(process::is_rootless) {
        return Packaging::Rootless;
    }
    if daemon.is_none() && endpoint::is_desktop(seen, ground) {
        return Packaging::Desktop;
    }
    if let Some(found) = packaged(seen, ground) {
        return found;
    }
    match exe {
        Some(path) if path.starts_with("/usr/local") || path.starts_with("/opt") => Packaging::Static,
        Some(_) if ground.distro.family.database == PackageDatabase::None => Packaging::Distribution,
        Some(_) => Packaging::Static,
        None => Packaging::Unknown,
    }
}

fn packaged(seen: &Observations, ground: Ground<'_>) -> Option<Packaging> {
    let family = ground.distro.family;
    let installed = |name: &str| match family.database {
        PackageDatabase::Dpkg => seen.exists(dpkg_list(name)),
        PackageDatabase::Opkg => seen.exists(format!("/usr/lib/opkg/info/{name}.list")),
        PackageDatabase::Rpm => rpm_names(seen, ground).any(|found| found == name),
        PackageDatabase::Apk => seen.text(APK).is_some_and(|text| text.lines().any(|line| line == format!("P:{name}"))),
        PackageDatabase::Pacman => has_versioned(seen, PACMAN, name),
        PackageDatabase::Portage => has_versioned(seen, PORTAGE, name),
        PackageDatabase::Slackware => SLACKWARE.iter().any(|folder| has_versioned(seen, folder, name)),
        PackageDatabase::Xbps | PackageDatabase::None => {
            seen.program("dockerd").is_some_and(|path| path.starts_with("/usr/bin"))
        }
    };
    family.packages.iter().find(|(name, _)| installed(name)).map(|(_, packaging)| *packaging)
}

fn rpm_names<'a>(seen: &'a Observations, ground: Ground<'_>) -> impl Iterator<Item = &'a str> {
    let output = match seen.answer(&rpm_ask(ground)) {
        Some(crate::model::ask::Answer::Output(output)) => output.stdout.as_str(),
        _ => "",
    };
    output.lines().map(str::trim)
}

/// A folder entry `NAME-VERSION`.
fn has_versioned(seen: &Observations, folder: impl AsRef<Path>, name: &str) -> bool {
    seen.dir(folder).unwrap_or_default().iter().any(|entry| {
        let rest = entry.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}
