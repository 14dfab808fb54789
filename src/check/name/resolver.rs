//! Who says which address a name has: the hosts file, the name servers, and the daemon's own copies of both.

use std::net::IpAddr;

use super::{DAEMON_RESOLVER_STALE_OR_DIFFERENT, NAME_RESOLVES_TO_WRONG_HOST};
use crate::check::{Meeting, reach, words};
use crate::engine::{Access, Blocked};
use crate::model::facts::HostsLine;
use crate::model::finding::{Finding, Severity};
use crate::model::trace::{NameAnswer, NameServer};

/// Sources that a program without the C library does not ask: Go's own resolver knows `files` and `dns`.
const BEYOND_GO: &[&str] =
    &["resolve", "mdns", "mdns4", "mdns4_minimal", "mdns_minimal", "wins", "sss", "ldap", "libvirt", "mymachines"];

/// The daemon lives among files of its own: a snap, a mount namespace, a hosts file that was replaced.
pub(super) fn own_files(meeting: &Meeting<'_>) -> Option<Finding> {
    let host = meeting.trace.registry.host();
    let daemon = meeting.facts.daemon_names.as_ref().filter(|_| reach::proxy(meeting).is_none())?;
    let (ours, own) = (meeting.facts.names.lines_for(host).next(), daemon.lines_for(host).next());
    if ours.map(|line| line.address) == own.map(|line| line.address) {
        return None;
    }
    let finding = new(meeting)
        .evidence(match ours {
            Some(line) => said(line),
            None => format!("this host's files have no line for {host}"),
        })
        .evidence(match own {
            Some(own) => format!("dockerd reads {} line {}: {}", own.path.display(), own.line, own.address),
            None => format!("dockerd sees other files, below {}: there the name is not", daemon.path.display()),
        })
        .leads_to(match own {
            Some(own) => format!("Docker goes to {}, and not where this host goes", own.address),
            None => words::docker_says(format!("dial tcp: lookup {host}: no such host")),
        });
    Some(match meeting.engine {
        Some(engine) => words::with_restart(
            finding.advice("start Docker again, so that it sees the host's files"),
            meeting.facts,
            engine,
        ),
        None => finding,
    })
}

/// Only a source of the C library knows it: multicast DNS, a directory, systemd-resolved's own names.
pub(super) fn beyond_go(meeting: &Meeting<'_>, addresses: &[IpAddr]) -> Option<Finding> {
    if reach::proxy(meeting).is_some() {
        return None;
    }
    let host = meeting.trace.registry.host();
    let names = &meeting.facts.names;
    let servers = &meeting.trace.resolver.seen()?.servers;
    let denied = |server: &NameServer| server.answer == NameAnswer::NoSuchName;
    if servers.is_empty() || !servers.iter().all(denied) || names.lines_for(host).next().is_some() {
        return None;
    }
    let source = names.sources.iter().find(|source| BEYOND_GO.contains(&source.as_str()))?;
    let list: Vec<String> = servers.iter().map(|server| server.server.ip().to_string()).collect();
    let address = addresses.first().map(ToString::to_string).unwrap_or_default();
    Some(
        new(meeting)
            .severity(Severity::Warning)
            .likely()
            .evidence(format!("this host resolves {host} to {address}, by `{source}` of /etc/nsswitch.conf"))
            .evidence(format!("the name server {} does not know it, and neither does /etc/hosts", list.join(", ")))
            .leads_to(words::docker_says(format!(
                "dial tcp: lookup {host}: no such host, where dockerd is built without the C library"
            )))
            .advice(format!(
                "give the name to everybody: a line `{address} {host}` in /etc/hosts, or an entry in the DNS"
            )),
    )
}

/// A line of the hosts file leads elsewhere than the DNS, and what answers there is not the registry.
pub(super) fn wrong_host(meeting: &Meeting<'_>, addresses: &[IpAddr]) -> Option<Finding> {
    let host = meeting.trace.registry.host();
    let line = meeting.facts.names.lines_for(host).find(|line| addresses.contains(&line.address))?;
    let others: Vec<&IpAddr> = dns(meeting).filter(|address| !addresses.contains(address)).collect();
    let other = others.first()?;
    let goes_wrong = match meeting.forecast.map(|forecast| &forecast.access) {
        Some(Access::Blocked(blocked)) => !matches!(blocked, Blocked::Proxy(_) | Blocked::CertsFolder(_)),
        _ => !reach::base(meeting).is_some_and(|(_, answer)| matches!(answer.status, 200 | 401)),
    };
    if !goes_wrong {
        return None;
    }
    Some(
        Finding::new(&NAME_RESOLVES_TO_WRONG_HOST, meeting.trace.registry.to_string())
            .likely()
            .evidence(said(line))
            .evidence(format!("the DNS says {other}"))
            .leads_to("what answers there is another machine, or none: the lines below say what it does")
            .advice(format!("take the line out of {}, if it is a leftover", line.path.display()))
            .fix(match meeting.engine {
                Some(engine) => words::edit(meeting.facts, engine, &line.path),
                None => format!("sudo ${{EDITOR:-vi}} {}", words::quoted(&line.path.display().to_string())),
            }),
    )
}

