//! The address of the token server, as far as one can see that clients cannot use it.

use std::net::IpAddr;

use crate::check::{Meeting, words};
use crate::model::finding::Severity;
use crate::model::trace::Dns;

pub(super) struct Trouble {
    pub(super) reason: String,
    pub(super) consequence: String,
    pub(super) severity: Severity,
    pub(super) certain: bool,
}

impl Trouble {
    /// Seen from here; Docker may see more.
    pub(super) fn likely(reason: &str) -> Self {
        Self { certain: false, ..Self::certain(reason, "every pull, push and login there fails") }
    }

    fn certain(reason: &str, consequence: &str) -> Self {
        Self { reason: reason.into(), consequence: consequence.into(), severity: Severity::Error, certain: true }
    }
}

pub(super) fn trouble(meeting: &Meeting<'_>, scheme: &str, realm: &str) -> Option<Trouble> {
    if realm.is_empty() {
        let words = words::docker_says("no realm specified for token auth challenge");
        return Some(Trouble::certain("the challenge has no realm", &words));
    }
    let fails = "every pull, push and login there fails";
    let Some((realm_scheme, host)) = parts(realm).filter(|(_, host)| !host.is_empty()) else {
        return Some(Trouble::certain("that is not a URL of http or https", fails));
    };
    if is_loopback(host) && !is_loopback(meeting.trace.registry.host()) && !resolves_to_loopback(meeting) {
        return Some(Trouble::certain("on each client that name means the client itself", fails));
    }
    if host.ends_with('.') || host.contains("..") {
        return Some(Trouble::likely("a part of that name is empty, as when a template's variable was"));
    }
    if realm_scheme == "http" && scheme == "https" {
        let mut trouble = Trouble::likely("the registry is reached over TLS, and its token server is not");
        trouble.severity = Severity::Warning;
        trouble.consequence = "passwords are sent there unencrypted, or nothing answers at that port".into();
        return Some(trouble);
    }
    None
}

/// The host that a realm names, without its port.
pub(super) fn host(realm: &str) -> Option<&str> {
    parts(realm).map(|(_, host)| host)
}

fn parts(realm: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = realm.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let end = authority.rsplit('@').next()?;
    let host = match end.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => end.split(':').next()?,
    };
    Some((scheme, host))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn resolves_to_loopback(meeting: &Meeting<'_>) -> bool {
    meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default().iter().any(IpAddr::is_loopback)
}
