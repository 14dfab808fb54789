//! What is said over HTTP, once `/v2/` has answered: redirects, the old protocol, the sign-in, the repository.

use hyper::Method;
use reqwest::Url;

use super::auth;
use super::http::{self, Fetched, Question};
use super::journey::Journey;
use super::route::Route;
use super::tls::Proof;
use crate::model::ask::HttpAnswer;
use crate::model::secret::Secret;
use crate::model::trace::{Auth, Http, Layer, TokenAnswer, Trace, Visit};

/// Go follows ten; a registry needs one.
const REDIRECTS: usize = 5;

/// A registry that is being talked to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Talk<'a> {
    pub journey: &'a Journey<'a>,
    pub route: &'a Route,
}

/// The headers that let one in, for pulling and for pushing.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub pull: Option<Secret>,
    pub push: Option<Secret>,
}

impl Talk<'_> {
    pub(super) async fn go_on(&self, trace: &mut Trace) {
        let journey = self.journey;
        if trace.http.answer().is_none() {
            return journey.unless_over(|| trace.skip_from_auth("there was no HTTP answer"));
        }
        Box::pin(self.follow(trace)).await;
        self.ask_first_protocol(trace).await;
        let keys = Box::pin(self.sign_in(trace)).await;
        let Some(repository) = journey.target.repository.as_deref() else {
            return trace.skip_from_manifest("no repository was given");
        };
        Box::pin(self.look_into(repository, &keys, trace)).await;
    }

    /// The images and the uploads of a repository, as far as these keys go.
    async fn look_into(&self, repository: &str, keys: &Keys, trace: &mut Trace) {
        let deadline = self.journey.deadline;
        trace.manifest = deadline.layer(self.head_manifest(repository, keys)).await;
        if trace.manifest.status().is_some_and(|status| matches!(status, 401 | 403 | 404 | 429)) {
            trace.skip_from_image("the registry does not give the manifest");
        } else {
            self.look_at_image(repository, keys, trace).await;
        }
        trace.upload = deadline.layer(self.try_upload(repository, keys)).await;
    }

    /// The manifest itself, and the first blob that it names.
    pub(super) async fn look_at_image(&self, repository: &str, keys: &Keys, trace: &mut Trace) {
        let deadline = self.journey.deadline;
        let (image, blobs) = deadline.layer_with(self.fetch_manifest(repository, keys)).await;
        trace.image = image;
        trace.blob = match blobs.and_then(|blobs| blobs.into_iter().next()) {
            Some(digest) => deadline.layer(self.fetch_blob(repository, &digest, keys)).await,
            None => Layer::skipped("the manifest names no blob"),
        };
    }

    pub(super) async fn ask(&self, question: &Question) -> Fetched {
        let until = self.journey.deadline.step(self.journey.limits.http);
        Box::pin(http::ask(self.route, None, question, until)).await
    }

    /// The URL of a path at this registry.
    pub(super) fn url(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}://{}{path}", self.route.scheme(), self.route.host)).ok()
    }

    async fn follow(&self, trace: &mut Trace) {
        let mut hops: Vec<Visit> = Vec::new();
        let mut at = self.url("/v2/");
        let mut next = trace.http.seen().and_then(Http::location).map(str::to_string);
        if next.is_none() {
            return;
        }
        let began = tokio::time::Instant::now();
        while let (Some(base), Some(location)) = (&at, &next)
            && hops.len() < REDIRECTS
            && !self.journey.deadline.is_over()
        {
            let Ok(url) = base.join(location) else { break };
            if !matches!(url.scheme(), "http" | "https") {
                break;
            }
            let (visit, fetched) = Box::pin(self.journey.visit(&url, Question::get(""), Proof::Nothing)).await;
            next = fetched.http.location().map(str::to_string);
            at = Some(url);
            hops.push(visit);
        }
        trace.redirects = Layer::Reached { seen: hops, took_ms: super::deadline::milliseconds(began.elapsed()) };
    }

    /// Registries of the first protocol answer `/v1/_ping` with their version, and `/v2/` with 404.
    async fn ask_first_protocol(&self, trace: &mut Trace) {
        let is_second = |answer: &HttpAnswer| answer.header("docker-distribution-api-version").is_some();
        let doubtful = trace.http.answer().is_some_and(|(_, answer)| answer.status == 404 && !is_second(answer));
        if doubtful {
            let asked = async { self.ask(&Question::new(Method::GET, "/v1/_ping")).await.http };
            trace.v1 = self.journey.deadline.layer(asked).await;
        }
    }

    async fn sign_in(&self, trace: &mut Trace) -> Keys {
        let Some(answer) = answer_in_the_end(trace) else { return Keys::default() };
        if answer.status != 401 {
            trace.auth = Layer::skipped(format!("no sign-in was asked for (HTTP {})", answer.status));
            return Keys::default();
        }
        let challenges = auth::challenges(answer);
        let looking = async {
            let (auth, keys) = self.anonymously(challenges).await;
            (auth, Some(keys))
        };
        let (layer, keys) = self.journey.deadline.layer_with(looking).await;
        trace.auth = layer;
        keys.unwrap_or_default()
    }

    /// What the token endpoint gives to everybody.
    async fn anonymously(&self, challenges: Vec<crate::model::trace::Challenge>) -> (Auth, Keys) {
        let mut auth = Auth { challenges, ..Auth::default() };
        let mut keys = Keys::default();
        let Some(bearer) = auth.challenge("bearer").cloned() else { return (auth, keys) };
        let asker = auth::Asker { journey: self.journey, bearer: &bearer, login: None, proof: Proof::Nothing };
        let Some(repository) = self.journey.target.repository.as_deref() else {
            // Without a repository there is nothing to ask for, and still the way there tells something.
            auth.token_server = asker.look().await;
            return (auth, keys);
        };
        let pull = Box::pin(asker.ask(repository, &["pull"])).await;
        auth.token_server = pull.visit.map(Box::new);
        auth.anonymous_token = Some(pull.tried.answer.clone());
        keys.pull = pull.key;
        let reached = !matches!(pull.tried.answer, TokenAnswer::Unusable(_));
        auth.tokens.push(pull.tried);
        if reached {
            let push = Box::pin(asker.ask(repository, &["push", "pull"])).await;
            keys.push = push.key;
            auth.tokens.push(push.tried);
        }
        (auth, keys)
    }
}

/// The answer of `/v2/`, or of where it redirects to.
fn answer_in_the_end(trace: &Trace) -> Option<&HttpAnswer> {
    let hops = trace.redirects.seen().and_then(|hops| hops.last());
    let last = hops.and_then(|visit| visit.http.answer());
    last.or_else(|| trace.http.answer()).map(|(_, answer)| answer)
}
