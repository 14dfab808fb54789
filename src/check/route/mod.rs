//! Does Docker go to the registry directly, or through its proxy?

mod causes;
mod denied;

pub use causes::PROXY_DENIES;

use std::net::IpAddr;

use super::proxy::PROXY_SETTING_WRONG;
use super::reach;
use super::words;
use super::{Check, Meeting, Run};
use crate::engine::docker;
use crate::model::finding::{Cause, Confidence, Finding, Severity, Sight, Verdict};
use crate::model::printable::printable;
use crate::model::trace::{Dns, Tcp};
use crate::model::wish::{InsecureEntry, in_range, parse_range};

pub const CHECK: Check = Check {
    id: "route",
    passed: "Docker goes there directly",
    topic: "the way through the proxy",
    causes: &[&DAEMON_PROXY_NO_BYPASS, &PROXY_DENIES, &PROXY_SETTING_WRONG],
    run: Run::Registry(run),
};

pub const DAEMON_PROXY_NO_BYPASS: Cause = Cause {
    slug: "daemon-proxy-no-bypass",
    summary: "Docker sends this registry to its proxy",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Wire],
    page: include_str!("daemon-proxy-no-bypass.md"),
    signs: include_str!("daemon-proxy-no-bypass.signs"),
};

/// The list is there to be copied, so it is hardly cut.
const LIST_SHOWN: usize = 2000;

fn run(meeting: &Meeting<'_>) -> Verdict {
    let effective = meeting.engine.and_then(|engine| engine.effective.as_ref());
    let tried = meeting.trace.proxy.seen();
    if let Some(seen) = tried.filter(|seen| seen.lets_through()) {
        return Verdict::Passed(format!("through the proxy {}, which lets it through", words::shown(&seen.url)));
    }
    let Some(proxy) = reach::proxy(meeting) else {
        // Without a proxy the question does not arise.
        return match effective.and_then(|effective| effective.https_proxy.as_ref()) {
            Some(_) => Verdict::Passed(bypass(effective.and_then(|effective| effective.no_proxy.as_deref()))),
            None => Verdict::NotApplicable,
        };
    };
    if tried.is_none() && meeting.engine.is_some_and(docker::proxy::is_unusable) {
        let finding = Finding::new(&PROXY_SETTING_WRONG, meeting.trace.registry.to_string());
        return Verdict::Found(vec![
            finding
                .evidence(format!("Docker's proxy is {}, which it cannot use", shown(proxy)))
                .leads_to("every pull and push that goes through the proxy fails")
                .advice("mend Docker's proxy setting, and start it again"),
        ]);
    }
    let addresses = meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default();
    let private = addresses.iter().copied().find(|address| is_private(*address));
    let direct = meeting.trace.tcp.seen().and_then(Tcp::connected);
    // A public registry that only the proxy reaches is what a proxy is for.
    if private.is_none() && direct.is_none() {
        if let Some(seen) = tried {
            return Verdict::Found(vec![denied::finding(meeting, seen)]);
        }
        return Verdict::Skipped(format!("Docker goes through its proxy {}, which was not tried", shown(proxy)));
    }
    let no_proxy = effective.and_then(|effective| effective.no_proxy.as_deref());
    let mut finding = finding(meeting, proxy, no_proxy, private);
    if let Some(seen) = tried {
        let (evidence, says) = denied::seen(meeting, seen);
        finding = Finding { confidence: Confidence::Certain, severity: Severity::Error, ..finding };
        finding = finding.evidence(evidence).leads_to(words::docker_says(says));
    }
    Verdict::Found(vec![finding])
}