fn dns<'a>(meeting: &Meeting<'a>) -> impl Iterator<Item = &'a IpAddr> {
    let servers = meeting.trace.resolver.seen().map(|resolver| resolver.servers.as_slice()).unwrap_or_default();
    servers.iter().flat_map(|server| match &server.answer {
        NameAnswer::Addresses(list) => list.as_slice(),
        _ => &[],
    })
}

fn said(line: &HostsLine) -> String {
    format!("{} line {} says {} for it", line.path.display(), line.line, line.address)
}

fn new(meeting: &Meeting<'_>) -> Finding {
    Finding::new(&DAEMON_RESOLVER_STALE_OR_DIFFERENT, meeting.trace.registry.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{self, meet, only, reached};
    use super::super::run;
    use super::*;
    use crate::model::facts::{Facts, Names};
    use crate::model::finding::Verdict;
    use crate::model::trace::{Resolver, TcpOutcome, Trace};

    fn line(path: &str, address: &str) -> HostsLine {
        HostsLine { path: path.into(), line: 3, address: address.parse().unwrap(), names: vec!["reg.lan".into()] }
    }

    fn servers(answer: NameAnswer) -> Resolver {
        let server = NameServer { server: "10.0.0.53:53".parse().unwrap(), name: "reg.lan".into(), answer, took_ms: 1 };
        Resolver { servers: vec![server] }
    }

    fn with(change: impl FnOnce(&mut Facts, &mut Trace)) -> Verdict {
        let (mut facts, mut trace) = (testing::healthy(), testing::lab().trace);
        change(&mut facts, &mut trace);
        meet(run, &facts, &trace)
    }

    #[test]
    fn a_daemon_with_its_own_hosts_file() {
        let hosts = |facts: &mut Facts, own: Vec<HostsLine>| {
            facts.names.hosts = vec![line("/etc/hosts", "10.0.0.7")];
            facts.daemon_names =
                Some(Names { path: "/proc/7/root/etc/resolv.conf".into(), hosts: own, ..Names::default() });
        };
        let finding = only(with(|facts, _| hosts(facts, Vec::new())));
        assert_eq!(finding.cause.slug, "daemon-resolver-stale-or-different");
        assert_eq!(finding.evidence[0], "/etc/hosts line 3 says 10.0.0.7 for it");
        assert_eq!(finding.remedy.commands, ["sudo systemctl restart docker"]);
        let same = with(|facts, _| hosts(facts, vec![line("/proc/7/root/etc/hosts", "10.0.0.7")]));
        assert!(matches!(same, Verdict::Passed(_)));
    }

    #[test]
    fn a_name_that_only_the_c_library_finds() {
        let finding = only(with(|facts, trace| {
            facts.names.sources = ["files", "mdns4_minimal", "dns"].map(str::to_string).to_vec();
            trace.resolver = reached(servers(NameAnswer::NoSuchName));
        }));
        assert_eq!((finding.cause.slug, finding.severity), ("daemon-resolver-stale-or-different", Severity::Warning));
        let plain = with(|facts, trace| {
            facts.names.sources = ["files", "dns"].map(str::to_string).to_vec();
            trace.resolver = reached(servers(NameAnswer::NoSuchName));
        });
        assert!(matches!(plain, Verdict::Passed(_)));
    }

    #[test]
    fn a_leftover_line_in_the_hosts_file() {
        let leftover = |facts: &mut Facts, trace: &mut Trace| {
            facts.names.hosts = vec![line("/etc/hosts", "10.0.0.7")];
            trace.resolver = reached(servers(NameAnswer::Addresses(vec!["10.0.0.9".parse().unwrap()])));
        };
        assert!(matches!(with(leftover), Verdict::Passed(_)));
        let finding = only(with(|facts, trace| {
            leftover(facts, trace);
            trace.tcp = testing::connections(&[("10.0.0.7:5000".parse().unwrap(), TcpOutcome::Refused)]);
            trace.skip_from_tls("no address could be connected");
        }));
        assert_eq!(finding.cause.slug, "name-resolves-to-wrong-host");
        assert_eq!(finding.evidence, ["/etc/hosts line 3 says 10.0.0.7 for it", "the DNS says 10.0.0.9"]);
        assert_eq!(finding.remedy.commands, ["sudo ${EDITOR:-vi} /etc/hosts"]);
    }
}
