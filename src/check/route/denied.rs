//! A proxy that does not let Docker through.

use super::PROXY_DENIES;
use crate::check::proxy::PROXY_SETTING_WRONG;
use crate::check::{Meeting, answer, words};
use crate::model::finding::Finding;
use crate::model::trace::{Dns, Http, Layer, Opening, Proxy, Socks, Tcp, TcpOutcome};

const UNREACHABLE: &str = "the proxy itself cannot be reached: mend its address, and start Docker again";

pub(super) fn finding(meeting: &Meeting<'_>, proxy: &Proxy) -> Finding {
    let opening = proxy.opening.seen();
    let cause = if opening.is_some_and(Opening::is_answered) { &PROXY_DENIES } else { &PROXY_SETTING_WRONG };
    let (evidence, says) = seen(meeting, proxy);
    let finding = Finding::new(cause, meeting.trace.registry.to_string())
        .evidence(format!("Docker's proxy is {}", words::shown(&proxy.url)))
        .evidence(evidence)
        .leads_to(words::docker_says(says));
    finding.advice(match opening {
        Some(Opening::Http(http)) => for_status(http.status()),
        Some(Opening::Socks(socks)) => for_socks(socks),
        None => UNREACHABLE,
    })
}

fn for_socks(socks: &Socks) -> &'static str {
    match socks {
        Socks::NoLoginAccepted | Socks::LoginRefused => {
            "give Docker's proxy a name and password that it takes: socks5://NAME:PASSWORD@HOST:PORT, in its unit or under \"proxies\" in daemon.json, and start it again"
        }
        Socks::Refused(3..=6) => {
            "the proxy does not reach the registry: see whether its name and port are right, and ask whoever runs the proxy"
        }
        Socks::Open | Socks::Refused(_) => "ask whoever runs the proxy to let this name and port through",
        Socks::OtherVersion(_) => {
            "what answers there is no SOCKS 5 proxy: look up the proxy's scheme, address and port"
        }
        Socks::Closed(_) | Socks::TimedOut => UNREACHABLE,
    }
}

fn for_status(status: Option<u16>) -> &'static str {
    match status {
        Some(407) => {
            "give Docker's proxy a name and password: http://NAME:PASSWORD@HOST:PORT, in its unit or under \"proxies\" in daemon.json, and start it again"
        }
        Some(400 | 405 | 501) => "what answers there is no proxy for CONNECT: look up the proxy's address and port",
        Some(502..=504) => {
            "the proxy does not reach the registry: see whether its name and port are right, and ask whoever runs the proxy"
        }
        Some(_) => "ask whoever runs the proxy to let this name and port through; many allow CONNECT to 443 alone",
        None => UNREACHABLE,
    }
}

/// What was seen, and what Docker says of it.
pub(super) fn seen(meeting: &Meeting<'_>, proxy: &Proxy) -> (String, String) {
    let registry = &meeting.trace.registry;
    let opening = proxy.opening.seen();
    if let Some((_, answer)) = opening.and_then(Opening::http).and_then(Http::answer) {
        let status = answer::status(answer.status);
        let words = status.split_once(' ').map_or_else(|| status.clone(), |(_, words)| words.to_string());
        let evidence = format!("it answers `CONNECT {registry}` with {status}");
        return (evidence, format!("Get \"https://{registry}/v2/\": {words}"));
    }
    if let Some(Opening::Socks(socks)) = opening {
        return in_socks(meeting, proxy, socks);
    }
    let proxy_host = proxy.url.rsplit(['/', '@']).next().unwrap_or_default();
    let last = proxy.tcp.seen().and_then(|tcp| tcp.attempts.last());
    let ending = match (&proxy.dns, last.map(|attempt| (&attempt.outcome, attempt.address)), opening) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, ..) => {
            format!("lookup {}: no such host", words::shown(proxy_host))
        }
        (Layer::Reached { seen: Dns::TimedOut | Dns::ResolverFailed(_), .. }, ..) => {
            format!("lookup {}: server misbehaving", words::shown(proxy_host))
        }
        (_, Some((TcpOutcome::Refused, address)), _) => format!("dial tcp {address}: connect: connection refused"),
        (_, Some((TcpOutcome::NoRoute, address)), _) => format!("dial tcp {address}: connect: no route to host"),
        (_, Some((TcpOutcome::Connected, _)), Some(Opening::Http(Http::Closed(reason) | Http::Malformed(reason)))) => {
            words::shown(reason)
        }
        (_, Some((_, address)), _) => format!("dial tcp {address}: i/o timeout"),
        _ => "it could not be reached".into(),
    };
    (format!("the proxy itself fails: {ending}"), format!("proxyconnect tcp: {ending}"))
}

