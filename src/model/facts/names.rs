//! What decides on a host which address a name leads to.

use std::net::IpAddr;
use std::path::PathBuf;

/// `/etc/resolv.conf`, `/etc/hosts` and the order in which sources are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub path: PathBuf,
    /// The name servers with their lines.
    pub servers: Vec<(IpAddr, usize)>,
    pub search: Vec<String>,
    pub hosts: Vec<HostsLine>,
    /// `hosts:` of nsswitch.conf; empty where there is none.
    pub sources: Vec<String>,
}

/// One line of a hosts file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostsLine {
    pub path: PathBuf,
    pub line: usize,
    pub address: IpAddr,
    pub names: Vec<String>,
}

impl Names {
    /// The lines for this name, in their order.
    pub fn lines_for<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a HostsLine> {
        self.hosts.iter().filter(move |line| line.names.iter().any(|one| one.eq_ignore_ascii_case(name)))
    }
}
