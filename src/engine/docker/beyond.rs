//! Behind the handshake: what the registry answers to the requests of a pull and of a push.

use super::fetcher::Fetcher;
use super::foresee::{Sight, Trust};
use crate::model::ask::HttpAnswer;
use crate::model::facts::EngineFacts;
use crate::model::finding::Outcome;
use crate::model::trace::{Auth, Http, Layer, Login, Manifest, Tls, TokenAnswer, Trace, Upload, Visit};

/// HTML without the header that every registry sends.
fn is_only_a_page(answer: &HttpAnswer) -> bool {
    answer.is_page() && answer.header("docker-distribution-api-version").is_none()
}

pub(super) fn pull(sight: &Sight<'_>) -> Outcome {
    let trace = sight.trace;
    if let Some(outcome) = signed_in(sight) {
        return outcome;
    }
    let manifest = asked(trace, |login| &login.manifest, &trace.manifest);
    let image = trace.image.seen();
    match manifest {
        Some(http) => match http.status() {
            Some(status) if (200..300).contains(&status) => {
                both(image.map_or(Outcome::Works, |image| manifest_is_taken(sight, image)), blob(sight))
            }
            // Some servers do not answer HEAD: Docker and containerd ask once more with GET.
            Some(404 | 405) if image.is_some_and(|image| image.http.status() == Some(200)) => blob(sight),
            _ => Outcome::Fails,
        },
        None => by_base(trace),
    }
}

pub(super) fn push(sight: &Sight<'_>) -> Outcome {
    if let Some(outcome) = signed_in(sight) {
        return outcome;
    }
    let trace = sight.trace;
    if let Some(write) = trace.write.seen() {
        let failed = write.steps.iter().any(|step| step.http.status().is_none_or(|status| status >= 400));
        return if failed { Outcome::Fails } else { Outcome::Works };
    }
    // What was pushed is looked at again where blobs are: a redirect to nowhere ends a push as well (28.5.2, both stores).
    if trace.blob.seen().is_some_and(|blob| blob.target.is_some()) && blob(sight) == Outcome::Fails {
        return Outcome::Fails;
    }
    let login = trace.login.seen().and_then(|login| login.upload.seen());
    match login.or(trace.upload.seen()) {
        Some(upload) => taken(sight, upload),
        None => by_base(trace),
    }
}

/// What the sign-in alone decides.
fn signed_in(sight: &Sight<'_>) -> Option<Outcome> {
    let trace = sight.trace;
    // Every request goes the same way, so the first that gets no answer is the last.
    let Some((_, base)) = trace.http.answer() else { return Some(Outcome::Fails) };
    if base.status == 200 && is_only_a_page(base) {
        return Some(Outcome::Fails);
    }
    if trace.auth.seen().is_some_and(|auth| !gives_tokens_to(sight, auth)) {
        return Some(Outcome::Fails);
    }
    if base.status != 401 || sight.fetcher != Fetcher::Classic {
        return None;
    }
    let auth = trace.auth.seen()?;
    match &trace.login {
        Layer::Reached { .. } => None,
        // The challenge counts for every request, whether it needs a login or not.
        Layer::NotReached(_) if auth.challenge("basic").is_some() && auth.challenge("bearer").is_none() => {
            Some(Outcome::Fails)
        }
        Layer::NotReached(_) => token(auth),
    }
}

/// With its own image store, containerd asks for tokens with the system's certificates alone: what lies in certs.d does
/// not count there, not even where the registry is its own token server (26.1.5 and 28.5.2).
#[must_use]
pub fn asks_for_tokens_by_system_alone(engine: &EngineFacts) -> bool {
    Fetcher::of(engine) != Fetcher::Classic && !engine.version().is_some_and(|version| version.at_least(29, 0, 0))
}

fn gives_tokens_to(sight: &Sight<'_>, auth: &Auth) -> bool {
    let server = auth.token_server.as_deref().filter(|_| auth.challenge("bearer").is_some());
    let Some(visit) = server.filter(|_| asks_for_tokens_by_system_alone(sight.engine)) else { return true };
    match visit.tls.seen() {
        Some(Tls::Handshake(handshake)) => {
            matches!(sight.verify(&handshake.chain, &host_of(&visit.url)), Ok(Trust::System))
        }
        _ => true,
    }
}

/// Without a token nothing goes on; for nobody in particular, one may be had.
fn token(auth: &Auth) -> Option<Outcome> {
    match &auth.anonymous_token {
        Some(TokenAnswer::Refused(_) | TokenAnswer::Unusable(_)) => Some(Outcome::Fails),
        Some(TokenAnswer::Granted) | None => None,
    }
}

