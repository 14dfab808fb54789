//! The way to one registry, layer by layer.

use tokio::task::JoinSet;

use super::deadline::{Deadline, TIME_IS_UP};
use super::http::{self, Question};
use super::line::Line;
use super::route::{Route, Through};
use super::talk::Talk;
use super::tls::Proof;
use super::{Limits, Target, dns, name_server, offers, proxy, tcp, tls};
use crate::model::proxies::ProxyAddress;
use crate::model::trace::{Layer, OfferOutcome, Proxy, Resolver, Tcp, Tls, Trace};

pub(super) const NO_PLAIN: &str = "there is no TLS connection, and nothing hints at plain HTTP";
const NO_ADDRESS: &str = "the name has no address";
const NOT_CONNECTED: &str = "no address could be connected";
const NOT_LET_THROUGH: &str = "the proxy does not let it through";

/// What one look has with it everywhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Journey<'a> {
    pub target: &'a Target,
    pub limits: &'a Limits,
    pub deadline: Deadline,
}

pub(super) fn unreached(target: &Target, why: &str) -> Trace {
    Trace {
        repository: target.repository.clone(),
        reference: target.reference.clone(),
        ..Trace::unreached(target.registry.clone(), why)
    }
}

pub(super) async fn walk(target: &Target, limits: &Limits) -> Trace {
    let journey = Journey { target, limits, deadline: Deadline::start(limits.total) };
    let mut trace = unreached(target, TIME_IS_UP);
    // A silent name server costs no time: it is asked while everything else goes on.
    let mut names = journey.name_servers();
    journey.connect(&mut trace).await;
    if let Some(Ok(resolver)) = names.join_next().await {
        let took_ms = resolver.servers.iter().map(|server| server.took_ms).max().unwrap_or(0);
        trace.resolver = Layer::Reached { seen: resolver, took_ms };
    } else if !journey.deadline.is_over() {
        trace.resolver = Layer::skipped("no name server was to be asked");
    }
    trace.took_ms = journey.deadline.elapsed_ms();
    trace
}

