//! Is the image there, and may it be pulled?

use super::answer::{RATE_LIMITED, REGISTRY_UNAVAILABLE};
use super::login;
use super::reach;
use super::sign_in::REGISTRY_AUTH_BACKEND_FAULT;
use super::tls::CONNECTION_CLOSED_BY_PEER;
use super::words;
use super::{Check, Meeting, Run};
use crate::model::ask::HttpAnswer;
use crate::model::facts::EngineFacts;
use crate::model::finding::{Cause, Finding, Outcome, Severity, Sight, Verdict};
use crate::model::trace::{Http, Layer, TokenAnswer, TokenTry};

pub const CHECK: Check = Check {
    id: "repository",
    passed: "the image can be pulled",
    topic: "the image",
    causes: &[
        &TAG_OR_REPO_MISSING,
        &NOT_LOGGED_IN,
        &MANIFEST_FORMAT_MISMATCH,
        &PROXY_MISHANDLES_REGISTRY_REQUESTS,
        &REGISTRY_AUTH_BACKEND_FAULT,
        &REGISTRY_UNAVAILABLE,
        &RATE_LIMITED,
        &CONNECTION_CLOSED_BY_PEER,
    ],
    run: Run::Registry(run),
};

pub const TAG_OR_REPO_MISSING: Cause = Cause {
    slug: "tag-or-repo-missing",
    summary: "the registry has no such image",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("tag-or-repo-missing.md"),
    signs: include_str!("tag-or-repo-missing.signs"),
};

pub const NOT_LOGGED_IN: Cause = Cause {
    slug: "not-logged-in",
    summary: "the image is not open to everyone",
    severity: Severity::Warning,
    seen_from: &[Sight::Wire, Sight::Host, Sight::Message],
    page: include_str!("not-logged-in.md"),
    signs: include_str!("not-logged-in.signs"),
};

pub const MANIFEST_FORMAT_MISMATCH: Cause = Cause {
    slug: "manifest-format-mismatch",
    summary: "the image has a form that this Docker does not know",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("manifest-format-mismatch.md"),
    signs: include_str!("manifest-format-mismatch.signs"),
};

pub const PROXY_MISHANDLES_REGISTRY_REQUESTS: Cause = Cause {
    slug: "proxy-mishandles-registry-requests",
    summary: "something in front of the registry changes or stops its requests",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Server],
    page: include_str!("proxy-mishandles-registry-requests.md"),
    signs: include_str!("proxy-mishandles-registry-requests.signs"),
};

const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

const MANIFESTS: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(verdict) = reach::without_repository(meeting) {
        return verdict;
    }
    match manifest(meeting) {
        Layer::NotReached(why) => Verdict::Skipped(why.clone()),
        Layer::Reached { seen: Http::Answer { answer, .. }, .. } => of_answer(meeting, answer),
        Layer::Reached { seen, .. } => Verdict::Found(vec![unanswered(meeting, seen)]),
    }
}

/// The answer that Docker would get: with the stored login where there is one.
fn manifest<'a>(meeting: &Meeting<'a>) -> &'a Layer<Http> {
    match meeting.trace.login.seen().map(|login| &login.manifest) {
        Some(manifest @ Layer::Reached { .. }) => manifest,
        _ => &meeting.trace.manifest,
    }
}

