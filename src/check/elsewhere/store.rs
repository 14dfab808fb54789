//! containerd's image store, which has rules of its own for insecure registries (28.0 and later).

use std::net::IpAddr;

use super::CONTAINERD_STORE_IGNORES_INSECURE;
use crate::check::{Meeting, reach, words};
use crate::model::facts::{Effective, ImageStore};
use crate::model::finding::Finding;
use crate::model::trace::{Dns, Layer, Tls};
use crate::model::wish::InsecureEntry;

/// A registry that speaks plain HTTP, that Docker's own code would reach as insecure, and containerd's does not.
pub(in crate::check) fn ignores_insecure(meeting: &Meeting<'_>) -> Option<Finding> {
    let effective = meeting.engine?.effective.as_ref()?;
    let own = effective.image_store == ImageStore::Containerd && effective.version.at_least(28, 0, 0);
    let plain = reach::base(meeting).is_some_and(|(scheme, _)| scheme == "http");
    if !own || !plain {
        return None;
    }
    loopback_by_name(meeting, effective).or_else(|| no_words(meeting, effective))
}

/// Without any entry of the person's, containerd is told nothing of Docker's list, and looks at the name alone.
fn loopback_by_name(meeting: &Meeting<'_>, effective: &Effective) -> Option<Finding> {
    let registry = &meeting.trace.registry;
    let built_in = |entry: &InsecureEntry| matches!(entry.to_string().as_str(), "127.0.0.0/8" | "::1/128");
    let addresses = meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default();
    let by_name = registry.address().is_none() && registry.host() != "localhost";
    let told = !effective.mirrors.is_empty() || !effective.insecure.iter().all(built_in);
    if told || !by_name || !addresses.iter().any(IpAddr::is_loopback) {
        return None;
    }
    let name = registry.to_string();
    Some(
        new(meeting)
            .evidence(format!("{} leads to this host itself, which Docker takes as insecure; containerd's image store looks at the name alone", registry.host()))
            .leads_to(words::docker_says("http: server gave HTTP response to HTTPS client, on pull and push; `docker login` works"))
            .advice("list it by name")
            .fix(words::regdoctor(meeting.facts, meeting.engine, &["trust", &name, "--insecure"])),
    )
}

/// containerd turns to plain HTTP only where the answer to TLS says HTTP, or none comes.
fn no_words(meeting: &Meeting<'_>, effective: &Effective) -> Option<Finding> {
    let listed = effective.insecure.contains(&InsecureEntry::Registry(meeting.trace.registry.clone()));
    let (seen, message) = match &meeting.trace.tls {
        Layer::Reached { seen: Tls::Closed, .. } => ("closes the connection", "EOF"),
        Layer::Reached { seen: Tls::Reset, .. } => ("resets the connection", "read: connection reset by peer"),
        Layer::Reached { seen: Tls::NotTls(_), .. } => {
            ("answers with neither TLS nor HTTP", "tls: first record does not look like a TLS handshake")
        }
        _ => return None,
    };
    listed.then(|| {
        new(meeting)
            .evidence(format!("it is listed as insecure and speaks plain HTTP, and to a TLS greeting it {seen}"))
            .leads_to(words::docker_says(message))
            .advice("let it answer TLS greetings with 400 as web servers do, give it a certificate, or use the classic image store (\"features\": {\"containerd-snapshotter\": false})")
    })
}

fn new(meeting: &Meeting<'_>) -> Finding {
    Finding::new(&CONTAINERD_STORE_IGNORES_INSECURE, meeting.trace.registry.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{self, reached};
    use super::*;
    use crate::model::entry_point;

    #[test]
    fn two_clients_in_one_daemon() {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().image_store = ImageStore::Containerd;
        let mut trace = testing::lab().trace;
        testing::plain(&mut trace);
        let ask = |facts: &crate::model::facts::Facts, trace: &crate::model::trace::Trace| {
            ignores_insecure(&Meeting { facts, engine: facts.engines.first(), trace, forecast: None })
        };
        assert_eq!(ask(&facts, &trace), None);
        trace.tls = reached(Tls::Closed);
        assert_eq!(ask(&facts, &trace).unwrap().cause.slug, "containerd-store-ignores-insecure");
        let effective = facts.engines[0].effective.as_mut().unwrap();
        effective.insecure = ["127.0.0.0/8", "::1/128"].map(|text| InsecureEntry::parse(text).unwrap()).to_vec();
        testing::plain(&mut trace);
        trace.registry = entry_point::parse("reg.test:5000").unwrap().entry_point;
        trace.dns = reached(Dns::Addresses(vec!["127.0.0.1".parse().unwrap()]));
        let finding = ask(&facts, &trace).unwrap();
        assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.test:5000 --insecure"]);
        facts.engines[0].effective.as_mut().unwrap().image_store = ImageStore::Classic;
        assert_eq!(ask(&facts, &trace), None);
    }
}
