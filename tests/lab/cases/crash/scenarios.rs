//! What is done to the machine in a trial, and from which files and history.

/// What is done to a machine, and from which files.
pub struct Scenario {
    pub name: &'static str,
    /// A script that makes the files and the history before.
    pub prepare: &'static str,
    pub command: &'static str,
    /// A script that brings a running Docker to what the old files say.
    pub settle: &'static str,
    /// Whether the machine's own store of certificates is compared as well.
    pub store: bool,
    pub docker: Docker,
}

/// What the scenario does to a running Docker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Docker {
    Untouched,
    /// Reloaded or restarted: afterwards its own list must fit its files.
    Told,
}

const RELOAD: &str = "kill -HUP $(cat /run/docker.pid)";
pub const RESTART: &str = "systemctl reset-failed docker.service docker.socket; systemctl restart docker";
/// A list that is merely gone stays in effect: an empty one does not.
const FORGET: &str = "mkdir -p /etc/docker; [ -e /etc/docker/daemon.json ] && mv /etc/docker/daemon.json /root/kept; \
     echo '{\"insecure-registries\": []}' > /etc/docker/daemon.json; kill -HUP $(cat /run/docker.pid); sleep 0.1; \
     rm /etc/docker/daemon.json; [ -e /root/kept ] && mv /root/kept /etc/docker/daemon.json; \
     rmdir /etc/docker 2>/dev/null; true";
const WITH_JSON: &str = "mkdir -p /etc/docker; chmod 750 /etc/docker; \
     printf '{\\r\\n  \"debug\": false,\\r\\n  \"insecure-registries\": [\"other.lab:5000\"]\\r\\n}' > /etc/docker/daemon.json; \
     chmod 640 /etc/docker/daemon.json; chown root:daemon /etc/docker/daemon.json";
const WITH_OPTIONS: &str = "printf 'DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\\n' > /etc/default/docker";
const TRUSTED: &str = "rm -rf /etc/docker; regdoctor trust new.lab:5000 --insecure --force --yes";
const AUTHORITY: &str = "rm -rf /etc/docker; regdoctor trust new.lab:5000 --ca /root/ca.crt --force --yes";

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "trust in daemon.json",
        prepare: WITH_JSON,
        command: "trust new.lab:5000 --insecure --force --yes",
        settle: RELOAD,
        store: false,
        docker: Docker::Told,
    },
    Scenario {
        name: "trust in a new daemon.json",
        prepare: "rm -rf /etc/docker",
        command: "trust new.lab:5000 --insecure --force --yes",
        settle: FORGET,
        store: false,
        docker: Docker::Told,
    },
    Scenario {
        name: "trust in the env file",
        prepare: WITH_OPTIONS,
        command: "trust new.lab:5000 --insecure --force --yes --no-reload",
        settle: "true",
        store: false,
        docker: Docker::Untouched,
    },
    Scenario {
        name: "trust in certs.d",
        prepare: "rm -rf /etc/docker",
        command: "trust new.lab:5000 --ca /root/ca.crt --force --yes",
        settle: "true",
        store: false,
        docker: Docker::Untouched,
    },
    Scenario {
        name: "trust in the system's store",
        prepare: "rm -rf /etc/docker",
        command: "trust new.lab:5000 --ca /root/ca.crt --system-store --force --yes --no-reload",
        settle: "true",
        store: true,
        docker: Docker::Untouched,
    },
    Scenario {
        name: "untrust, out of daemon.json",
        prepare: TRUSTED,
        command: "untrust new.lab:5000 --yes",
        settle: RELOAD,
        store: false,
        docker: Docker::Told,
    },
    Scenario {
        name: "untrust, out of certs.d",
        prepare: AUTHORITY,
        command: "untrust new.lab:5000 --yes",
        settle: "true",
        store: false,
        docker: Docker::Untouched,
    },
    Scenario {
        name: "undo of trust in daemon.json",
        prepare: TRUSTED,
        command: "undo --yes",
        settle: RELOAD,
        store: false,
        docker: Docker::Told,
    },
    Scenario {
        name: "undo of untrust, into certs.d",
        prepare: "rm -rf /etc/docker; regdoctor trust new.lab:5000 --ca /root/ca.crt --force --yes; \
                  regdoctor untrust new.lab:5000 --yes",
        command: "undo 2 --yes",
        settle: "true",
        store: false,
        docker: Docker::Untouched,
    },
    Scenario {
        name: "trust in the env file, with a restart",
        prepare: WITH_OPTIONS,
        command: "trust new.lab:5000 --insecure --force --yes --timeout 20",
        settle: RESTART,
        store: false,
        docker: Docker::Told,
    },
];
