//! Proxy values that Go cannot use, or hardly means as they are written. Nothing with a password leaves this file.

use crate::cert::GoRelease;
use crate::check::words;
use crate::engine::docker::go::KNOWS_SOCKS5H;
use crate::model::finding::Severity;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Proxy,
    /// NO_PROXY.
    Bypass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: &'static str,
    pub(super) consequence: &'static str,
    pub(super) severity: Severity,
    pub(super) certain: bool,
}

const QUOTES: &[char] =
    &['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}', '\u{ab}', '\u{bb}'];

pub(super) fn fault(kind: Kind, value: &str, go: GoRelease) -> Option<Fault> {
    match kind {
        Kind::Proxy => proxy(value, go),
        Kind::Bypass => bypass(value),
    }
}

fn proxy(value: &str, go: GoRelease) -> Option<Fault> {
    let error = |reason| {
        let consequence = "every pull and push that goes through the proxy fails";
        Some(Fault { reason, consequence, severity: Severity::Error, certain: true })
    };
    if value.contains(QUOTES) {
        return error("a quotation mark is part of the value");
    }
    if value.trim().contains(char::is_whitespace) {
        return error("a blank is part of the value");
    }
    if value.matches("://").count() > 1 {
        return error("it has two schemes");
    }
    // Without a scheme, Go takes it for http.
    let (scheme, rest) = value.trim().split_once("://").unwrap_or(("http", value.trim()));
    if !matches!(scheme, "http" | "https" | "socks5" | "socks5h") {
        return error("a proxy's scheme is http, https or socks5");
    }
    if scheme == "socks5h" && go < KNOWS_SOCKS5H {
        return error(
            "this Docker was built with a Go before 1.23, which knows socks5h only as socks5: both mean the same",
        );
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let end = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match end.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (end, None),
    };
    if host.is_empty() {
        return error("it names no host");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return error(
            "its port is not a number up to 65535, or its password has a character that must be written as %XX",
        );
    }
    (scheme == "https").then_some(Fault {
        reason: "https:// means that the proxy itself is spoken to over TLS, which few proxies do",
        consequence: "if this one does not, Docker says: proxyconnect tcp: tls: first record does not look like a TLS handshake",
        severity: Severity::Warning,
        certain: false,
    })
}

fn bypass(value: &str) -> Option<Fault> {
    let warning = |reason| {
        let consequence = "that entry matches nothing, and Docker uses the proxy there";
        Some(Fault { reason, consequence, severity: Severity::Warning, certain: true })
    };
    if value.contains(QUOTES) {
        return warning("a quotation mark is part of the list");
    }
    for entry in value.split(',').map(str::trim) {
        if entry.contains("://") {
            return warning("an entry has a scheme; only a name, an address or a range counts");
        }
        if entry.contains(|c: char| c.is_whitespace() || c == ';') {
            return warning("entries are separated by commas alone");
        }
        if entry.trim_start_matches("*.").contains('*') && entry != "*" {
            return warning("an asterisk counts only alone or in front, as in *.lan");
        }
    }
    None
}

/// The value without a user's name and password. A password may hold any character, so everything up to the last `@` goes.
pub(in crate::check) fn without_password(value: &str) -> String {
    let shown = match value.rsplit_once('@') {
        Some((before, host)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://…@{host}"),
            None => format!("…@{host}"),
        },
        None => value.to_string(),
    };
    words::shown(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_proxies() {
        let rows = [
            ("http://proxy.lan:3128", None),
            ("proxy.lan:3128", None),
            ("http://[::1]:3128/", None),
            ("socks5://proxy.lan:1080", None),
            ("socks5h://proxy.lan:1080", Some(Severity::Error)),
            ("http://bob:pw@proxy.lan:3128", None),
            ("'http://proxy.lan:3128'", Some(Severity::Error)),
            ("\u{201d}http://proxy.lan:3128\u{201d}", Some(Severity::Error)),
            ("http://http://proxy.lan:3128", Some(Severity::Error)),
            ("http:// proxy.lan", Some(Severity::Error)),
            ("ftp://proxy.lan", Some(Severity::Error)),
            ("http://", Some(Severity::Error)),
            ("http://:3128", Some(Severity::Error)),
            ("http://proxy.lan:port", Some(Severity::Error)),
            ("http://bob:p#w@proxy.lan:3128", Some(Severity::Error)),
            ("https://proxy.lan:3128", Some(Severity::Warning)),
        ];
        for (value, want) in rows {
            assert_eq!(proxy(value, GoRelease::new(1, 19, 8)).map(|fault| fault.severity), want, "{value}");
        }
    }

    #[test]
    fn judges_what_is_to_bypass_it() {
        let rows = [
            ("localhost,127.0.0.1,.lan, *.corp ,10.0.0.0/8,reg.lan:5000,*", false),
            ("http://reg.lan", true),
            ("reg.lan other.lan", true),
            ("reg.lan;other.lan", true),
            ("10.0.*", true),
            ("\"reg.lan\"", true),
        ];
        for (value, want) in rows {
            assert_eq!(bypass(value).is_some(), want, "{value}");
        }
    }

    #[test]
    fn passwords_stay_here() {
        let rows = [
            ("http://bob:s3cret@proxy:1", "http://…@proxy:1"),
            ("bob:s3@cret@proxy:1", "…@proxy:1"),
            ("http://bob:s3/c#ret@proxy:1", "http://…@proxy:1"),
            ("http://proxy:1", "http://proxy:1"),
        ];
        for (value, want) in rows {
            assert_eq!(without_password(value), want);
        }
    }
}
