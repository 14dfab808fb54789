//! Any other Linux: no table of its own, so only what the engine itself shows.

use crate::model::family::{Family, PackageDatabase};

pub const GENERIC: Family = Family {
    name: "generic",
    ids: &[],
    markers: &[],
    database: PackageDatabase::None,
    packages: &[],
    env_files: &["/etc/default/docker", "/etc/sysconfig/docker", "/etc/conf.d/docker"],
    store: None,
    unmanageable: None,
    volatile: None,
};
