//! The proxies that the daemon uses, and whether it sends a registry to one.

use super::go;
use crate::model::entry_point::EntryPoint;
use crate::model::facts::EngineFacts;
use crate::model::proxies::{Proxies, ProxyAddress};

/// The proxy that the daemon uses for this registry, without its password.
pub(super) fn used_for(engine: &EngineFacts, registry: &EntryPoint) -> Option<String> {
    let effective = engine.effective.as_ref()?;
    let proxies = proxies(engine);
    match (&effective.https_proxy, &proxies.https) {
        // Go cannot read it, and every request that would go there fails.
        (Some(unreadable), None) => Some(unreadable.clone()),
        _ => proxies.for_url("https", registry.host(), registry.port_or(443)).map(ProxyAddress::shown),
    }
}

/// Docker has a proxy for HTTPS that its Go cannot use.
#[must_use]
pub fn is_unusable(engine: &EngineFacts) -> bool {
    engine.effective.as_ref().is_some_and(|effective| effective.https_proxy.is_some())
        && proxies(engine).https.is_none()
}

/// What the daemon says is in effect; of a daemon that does not answer, what its variables and its file say.
pub(super) fn proxies(engine: &EngineFacts) -> Proxies {
    let (http, https, bypass) = match &engine.effective {
        Some(effective) => (effective.http_proxy.clone(), effective.https_proxy.clone(), effective.no_proxy.clone()),
        None => (said(engine, "http-proxy"), said(engine, "https-proxy"), said(engine, "no-proxy")),
    };
    let address = |value: Option<String>, name: &str| {
        let address = ProxyAddress::parse(&value?)?;
        if address.scheme == "socks5h" && go::of(Some(engine)).0 < go::KNOWS_SOCKS5H {
            return None;
        }
        // Docker masks the password where it tells its proxy (19.03 and later): the one that was set has it.
        let set = said(engine, name).and_then(|value| ProxyAddress::parse(&value));
        let same = set.filter(|set| (&set.host, set.port) == (&address.host, address.port));
        Some(same.unwrap_or(address))
    };
    Proxies {
        http: address(http, "http-proxy"),
        https: address(https, "https-proxy"),
        bypass: bypass.unwrap_or_default(),
    }
}

/// daemon.json wins over the daemon's own variable (23.0 and later overwrite it at start).
fn said(engine: &EngineFacts, name: &str) -> Option<String> {
    let in_file = engine.config_key("proxies").and_then(|key| key.value.get(name)?.as_str().map(str::to_string));
    in_file.or_else(|| {
        let wanted = name.replace('-', "_");
        let variables = &engine.daemon.running()?.environment;
        let found = variables.iter().find(|(name, value)| name.eq_ignore_ascii_case(&wanted) && !value.is_empty());
        found.map(|(_, value)| value.clone())
    })
}
