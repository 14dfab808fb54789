//! dockerd's own rules for entries, with its words (17.04 to 29).

use std::net::IpAddr;

use crate::model::entry_point;
use crate::model::printable::printable;
use crate::model::wish::{self, InsecureEntry};

const SHOWN: usize = 80;

/// The entry that dockerd makes of one in a file or flag: without its scheme.
#[must_use]
pub fn entry(text: &str) -> Option<InsecureEntry> {
    InsecureEntry::parse(without_scheme(text)).ok()
}

/// Why an entry of `insecure-registries` is refused.
pub fn insecure(entry: &str) -> Option<String> {
    let shown = printable(entry, SHOWN);
    if entry.starts_with('-') || entry.ends_with('-') {
        return Some(format!("invalid index name ({shown}). Cannot begin or end with a hyphen"));
    }
    let bare = without_scheme(entry);
    if bare.len() == entry.len() && entry.contains("://") {
        return Some(format!("insecure registry {shown} should not contain '://'"));
    }
    if is_range(bare) {
        return None;
    }
    let bare_shown = printable(bare, SHOWN);
    host_and_port(bare).map(|reason| format!("insecure registry {bare_shown} is not valid: {reason}"))
}

/// Why a mirror is refused.
pub fn mirror(entry: &str) -> Option<String> {
    let shown = printable(entry, SHOWN);
    let Some((scheme, rest)) = entry.split_once("://") else {
        return Some(format!(
            "invalid mirror: no scheme specified for \"{shown}\": must use either 'https://' or 'http://'"
        ));
    };
    if !matches!(scheme, "http" | "https") {
        return Some(format!("invalid mirror: unsupported scheme \"{}\" in \"{shown}\"", printable(scheme, SHOWN)));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("invalid mirror: username/password not allowed in URI".into());
    }
    let blank = authority.is_empty() || entry.contains(char::is_whitespace);
    blank.then(|| format!("invalid mirror: \"{shown}\" is not a valid URI"))
}

/// `http://` and `https://` are stripped with a warning, whatever their case.
fn without_scheme(entry: &str) -> &str {
    let cut = |scheme: &str| {
        let front = entry.get(..scheme.len())?;
        front.eq_ignore_ascii_case(scheme).then(|| entry.get(scheme.len()..)).flatten()
    };
    cut("http://").or_else(|| cut("https://")).unwrap_or(entry)
}

/// `net.ParseCIDR` takes neither blanks nor brackets.
fn is_range(text: &str) -> bool {
    !text.contains([' ', '[', ']', '\t']) && wish::parse_range(text).is_some()
}

/// `host`, `host:port`, `[v6]:port` or a bare address.
fn host_and_port(text: &str) -> Option<String> {
    let (host, port) = split(text);
    let port_is_plain = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    if !(entry_point::is_host_name(host) && port_is_plain) && host.parse::<IpAddr>().is_err() {
        return Some(format!("invalid host \"{}\"", printable(host, SHOWN)));
    }
    let port = port.filter(|port| !port.is_empty())?;
    match port.parse::<i64>() {
        Err(_) => Some(format!("strconv.Atoi: parsing \"{}\": invalid syntax", printable(port, SHOWN))),
        Ok(number) if !(0..=65535).contains(&number) => Some(format!("invalid port \"{port}\"")),
        Ok(_) => None,
    }
}

/// Go's `net.SplitHostPort`; what it cannot split is all host.
fn split(text: &str) -> (&str, Option<&str>) {
    if let Some((host, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        return if port.contains(':') { (text, None) } else { (host, Some(port)) };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_entries_as_dockerd_does() {
        let rows = [
            ("reg.lab:5000", ""),
            ("reg.lab", ""),
            ("REG.LAB:5000", ""),
            ("10.99.0.1", ""),
            ("10.99.0.1:5000", ""),
            ("10.0.0.0/8", ""),
            ("[::1]:5000", ""),
            ("::1", ""),
            ("::1/128", ""),
            ("http://a:5000", ""),
            ("HTTPS://a", ""),
            ("ftp://a:5000", "insecure registry ftp://a:5000 should not contain '://'"),
            ("http://a:5000/", "insecure registry a:5000/ is not valid: invalid host \"a\""),
            ("a:5000/path", "insecure registry a:5000/path is not valid: invalid host \"a\""),
            (
                "10.0.0.5:5000/v2/",
                "insecure registry 10.0.0.5:5000/v2/ is not valid: strconv.Atoi: parsing \"5000/v2/\": invalid syntax",
            ),
            ("a:99999", "insecure registry a:99999 is not valid: invalid port \"99999\""),
            ("my_reg:5000", "insecure registry my_reg:5000 is not valid: invalid host \"my_reg\""),
            ("*.lab", "insecure registry *.lab is not valid: invalid host \"*.lab\""),
            ("a b", "insecure registry a b is not valid: invalid host \"a b\""),
            ("a:5000:5000", "insecure registry a:5000:5000 is not valid: invalid host \"a:5000:5000\""),
            ("", "insecure registry  is not valid: invalid host \"\""),
            ("10.0.0.0/33", "insecure registry 10.0.0.0/33 is not valid: invalid host \"10.0.0.0/33\""),
            ("-a", "invalid index name (-a). Cannot begin or end with a hyphen"),
        ];
        for (entry, want) in rows {
            assert_eq!(insecure(entry).unwrap_or_default(), want, "{entry}");
        }
        assert!(insecure(" a:5000").is_some());
    }

    #[test]
    fn judges_mirrors() {
        let rows = [
            ("https://mirror.lan", true),
            ("http://mirror.lan:5000/", true),
            ("https://mirror.lan/path", true),
            ("mirror.lan:5000", false),
            ("ftp://mirror.lan", false),
            ("https://", false),
            ("https://bob:pw@mirror.lan", false),
            ("https://mirror .lan", false),
        ];
        for (entry, fine) in rows {
            assert_eq!(mirror(entry).is_none(), fine, "{entry}");
        }
    }
}
