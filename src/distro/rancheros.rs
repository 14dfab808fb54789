//! `rancheros`: two Docker engines, both configured by `ros`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const RANCHEROS: Family = Family {
    name: "rancheros",
    ids: &["rancheros"],
    markers: &[],
    database: PackageDatabase::None,
    // Without a package database the first row is what the image itself brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &[],
    store: None,
    unmanageable: Some(
        "RancherOS starts Docker from its own configuration: run \
         `ros config set rancher.docker.insecure_registry \"['REGISTRY']\"` and `system-docker restart docker`",
    ),
    volatile: None,
};