/// The answer to the question as Docker asks it: with the stored login where there is one.
fn asked<'t>(trace: &'t Trace, of: fn(&Login) -> &Layer<Http>, anonymous: &'t Layer<Http>) -> Option<&'t Http> {
    trace.login.seen().and_then(|login| of(login).seen()).or(anonymous.seen())
}

fn both(one: Outcome, other: Outcome) -> Outcome {
    match (one, other) {
        (Outcome::Fails, _) | (_, Outcome::Fails) => Outcome::Fails,
        (Outcome::Unknown, _) | (_, Outcome::Unknown) => Outcome::Unknown,
        _ => Outcome::Works,
    }
}

/// Without a repository, `/v2/` alone has to tell.
fn by_base(trace: &Trace) -> Outcome {
    match trace.http.status() {
        Some(200) => Outcome::Works,
        // Nobody can sign in.
        Some(401) if trace.auth.seen().is_none_or(|auth| auth.challenges.is_empty()) => Outcome::Fails,
        Some(401) => Outcome::Unknown,
        _ => Outcome::Fails,
    }
}

const SCHEMA_1: &[&str] = &[
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/json",
];
const OCI: &[&str] = &["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"];
const SCHEMA_2: &[&str] = &[
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// Schema 2 since 1.10, OCI since 20.10, schema 1 until 26.0 in the classic store alone.
fn manifest_is_taken(sight: &Sight<'_>, image: &Manifest) -> Outcome {
    // Docker goes by the header, whatever the manifest calls itself (20.10.5 and 28.5.2: "missing signature key").
    let header = image.http.answer().and_then(|(_, answer)| answer.header("content-type"));
    let header = header.map(|value| value.split(';').next().unwrap_or_default().trim());
    let Some(kind) = header.or(image.media_type.as_deref()) else { return Outcome::Works };
    let since = |major, minor| sight.engine.version().is_none_or(|version| version.at_least(major, minor, 0));
    let known = SCHEMA_2.contains(&kind) && since(1, 10)
        || OCI.contains(&kind) && since(20, 10)
        || SCHEMA_1.contains(&kind) && sight.fetcher == Fetcher::Classic && !since(26, 0);
    if !known {
        return Outcome::Fails;
    }
    let lies = image.content.as_ref().is_some_and(|content| !content.is_right());
    let own = "linux/amd64";
    let misses = !image.platforms.is_empty() && !image.platforms.iter().any(|platform| platform.starts_with(own));
    if lies || misses { Outcome::Fails } else { Outcome::Works }
}

/// The image's first blob, and where it lies.
fn blob(sight: &Sight<'_>) -> Outcome {
    let Some(blob) = sight.trace.blob.seen() else { return Outcome::Works };
    if blob.content.as_ref().is_some_and(|content| !content.is_right()) {
        return Outcome::Fails;
    }
    match (blob.http.status(), &blob.target) {
        (Some(200 | 206), _) => Outcome::Works,
        (Some(301 | 302 | 303 | 307 | 308), Some(target)) => elsewhere(sight, target, &[200, 206]),
        _ => Outcome::Fails,
    }
}

/// An upload that was started, and the address that it got.
fn taken(sight: &Sight<'_>, upload: &Upload) -> Outcome {
    if !matches!(upload.start.status(), Some(201 | 202)) {
        return Outcome::Fails;
    }
    match (upload.location.as_deref(), &upload.elsewhere) {
        (None, _) => Outcome::Fails,
        _ if sight.fetcher != Fetcher::Classic && upload.is_relative() => Outcome::Fails,
        // Below another path than every registry's, and nothing is known there.
        (Some(_), None) if lies_astray(upload) => Outcome::Fails,
        (Some(_), None) => Outcome::Works,
        // Whoever answers there: the same upload would have to be known to it.
        (Some(_), Some(visit)) => elsewhere(sight, visit, &[200, 202, 204, 404, 405]),
    }
}

fn lies_astray(upload: &Upload) -> bool {
    let unknown = upload.cancelled.as_ref().and_then(Http::status) == Some(404);
    unknown && upload.path().is_some_and(|path| !path.starts_with("/v2/"))
}

/// Another server, with the registry's own TLS settings.
fn elsewhere(sight: &Sight<'_>, visit: &Visit, fine: &[u16]) -> Outcome {
    let Some(status) = visit.http.status() else { return Outcome::Fails };
    if let Some(Tls::Handshake(handshake)) = visit.tls.seen() {
        let host = host_of(&visit.url);
        let verified = super::insecure::because(sight.engine, sight.trace).is_none();
        if verified && sight.verify(&handshake.chain, &host).is_err() {
            return Outcome::Fails;
        }
    }
    if fine.contains(&status) { Outcome::Works } else { Outcome::Fails }
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    crate::model::entry_point::parse(authority).map(|pasted| pasted.entry_point.host().to_string()).unwrap_or_default()
}
