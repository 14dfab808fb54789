//! The router system of `openwrt`: opkg and procd; the start script writes its own daemon.json from UCI.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase};

pub const OPENWRT: Family = Family {
    name: "openwrt",
    ids: &["openwrt", "lede"],
    markers: &["/etc/openwrt_release"],
    database: PackageDatabase::Opkg,
    packages: &[("dockerd", Packaging::Distribution)],
    // UCI, not variables. With `alt_config_file` in section globals the script links to that file instead.
    env_files: &["/etc/config/dockerd"],
    store: None,
    unmanageable: Some(
        "OpenWrt's start script writes Docker's file from UCI, which has no option for insecure registries: run \
         `uci set dockerd.globals.alt_config_file=/etc/docker/daemon.json; uci commit dockerd`, create that file, and try again",
    ),
    volatile: None,
};
