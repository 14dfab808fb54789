//! Whether the daemon sends a registry to its proxy: Go's rules for `HTTPS_PROXY` and `NO_PROXY`.

use crate::model::entry_point::EntryPoint;
use crate::model::facts::EngineFacts;
use crate::model::wish::{InsecureEntry, in_range, parse_range};

/// The proxy that the daemon uses for this registry.
pub(super) fn used_for(engine: &EngineFacts, registry: &EntryPoint) -> Option<String> {
    let effective = engine.effective.as_ref()?;
    let proxy = effective.https_proxy.as_ref()?;
    let loopback = registry.host() == "localhost" || registry.address().is_some_and(|address| address.is_loopback());
    let bypass = effective.no_proxy.as_deref().unwrap_or_default();
    (!loopback && !bypassed(bypass, registry)).then(|| proxy.clone())
}

/// `golang.org/x/net/http/httpproxy`: `*`, a name with its subdomains, `.name` for subdomains alone, an address, a range
/// (matched against addresses in the reference only, never against what a name resolves to), each with an optional port.
fn bypassed(list: &str, registry: &EntryPoint) -> bool {
    list.split(',')
        .map(|one| one.trim().to_ascii_lowercase())
        .filter(|one| !one.is_empty())
        .any(|one| fits(&one, registry))
}

fn fits(rule: &str, registry: &EntryPoint) -> bool {
    if rule == "*" {
        return true;
    }
    let host = registry.host().to_ascii_lowercase();
    if let Some(InsecureEntry::Range(network, length)) = parse_range(rule) {
        return registry.address().is_some_and(|address| in_range(address, network, length));
    }
    let (name, port) = match rule.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse::<u16>().ok()),
        _ => (rule, None),
    };
    if port.is_some_and(|port| port != registry.port_or(443)) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if registry.address().is_some() {
        return name == host;
    }
    let name = name.strip_prefix("*.").map_or_else(|| name.to_string(), |rest| format!(".{rest}"));
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(&name),
        None => host == name || host.ends_with(&format!(".{name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry_point;

    #[test]
    fn follows_the_rules_of_go() {
        let rows = [
            ("reg.lan:5000", "reg.lan", true),
            ("a.reg.lan:5000", "reg.lan", true),
            ("reg.lan:5000", ".reg.lan", false),
            ("a.reg.lan", "*.reg.lan", true),
            ("reg.lan:5000", "reg.lan:5000", true),
            ("reg.lan:5000", "reg.lan:443", false),
            ("10.1.2.3:5000", "10.0.0.0/8", true),
            ("reg.lan", "10.0.0.0/8", false),
            ("10.1.2.3:5000", "10.1.2.3", true),
            ("reg.lan", "*", true),
            ("xreg.lan", "reg.lan", false),
            ("reg.lan", " other , reg.lan ", true),
        ];
        for (registry, list, want) in rows {
            let registry = entry_point::parse(registry).unwrap().entry_point;
            assert_eq!(bypassed(list, &registry), want, "{registry} with {list}");
        }
    }
}
