//! Where things are for the process that uses them: inside a container, or on the host.

use std::net::IpAddr;

use super::{Pair, Request, Runner, Version};

/// The port of the registry inside its container.
const INSIDE: u16 = 5000;
/// Where the package's registry, behind a front end, listens when the front end has the first.
const BESIDE: u16 = 5001;

impl Runner {
    /// The folder that the registry reads its configuration from. A file in the folder of the other version would be
    /// passed over without a word: each image starts with its own.
    pub fn config_folder(self) -> &'static str {
        match self {
            Self::Compose(Version::Three) => "/etc/distribution",
            Self::Compose(Version::Two) => "/etc/docker/registry",
            // Not /etc/docker/registry: what lies there is the package's.
            Self::Systemd => "/etc/docker-registry",
        }
    }

    /// Where the images are kept.
    pub fn data_folder(self) -> &'static str {
        match self {
            Self::Compose(_) => "/var/lib/registry",
            Self::Systemd => "/var/lib/docker-registry",
        }
    }
}

impl Request {
    /// The port that clients dial.
    pub fn port(&self) -> u16 {
        self.entry_point.port_or(if self.tls.is_some() { 443 } else { 80 })
    }

    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The entry point leads to the machine itself and nowhere else.
    pub fn is_loopback(&self) -> bool {
        let host = self.entry_point.host();
        host == "localhost" || self.entry_point.address().is_some_and(|address| address.is_loopback())
    }

    /// The host as it stands in an address: one of IPv6 in brackets.
    pub fn bracketed_host(&self) -> String {
        match self.entry_point.address() {
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            _ => self.entry_point.host().to_string(),
        }
    }

    /// Where the registry itself listens, as its configuration says it.
    pub fn registry_listens(&self) -> String {
        match (self.runner, self.front) {
            (Runner::Compose(_), _) => format!(":{INSIDE}"),
            (Runner::Systemd, Some(_)) => format!("127.0.0.1:{}", self.package_port()),
            (Runner::Systemd, None) if self.is_loopback() => format!("{}:{}", self.loopback(), self.port()),
            (Runner::Systemd, None) => format!(":{}", self.port()),
        }
    }

    /// Where the front end finds the registry.
    pub fn behind(&self) -> String {
        match self.runner {
            Runner::Compose(_) => format!("registry:{INSIDE}"),
            Runner::Systemd => format!("127.0.0.1:{}", self.package_port()),
        }
    }

    fn package_port(&self) -> u16 {
        if self.port() == INSIDE { BESIDE } else { INSIDE }
    }

    /// The addresses of the host that a container's port is published on, with a colon behind; empty for all of them.
    pub fn published_on(&self) -> String {
        if self.is_loopback() { format!("{}:", self.loopback()) } else { String::new() }
    }

    fn loopback(&self) -> String {
        if self.entry_point.host() == "localhost" { "127.0.0.1".into() } else { self.bracketed_host() }
    }

    /// Certificate and key, as the process names them that ends TLS.
    pub fn certificate_and_key(&self) -> Option<(String, String)> {
        let (certificate, key) = self.tls.as_ref()?.names();
        let folder = self.certificate_folder();
        Some((format!("{folder}/{certificate}"), format!("{folder}/{key}")))
    }

    /// The folder that they are in for it.
    pub fn certificate_folder(&self) -> &'static str {
        match (self.runner, self.front) {
            (Runner::Compose(_), _) => "/certs",
            (Runner::Systemd, None) => self.runner.config_folder(),
            (Runner::Systemd, Some(front)) => front.package_folder(),
        }
    }
}

impl Pair {
    /// What certificate and key are called where they are used.
    pub fn names(&self) -> (&str, &str) {
        match self {
            Self::Issued { certificate, key, .. } => (certificate, key),
            Self::Given { .. } => ("server.crt", "server.key"),
        }
    }
}
