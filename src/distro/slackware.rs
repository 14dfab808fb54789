//! Slackware with the package of SlackBuilds.org: `/etc/rc.d/rc.docker`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const SLACKWARE: Family = Family {
    name: "slackware",
    ids: &["slackware"],
    markers: &["/etc/slackware-version"],
    database: PackageDatabase::Slackware,
    packages: &[("docker", Packaging::Distribution)],
    env_files: &["/etc/default/docker"],
    store: None,
    unmanageable: None,
    volatile: None,
};
