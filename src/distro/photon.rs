//! Photon OS: rpm, the upstream unit, a certificate folder that a script joins into one file.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const PHOTON: Family = Family {
    name: "photon",
    ids: &["photon"],
    markers: &["/etc/photon-release"],
    database: PackageDatabase::Rpm,
    packages: &[
        ("docker-engine", Packaging::Distribution),
        ("docker", Packaging::Distribution),
        ("docker-ce", Packaging::DockerCe),
    ],
    // No unit reads it.
    env_files: &["/etc/default/docker"],
    store: Some(StoreTable {
        folder: "/etc/ssl/certs",
        extension: ".pem",
        refresh: &["rehash_ca_certificates.sh"],
        refresh_after_removal: &["rehash_ca_certificates.sh"],
        bundle: "/etc/pki/tls/certs/ca-bundle.crt",
    }),
    unmanageable: None,
    volatile: None,
};
