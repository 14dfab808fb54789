//! Container-Optimized OS: Docker in the image, /etc in memory.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const COS: Family = Family {
    name: "cos",
    ids: &["cos"],
    markers: &[],
    database: PackageDatabase::None,
    // Without a package database the first row is what the image itself brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &["/etc/default/docker"],
    store: None,
    unmanageable: None,
    volatile: Some(
        "Container-Optimized OS keeps /etc in memory: put the same change into the machine's cloud-init, or it is gone after \
         the next start",
    ),
};
