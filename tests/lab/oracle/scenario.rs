//! What a scenario is: how a registry is served, how the host is configured, and which cause `check` is to name.

use crate::specs::{Init, Spec};

use super::workshop::{Shown, Workshop};

/// One row of the table. Docker itself is the judge of what works; only the cause is told here.
pub struct Scenario {
    pub name: &'static str,
    pub served: Served,
    /// The registry as the image reference names it: `{name}` is `reg.lab`, `{ip}` its address, `{port}` its port.
    pub reference: &'static str,
    /// What is done to the host first, in order.
    pub host: &'static [Step],
    /// Who runs `regdoctor` and `docker`.
    pub user: &'static str,
    /// The first cause where Docker fails; any of them will do. Nothing where Docker works everywhere.
    pub cause: &'static [&'static str],
    /// The first finding's commands alone must make Docker work.
    pub fix: Fix,
    pub on: fn(&Ground) -> bool,
}

/// What stands at the registry's address.
pub enum Served {
    Plain(&'static [&'static str]),
    /// A certificate, and the faults of the registry behind it.
    Tls(fn(&Workshop) -> Result<Shown, String>, &'static [&'static str]),
    /// The same, with OpenSSL in front: what the registry's own TLS does not do, with these options of socat.
    OpenSsl(fn(&Workshop) -> Result<Shown, String>, &'static str),
    /// Something that is no registry.
    Peer(&'static str),
    /// Nothing.
    Nothing,
}

/// What is done to a host. Scripts run as root in root's home; the files of the scenario's certificates lie there.
pub enum Step {
    Run(&'static str),
    /// daemon.json with this text, reloaded.
    Json(&'static str),
    /// daemon.json with this text, which the running Docker does not read.
    Unread(&'static str),
    /// Docker is started again, and afterwards once more.
    Restart,
    /// Something that is no registry listens at the next port, which is `{peer}`.
    Peer(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    Commands,
    /// Nothing on this host mends it, or not by a command alone.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Classic,
    Containerd,
}

/// One daemon: a machine and its image store.
#[derive(Clone, Copy)]
pub struct Ground {
    pub spec: &'static Spec,
    pub store: Store,
}

impl Ground {
    pub fn name(&self) -> String {
        match self.store {
            Store::Classic => format!("{} {}", self.spec.suite, self.spec.docker_version),
            Store::Containerd => format!("{} {} containerd", self.spec.suite, self.spec.docker_version),
        }
    }

    pub fn has_systemd(&self) -> bool {
        self.spec.init == Init::Systemd
    }

    pub fn major(&self) -> u32 {
        self.spec.docker_version.split('.').next().and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

const EVERYWHERE: fn(&Ground) -> bool = |_| true;

impl Scenario {
    pub const fn new(name: &'static str, served: Served) -> Self {
        Self {
            name,
            served,
            reference: "{name}:{port}",
            host: &[],
            user: "root",
            cause: &[],
            fix: Fix::None,
            on: EVERYWHERE,
        }
    }

    pub const fn host(self, host: &'static [Step]) -> Self {
        Self { host, ..self }
    }

    pub const fn by(self, reference: &'static str) -> Self {
        Self { reference, ..self }
    }

    pub const fn cause(self, cause: &'static [&'static str]) -> Self {
        Self { cause, ..self }
    }

    /// Docker fails, `check` names this cause, and its commands mend it.
    pub const fn fixed(self, cause: &'static [&'static str]) -> Self {
        Self { cause, fix: Fix::Commands, ..self }
    }

    pub const fn user(self, user: &'static str) -> Self {
        Self { user, ..self }
    }

    pub const fn on(self, on: fn(&Ground) -> bool) -> Self {
        Self { on, ..self }
    }
}
