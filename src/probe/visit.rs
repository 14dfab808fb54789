//! Another server that the registry sends its clients to: its name, its connection, its TLS and its answer.

use std::net::SocketAddr;

use reqwest::Url;

use super::http::{self, Fetched, Question};
use super::journey::Journey;
use super::line::Line;
use super::route::{Route, Through};
use super::tls::Proof;
use super::{dns, proxy, tcp, tls};
use crate::model::printable::printable;
use crate::model::proxies::ProxyAddress;
use crate::model::trace::{Dns, Http, Layer, Tcp, Visit};

const URL_SHOWN: usize = 500;

/// What is known of the way to a proxy: its addresses, its connection, and the line.
type ToProxy = (Layer<Dns>, Layer<Tcp>, Option<(SocketAddr, Line)>);

impl Journey<'_> {
    /// Asks `question` at `url`, whose path and query take the place of its own.
    pub(super) async fn visit(&self, url: &Url, mut question: Question, proof: Proof) -> (Visit, Fetched) {
        let nobody = "there is no connection";
        let mut visit = Visit {
            url: shown(url),
            dns: Layer::default(),
            tcp: Layer::skipped("the name has no address"),
            tls: Layer::skipped(nobody),
            http: Layer::skipped(nobody),
        };
        question.path = path_of(url);
        let nothing = Fetched { http: Http::TimedOut, body: Vec::new(), whole: false };
        let Some((mut route, line)) = Box::pin(self.way_to(url, &mut visit)).await else { return (visit, nothing) };
        route.proof = proof;
        let line = if url.scheme() == "https" {
            let until = self.deadline.step(self.limits.tls);
            let greeting = tls::handshake(&route.server_name, line, &route.proof, until);
            let (seen, line) = self.deadline.layer_with(greeting).await;
            visit.tls = seen;
            route.secure = true;
            line
        } else {
            visit.tls = Layer::skipped("the address is one of plain HTTP");
            Some(line)
        };
        let Some(line) = line else {
            visit.http = Layer::skipped("there is no TLS connection");
            return (visit, nothing);
        };
        let until = self.deadline.step(self.limits.http);
        let asked = async {
            let fetched = http::ask(&route, Some(line), &question, until).await;
            (to_keep(fetched.http.clone()), Some(fetched))
        };
        let (seen, fetched) = self.deadline.layer_with(asked).await;
        visit.http = seen;
        (visit, fetched.unwrap_or(nothing))
    }

    /// A connection to the server of a URL, through the proxy where the engine has one for it.
    async fn way_to(&self, url: &Url, visit: &mut Visit) -> Option<(Route, Line)> {
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default()?;
        let header = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str()?),
            None => url.host_str()?.to_string(),
        };
        let Some(address) = self.target.way.proxies.for_url(url.scheme(), host, port) else {
            let until = self.deadline.step(self.limits.dns);
            visit.dns = self.deadline.layer(dns::resolve(host, host.parse().ok(), until)).await;
            let addresses = visit.dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
            if addresses.is_empty() {
                return None;
            }
            let ports = [port];
            let connecting = tcp::connect(&addresses, &ports, self.limits.tcp, &self.deadline);
            let (seen, connected) = self.deadline.layer_with(connecting).await;
            visit.tcp = seen;
            let (at, stream) = connected?;
            return Some((Route::straight(header, host, at), Box::new(stream)));
        };
        visit.dns = Layer::skipped(format!("the proxy {} looks it up", address.shown()));
        visit.tcp = Layer::skipped(format!("the proxy {} connects to it", address.shown()));
        let (_, _, connected) = self.reach_proxy(address).await;
        let (at, line) = connected?;
        if url.scheme() == "http" && !address.is_socks() {
            let through = Through::Forward { at };
            return Some((Route { through, ..Route::straight(header, host, at) }, line));
        }
        let until = self.deadline.step(self.limits.http);
        let (opening, line) = proxy::open(line, address, (host, port), until).await;
        if line.is_none() {
            visit.tcp = Layer::skipped(format!("the proxy {} {}", address.shown(), opening.told()));
        }
        let through = Through::Tunnel { proxy: address.clone(), at, to: (host.to_string(), port) };
        Some((Route { through, ..Route::straight(header, host, at) }, line?))
    }

    pub(super) async fn reach_proxy(&self, address: &ProxyAddress) -> ToProxy {
        let until = self.deadline.step(self.limits.dns);
        let dns = self.deadline.layer(dns::resolve(&address.host, address.host.parse().ok(), until)).await;
        let addresses = dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
        if addresses.is_empty() {
            return (dns, Layer::skipped("the proxy's name has no address"), None);
        }
        let ports = [address.port];
        let connecting = tcp::connect(&addresses, &ports, self.limits.tcp, &self.deadline);
        let (tcp, connected) = self.deadline.layer_with(connecting).await;
        (dns, tcp, connected.map(|(at, stream)| (at, Box::new(stream) as Line)))
    }
}

/// Two addresses of one server: the same scheme, host and port.
pub(super) fn is_same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// Without the values of its query, which are often a permission, and without a name and password.
pub(super) fn shown(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_query(None);
    // Where the URL can have no user name there is none.
    let _ = plain.set_username("");
    let _ = plain.set_password(None);
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}{query}", printable(plain.as_str(), URL_SHOWN))
}

/// An answer to keep: `Location` without the values of its query, which let anybody in who knows them.
pub(super) fn to_keep(mut http: Http) -> Http {
    if let Http::Answer { answer, .. } = &mut http {
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "location") {
            if let Some((before, _)) = value.split_once('?') {
                *value = format!("{before}?…");
            }
        }
    }
    http
}

/// What is asked of its server.
pub(super) fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_not_shown() {
        let url = Url::parse("https://bob:pw@cdn.lan:8443/a/b?X-Amz-Signature=secret").unwrap();
        assert_eq!(shown(&url), "https://cdn.lan:8443/a/b?…");
        assert_eq!(path_of(&url), "/a/b?X-Amz-Signature=secret");
        let other = |text: &str| is_same_server(&url, &Url::parse(text).unwrap());
        assert!(other("https://cdn.lan:8443/else") && !other("http://cdn.lan:8443/") && !other("https://cdn.lan/"));
    }
}
