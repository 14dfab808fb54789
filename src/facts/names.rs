//! How this host, and its daemon, resolve names: the files that decide, read as Go reads them.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::model::ask::{Answer, Ask};
use crate::model::facts::{HostsLine, Names};
use crate::model::observations::Observations;

const RESOLV: &str = "etc/resolv.conf";
const HOSTS: &str = "etc/hosts";
const SWITCH: &str = "etc/nsswitch.conf";

/// A daemon may live in a mount namespace of its own; only root sees its files.
#[must_use]
pub fn asks(seen: &Observations) -> Vec<Ask> {
    let roots = std::iter::once(PathBuf::from("/")).chain(daemon_root(seen));
    roots.flat_map(|root| [RESOLV, HOSTS, SWITCH].map(|name| Ask::file(root.join(name)))).collect()
}

/// The files below `root`.
#[must_use]
pub fn derive(seen: &Observations, root: &Path) -> Names {
    let path = root.join(RESOLV);
    let (servers, search) = resolv_conf(&seen.text(&path).unwrap_or_default());
    let hosts_path = root.join(HOSTS);
    let hosts = hosts(&hosts_path, &seen.text(&hosts_path).unwrap_or_default());
    Names { servers, search, hosts, sources: sources(&seen.text(root.join(SWITCH)).unwrap_or_default()), path }
}

/// The daemon's own, where they say something else than the host's.
#[must_use]
pub fn of_daemon(seen: &Observations) -> Option<Names> {
    let root = daemon_root(seen)?;
    seen.file(root.join(RESOLV))?;
    let (own, hosts) = (derive(seen, &root), derive(seen, Path::new("/")));
    let lines = |names: &Names| names.hosts.iter().map(|one| (one.address, one.names.clone())).collect::<Vec<_>>();
    let addresses = |names: &Names| names.servers.iter().map(|(address, _)| *address).collect::<Vec<_>>();
    let same = addresses(&own) == addresses(&hosts) && own.search == hosts.search && lines(&own) == lines(&hosts);
    (!same).then_some(own)
}

/// `/proc/PID/root` of a dockerd that is not inside a container.
fn daemon_root(seen: &Observations) -> Option<PathBuf> {
    let lists = seen.iter().filter_map(|(_, answer)| match answer {
        Answer::Processes(list) => Some(list),
        _ => None,
    });
    let is_daemon = |program: &String| program.rsplit('/').next().is_some_and(|name| name.starts_with("dockerd"));
    let daemon = lists.flatten().find(|one| !one.contained && one.arguments.first().is_some_and(is_daemon))?;
    Some(PathBuf::from(format!("/proc/{}/root", daemon.pid)))
}

type Servers = (Vec<(IpAddr, usize)>, Vec<String>);

/// `nameserver` and `search`; the last `search` or `domain` counts. No servers at all means the own host (glibc and Go).
fn resolv_conf(text: &str) -> Servers {
    let (mut servers, mut search) = (Vec::new(), Vec::new());
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split(['#', ';']).next().unwrap_or_default().split_whitespace();
        match words.next() {
            Some("nameserver") => {
                // A zone (`fe80::1%eth0`) means nothing outside of this host.
                let address = words.next().and_then(|word| word.split('%').next()?.parse().ok());
                servers.extend(address.map(|address| (address, number + 1)));
            }
            Some("search" | "domain") => search = words.map(str::to_string).collect(),
            _ => {}
        }
    }
    (servers, search)
}

fn hosts(path: &Path, text: &str) -> Vec<HostsLine> {
    let line = |(number, line): (usize, &str)| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let address = words.next()?.parse().ok()?;
        let names = words.map(str::to_string).collect();
        Some(HostsLine { path: path.to_path_buf(), line: number + 1, address, names })
    };
    text.lines().enumerate().filter_map(line).collect()
}

/// The words of `hosts:`, with the reactions in brackets left out.
fn sources(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix("hosts:"));
    let line = line.and_then(|line| line.split('#').next()).unwrap_or_default();
    let words = line.split_whitespace().filter(|word| !word.starts_with('[') && !word.ends_with(']'));
    words.map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::{FileContent, Process};

    fn file(seen: &mut Observations, path: &str, text: &str) {
        let bytes = text.as_bytes().to_vec();
        let content = FileContent { bytes, mode: 0o644, uid: 0, gid: 0, modified: 0, target: None };
        seen.add(Ask::file(path), Answer::File(content));
    }

    fn host() -> Observations {
        let mut seen = Observations::default();
        file(
            &mut seen,
            "/etc/resolv.conf",
            "# made\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\nsearch corp.lan lan\n",
        );
        file(&mut seen, "/etc/hosts", "127.0.0.1 localhost\n10.0.0.9  reg.lan reg # old\nnonsense\n");
        file(&mut seen, "/etc/nsswitch.conf", "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n");
        seen
    }

    #[test]
    fn reads_the_files_that_decide() {
        let names = derive(&host(), Path::new("/"));
        assert_eq!(names.servers, [("10.0.0.53".parse().unwrap(), 2), ("fe80::1".parse().unwrap(), 3)]);
        assert_eq!(names.search, ["corp.lan", "lan"]);
        assert_eq!(names.sources, ["files", "mdns4_minimal", "dns"]);
        let lines: Vec<_> = names.lines_for("REG.lan").map(|line| (line.line, line.address.to_string())).collect();
        assert_eq!(lines, [(2, "10.0.0.9".to_string())]);
        assert_eq!(derive(&Observations::default(), Path::new("/")).servers, []);
    }

    #[test]
    fn a_daemon_with_files_of_its_own() {
        let mut seen = host();
        let daemon = Process {
            pid: 7,
            parent: 1,
            uid: 0,
            arguments: vec!["/usr/bin/dockerd".into()],
            exe: None,
            environment: None,
            started: 0,
            contained: false,
        };
        seen.add(Ask::Processes(vec!["dockerd".into()]), Answer::Processes(vec![daemon]));
        assert!(asks(&seen).contains(&Ask::file("/proc/7/root/etc/resolv.conf")));
        assert_eq!(of_daemon(&seen), None);
        file(&mut seen, "/proc/7/root/etc/resolv.conf", "nameserver 192.168.1.1\n");
        assert_eq!(of_daemon(&seen).unwrap().servers, [("192.168.1.1".parse().unwrap(), 1)]);
    }
}
