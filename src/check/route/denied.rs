//! A proxy that does not let Docker through.

use super::PROXY_DENIES;
use crate::check::proxy::PROXY_SETTING_WRONG;
use crate::check::{Meeting, answer, words};
use crate::model::finding::Finding;
use crate::model::trace::{Dns, Http, Layer, Proxy, TcpOutcome};

pub(super) fn finding(meeting: &Meeting<'_>, proxy: &Proxy) -> Finding {
    let answered = proxy.connect.answer();
    let cause = if answered.is_some() { &PROXY_DENIES } else { &PROXY_SETTING_WRONG };
    let (evidence, says) = seen(meeting, proxy);
    let finding = Finding::new(cause, meeting.trace.registry.to_string())
        .evidence(format!("Docker's proxy is {}", words::shown(&proxy.url)))
        .evidence(evidence)
        .leads_to(words::docker_says(says));
    finding.advice(match answered.map(|(_, answer)| answer.status) {
        Some(407) => "give Docker's proxy a name and password: http://NAME:PASSWORD@HOST:PORT, in its unit or under \"proxies\" in daemon.json, and start it again",
        Some(400 | 405 | 501) => "what answers there is no proxy for CONNECT: look up the proxy's address and port",
        Some(502..=504) => "the proxy does not reach the registry: see whether its name and port are right, and ask whoever runs the proxy",
        Some(_) => "ask whoever runs the proxy to let this name and port through; many allow CONNECT to 443 alone",
        None => "the proxy itself cannot be reached: mend its address, and start Docker again",
    })
}

/// What was seen, and what Docker says of it.
pub(super) fn seen(meeting: &Meeting<'_>, proxy: &Proxy) -> (String, String) {
    let registry = &meeting.trace.registry;
    if let Some((_, answer)) = proxy.connect.answer() {
        let status = answer::status(answer.status);
        let words = status.split_once(' ').map_or_else(|| status.clone(), |(_, words)| words.to_string());
        let evidence = format!("it answers `CONNECT {registry}` with {status}");
        return (evidence, format!("Get \"https://{registry}/v2/\": {words}"));
    }
    let proxy_host = proxy.url.rsplit(['/', '@']).next().unwrap_or_default();
    let last = proxy.tcp.seen().and_then(|tcp| tcp.attempts.last());
    let ending = match (&proxy.dns, last.map(|attempt| (&attempt.outcome, attempt.address)), &proxy.connect) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, ..) => {
            format!("lookup {}: no such host", words::shown(proxy_host))
        }
        (Layer::Reached { seen: Dns::TimedOut | Dns::ResolverFailed(_), .. }, ..) => {
            format!("lookup {}: server misbehaving", words::shown(proxy_host))
        }
        (_, Some((TcpOutcome::Refused, address)), _) => format!("dial tcp {address}: connect: connection refused"),
        (_, Some((TcpOutcome::NoRoute, address)), _) => format!("dial tcp {address}: connect: no route to host"),
        (
            _,
            Some((TcpOutcome::Connected, _)),
            Layer::Reached { seen: Http::Closed(reason) | Http::Malformed(reason), .. },
        ) => words::shown(reason),
        (_, Some((_, address)), _) => format!("dial tcp {address}: i/o timeout"),
        _ => "it could not be reached".into(),
    };
    (format!("the proxy itself fails: {ending}"), format!("proxyconnect tcp: {ending}"))
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
            connect: reached(answer("http", 403, &[], "")),
        };
        trace.skip_from_tls("the proxy does not let it through");
        change(&mut proxy, &mut trace);
        trace.proxy = reached(proxy);
        meet(run, &facts, &trace)
    }

    #[test]
    fn each_answer_to_connect() {
        for (status, words) in [(403, "Forbidden"), (407, "Proxy Authentication Required"), (502, "Bad Gateway")] {
            let finding = only(with(|proxy, _| proxy.connect = reached(answer("http", status, &[], ""))));
            assert_eq!(finding.cause.slug, "proxy-denies");
            assert_eq!(finding.consequence.unwrap(), format!("Docker says: Get \"https://reg.lan:5000/v2/\": {words}"));
        }
    }

    #[test]
    fn a_dead_proxy() {
        let finding = only(with(|proxy, _| {
            proxy.tcp = testing::connections(&[("10.0.0.3:3128".parse().unwrap(), TcpOutcome::Refused)]);
            proxy.connect = Layer::skipped("no connection");
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
    fn a_private_registry_needs_no_proxy() {
        let finding = only(with(|_, trace| trace.dns = reached(Dns::Addresses(vec!["10.0.0.7".parse().unwrap()]))));
        assert_eq!(finding.cause.slug, "daemon-proxy-no-bypass");
        assert!(finding.evidence.contains(&"it answers `CONNECT reg.lan:5000` with 403 Forbidden".to_string()));
        assert!(finding.remedy.text.contains("NO_PROXY=reg.lan "));
    }

    #[test]
    fn a_proxy_that_lets_through() {
        let passed = with(|proxy, _| proxy.connect = reached(answer("http", 200, &[], "")));
        assert!(matches!(passed, Verdict::Passed(text) if text.contains("lets it through")));
    }
}
