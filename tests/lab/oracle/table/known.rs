//! What is known to be foretold wrongly, by daemon and scenario, with the reason: it counts as wrong, and is no news.

/// The beginning of the daemon's name (nothing: every daemon), the scenario, and why.
const KNOWN: &[(&str, &str, &str)] =
    &[("", "tls-1.2-cbc", "regdoctor's own TLS has no CBC, so it never sees the certificate that Docker sees")];

const GC: &str = "registry-gc-or-delete-damage";
const ONLY_A_PUSH: &str = "the classic store looks a pushed blob up once more, and only a push would show it gone";

pub fn reason(daemon: &str, scenario: &str) -> Option<&'static str> {
    let found = KNOWN.iter().find(|(of, name, _)| daemon.starts_with(of) && *name == scenario);
    found.map(|(_, _, why)| *why)
}
