//! Bottlerocket: everything under /etc is rendered from its settings API.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const BOTTLEROCKET: Family = Family {
    name: "bottlerocket",
    ids: &["bottlerocket"],
    markers: &[],
    database: PackageDatabase::None,
    // Without a package database the first row is what the image itself brings.
    packages: &[("docker-engine", Packaging::Distribution)],
    env_files: &["/etc/network/proxy.env"],
    store: None,
    unmanageable: Some(
        "Bottlerocket renders Docker's files from its settings and overwrites every edit, and it has no setting for insecure \
         registries: give the registry a certificate and trust its CA with `apiclient set pki.NAME.data=BASE64 \
         pki.NAME.trusted=true`",
    ),
    volatile: None,
};
