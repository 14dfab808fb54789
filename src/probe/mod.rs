//! One registry, looked at from this host: what happened at each network layer and how long it took.
//!
//! Nothing here judges, and nothing secret is sent: no credentials, no client certificate, and the only token is the
//! one that a registry gives to everybody. Every step is bounded, and so is everything that a peer can make us keep.

mod auth;
mod challenge;
mod deadline;
mod dns;
mod http;
mod manifest;
mod route;
mod sanitize;
mod tcp;
mod tls;
mod tls_answer;
mod tls_record;

#[cfg(test)]
mod loopback;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::net::TcpStream;

pub use challenge::parse as parse_challenges;
pub use sanitize::sanitize;

use crate::model::entry_point::EntryPoint;
use crate::model::trace::{Http, Layer, Tls, Trace};
use deadline::Deadline;
use http::Question;
use route::{Line, Route};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub registry: EntryPoint,
    pub repository: Option<String>,
    /// A tag or a digest; `latest` without one.
    pub reference: Option<String>,
    /// Docker would take plain HTTP here: fall back to it after any failure of TLS, and to port 80 without a port.
    /// Without it, plain HTTP is only asked where the TLS port did not speak TLS.
    pub accept_plain_http: bool,
}

impl Target {
    #[must_use]
    pub fn new(registry: EntryPoint) -> Self {
        Self { registry, repository: None, reference: None, accept_plain_http: false }
    }
}

/// How long each step may take, and all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub total: Duration,
    pub dns: Duration,
    /// For one address.
    pub tcp: Duration,
    pub tls: Duration,
    /// For one request, and for the token endpoint.
    pub http: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(15),
            dns: Duration::from_secs(5),
            tcp: Duration::from_secs(4),
            tls: Duration::from_secs(5),
            http: Duration::from_secs(5),
        }
    }
}

/// Looks at one registry. Not from inside an async runtime: there, [`trace_async`] is the one.
#[must_use]
pub fn trace(target: &Target, limits: &Limits) -> Trace {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let trace = runtime.block_on(trace_async(target, limits));
            // A resolver that never answers must not hold the program: its thread is left behind.
            runtime.shutdown_background();
            trace
        }
        Err(error) => unreached(target, &format!("no runtime: {error}")),
    }
}

/// The same inside a runtime. It always ends within `limits.total`, but for the overhead of the machine.
pub async fn trace_async(target: &Target, limits: &Limits) -> Trace {
    let deadline = Deadline::start(limits.total);
    let mut trace = unreached(target, deadline::TIME_IS_UP);
    trace.dns = deadline.layer(dns::resolve(&target.registry, deadline.step(limits.dns))).await;
    let addresses = trace.dns.seen().map(|dns| dns.addresses().to_vec()).unwrap_or_default();
    if addresses.is_empty() {
        if !deadline.is_over() {
            trace.skip_from_tcp("the name has no address");
        }
    } else {
        let ports = ports(target);
        let (tcp, stream) = deadline.layer_with(tcp::connect(&addresses, &ports, limits.tcp, &deadline)).await;
        trace.tcp = tcp;
        match stream {
            Some((address, stream)) => {
                let route = Route::new(&target.registry, address);
                Journey { target, limits, deadline }.speak(route, stream, &mut trace).await;
            }
            None if !deadline.is_over() => trace.skip_from_tls("no address could be connected"),
            None => {}
        }
    }
    trace.took_ms = deadline.elapsed_ms();
    trace
}

/// HTTPS first; Docker tries 80 afterwards only where plain HTTP is accepted and no port was given.
fn ports(target: &Target) -> Vec<u16> {
    match (target.registry.port(), target.accept_plain_http) {
        (Some(port), _) => vec![port],
        (None, false) => vec![443],
        (None, true) => vec![443, 80],
    }
}

const NO_PLAIN: &str = "there is no TLS connection, and nothing hints at plain HTTP";

/// The part of the way where there is a connection.
struct Journey<'a> {
    target: &'a Target,
    limits: &'a Limits,
    deadline: Deadline,
}

impl Journey<'_> {
    async fn speak(&self, mut route: Route, stream: TcpStream, trace: &mut Trace) {
        let mut line = None;
        if self.target.registry.port().is_none() && route.address.port() == 80 {
            trace.tls = Layer::NotReached("port 443 could not be connected, and port 80 is for plain HTTP".into());
            line = Some(Line::Plain(stream));
        } else {
            let until = self.deadline.step(self.limits.tls);
            let (tls, secured) = self.deadline.layer_with(tls::handshake(&route.server_name, stream, until)).await;
            trace.tls = tls;
            match trace.tls.seen() {
                Some(Tls::Handshake(_)) => {
                    route.secure = true;
                    line = secured.map(Line::Secured);
                }
                Some(failed) if !self.asks_plainly(failed) => {
                    return trace.skip_from_http(NO_PLAIN);
                }
                // Without a port, Docker's second try goes to `http://host`.
                _ if self.target.accept_plain_http => route.address.set_port(self.target.registry.port_or(80)),
                _ => {}
            }
        }
        let until = self.deadline.step(self.limits.http);
        trace.http = self.deadline.layer(http::ask(&route, line, &Question::get("/v2/"), until)).await;
        self.sign_in(&route, trace).await;
    }

    fn asks_plainly(&self, tls: &Tls) -> bool {
        let no_tls = matches!(tls, Tls::PlainHttp(_) | Tls::NotTls(_) | Tls::Closed | Tls::Reset);
        no_tls || self.target.accept_plain_http
    }

    async fn sign_in(&self, route: &Route, trace: &mut Trace) {
        let Some((_, answer)) = trace.http.seen().and_then(Http::answer) else {
            if !self.deadline.is_over() {
                trace.skip_from_auth("there was no HTTP answer");
            }
            return;
        };
        let mut token = None;
        if answer.status == 401 {
            let until = self.deadline.step(self.limits.http);
            let look = auth::look(auth::challenges(answer), self.target.repository.as_deref(), until);
            (trace.auth, token) = self.deadline.layer_with(look).await;
        } else {
            trace.auth = Layer::NotReached(format!("no sign-in was asked for (HTTP {})", answer.status));
        }
        let Some(repository) = &self.target.repository else {
            trace.manifest = Layer::NotReached("no repository was given".into());
            return;
        };
        let question = manifest::question(repository, self.target.reference.as_deref(), token);
        let until = self.deadline.step(self.limits.http);
        trace.manifest = self.deadline.layer(http::ask(route, None, &question, until)).await;
    }
}

fn unreached(target: &Target, why: &str) -> Trace {
    Trace {
        repository: target.repository.clone(),
        reference: target.reference.clone(),
        ..Trace::unreached(target.registry.clone(), why)
    }
}
