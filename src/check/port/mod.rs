//! Does anything accept connections at the registry's port?

mod causes;

pub use causes::{IPV6_BROKEN_PATH, MTU_BLACKHOLE};

use std::net::SocketAddr;

use super::reach;
use super::reference::IMAGE_NAME_MISSING_PORT;
use super::words;
use super::{Check, Meeting, Run};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::trace::{Layer, Tcp, TcpAttempt, TcpOutcome};

pub const CHECK: Check = Check {
    id: "port",
    passed: "its port accepts connections",
    topic: "the port",
    causes: &[&NOTHING_LISTENING_AT_PORT, &FIREWALL_OR_ROUTE_BLOCKS_PORT, &IPV6_BROKEN_PATH, &IMAGE_NAME_MISSING_PORT],
    run: Run::Registry(run),
};

pub const NOTHING_LISTENING_AT_PORT: Cause = Cause {
    slug: "nothing-listening-at-port",
    summary: "nothing listens at its port",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("nothing-listening-at-port.md"),
    signs: include_str!("nothing-listening-at-port.signs"),
};

pub const FIREWALL_OR_ROUTE_BLOCKS_PORT: Cause = Cause {
    slug: "firewall-or-route-blocks-port",
    summary: "its port cannot be reached",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("firewall-or-route-blocks-port.md"),
    signs: include_str!("firewall-or-route-blocks-port.signs"),
};

/// A connection that takes longer is told.
const SLOW_MS: u64 = 500;

fn run(meeting: &Meeting<'_>) -> Verdict {
    let tcp = match &meeting.trace.tcp {
        Layer::Reached { seen, .. } => seen,
        Layer::NotReached(why) => return Verdict::Skipped(why.clone()),
    };
    if let Some(attempt) = tcp.attempts.iter().find(|one| one.outcome == TcpOutcome::Connected) {
        if let Some(broken) = broken_v6(tcp, attempt) {
            return Verdict::Found(vec![half_reached(meeting, broken, attempt)]);
        }
        let slow = if attempt.took_ms > SLOW_MS { format!(" after {} ms", attempt.took_ms) } else { String::new() };
        return Verdict::Passed(format!("{}{slow}", attempt.address));
    }
    if reach::proxy(meeting).is_some() {
        return Verdict::Skipped("this host does not reach it, and Docker leaves that to its proxy".into());
    }
    match decisive(tcp) {
        Some(attempt) => Verdict::Found(vec![finding(meeting, tcp, attempt)]),
        None => Verdict::Skipped("no address was tried".into()),
    }
}

/// An IPv6 address that leads nowhere, beside an IPv4 one that works. Without any IPv6 route a Go program loses no time.
fn broken_v6<'a>(tcp: &'a Tcp, connected: &TcpAttempt) -> Option<&'a TcpAttempt> {
    let lost =
        |one: &&TcpAttempt| one.address.is_ipv6() && matches!(one.outcome, TcpOutcome::TimedOut | TcpOutcome::NoRoute);
    tcp.attempts.iter().find(lost).filter(|_| connected.address.is_ipv4())
}

fn half_reached(meeting: &Meeting<'_>, broken: &TcpAttempt, connected: &TcpAttempt) -> Finding {
    let host = meeting.trace.registry.host();
    Finding::new(&IPV6_BROKEN_PATH, meeting.trace.registry.to_string())
        .severity(Severity::Warning)
        .evidence(format!("{} {}", broken.address, outcome(&broken.outcome)))
        .evidence(format!("{} {}", connected.address, outcome(&connected.outcome)))
        .leads_to("Docker tries IPv6 first and IPv4 after 300 ms; where it got through once, transfers can hang")
        .advice(format!("mend the IPv6 route, or take the AAAA record of {host} out of the DNS"))
}

/// The attempt that tells most: silence before a refusal, a refusal before a missing IPv6.
fn decisive(tcp: &Tcp) -> Option<&TcpAttempt> {
    let rank = |attempt: &&TcpAttempt| match attempt.outcome {
        TcpOutcome::Connected => 0,
        TcpOutcome::TimedOut => 1,
        TcpOutcome::NoRoute => 2,
        TcpOutcome::Refused => 3,
        TcpOutcome::Failed(_) => 4,
        TcpOutcome::NetworkUnreachable => 5,
    };
    tcp.attempts.iter().min_by_key(rank)
}

fn finding(meeting: &Meeting<'_>, tcp: &Tcp, attempt: &TcpAttempt) -> Finding {
    let refused = attempt.outcome == TcpOutcome::Refused;
    let cause = if refused { &NOTHING_LISTENING_AT_PORT } else { &FIREWALL_OR_ROUTE_BLOCKS_PORT };
    let registry = &meeting.trace.registry;
    let mut finding = Finding::new(cause, registry.to_string());
    for one in &tcp.attempts {
        finding = finding.evidence(format!("{} {}", one.address, outcome(&one.outcome)));
    }
    let mut finding = finding.leads_to(words::docker_says(dockers_words(attempt.address, &attempt.outcome)));
    if matches!(attempt.outcome, TcpOutcome::Failed(_)) {
        finding = finding.likely();
    }
    if let Some(known) = other_port(meeting) {
        if registry.port().is_none() {
            finding.cause = &IMAGE_NAME_MISSING_PORT;
        }
        return finding
            .evidence(format!("Docker's settings on this host know {known}"))
            .advice("the port belongs to the registry's name")
            .fix(words::recheck(&known));
    }
    let port = attempt.address.port();
    finding.advice(match (refused, registry.port()) {
        (true, None) => {
            format!("without a port the name means {port}; most registries listen at 5000: write host:port")
        }
        (true, Some(_)) => format!("start the registry, or publish its port {port}, on {}", attempt.address.ip()),
        (false, _) => format!("let TCP port {port} through between this host and {}", attempt.address.ip()),
    })
}