fn of_answer(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Verdict {
    let finding = match answer.status {
        200 => match wrong_form(meeting, answer) {
            Some(finding) => finding,
            None => return Verdict::Passed(image(meeting)),
        },
        401 | 403 => refused(meeting, answer),
        404 => Finding::new(&TAG_OR_REPO_MISSING, image(meeting))
            .evidence(format!("the registry answers 404 for {}", image(meeting)))
            .leads_to(words::docker_says(format!("manifest for {} not found: manifest unknown", image(meeting))))
            .advice(
                "look at the spelling, and whether it was pushed; some registries say 404 where a login is missing",
            ),
        429 => Finding::new(&RATE_LIMITED, image(meeting))
            .evidence("the registry answers 429 when asked for it")
            .leads_to(words::docker_says("toomanyrequests"))
            .advice("wait, or log in: most limits are lower for those who did not")
            .fix(login::login_command(meeting)),
        500..=599 => Finding::new(&REGISTRY_UNAVAILABLE, image(meeting))
            .evidence(format!("`/v2/` works, and the registry answers {} when asked for the image", answer.status))
            .leads_to(words::docker_says(format!("received unexpected HTTP status: {}", answer.status)))
            .advice("look into the registry's log: mostly its storage"),
        status => Finding::new(&PROXY_MISHANDLES_REGISTRY_REQUESTS, image(meeting))
            .likely()
            .evidence(format!("`HEAD` of the image's manifest is answered with {status}, which no registry does"))
            .leads_to("pull fails, or works only with some versions of Docker")
            .advice("let what stands in front of the registry pass every method and header below /v2/ on unchanged"),
    };
    Verdict::Found(vec![finding])
}

/// The question was asked without a login; whether a stored one helps was not tried.
fn refused(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let tried = |tokens: &[TokenTry]| tokens.iter().any(|one| one.answer == TokenAnswer::Granted);
    let granted = meeting.trace.login.seen().is_some_and(|login| tried(&login.tokens))
        || meeting.trace.auth.seen().and_then(|auth| auth.anonymous_token.as_ref()) == Some(&TokenAnswer::Granted);
    if granted && challenge.contains("invalid_token") {
        return Finding::new(&REGISTRY_AUTH_BACKEND_FAULT, image(meeting))
            .evidence("the registry calls a token invalid that its own token server has just given")
            .leads_to(words::docker_says("unauthorized: authentication required, whatever the password"))
            .advice("registry and token server must agree on key, issuer and service, and on the time");
    }
    // The line about the login says why: this only follows.
    let cause = meeting.trace.auth.seen().and_then(|auth| login::finding(meeting, auth));
    let mut finding = Finding::new(&NOT_LOGGED_IN, image(meeting));
    finding.follows_from = cause.map(|cause| cause.cause.slug);
    if meeting.forecast.is_some_and(|forecast| forecast.pull == Outcome::Fails) {
        finding.severity = Severity::Error;
    }
    finding
        .likely()
        .evidence(format!("without a login the registry answers {} for {}", answer.status, image(meeting)))
        .leads_to(words::docker_says("no basic auth credentials, or pull access denied, unless a login is stored"))
        .advice("log in as the user who runs `docker`; with sudo that is root. Without rights it stays refused")
        .fix(login::login_command(meeting))
}

fn wrong_form(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Option<Finding> {
    let media = answer.header("content-type")?.split(';').next().unwrap_or_default().trim();
    if MANIFESTS.contains(&media) {
        return None;
    }
    let finding = Finding::new(&MANIFEST_FORMAT_MISMATCH, image(meeting))
        .evidence(format!("the registry gives its manifest as {}", words::shown(media)));
    let version = meeting.engine.and_then(EngineFacts::version);
    let newer = |major, minor| version.is_some_and(|version| version.at_least(major, minor, 0));
    Some(match media {
        SCHEMA_1 if newer(28, 2) => finding
            .leads_to(words::docker_says(
                "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed",
            ))
            .advice("pull it with an older Docker and push it again"),
        SCHEMA_1 if newer(26, 0) => finding
            .leads_to("Docker refuses it unless it runs with DOCKER_ENABLE_DEPRECATED_PULL_SCHEMA_1_IMAGE=1")
            .advice("pull it once like that and push it again"),
        SCHEMA_1 => return None,
        _ => finding
            .likely()
            .leads_to(words::docker_says("missing signature key, or unsupported media type"))
            .advice("the registry, or what stands in front of it, must send the manifest's own media type"),
    })
}

fn unanswered(meeting: &Meeting<'_>, http: &Http) -> Finding {
    let (cause, seen) = match http {
        Http::TimedOut => (&REGISTRY_UNAVAILABLE, "no answer in time".to_string()),
        Http::Closed(reason) | Http::Malformed(reason) => (&CONNECTION_CLOSED_BY_PEER, words::shown(reason)),
        Http::Answer { .. } => (&CONNECTION_CLOSED_BY_PEER, String::new()),
    };
    Finding::new(cause, image(meeting))
        .likely()
        .evidence(format!("`/v2/` works, and the question for the image does not: {seen}"))
        .leads_to("pull fails")
        .advice("look into the log of the registry or of what stands in front of it")
}

/// `reg.lan:5000/team/app:1`.
fn image(meeting: &Meeting<'_>) -> String {
    let trace = meeting.trace;
    let repository = trace.repository.as_deref().unwrap_or_default();
    let reference = trace.reference.as_deref().unwrap_or("latest");
    let sign = if reference.contains(':') { '@' } else { ':' };
    format!("{}/{repository}{sign}{reference}", trace.registry)
}

#[cfg(test)]
mod tests;
