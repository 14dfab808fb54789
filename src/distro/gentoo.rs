//! Gentoo: `/etc/conf.d/docker` is installed under either init, and systemd does not read it.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const GENTOO: Family = Family {
    name: "gentoo",
    ids: &["gentoo", "funtoo", "calculate"],
    markers: &["/etc/gentoo-release", "/var/db/pkg"],
    database: PackageDatabase::Portage,
    packages: &[("docker", Packaging::Distribution), ("moby", Packaging::Distribution)],
    env_files: &["/etc/conf.d/docker"],
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
