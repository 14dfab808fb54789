//! One registry, looked at in the way in which the engine of this host would go there: first as anybody, then, where the
//! engine trusts what it met, with the login that is stored for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use super::{login, machine};
use crate::cert::Clearance;
use crate::engine::Whom;
use crate::host::Host;
use crate::model::ask::{Answer, Ask};
use crate::model::credential::Credential;
use crate::model::entry_point::Pasted;
use crate::model::facts::{Facts, Names};
use crate::model::observations::Observations;
use crate::model::secret::Secret;
use crate::model::trace::{Handshake, Layer, LoginSource, PairUse, Tls, Trace};
use crate::model::way::Way;
use crate::probe::{self, ClientPair, Limits, Permit, Push, Target};

/// The host that a registry is looked at from.
#[derive(Clone, Copy)]
pub struct Viewpoint<'a> {
    pub host: &'a dyn Host,
    pub seen: &'a Observations,
    pub facts: &'a Facts,
    /// For everything together.
    pub limit: Duration,
    /// Whether an image is really to be pushed.
    pub push: bool,
}

/// Looks at one registry, within the limit.
pub async fn look(from: Viewpoint<'_>, pasted: &Pasted) -> Trace {
    let began = Instant::now();
    let target = Target {
        repository: pasted.repository.clone(),
        reference: pasted.reference.clone(),
        accept_plain_http: true,
        way: way(from.facts, pasted.entry_point.host()),
        ..Target::new(pasted.entry_point.clone())
    };
    let limits = |total| Limits { total, ..Limits::default() };
    let mut trace = probe::trace_async(&target, &limits(from.limit)).await;
    let target = again_with_pair(from, target, &mut trace, limits(from.limit.saturating_sub(began.elapsed()))).await;
    let left = from.limit.saturating_sub(began.elapsed());
    let login = sign_in(from, &target, &limits(left), &mut trace).await;
    if from.push {
        let left = from.limit.saturating_sub(began.elapsed());
        push(from, &target, &limits(left), login.as_ref(), &mut trace).await;
    }
    trace
}

/// The same for callers without a runtime.
pub fn look_now(from: Viewpoint<'_>, pasted: &Pasted) -> Trace {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let trace = runtime.block_on(look(from, pasted));
            // A resolver that never answers must not hold the program: its thread is left behind.
            runtime.shutdown_background();
            trace
        }
        Err(error) => Trace::unreached(pasted.entry_point.clone(), &format!("no runtime: {error}")),
    }
}

/// The engine's own way, with the name servers and the hosts file that it reads.
fn way(facts: &Facts, host: &str) -> Way {
    let engine = machine::any_engine(facts).map(|(engine, own)| engine.way(own)).unwrap_or_default();
    let names = facts.daemon_names.as_ref().unwrap_or(&facts.names);
    let mut servers: Vec<IpAddr> = names.servers.iter().map(|(address, _)| *address).collect();
    // Without any, Go and glibc ask this host itself; where there is no file, nobody was meant to be asked.
    if servers.is_empty() && !names.sources.is_empty() {
        servers.push(Ipv4Addr::LOCALHOST.into());
    }
    let name_servers = servers.into_iter().map(|address| SocketAddr::new(address, 53)).collect();
    let lines = |names: &Names| names.lines_for(host).map(|line| line.address).collect::<Vec<_>>();
    let hosts = Some(lines(names)).filter(|own| *own != lines(&facts.names));
    Way { name_servers, hosts, search: names.search.clone(), ..engine }
}

