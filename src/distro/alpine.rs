//! Alpine and postmarketOS: apk, `/etc/conf.d/docker`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const ALPINE: Family = Family {
    name: "alpine",
    ids: &["alpine", "postmarketos", "wolfi"],
    markers: &["/etc/alpine-release", "/lib/apk/db/installed"],
    database: PackageDatabase::Apk,
    // `docker` was the whole engine before it became a package that only pulls in the others.
    packages: &[("docker-engine", Packaging::Distribution), ("docker", Packaging::Distribution)],
    env_files: &["/etc/conf.d/docker"],
    // Not recursive, any name is taken, and every run builds the bundle anew.
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
