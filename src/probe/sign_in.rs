//! The second look at a registry, with the login that is stored for it. The only place that sends one.

use super::auth::Asker;
use super::deadline::Deadline;
use super::http::Question;
use super::journey::Journey;
use super::route::{Route, Through};
use super::talk::{Keys, Talk};
use super::tls::Proof;
use super::token::basic;
use super::{Limits, Target};
use crate::cert::Clearance;
use crate::model::credential::Credential;
use crate::model::trace::{Challenge, Layer, Login, LoginSource, Tcp, Trace};

/// A login, and leave to send it: to the registry, and to the token server where that was given.
#[derive(Debug)]
pub struct Permit<'a> {
    pub credential: &'a Credential,
    pub source: LoginSource,
    pub registry: &'a Clearance,
    pub token_server: Option<&'a Clearance>,
}

/// Asks again with the login, and adds what came of it to the trace.
pub async fn sign_in(target: &Target, limits: &Limits, trace: &mut Trace, permit: &Permit<'_>) {
    let journey = Journey { target, limits, deadline: Deadline::start(limits.total) };
    let Some((route, challenges)) = Box::pin(journey.again(trace, permit.registry)).await else { return };
    let talk = Talk { journey: &journey, route: &route };
    let deadline = journey.deadline;
    let began = deadline.elapsed_ms();
    let mut login = Login {
        source: permit.source.clone(),
        user: permit.credential.user().map(str::to_string),
        because: permit.registry.because().to_string(),
        base: Layer::skipped("the registry asks for a token"),
        tokens: Vec::new(),
        manifest: Layer::skipped("no repository was given"),
        upload: Layer::skipped("no repository was given"),
    };
    let keys = if let Some(bearer) = challenge(&challenges, "bearer") {
        let Some(clearance) = permit.token_server else {
            trace.login = Layer::skipped("the token server is not trusted, so no login was sent to it");
            return;
        };
        Box::pin(talk.with_tokens(bearer, permit, clearance, &mut login)).await
    } else {
        let key = challenge(&challenges, "basic").and(basic(permit.credential));
        let asked = async { talk.ask(&Question::get("/v2/").with(key.clone())).await.http };
        login.base = deadline.layer(asked).await;
        Keys { pull: key.clone(), push: key }
    };
    if let Some(repository) = target.repository.as_deref().filter(|_| keys.pull.is_some()) {
        Box::pin(talk.with_login(repository, &keys, trace, &mut login)).await;
    }
    trace.login = Layer::Reached { seen: login, took_ms: deadline.elapsed_ms() - began };
    trace.took_ms += deadline.elapsed_ms();
}

fn challenge<'a>(challenges: &'a [Challenge], scheme: &str) -> Option<&'a Challenge> {
    challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme))
}

pub(super) fn proof(clearance: &Clearance) -> Proof {
    clearance.leaf().map_or(Proof::Nothing, |leaf| Proof::Leaf(leaf.to_vec()))
}

impl Journey<'_> {
    /// The way that the first look took, and the challenges that it met.
    pub(super) async fn again(&self, trace: &Trace, clearance: &Clearance) -> Option<(Route, Vec<Challenge>)> {
        let registry = &self.target.registry;
        let (scheme, _) = trace.http.answer()?;
        let mut address = trace.tcp.seen().and_then(Tcp::connected);
        let mut through = None;
        if let Some(seen) = trace.proxy.seen() {
            let proxy = self.target.way.proxies.for_url("https", registry.host(), registry.port_or(443))?;
            let (_, _, connected) = self.reach_proxy(proxy).await;
            let (at, _) = connected?;
            let to = (registry.host().to_string(), registry.port_or(443));
            through = seen.lets_through().then(|| Through::Tunnel { proxy: proxy.clone(), at, to });
            address = Some(at);
        }
        let mut route = Route::straight(registry.to_string(), registry.host(), address?);
        if let Some(through) = through {
            route.through = through;
        }
        route.secure = scheme == "https";
        route.proof = proof(clearance);
        if !route.secure {
            // Without TLS there is nothing that a certificate could prove.
            clearance.leaf().is_none().then_some(())?;
            route = self.plain(route, trace).await;
        }
        let challenges = trace.auth.seen().map(|auth| auth.challenges.clone()).unwrap_or_default();
        Some((route, challenges))
    }
}

impl Talk<'_> {
    async fn with_tokens(
        &self,
        bearer: &Challenge,
        permit: &Permit<'_>,
        clearance: &Clearance,
        login: &mut Login,
    ) -> Keys {
        let asker = Asker { journey: self.journey, bearer, login: Some(permit.credential), proof: proof(clearance) };
        let Some(repository) = self.journey.target.repository.as_deref() else {
            login.tokens.push(Box::pin(asker.ask("", &[])).await.tried);
            return Keys::default();
        };
        let pull = Box::pin(asker.ask(repository, &["pull"])).await;
        let push = Box::pin(asker.ask(repository, &["push", "pull"])).await;
        login.tokens.extend([pull.tried, push.tried]);
        Keys { pull: pull.key, push: push.key }
    }

    /// What was refused without a login is asked for again.
    async fn with_login(&self, repository: &str, keys: &Keys, trace: &mut Trace, login: &mut Login) {
        let deadline = self.journey.deadline;
        login.manifest = deadline.layer(self.head_manifest(repository, keys)).await;
        if login.manifest.status() == Some(200) && trace.image.seen().is_none() {
            self.look_at_image(repository, keys, trace).await;
        }
        login.upload = deadline.layer(self.try_upload(repository, keys)).await;
    }
}
