//! NixOS: every setting is generated.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const NIXOS: Family = Family {
    name: "nixos",
    ids: &["nixos"],
    markers: &["/etc/NIXOS"],
    database: PackageDatabase::None,
    // Without a package database the first row is what the system itself brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &[],
    store: None,
    unmanageable: Some(
        "NixOS generates Docker's settings and starts it with a file in /nix/store: set \
         `virtualisation.docker.daemon.settings.insecure-registries`, or `security.pki.certificateFiles` for a certificate, \
         in configuration.nix and run `nixos-rebuild switch`",
    ),
    volatile: None,
};
