//! Proxies as a Go program reads them: which one a URL goes through, and which go around it.
//!
//! The rules are those of `golang.org/x/net/http/httpproxy`, which decide for every Docker since 1.6.

use std::net::IpAddr;

use super::secret::Secret;
use super::wish::{InsecureEntry, in_range, parse_range};

/// The variables of one program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http` URLs.
    pub http: Option<ProxyAddress>,
    /// For `https` URLs.
    pub https: Option<ProxyAddress>,
    /// `NO_PROXY` as it was written.
    pub bypass: String,
}

/// One proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    /// `http`, `https`, `socks5` or `socks5h`.
    pub scheme: String,
    pub host: String,
    pub port: u16,
    /// Sent to the proxy alone.
    pub login: Option<(String, Secret)>,
}

impl Proxies {
    /// The proxy for a URL with this scheme, host and port. Loopback never has one.
    #[must_use]
    pub fn for_url(&self, scheme: &str, host: &str, port: u16) -> Option<&ProxyAddress> {
        let proxy = if scheme == "https" { &self.https } else { &self.http }.as_ref()?;
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        (!loopback && !bypassed(&self.bypass, host, port)).then_some(proxy)
    }
}

impl ProxyAddress {
    /// Without a scheme, a proxy is `http`. What Go could not use is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://").unwrap_or(("http", text.trim()));
        let default = match scheme {
            "http" => 80,
            "https" => 443,
            "socks5" | "socks5h" => 1080,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let (login, end) = match authority.rsplit_once('@') {
            Some((login, end)) => (Some(login), end),
            None => (None, authority),
        };
        let (host, port) = match end.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
            _ => (end, default),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let login = login.map(|login| {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            (decoded(user), Secret::new(decoded(password)))
        });
        (!host.is_empty()).then(|| Self { scheme: scheme.into(), host, port, login })
    }

    /// It opens ways for every protocol, so that plain HTTP goes through it like anything else.
    #[must_use]
    pub fn is_socks(&self) -> bool {
        self.scheme.starts_with("socks")
    }

    /// For people: without a name and password.
    #[must_use]
    pub fn shown(&self) -> String {
        let name = if self.login.is_some() { "…@" } else { "" };
        format!("{}://{name}{}", self.scheme, self.authority())
    }

    /// `host:port`.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// `%40` in a name or password is `@`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `*`, a name with its subdomains, `.name` for subdomains alone, an address, a range (matched against addresses in the
/// reference only, never against what a name resolves to), each with an optional port.
fn bypassed(list: &str, host: &str, port: u16) -> bool {
    let host = host.to_ascii_lowercase();
    let rules = list.split(',').map(|one| one.trim().to_ascii_lowercase()).filter(|one| !one.is_empty());
    rules.into_iter().any(|rule| fits(&rule, &host, port))
}

fn fits(rule: &str, host: &str, port: u16) -> bool {
    if rule == "*" {
        return true;
    }
    let address: Option<IpAddr> = host.parse().ok();
    if let Some(InsecureEntry::Range(network, length)) = parse_range(rule) {
        return address.is_some_and(|address| in_range(address, network, length));
    }
    let (name, only) = match rule.rsplit_once(':') {
        Some((name, only)) if !name.contains(':') || name.ends_with(']') => (name, only.parse::<u16>().ok()),
        _ => (rule, None),
    };
    if only.is_some_and(|only| only != port) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if address.is_some() {
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

    #[test]
    fn follows_the_rules_of_go() {
        let rows = [
            ("reg.lan", 5000, "reg.lan", true),
            ("a.reg.lan", 5000, "reg.lan", true),
            ("reg.lan", 5000, ".reg.lan", false),
            ("a.reg.lan", 443, "*.reg.lan", true),
            ("reg.lan", 5000, "reg.lan:5000", true),
            ("reg.lan", 5000, "reg.lan:443", false),
            ("10.1.2.3", 5000, "10.0.0.0/8", true),
            ("reg.lan", 443, "10.0.0.0/8", false),
            ("10.1.2.3", 5000, "10.1.2.3", true),
            ("reg.lan", 443, "*", true),
            ("xreg.lan", 443, "reg.lan", false),
            ("REG.lan", 443, " other , reg.LAN ", true),
        ];
        for (host, port, list, want) in rows {
            assert_eq!(bypassed(list, host, port), want, "{host}:{port} with {list}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy_and_loopback_has_none() {
        let proxies = Proxies { http: None, https: ProxyAddress::parse("proxy:3128"), bypass: "b.lan".into() };
        let host = |scheme, host| proxies.for_url(scheme, host, 443).map(ProxyAddress::authority);
        assert_eq!(host("https", "a.lan").as_deref(), Some("proxy:3128"));
        for (scheme, name) in [("http", "a.lan"), ("https", "b.lan"), ("https", "localhost"), ("https", "127.0.0.9")] {
            assert_eq!(host(scheme, name), None, "{name}");
        }
    }

    #[test]
    fn reads_addresses_and_keeps_passwords_to_itself() {
        let proxy = ProxyAddress::parse("http://bob:p%40ss@proxy.corp:3128/").unwrap();
        assert_eq!((proxy.shown().as_str(), proxy.port), ("http://…@proxy.corp:3128", 3128));
        assert_eq!(proxy.login.as_ref().map(|(user, word)| (user.as_str(), word.expose())), Some(("bob", "p@ss")));
        assert!(!format!("{proxy:?}").contains("p@ss"));
        assert_eq!(ProxyAddress::parse("https://p").unwrap().port, 443);
        assert_eq!(ProxyAddress::parse("[fd00::1]:8080").unwrap().authority(), "[fd00::1]:8080");
        assert_eq!(ProxyAddress::parse("ftp://p"), None);
    }
}