/// Go names both ends of the connection to the proxy; its own is left out here.
fn in_socks(meeting: &Meeting<'_>, proxy: &Proxy, socks: &Socks) -> (String, String) {
    let registry = &meeting.trace.registry;
    let at = proxy.tcp.seen().and_then(Tcp::connected).map(|at| format!("->{at}")).unwrap_or_default();
    let ending = match socks {
        Socks::OtherVersion(version) => format!("unexpected protocol version {version}"),
        Socks::Closed(reason) => words::shown(reason),
        Socks::TimedOut | Socks::Open => "i/o timeout".into(),
        Socks::NoLoginAccepted | Socks::LoginRefused | Socks::Refused(_) => socks.refusal().unwrap_or_default(),
    };
    (
        format!("asked in SOCKS 5 for {registry}, it fails: {ending}"),
        format!("Get \"https://{registry}/v2/\": socks connect tcp …{at}: {ending}"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{self, answer, meet, only, reached};
    use super::super::run;
    use super::*;
    use crate::model::finding::Verdict;
    use crate::model::trace::Trace;

    fn with(change: impl FnOnce(&mut Proxy, &mut Trace)) -> Verdict {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().https_proxy = Some("http://proxy.corp:3128".into());
        let mut trace = testing::lab().trace;
        trace.dns = reached(Dns::Addresses(vec!["93.184.216.34".parse().unwrap()]));
        trace.tcp = Layer::skipped("no way");
        let mut proxy = Proxy {
            url: "http://proxy.corp:3128".into(),
            dns: reached(Dns::Addresses(vec!["10.0.0.3".parse().unwrap()])),
            tcp: testing::connections(&[("10.0.0.3:3128".parse().unwrap(), TcpOutcome::Connected)]),
            opening: reached(Opening::Http(answer("http", 403, &[], ""))),
        };
        trace.skip_from_tls("the proxy does not let it through");
        change(&mut proxy, &mut trace);
        trace.proxy = reached(proxy);
        meet(run, &facts, &trace)
    }

    #[test]
    fn each_answer_to_connect() {
        for (status, words) in [(403, "Forbidden"), (407, "Proxy Authentication Required"), (502, "Bad Gateway")] {
            let finding =
                only(with(|proxy, _| proxy.opening = reached(Opening::Http(answer("http", status, &[], "")))));
            assert_eq!(finding.cause.slug, "proxy-denies");
            assert_eq!(finding.consequence.unwrap(), format!("Docker says: Get \"https://reg.lan:5000/v2/\": {words}"));
        }
    }

    #[test]
    fn a_dead_proxy() {
        let finding = only(with(|proxy, _| {
            proxy.tcp = testing::connections(&[("10.0.0.3:3128".parse().unwrap(), TcpOutcome::Refused)]);
            proxy.opening = Layer::skipped("no connection");
        }));
        assert_eq!(finding.cause.slug, "proxy-setting-wrong");
        assert!(
            finding
                .consequence
                .unwrap()
                .contains("proxyconnect tcp: dial tcp 10.0.0.3:3128: connect: connection refused")
        );
    }

    #[test]
    fn each_ending_in_socks() {
        for (ending, cause, words) in [
            (Socks::Refused(2), "proxy-denies", "unknown error connection not allowed by ruleset"),
            (Socks::NoLoginAccepted, "proxy-denies", "no acceptable authentication methods"),
            (Socks::OtherVersion(72), "proxy-setting-wrong", "unexpected protocol version 72"),
            (Socks::Closed("EOF".into()), "proxy-setting-wrong", "EOF"),
        ] {
            let finding = only(with(|proxy, _| proxy.opening = reached(Opening::Socks(ending))));
            assert_eq!(finding.cause.slug, cause);
            let says = format!("socks connect tcp …->10.0.0.3:3128: {words}");
            assert!(finding.consequence.unwrap().ends_with(&says), "{says}");
        }
    }

    #[test]
    fn a_private_registry_needs_no_proxy() {
        let finding = only(with(|_, trace| trace.dns = reached(Dns::Addresses(vec!["10.0.0.7".parse().unwrap()]))));
        assert_eq!(finding.cause.slug, "daemon-proxy-no-bypass");
        assert!(finding.evidence.contains(&"it answers `CONNECT reg.lan:5000` with 403 Forbidden".to_string()));
        assert!(finding.remedy.text.contains("NO_PROXY=reg.lan "));
    }

    #[test]
    fn a_proxy_that_lets_through() {
        let passed = with(|proxy, _| proxy.opening = reached(Opening::Http(answer("http", 200, &[], ""))));
        assert!(matches!(passed, Verdict::Passed(text) if text.contains("lets it through")));
    }
}
