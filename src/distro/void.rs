//! Void: xbps and runit; `OPTS` in `/etc/sv/docker/conf`, which does not exist until somebody writes it.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const VOID: Family = Family {
    name: "void",
    ids: &["void"],
    markers: &["/var/db/xbps"],
    database: PackageDatabase::Xbps,
    packages: &[("moby", Packaging::Distribution), ("docker", Packaging::Distribution)],
    env_files: &["/etc/sv/docker/conf", "/etc/default/docker"],
    store: Some(StoreTable {
        folder: "/usr/local/share/ca-certificates",
        extension: ".crt",
        refresh: &["update-ca-certificates"],
        refresh_after_removal: &["update-ca-certificates", "--fresh"],
        bundle: "/etc/ssl/certs/ca-certificates.crt",
    }),
    unmanageable: None,
    volatile: None,
};
