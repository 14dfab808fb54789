//! Chimera: apk and dinit; the service is called `dockerd` and takes no options.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const CHIMERA: Family = Family {
    name: "chimera",
    ids: &["chimera"],
    markers: &["/etc/dinit.d"],
    database: PackageDatabase::Apk,
    packages: &[("moby", Packaging::Distribution)],
    env_files: &[],
    store: Some(StoreTable {
        folder: "/usr/local/share/ca-certificates",
        extension: ".crt",
        refresh: &["update-ca-certificates"],
        refresh_after_removal: &["update-ca-certificates"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    }),
    unmanageable: None,
    volatile: None,
};
