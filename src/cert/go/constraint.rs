//! Name constraints: which names an authority may sign for. DNS names and addresses; mail addresses and URIs are not
//! judged, since no engine asks for them.

use std::net::IpAddr;

use super::super::extensions::{Constraints, Subtrees};
use super::super::read::Certificate;

/// Every name of the leaf counts, not only the one that is asked for.
///
/// # Errors
/// The name and the constraint, in Go's words.
pub fn check(constraints: &Constraints, leaf: &Certificate) -> Result<(), String> {
    let Constraints { permitted, excluded, .. } = constraints;
    for name in leaf.dns_names() {
        if let Some(by) = excluded.dns.iter().find(|constraint| dns_matches(name, constraint)) {
            return Err(format!("DNS name {name:?} is excluded by constraint {by:?}"));
        }
        if !permitted.dns.is_empty() && !permitted.dns.iter().any(|constraint| dns_matches(name, constraint)) {
            return Err(format!("DNS name {name:?} is not permitted by any constraint"));
        }
    }
    for address in leaf.ip_addresses() {
        if ip_matches(*address, excluded) {
            return Err(format!("IP address \"{address}\" is excluded by a constraint"));
        }
        if !permitted.ip.is_empty() && !ip_matches(*address, permitted) {
            return Err(format!("IP address \"{address}\" is not permitted by any constraint"));
        }
    }
    Ok(())
}

/// `lan` covers `lan` and everything below; `.lan` only what is below; an empty constraint covers everything.
fn dns_matches(name: &str, constraint: &str) -> bool {
    let (constraint, only_below) = match constraint.strip_prefix('.') {
        Some(rest) => (rest, true),
        None => (constraint, false),
    };
    if constraint.is_empty() {
        return true;
    }
    let (mut names, mut wanted) = (name.rsplit('.'), constraint.rsplit('.'));
    let covered = wanted.all(|label| names.next().is_some_and(|name| name.eq_ignore_ascii_case(label)));
    covered && (!only_below || names.next().is_some())
}

fn ip_matches(address: IpAddr, subtrees: &Subtrees) -> bool {
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    subtrees.ip.iter().any(|(network, mask)| {
        network.len() == bytes.len()
            && bytes.iter().zip(network).zip(mask).all(|((byte, network), mask)| byte & mask == network & mask)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_names() {
        let rows = [
            ("reg.lan", "lan", true),
            ("lan", "lan", true),
            ("reg.lan", ".lan", true),
            ("lan", ".lan", false),
            ("reg.LAN", "lan", true),
            ("reg.wan", "lan", false),
            ("xlan", "lan", false),
            ("reg.lan", "", true),
            ("lan", "reg.lan", false),
        ];
        for (name, constraint, want) in rows {
            assert_eq!(dns_matches(name, constraint), want, "{name} under {constraint}");
        }
    }

    #[test]
    fn covers_addresses() {
        let net = Subtrees { dns: Vec::new(), ip: vec![(vec![10, 0, 0, 0], vec![255, 0, 0, 0])] };
        assert!(ip_matches("10.1.2.3".parse().unwrap(), &net));
        assert!(!ip_matches("11.1.2.3".parse().unwrap(), &net));
        assert!(!ip_matches("::1".parse().unwrap(), &net));
    }
}
