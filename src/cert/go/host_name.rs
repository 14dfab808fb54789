//! Whether a certificate is for a name: Go's `VerifyHostname`.

use std::net::IpAddr;

use super::super::read::Certificate;
use super::refusal::Refusal;
use super::release::GoRelease;

/// Addresses are compared with IP SANs alone, names with DNS SANs. Before Go 1.15 the common name counted where there
/// was no SAN extension.
pub fn verify(leaf: &Certificate, wanted: &str, go: GoRelease) -> Result<(), Refusal> {
    match wanted.parse::<IpAddr>() {
        Ok(address) => verify_address(leaf, address),
        Err(_) => verify_name(leaf, wanted, go),
    }
}

fn verify_address(leaf: &Certificate, wanted: IpAddr) -> Result<(), Refusal> {
    let addresses = leaf.ip_addresses();
    if addresses.iter().any(|address| address.to_canonical() == wanted.to_canonical()) {
        return Ok(());
    }
    let wanted = wanted.to_string();
    if let Some(refusal) = common_name_only(leaf, &wanted) {
        return Err(refusal);
    }
    if addresses.is_empty() {
        return Err(Refusal::NoIpSan { wanted });
    }
    Err(Refusal::NameMismatch { wanted, names: addresses.iter().map(ToString::to_string).collect() })
}

fn verify_name(leaf: &Certificate, wanted: &str, go: GoRelease) -> Result<(), Refusal> {
    let by_common_name = !go.at_least(1, 15) && !leaf.extensions.subject_alternative_name;
    let common_name = leaf.common_name().filter(|name| by_common_name && is_host_name(name, Side::Wanted));
    let names: Vec<String> = match common_name {
        Some(name) => vec![name.to_string()],
        None => leaf.dns_names().to_vec(),
    };
    if names.iter().any(|name| matches(name, wanted)) {
        return Ok(());
    }
    match common_name_only(leaf, wanted) {
        Some(refusal) => Err(refusal),
        None => Err(Refusal::NameMismatch { wanted: wanted.to_string(), names }),
    }
}

fn common_name_only(leaf: &Certificate, wanted: &str) -> Option<Refusal> {
    let common_name =
        leaf.common_name().filter(|name| !leaf.extensions.subject_alternative_name && same(name, wanted))?;
    Some(Refusal::CommonNameOnly { wanted: wanted.to_string(), common_name: common_name.to_string() })
}

/// One name of a certificate against the wanted one: exactly, or label by label with `*` as the whole first label.
#[must_use]
pub fn matches(pattern: &str, wanted: &str) -> bool {
    if is_host_name(wanted, Side::Wanted) && is_host_name(pattern, Side::Pattern) {
        same(pattern, wanted)
    } else {
        !matches!(wanted, "" | ".") && pattern.eq_ignore_ascii_case(wanted)
    }
}

fn same(pattern: &str, wanted: &str) -> bool {
    let wanted = wanted.strip_suffix('.').unwrap_or(wanted);
    if pattern.is_empty() || wanted.is_empty() || pattern.split('.').count() != wanted.split('.').count() {
        return false;
    }
    let mut labels = pattern.split('.').zip(wanted.split('.')).enumerate();
    labels.all(|(position, (one, other))| (position == 0 && one == "*") || one.eq_ignore_ascii_case(other))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Pattern,
    Wanted,
}

/// Go's leniency: underscores are fine, a hyphen not in front, a last dot only in the wanted name.
fn is_host_name(name: &str, side: Side) -> bool {
    // "Bare wildcards are not allowed" (Go 1.27); when that came is not known here, so no release lets them match.
    if name == "*" {
        return false;
    }
    let name = if side == Side::Wanted { name.strip_suffix('.').unwrap_or(name) } else { name };
    name.split('.').enumerate().all(|(position, label)| {
        (side == Side::Pattern && position == 0 && label == "*")
            || (!label.is_empty()
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_go_does() {
        let rows = [
            ("reg.lan", "reg.lan", true),
            ("REG.lan", "reg.LAN", true),
            ("reg.lan", "reg.lan.", true),
            ("reg.lan.", "reg.lan", false),
            ("*.lan", "reg.lan", true),
            ("*.lan", "a.reg.lan", false),
            ("*.lan", "lan", false),
            ("*", "lan", false),
            ("r*.lan", "reg.lan", false),
            ("reg.*", "reg.lan", false),
            ("*.*.lan", "a.b.lan", false),
            ("my_reg.lan", "my_reg.lan", true),
            ("-reg.lan", "-reg.lan", true),
            ("reg", "reg.lan", false),
            ("", "", false),
            (".", ".", false),
            ("reg\u{fffd}.lan", "reg.lan", false),
        ];
        for (pattern, wanted, want) in rows {
            assert_eq!(matches(pattern, wanted), want, "{pattern} for {wanted}");
        }
    }
}
