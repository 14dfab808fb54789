//! Arch and what is built from it: pacman, the upstream unit, no env file.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const ARCH: Family = Family {
    name: "arch",
    ids: &[
        "arch",
        "archlinux",
        "archarm",
        "manjaro",
        "manjaro-arm",
        "endeavouros",
        "artix",
        "cachyos",
        "garuda",
        "steamos",
    ],
    markers: &["/etc/ca-certificates/trust-source/anchors", "/var/lib/pacman/local", "/etc/arch-release"],
    database: PackageDatabase::Pacman,
    packages: &[("docker", Packaging::Distribution), ("docker-git", Packaging::Distribution)],
    // Artix with OpenRC reads the first; systemd reads neither.
    env_files: &["/etc/conf.d/docker", "/etc/default/docker"],
    store: Some(StoreTable {
        folder: "/etc/ca-certificates/trust-source/anchors",
        extension: ".crt",
        refresh: &["update-ca-trust"],
        refresh_after_removal: &["update-ca-trust"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    }),
    unmanageable: None,
    volatile: None,
};
