//! The kinds of machine of the lab: which suite, which init, which engine.

/// What every machine has beside its init and its engine.
pub const COMMON_PACKAGES: &[&str] =
    &["ca-certificates", "iproute2", "iptables", "curl", "busybox-static", "procps", "strace", "sudo"];

/// The init that a machine boots with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    Systemd,
    Sysvinit,
    Openrc,
}

impl Init {
    /// The word for it in the lab's scripts and names.
    pub fn name(self) -> &'static str {
        match self {
            Init::Systemd => "systemd",
            Init::Sysvinit => "sysvinit",
            Init::Openrc => "openrc",
        }
    }

    /// The packages that make it the init of a root.
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Init::Systemd => &["systemd-sysv", "dbus"],
            Init::Sysvinit => &["sysvinit-core"],
            Init::Openrc => &["sysvinit-core", "openrc"],
        }
    }
}

/// One kind of machine.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    pub suite: &'static str,
    pub init: Init,
    /// Packages beside the common ones and the init's.
    pub packages: &'static [&'static str],
    /// What the engine's `/version` must say, up to a distribution's suffix.
    pub docker_version: &'static str,
    /// Whether there is a `docker` command.
    pub docker_command: bool,
}

pub const MACHINES: &[Spec] = &[
    Spec {
        name: "bullseye-systemd",
        suite: "bullseye",
        init: Init::Systemd,
        packages: &["docker.io"],
        docker_version: "20.10.5",
        docker_command: true,
    },
    Spec {
        name: "bookworm-sysvinit",
        suite: "bookworm",
        init: Init::Sysvinit,
        packages: &["docker.io"],
        docker_version: "20.10.24",
        docker_command: true,
    },
    Spec {
        name: "bookworm-openrc",
        suite: "bookworm",
        init: Init::Openrc,
        packages: &["docker.io"],
        docker_version: "20.10.24",
        docker_command: true,
    },
    Spec {
        name: "trixie-systemd",
        suite: "trixie",
        init: Init::Systemd,
        packages: &["docker.io"],
        docker_version: "26.1.5",
        docker_command: false,
    },
    Spec {
        name: "trixie-systemd-cli",
        suite: "trixie",
        init: Init::Systemd,
        packages: &["docker.io", "docker-cli"],
        docker_version: "26.1.5",
        docker_command: true,
    },
    Spec {
        name: "forky-systemd",
        suite: "forky",
        init: Init::Systemd,
        packages: &["docker.io", "docker-cli"],
        docker_version: "28.5.2",
        docker_command: true,
    },
];

/// A machine with all that `deploy` writes files for, and the other client that `push` is measured against. It is kept
/// apart, so that no other case meets its services.
pub const DEPLOYED: Spec = Spec {
    name: "forky-deployed",
    suite: "forky",
    init: Init::Systemd,
    packages: &["docker.io", "docker-cli", "docker-compose", "docker-registry", "nginx", "caddy", "skopeo"],
    docker_version: "28.5.2",
    docker_command: true,
};
