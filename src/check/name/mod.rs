//! Does the registry's name lead to an address?

mod causes;
mod resolver;

pub use causes::{DAEMON_RESOLVER_STALE_OR_DIFFERENT, NAME_RESOLVES_TO_WRONG_HOST, REQUESTER_IN_OTHER_NETWORK};

use super::reach;
use super::words;
use super::{Check, Meeting, Run};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::trace::{Dns, Layer};

pub const CHECK: Check = Check {
    id: "name",
    passed: "the name resolves",
    topic: "the name",
    causes: &[&DNS_LOOKUP_FAILS, &DAEMON_RESOLVER_STALE_OR_DIFFERENT, &NAME_RESOLVES_TO_WRONG_HOST],
    run: Run::Registry(run),
};

pub const DNS_LOOKUP_FAILS: Cause = Cause {
    slug: "dns-lookup-fails",
    summary: "the name does not resolve",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("dns-lookup-fails.md"),
    signs: include_str!("dns-lookup-fails.signs"),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    let dns = match &meeting.trace.dns {
        Layer::Reached { seen, .. } => seen,
        Layer::NotReached(why) => return Verdict::Skipped(why.clone()),
    };
    let own = resolver::own_files(meeting).filter(|_| !matches!(dns, Dns::Literal(_)));
    if let Some(finding) = own {
        return Verdict::Found(vec![finding]);
    }
    match dns {
        Dns::Literal(_) => Verdict::NotApplicable,
        Dns::Addresses(list) if !list.is_empty() => {
            if let Some(finding) = resolver::beyond_go(meeting, list).or_else(|| resolver::wrong_host(meeting, list)) {
                return Verdict::Found(vec![finding]);
            }
            Verdict::Passed(list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        // A proxy looks names up itself.
        _ if reach::proxy(meeting).is_some() => {
            Verdict::Skipped("this host does not find it, and Docker leaves the name to its proxy".into())
        }
        Dns::Addresses(_) | Dns::NoSuchName => Verdict::Found(vec![finding(
            meeting,
            "the resolver of this host answers that there is no such name",
            "no such host",
        )]),
        Dns::ResolverFailed(reason) => {
            let seen = format!("the resolver of this host failed: {}", words::shown(reason));
            Verdict::Found(vec![finding(meeting, &seen, "server misbehaving")])
        }
        Dns::TimedOut => {
            let seen = "the resolver of this host did not answer in time";
            Verdict::Found(vec![finding(meeting, seen, "i/o timeout")])
        }
    }
}

fn finding(meeting: &Meeting<'_>, seen: &str, ending: &str) -> Finding {
    let registry = &meeting.trace.registry;
    let host = registry.host();
    let finding = Finding::new(&DNS_LOOKUP_FAILS, registry.to_string())
        .evidence(format!("{host}: {seen}"))
        .leads_to(words::docker_says(format!("dial tcp: lookup {host}: {ending}")));
    match longer(meeting) {
        Some(known) => finding
            .evidence(format!("Docker's settings on this host know {known}"))
            .advice("use the full name")
            .fix(words::recheck(&known)),
        None => finding.advice(format!(
            "add {host} to the DNS, or to this host a line `ADDRESS {host}` in /etc/hosts; Docker asks the same resolver"
        )),
    }
}

/// A registry in Docker's settings whose name begins with this one's: `reg` and `reg.lan:5000`.
fn longer(meeting: &Meeting<'_>) -> Option<String> {
    let start = format!("{}.", meeting.trace.registry.host());
    let known = reach::known_registries(meeting.engine?);
    known.into_iter().find(|one| one.host().starts_with(&start)).map(|one| one.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, meet, only, reached};
    use super::*;

    fn with(registry: &str, dns: Dns) -> Verdict {
        let mut trace = testing::lab().trace;
        trace.registry = crate::model::entry_point::parse(registry).unwrap().entry_point;
        trace.dns = reached(dns);
        meet(run, &testing::healthy(), &trace)
    }

    #[test]
    fn a_healthy_registry_passes() {
        let trace = testing::lab().trace;
        assert_eq!(meet(run, &testing::healthy(), &trace), Verdict::Passed("10.0.0.7".into()));
        let literal = Dns::Literal("10.0.0.7".parse().unwrap());
        assert_eq!(with("10.0.0.7", literal), Verdict::NotApplicable);
    }

    #[test]
    fn every_way_to_fail() {
        let rows = [
            (Dns::NoSuchName, "dial tcp: lookup x.lan: no such host"),
            (Dns::ResolverFailed("temporary failure".into()), "dial tcp: lookup x.lan: server misbehaving"),
            (Dns::TimedOut, "dial tcp: lookup x.lan: i/o timeout"),
        ];
        for (dns, want) in rows {
            let finding = only(with("x.lan:5000", dns));
            assert_eq!(finding.cause.slug, "dns-lookup-fails");
            assert_eq!(finding.consequence.unwrap(), format!("Docker says: {want}"));
        }
    }

    #[test]
    fn a_name_that_was_cut_short() {
        let finding = only(with("reg", Dns::NoSuchName));
        assert_eq!(finding.remedy.commands, ["regdoctor check reg.lan:5000"]);
    }

    #[test]
    fn a_proxy_looks_names_up_itself() {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().https_proxy = Some("http://proxy:1".into());
        let mut trace = testing::lab().trace;
        trace.dns = reached(Dns::NoSuchName);
        assert!(matches!(meet(run, &facts, &trace), Verdict::Skipped(_)));
    }
}
