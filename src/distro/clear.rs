//! Clear Linux: stateless, /etc/docker starts absent.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const CLEAR: Family = Family {
    name: "clear",
    ids: &["clear-linux-os"],
    markers: &["/usr/share/clear"],
    database: PackageDatabase::None,
    // Without a package database the first row is what the bundle brings.
    packages: &[("docker", Packaging::Distribution)],
    env_files: &[],
    store: None,
    unmanageable: None,
    volatile: None,
};
