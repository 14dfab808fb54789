//! SUSE and openSUSE: rpm, an env file that must exist, a daemon.json that the package brings.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const SUSE: Family = Family {
    name: "suse",
    ids: &[
        "suse",
        "sles",
        "sled",
        "sles_sap",
        "sle_hpc",
        "suse-microos",
        "sle-micro",
        "sl-micro",
        "opensuse",
        "opensuse-leap",
        "opensuse-leap-micro",
        "opensuse-tumbleweed",
        "opensuse-slowroll",
        "opensuse-microos",
    ],
    markers: &["/etc/pki/trust/anchors", "/etc/SuSE-release"],
    database: PackageDatabase::Rpm,
    packages: &[
        ("docker", Packaging::Distribution),
        ("docker-stable", Packaging::Distribution),
        ("docker-ce", Packaging::DockerCe),
    ],
    env_files: &["/etc/sysconfig/docker"],
    // Debian's command name, another program. /etc/ssl/ca-bundle.pem, which Go reads, is a link to the bundle.
    store: Some(StoreTable {
        folder: "/etc/pki/trust/anchors",
        extension: ".pem",
        refresh: &["update-ca-certificates"],
        refresh_after_removal: &["update-ca-certificates"],
        bundle: "/var/lib/ca-certificates/ca-bundle.pem",
    }),
    unmanageable: None,
    volatile: None,
};
