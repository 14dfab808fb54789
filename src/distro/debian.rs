//! Debian and everything that is built from it: dpkg, `/etc/default/docker`, certificates as `.crt`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const DEBIAN: Family = Family {
    name: "debian",
    ids: &[
        "debian",
        "ubuntu",
        "raspbian",
        "devuan",
        "linuxmint",
        "pop",
        "kali",
        "zorin",
        "elementary",
        "neon",
        "parrot",
        "mx",
        "pureos",
        "deepin",
    ],
    // The last one last: other families drop certificates there too, and are asked first.
    markers: &["/var/lib/dpkg/status", "/etc/debian_version", "/usr/local/share/ca-certificates"],
    database: PackageDatabase::Dpkg,
    // Not `docker`: that package is a tray for windows. `docker-engine` and `lxc-docker` are what docker-ce was
    // called before. Since Debian 13 the client is a package of its own (`docker-cli`), so it proves no daemon.
    packages: &[
        ("docker-ce", Packaging::DockerCe),
        ("docker.io", Packaging::DockerIo),
        ("docker-ee", Packaging::DockerCe),
        ("docker-engine", Packaging::DockerCe),
        ("lxc-docker", Packaging::DockerCe),
        ("moby-engine", Packaging::MobyEngine),
    ],
    env_files: &["/etc/default/docker"],
    // Only `.crt` is taken, PEM only; without `--fresh` a removal leaves its links behind.
    store: Some(StoreTable {
        folder: "/usr/local/share/ca-certificates",
        extension: ".crt",
        refresh: &["update-ca-certificates"],
        refresh_after_removal: &["update-ca-certificates", "--fresh"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    }),
    unmanageable: None,
    volatile: None,
};