/// Once more with the client certificate that the engine has for this registry, where the registry asks for one, the
/// engine would trust it, and the key may be read. Neither file is among what is saved.
async fn again_with_pair(from: Viewpoint<'_>, target: Target, trace: &mut Trace, limits: Limits) -> Target {
    let Some(files) =
        machine::any_engine(from.facts).and_then(|(engine, own)| engine.client_pair(from.facts, own, trace))
    else {
        return target;
    };
    let text = |path: &Path| match from.host.ask(&Ask::file(path)) {
        Answer::File(content) => Some(String::from_utf8_lossy(&content.bytes).into_owned()),
        _ => None,
    };
    let (Some(certificate), Some(key)) = (text(&files.certificate), text(&files.key)) else { return target };
    let asked = matches!(
        trace.tls.seen(),
        Some(
            Tls::Handshake(Handshake { client_certificate_asked: true, .. })
                | Tls::AlertAfterCertificates { client_certificate_asked: true, .. }
        )
    );
    let seen = |seen| Layer::Reached { seen, took_ms: 0 };
    match ClientPair::read(&certificate, &Secret::new(key), files.server.clone().unwrap_or_default()) {
        Err(reason) => trace.client_pair = seen(PairUse::Unusable(reason.into())),
        Ok(pair) if asked && files.server.is_some() => {
            let target = Target { pair: Some(pair), ..target };
            *trace = probe::trace_async(&target, &limits).await;
            trace.client_pair = seen(PairUse::Shown);
            return target;
        }
        Ok(_) => {}
    }
    target
}

/// What may be sent, and why.
struct Allowed {
    credential: Credential,
    source: LoginSource,
    registry: Clearance,
    token_server: Option<Clearance>,
}

impl Allowed {
    fn permit(&self) -> Permit<'_> {
        Permit {
            credential: &self.credential,
            source: self.source.clone(),
            registry: &self.registry,
            token_server: self.token_server.as_ref(),
        }
    }
}

async fn sign_in(from: Viewpoint<'_>, target: &Target, limits: &Limits, trace: &mut Trace) -> Option<Allowed> {
    let allowed = allowed(from, trace)?;
    probe::sign_in(target, limits, trace, &allowed.permit()).await;
    Some(allowed)
}

/// Nothing is sent unless the registry asks for it, the engine would trust the server, and the person has a login for it.
fn allowed(from: Viewpoint<'_>, trace: &mut Trace) -> Option<Allowed> {
    let auth = trace.auth.seen().filter(|auth| !auth.challenges.is_empty())?;
    let (engine, own) = machine::any_engine(from.facts)?;
    let Some(registry) = engine.clearance(from.facts, own, trace, Whom::Registry) else {
        trace.login = Layer::skipped("the connection is not trusted, so no login was sent");
        return None;
    };
    let visit = auth.token_server.as_deref();
    let token_server = visit.and_then(|visit| engine.clearance(from.facts, own, trace, Whom::TokenServer(visit)));
    let stored = login::stored(from.host, from.seen, from.facts, &trace.registry.to_string());
    if let Some((seen, took_ms)) = stored.helper {
        trace.helper = Layer::Reached { seen, took_ms };
    }
    let (credential, source) = stored.login?;
    Some(Allowed { credential, source, registry, token_server })
}

/// Images go where Docker would send them: to a registry that it trusts, or that the person listed as insecure.
async fn push(from: Viewpoint<'_>, target: &Target, limits: &Limits, login: Option<&Allowed>, trace: &mut Trace) {
    let clearance = machine::any_engine(from.facts)
        .and_then(|(engine, own)| engine.clearance(from.facts, own, trace, Whom::Registry));
    match (&target.repository, clearance) {
        (None, _) => trace.write = Layer::skipped("--push needs a repository: HOST[:PORT]/REPOSITORY"),
        (_, None) => trace.write = Layer::skipped("the connection is not trusted, so nothing was pushed"),
        (Some(_), Some(registry)) => {
            let permit = login.map(Allowed::permit);
            let tag = format!("regdoctor-{}-{}", from.facts.now, std::process::id());
            probe::push(target, limits, trace, &Push { tag: &tag, registry: &registry, permit: permit.as_ref() }).await;
        }
    }
}