fn outcome(outcome: &TcpOutcome) -> String {
    match outcome {
        TcpOutcome::Connected => "accepted the connection".into(),
        TcpOutcome::Refused => "refused the connection".into(),
        TcpOutcome::TimedOut => "did not answer in time".into(),
        TcpOutcome::NoRoute => "cannot be reached: no route to host".into(),
        TcpOutcome::NetworkUnreachable => "cannot be reached: network is unreachable".into(),
        TcpOutcome::Failed(reason) => format!("failed: {}", words::shown(reason)),
    }
}

fn dockers_words(address: SocketAddr, outcome: &TcpOutcome) -> String {
    let ending = match outcome {
        TcpOutcome::Connected => "connected",
        TcpOutcome::Refused => "connection refused",
        TcpOutcome::NoRoute => "no route to host",
        TcpOutcome::NetworkUnreachable => "network is unreachable",
        TcpOutcome::Failed(_) => "the system's reason",
        // The whole question has 15 seconds, so the connection's own limit is never reached.
        TcpOutcome::TimedOut => return "Client.Timeout exceeded while awaiting headers, after 15 seconds".into(),
    };
    format!("dial tcp {address}: connect: {ending}")
}

/// The same host with another port, in an insecure entry or a certificate folder.
fn other_port(meeting: &Meeting<'_>) -> Option<String> {
    let registry = &meeting.trace.registry;
    let known = reach::known_registries(meeting.engine?);
    if known.contains(registry) {
        return None;
    }
    let same = known.into_iter().find(|one| one.host().eq_ignore_ascii_case(registry.host()))?;
    (same.port() != registry.port()).then(|| same.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, meet, only};
    use super::*;
    use crate::model::entry_point;

    fn with(registry: &str, attempts: &[(&str, TcpOutcome)]) -> Verdict {
        let mut trace = testing::lab().trace;
        trace.registry = entry_point::parse(registry).unwrap().entry_point;
        let parsed: Vec<_> =
            attempts.iter().map(|(address, outcome)| (address.parse().unwrap(), outcome.clone())).collect();
        trace.tcp = testing::connections(&parsed);
        meet(run, &testing::healthy(), &trace)
    }

    #[test]
    fn a_healthy_registry_passes() {
        assert_eq!(
            with("reg.lan:5000", &[("10.0.0.7:5000", TcpOutcome::Connected)]),
            Verdict::Passed("10.0.0.7:5000".into())
        );
        let mut trace = testing::lab().trace;
        trace.tcp = Layer::NotReached("the name has no address".into());
        assert_eq!(meet(run, &testing::healthy(), &trace), Verdict::Skipped("the name has no address".into()));
    }

    #[test]
    fn refused_and_silent() {
        use TcpOutcome as O;
        type Row<'a> = (&'a [(&'a str, O)], &'a str, &'a str);
        let rows: &[Row<'_>] = &[
            (
                &[("10.0.0.7:5000", O::Refused)],
                "nothing-listening-at-port",
                "dial tcp 10.0.0.7:5000: connect: connection refused",
            ),
            (
                &[("[fd00::7]:5000", O::NetworkUnreachable), ("10.0.0.7:5000", O::Refused)],
                "nothing-listening-at-port",
                "dial tcp 10.0.0.7:5000: connect: connection refused",
            ),
            (
                &[("10.0.0.7:5000", O::NoRoute)],
                "firewall-or-route-blocks-port",
                "dial tcp 10.0.0.7:5000: connect: no route to host",
            ),
            (
                &[("[fd00::7]:5000", O::Refused), ("10.0.0.7:5000", O::TimedOut)],
                "firewall-or-route-blocks-port",
                "Client.Timeout exceeded while awaiting headers, after 15 seconds",
            ),
        ];
        for (attempts, slug, words) in rows {
            let finding = only(with("reg.lan:5000", attempts));
            assert_eq!(finding.cause.slug, *slug);
            assert_eq!(finding.consequence.unwrap(), format!("Docker says: {words}"));
            assert_eq!(finding.evidence.len(), attempts.len());
        }
    }

    #[test]
    fn half_a_path() {
        use TcpOutcome::{Connected, NetworkUnreachable, TimedOut};
        let v4 = ("10.0.0.7:5000", Connected);
        let finding = only(with("reg.lan:5000", &[("[fd00::7]:5000", TimedOut), v4.clone()]));
        assert_eq!((finding.cause.slug, finding.severity), ("ipv6-broken-path", Severity::Warning));
        assert!(matches!(with("reg.lan:5000", &[("[fd00::7]:5000", NetworkUnreachable), v4]), Verdict::Passed(_)));
    }

    #[test]
    fn a_forgotten_port() {
        let finding = only(with("reg.lan", &[("10.0.0.7:443", TcpOutcome::Refused)]));
        assert_eq!(finding.cause.slug, "image-name-missing-port");
        assert_eq!(finding.remedy.commands, ["regdoctor check reg.lan:5000"]);
        let unknown = only(with("other.lan", &[("10.0.0.7:443", TcpOutcome::Refused)]));
        assert!(unknown.remedy.commands.is_empty() && unknown.remedy.text.contains("host:port"));
    }
}