fn finding(meeting: &Meeting<'_>, proxy: &str, no_proxy: Option<&str>, private: Option<IpAddr>) -> Finding {
    let registry = &meeting.trace.registry;
    let mut finding = Finding::new(&DAEMON_PROXY_NO_BYPASS, registry.to_string()).likely().evidence(format!(
        "Docker's proxy is {}, and {}",
        shown(proxy),
        bypass(no_proxy)
    ));
    finding = match private {
        Some(address) => finding.evidence(format!("{} is {address}, a private address", registry.host())),
        None => finding.severity(Severity::Warning),
    };
    if let Some(address) = meeting.trace.tcp.seen().and_then(Tcp::connected) {
        finding = finding.evidence(format!("this host reaches {address} without the proxy"));
    }
    let list = [no_proxy.unwrap_or_default(), registry.host()].join(",");
    let list = printable(list.trim_start_matches(','), LIST_SHOWN);
    finding
        .leads_to("what the proxy says decides: mostly 403 or 503, or a certificate of its own")
        .advice(format!(
            "give Docker NO_PROXY={list} (in its unit, or as \"no-proxy\" in daemon.json under \"proxies\"), and start it again; \
             the shell's variables do not count"
        ))
}

fn bypass(no_proxy: Option<&str>) -> String {
    match no_proxy {
        Some(list) if !list.is_empty() => format!("NO_PROXY is {}", words::shown(list)),
        _ => "NO_PROXY is empty".into(),
    }
}

/// Without a name and password in it.
fn shown(proxy: &str) -> String {
    super::proxy::without_password(proxy)
}

/// Addresses that no proxy on the internet can reach.
fn is_private(address: IpAddr) -> bool {
    let ranges =
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10"];
    ranges.iter().any(|range| match parse_range(range) {
        Some(InsecureEntry::Range(network, length)) => in_range(address, network, length),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, meet, only, reached};
    use super::*;
    use crate::model::trace::{Layer, Trace};

    fn with(no_proxy: &str, change: impl FnOnce(&mut Trace)) -> Verdict {
        let mut facts = testing::healthy();
        let effective = facts.engines[0].effective.as_mut().unwrap();
        effective.https_proxy = Some("http://bob:secret@proxy.corp:3128".into());
        effective.no_proxy = Some(no_proxy.into());
        let mut trace = testing::lab().trace;
        change(&mut trace);
        meet(run, &facts, &trace)
    }

    #[test]
    fn without_a_proxy_nothing_is_asked() {
        assert_eq!(meet(run, &testing::healthy(), &testing::lab().trace), Verdict::NotApplicable);
        assert_eq!(with("reg.lan", |_| ()), Verdict::Passed("NO_PROXY is reg.lan".into()));
    }

    #[test]
    fn a_private_registry_behind_a_proxy() {
        let finding = only(with("localhost", |_| ()));
        assert_eq!((finding.cause.slug, finding.confidence), ("daemon-proxy-no-bypass", Confidence::Likely));
        assert_eq!(finding.evidence[0], "Docker's proxy is http://…@proxy.corp:3128, and NO_PROXY is localhost");
        assert!(finding.remedy.text.contains("NO_PROXY=localhost,reg.lan "));
    }

    #[test]
    fn a_proxy_that_cannot_be_used() {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().go_version = Some("go1.19.8".into());
        let rows = [("socks5h://proxy.corp", "proxy-setting-wrong"), ("socks5://proxy.corp", "daemon-proxy-no-bypass")];
        for (proxy, cause) in rows {
            facts.engines[0].effective.as_mut().unwrap().https_proxy = Some(proxy.into());
            assert_eq!(only(meet(run, &facts, &testing::lab().trace)).cause.slug, cause, "{proxy}");
        }
    }

    #[test]
    fn a_public_registry_behind_a_proxy() {
        let public = |trace: &mut Trace| trace.dns = reached(Dns::Addresses(vec!["93.184.216.34".parse().unwrap()]));
        assert_eq!(only(with("", public)).severity, Severity::Warning);
        let alone = with("", |trace| {
            public(trace);
            trace.tcp = Layer::NotReached("no way".into());
        });
        assert!(matches!(alone, Verdict::Skipped(_)));
    }
}
