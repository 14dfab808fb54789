//! What is known about one host, after every byte was read and every path was tried.
//!
//! Engines yield facts of one shape, so that checks, plans and reports are engine-blind.

mod config;
mod engine;
mod login;
mod names;
mod service;

pub use config::{
    Broken, CertsDir, CertsFile, ConfigFile, ConfigKey, ConfigState, DeadFile, Origin, RegistryCerts, Setting,
};
pub use engine::{
    Client, ClientVersion, Container, Daemon, Effective, EngineFacts, ImageStore, Packaging, ReadFile, Running,
};
pub use login::{LoginEntry, LoginFile, LoginState, Reader, bare};
pub use names::{HostsLine, Names};
pub use service::{Endpoint, EndpointState, EnvFile, EnvReader, Reload, Service};

use std::path::PathBuf;

use serde::Serialize;

use super::ask::Identity;
use super::family::Family;
use super::record::{Record, State};

/// One host at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Seconds since 1970-01-01 UTC, by this host's clock.
    pub now: i64,
    pub identity: Identity,
    pub distro: Distro,
    pub init: Init,
    /// The container or WSL that this is, when it is one.
    pub enclosure: Option<Enclosure>,
    pub system_store: SystemStore,
    /// The engines that were found, most used first.
    pub engines: Vec<EngineFacts>,
    /// The changes that regdoctor made here, oldest first; empty when they may not be read.
    pub history: Vec<Record>,
    /// How this host resolves names.
    pub names: Names,
    /// The same for the daemon, where it has files of its own: in a snap or a mount namespace.
    pub daemon_names: Option<Names>,
    /// What lies below /etc/docker: the file, and the folders of certificates.
    pub standard: Vec<PathBuf>,
    /// Where logins are stored, the person's own first.
    pub logins: Vec<LoginFile>,
    /// A regdoctor changes this host right now: its record is not a leftover.
    pub changing: bool,
}

impl Facts {
    /// Changes that a crash cut short, or that could not be put back.
    pub fn leftovers(&self) -> impl Iterator<Item = &Record> {
        let left = |record: &&Record| match record.state {
            State::Running => !self.changing,
            State::Stuck => true,
            State::Done | State::PutBack => false,
        };
        self.history.iter().filter(left)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Distro {
    /// `ID` in lower case; "linux" when nothing told it.
    pub id: String,
    pub like: Vec<String>,
    pub version: Option<String>,
    /// The name for people.
    pub name: String,
    /// The file that told it.
    pub origin: Option<PathBuf>,
    /// The table in `distro/` that applies.
    #[serde(skip)]
    pub family: &'static Family,
}

/// The init that is running, not merely installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    Systemd,
    OpenRc,
    Upstart,
    Sysvinit,
    Runit,
    S6,
    Dinit,
    Procd,
    /// No service manager: a container, WSL without systemd, a chroot.
    None,
}

impl Init {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::OpenRc => "OpenRC",
            Self::Upstart => "upstart",
            Self::Sysvinit => "sysvinit",
            Self::Runit => "runit",
            Self::S6 => "s6",
            Self::Dinit => "dinit",
            Self::Procd => "procd",
            Self::None => "no init",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Enclosure {
    /// With the manager's name where it is known.
    Container(String),
    /// 1 or 2.
    Wsl(u8),
    /// A folder prepared with `--root`.
    Root,
}

/// The system's certificate store, as Go programs read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemStore {
    /// The bundle that Go reads first.
    pub bundle: Option<PathBuf>,
    /// When the bundle was last written, seconds since 1970-01-01 UTC.
    pub modified: Option<i64>,
    /// Its text.
    pub pem: String,
}
