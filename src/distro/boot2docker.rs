//! boot2docker, the system of docker-machine: runs from memory, one script, `EXTRA_ARGS`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const BOOT2DOCKER: Family = Family {
    name: "boot2docker",
    ids: &["boot2docker"],
    markers: &["/var/lib/boot2docker"],
    database: PackageDatabase::None,
    // Without a package database the first row is what the image itself brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &["/var/lib/boot2docker/profile"],
    store: None,
    unmanageable: None,
    volatile: Some(
        "boot2docker runs from memory; only /etc/docker, which leads to /var/lib/boot2docker, and its profile last, and a CA \
         belongs in /var/lib/boot2docker/certs",
    ),
};
