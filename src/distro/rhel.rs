//! Red Hat, Fedora, Amazon, Oracle, Azure Linux and their kin: rpm, `/etc/sysconfig`, `update-ca-trust`.

use crate::model::facts::Packaging;
use crate::model::family::{Family, PackageDatabase, StoreTable};

pub const RHEL: Family = Family {
    name: "rhel",
    ids: &[
        "rhel",
        "centos",
        "fedora",
        "rocky",
        "almalinux",
        "ol",
        "amzn",
        "azurelinux",
        "mariner",
        "openeuler",
        "xcp-ng",
        "scientific",
        "cloudlinux",
        "virtuozzo",
        "eurolinux",
        "anolis",
        "opencloudos",
        "tencentos",
        "alinux",
    ],
    markers: &["/etc/pki/ca-trust/source/anchors", "/etc/redhat-release"],
    database: PackageDatabase::Rpm,
    // `docker-engine` is Oracle's and openEuler's name, `docker-io` that of EPEL 6.
    packages: &[
        ("docker-ce", Packaging::DockerCe),
        ("docker-ee", Packaging::DockerCe),
        ("moby-engine", Packaging::MobyEngine),
        ("docker", Packaging::Distribution),
        ("docker-latest", Packaging::Distribution),
        ("docker-engine", Packaging::Distribution),
        ("docker-io", Packaging::Distribution),
    ],
    // docker-ce reads none of them, Amazon and the distributions' own packages read the first.
    env_files: &[
        "/etc/sysconfig/docker",
        "/etc/sysconfig/docker-storage",
        "/etc/sysconfig/docker-network",
        "/etc/sysconfig/docker-latest",
        "/etc/default/docker",
    ],
    // The bundles under /etc/pki/tls are links to the extracted one, and newer releases drop them.
    store: Some(StoreTable {
        folder: "/etc/pki/ca-trust/source/anchors",
        extension: ".pem",
        refresh: &["update-ca-trust", "extract"],
        refresh_after_removal: &["update-ca-trust", "extract"],
        bundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    }),
    unmanageable: None,
    volatile: None,
};