impl Journey<'_> {
    fn name_servers(&self) -> JoinSet<Resolver> {
        let mut asked = JoinSet::new();
        let registry = &self.target.registry;
        if registry.address().is_none() && !self.target.way.name_servers.is_empty() {
            let (host, way) = (registry.host().to_string(), self.target.way.clone());
            let until = self.deadline.step(self.limits.dns);
            asked.spawn(async move { name_server::ask_all(&host, &way, until).await });
        }
        asked
    }

    async fn connect(&self, trace: &mut Trace) {
        let registry = &self.target.registry;
        let until = self.deadline.step(self.limits.dns);
        trace.dns = self.deadline.layer(dns::of_registry(registry, &self.target.way, until)).await;
        let proxy = self.target.way.proxies.for_url("https", registry.host(), registry.port_or(443));
        let line = match proxy {
            Some(proxy) => self.through(proxy, trace).await,
            None => self.straight(trace).await,
        };
        if let Some((mut route, line)) = line {
            if let Some(pair) = &self.target.pair {
                route.proof = Proof::LeafFor(pair.clone());
            }
            self.speak(route, line, trace).await;
        }
    }

    async fn straight(&self, trace: &mut Trace) -> Option<(Route, Line)> {
        let addresses = trace.dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
        if addresses.is_empty() {
            self.unless_over(|| trace.skip_from_tcp(NO_ADDRESS));
            return None;
        }
        let ports = self.ports();
        let connecting = tcp::connect(&addresses, &ports, self.limits.tcp, &self.deadline);
        let (tcp, connected) = self.deadline.layer_with(connecting).await;
        trace.tcp = tcp;
        let Some((address, stream)) = connected else {
            self.unless_over(|| trace.skip_from_tls(NOT_CONNECTED));
            return None;
        };
        let registry = &self.target.registry;
        Some((Route::straight(registry.to_string(), registry.host(), address), Box::new(stream)))
    }

    /// HTTPS first; Docker tries 80 afterwards only where plain HTTP is accepted and no port was given.
    fn ports(&self) -> Vec<u16> {
        match (self.target.registry.port(), self.target.accept_plain_http) {
            (Some(port), _) => vec![port],
            (None, false) => vec![443],
            (None, true) => vec![443, 80],
        }
    }

    /// Through the proxy; and straight as well, because whether that works tells whether the proxy is needed.
    async fn through(&self, address: &ProxyAddress, trace: &mut Trace) -> Option<(Route, Line)> {
        let registry = &self.target.registry;
        let addresses = trace.dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
        let ports = [registry.port_or(443)];
        let alone =
            async { (tcp::connect(&addresses, &ports, self.limits.tcp / 2, &self.deadline).await.0, None::<()>) };
        let ((tcp, _), (layer, line)) =
            tokio::join!(self.deadline.layer_with(alone), self.deadline.layer_with(self.tunnel(address)));
        trace.tcp = if addresses.is_empty() { Layer::skipped(NO_ADDRESS) } else { tcp };
        trace.proxy = layer;
        if line.is_none() {
            self.unless_over(|| trace.skip_from_tls(NOT_LET_THROUGH));
        }
        line
    }

    async fn tunnel(&self, address: &ProxyAddress) -> (Proxy, Option<(Route, Line)>) {
        let registry = &self.target.registry;
        let (dns, tcp, connected) = self.reach_proxy(address).await;
        let mut seen = Proxy { url: address.shown(), dns, tcp, opening: Layer::skipped(NOT_CONNECTED) };
        let Some((at, line)) = connected else { return (seen, None) };
        let port = registry.port_or(443);
        let host = registry.host();
        let until = self.deadline.step(self.limits.http);
        let (opening, line) = self.deadline.layer_with(proxy::open(line, address, (host, port), until)).await;
        seen.opening = opening;
        let through = Through::Tunnel { proxy: address.clone(), at, to: (host.to_string(), port) };
        let route = Route { through, ..Route::straight(registry.to_string(), host, at) };
        (seen, line.map(|line| (route, line)))
    }

    async fn speak(&self, mut route: Route, line: Line, trace: &mut Trace) {
        let mut open = None;
        let port_80 = matches!(route.through, Through::Straight(address) if address.port() == 80);
        if self.target.registry.port().is_none() && port_80 {
            trace.tls = Layer::skipped("port 443 could not be connected, and port 80 is for plain HTTP");
            open = Some(line);
        } else {
            let until = self.deadline.step(self.limits.tls);
            let greeting = tls::handshake(&route.server_name, line, &route.proof, until);
            let (tls, secured) = self.deadline.layer_with(greeting).await;
            trace.tls = tls;
            if let Some(failed) = trace.tls.seen().filter(|_| secured.is_none()).cloned() {
                self.offer(&failed, &route, trace).await;
                if !self.asks_plainly(&failed) || speaks_tls(trace) {
                    return self.unless_over(|| trace.skip_from_http(NO_PLAIN));
                }
                route = self.plain(route, trace).await;
            } else {
                route.secure = true;
                open = secured;
            }
        }
        let until = self.deadline.step(self.limits.http);
        let asked = async { http::ask(&route, open, &Question::get("/v2/"), until).await.http };
        trace.http = self.deadline.layer(asked).await;
        Talk { journey: self, route: &route }.go_on(trace).await;
    }

    /// What the server does speak, where it spoke TLS and no handshake came of it, or nothing at all.
    async fn offer(&self, failed: &Tls, route: &Route, trace: &mut Trace) {
        if matches!(failed, Tls::Handshake(_) | Tls::PlainHttp(_) | Tls::NotTls(_) | Tls::AlertAfterCertificates { .. })
        {
            trace.offers = Layer::skipped("the first greeting told enough");
            return;
        }
        let until = self.deadline.step(self.limits.tls / 2);
        trace.offers = self.deadline.layer(offers::make(route, until)).await;
    }

    fn asks_plainly(&self, tls: &Tls) -> bool {
        let no_tls = matches!(tls, Tls::PlainHttp(_) | Tls::NotTls(_) | Tls::Closed | Tls::Reset);
        no_tls || self.target.accept_plain_http
    }

    /// Docker's second try goes to `http://host`, through the proxy for http where there is one.
    pub(super) async fn plain(&self, mut route: Route, trace: &Trace) -> Route {
        let registry = &self.target.registry;
        let port = registry.port_or(if self.target.accept_plain_http { 80 } else { 443 });
        if let Some(address) = self.target.way.proxies.for_url("http", registry.host(), port) {
            if let (_, _, Some((at, _))) = self.reach_proxy(address).await {
                route.through = if address.is_socks() {
                    Through::Tunnel { proxy: address.clone(), at, to: (registry.host().to_string(), port) }
                } else {
                    Through::Forward { at }
                };
            }
        } else if let Some(mut address) = trace.tcp.seen().and_then(Tcp::connected) {
            address.set_port(port);
            route.through = Through::Straight(address);
        }
        route
    }

    pub(super) fn unless_over(&self, skip: impl FnOnce()) {
        if !self.deadline.is_over() {
            skip();
        }
    }
}

/// A server that answered any greeting in TLS is not asked in plain HTTP: it would only say that it speaks TLS.
fn speaks_tls(trace: &Trace) -> bool {
    let answered = |outcome: &OfferOutcome| matches!(outcome, OfferOutcome::Chosen { .. });
    trace.offers.seen().is_some_and(|offers| offers.iter().any(|offer| answered(&offer.outcome)))
}
