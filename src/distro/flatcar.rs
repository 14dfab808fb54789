//! Flatcar and the Container Linux before it: Docker in the image, `DOCKER_OPTS` from drop-ins.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const FLATCAR: Family = Family {
    name: "flatcar",
    ids: &["flatcar", "coreos"],
    markers: &["/usr/share/flatcar"],
    database: PackageDatabase::None,
    // Without a package database the first row is what the image itself brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &["/run/flannel/flannel_docker_opts.env"],
    // The bundle is rebuilt only when the folder is newer than it.
    store: Some(StoreTable {
        folder: "/etc/ssl/certs",
        extension: ".pem",
        refresh: &["update-ca-certificates"],
        refresh_after_removal: &["update-ca-certificates"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    }),
    unmanageable: None,
    volatile: None,
};
