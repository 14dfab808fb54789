//! Does a registry answer at `/v2/`?

mod shown;

pub(super) use shown::status;

use super::reach;
use super::tls::{self, CLIENT_PLAIN_HTTP_TO_HTTPS_PORT, CONNECTION_CLOSED_BY_PEER};
use super::words;
use super::{Check, Meeting, Run};
use crate::model::ask::HttpAnswer;
use crate::model::entry_point;
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::trace::{Http, Layer};

pub const CHECK: Check = Check {
    id: "registry",
    passed: "a registry answers",
    topic: "the registry's answer",
    causes: &[
        &REGISTRY_UNAVAILABLE,
        &NOT_A_REGISTRY_AT_THIS_ADDRESS,
        &REGISTRY_V1_ONLY,
        &RATE_LIMITED,
        &CLIENT_PLAIN_HTTP_TO_HTTPS_PORT,
        &CONNECTION_CLOSED_BY_PEER,
    ],
    run: Run::Registry(run),
};

pub const REGISTRY_UNAVAILABLE: Cause = Cause {
    slug: "registry-unavailable",
    summary: "something answers, and the registry behind it is down",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("registry-unavailable.md"),
    signs: include_str!("registry-unavailable.signs"),
};

pub const NOT_A_REGISTRY_AT_THIS_ADDRESS: Cause = Cause {
    slug: "not-a-registry-at-this-address",
    summary: "something answers that is not a registry",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("not-a-registry-at-this-address.md"),
    signs: include_str!("not-a-registry-at-this-address.signs"),
};

pub const REGISTRY_V1_ONLY: Cause = Cause {
    slug: "registry-v1-only",
    summary: "it speaks only the first registry protocol",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("registry-v1-only.md"),
    signs: include_str!("registry-v1-only.signs"),
};

pub const RATE_LIMITED: Cause = Cause {
    slug: "rate-limited",
    summary: "it refuses because too much was asked of it",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("rate-limited.md"),
    signs: include_str!("rate-limited.signs"),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(why) = reach::untrusted(meeting) {
        return Verdict::Skipped(why);
    }
    if tls::wants_client_certificate(meeting) {
        return Verdict::Skipped("it wants a client certificate, which only Docker has".into());
    }
    let answer = match &meeting.trace.http {
        Layer::NotReached(why) => return Verdict::Skipped(why.clone()),
        Layer::Reached { seen: Http::Answer { answer, .. }, .. } => answer,
        Layer::Reached { seen, .. } => return Verdict::Found(vec![unanswered(meeting, seen)]),
    };
    match fault(meeting, answer) {
        Some(finding) => Verdict::Found(vec![finding]),
        None => Verdict::Passed(shown::line(answer)),
    }
}

/// What is wrong with the answer of `/v2/`.
pub(super) fn fault(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Option<Finding> {
    Some(match answer.status {
        429 => limited(meeting, answer),
        500..=599 => down(meeting, answer),
        300..=399 => redirected(meeting, answer),
        _ if may_be_a_registry(answer) => return None,
        400 if speaks_tls(answer) => plain_to_tls(meeting, answer),
        _ if answer.header("x-docker-registry-version").is_some() || meeting.trace.v1.status() == Some(200) => {
            first_protocol(meeting, answer)
        }
        _ => something_else(meeting, answer),
    })
}

/// 200 and 401, as long as no page for people comes with them; a page with 200 makes every login succeed.
pub(super) fn may_be_a_registry(answer: &HttpAnswer) -> bool {
    let header = answer.header("docker-distribution-api-version").is_some();
    match answer.status {
        401 | 429 | 500..=599 => true,
        200 => header || !answer.is_page(),
        _ => false,
    }
}

fn something_else(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    let finding = shown::seen(Finding::new(&NOT_A_REGISTRY_AT_THIS_ADDRESS, subject(meeting)), answer);
    let finding = match answer.status {
        200 => finding.leads_to("`docker login` succeeds with any password, and every pull and push fails"),
        403 => finding.likely().leads_to(words::docker_says("error parsing HTTP 403 response body, or denied")),
        status => finding
            .leads_to(words::docker_says(format!("error parsing HTTP {status} response body: invalid character '<'"))),
    };
    finding.advice("the registry is at another port or name, or what stands in front of it does not pass /v2/ on to it")
}

/// Bytes that are neither TLS nor HTTP.
pub(super) fn not_http(meeting: &Meeting<'_>, banner: &str) -> Finding {
    let finding = Finding::new(&NOT_A_REGISTRY_AT_THIS_ADDRESS, subject(meeting))
        .leads_to(words::docker_says("tls: first record does not look like a TLS handshake"))
        .advice("the port belongs to another service: look up the registry's port");
    if banner.is_empty() {
        finding.evidence("what it sends is neither TLS nor HTTP")
    } else {
        finding.evidence(format!("it greets with \"{banner}\""))
    }
}

/// What came, or did not come, instead of an answer.
pub(super) fn unanswered(meeting: &Meeting<'_>, http: &Http) -> Finding {
    match http {
        Http::Closed(reason) => Finding::new(&CONNECTION_CLOSED_BY_PEER, subject(meeting))
            .evidence(format!("`GET /v2/` got no answer: {}", words::shown(reason)))
            .leads_to(words::docker_says("EOF, or read: connection reset by peer"))
            .advice("look into the log of the registry or of what stands in front of it"),
        Http::TimedOut => Finding::new(&REGISTRY_UNAVAILABLE, subject(meeting))
            .likely()
            .evidence("`GET /v2/` got no answer in time")
            .leads_to(words::docker_says("Client.Timeout exceeded while awaiting headers, after 15 seconds"))
            .advice("look into the log of the registry: it accepts connections and does not answer"),
        Http::Malformed(reason) => not_http(meeting, "").evidence(words::shown(reason)),
        Http::Answer { answer, .. } => something_else(meeting, answer),
    }
}

fn down(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    shown::seen(Finding::new(&REGISTRY_UNAVAILABLE, subject(meeting)), answer)
        .leads_to(words::docker_says(format!("received unexpected HTTP status: {}", status(answer.status))))
        .advice(match answer.status {
            502..=504 => {
                "what stands in front is up, and the registry behind it is not: look at the registry's own log"
            }
            _ => "look at the registry's own log: often its storage",
        })
}

fn limited(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    let finding = shown::seen(Finding::new(&RATE_LIMITED, subject(meeting)), answer)
        .leads_to(words::docker_says("toomanyrequests"))
        .advice("wait, or log in: most limits are lower for those who did not");
    let finding = match answer.header("retry-after") {
        Some(after) => finding.evidence(format!("it says to come back after {} seconds", words::shown(after))),
        None => finding,
    };
    finding.fix(format!("docker login {}", words::quoted(&subject(meeting))))
}

/// The words of Go's server, and those of nginx and its kin.
fn speaks_tls(answer: &HttpAnswer) -> bool {
    let body = answer.body.to_ascii_lowercase();
    body.contains("http request to an https server") || body.contains("plain http request was sent to https port")
}

fn plain_to_tls(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    shown::seen(Finding::new(&CLIENT_PLAIN_HTTP_TO_HTTPS_PORT, subject(meeting)), answer)
        .evidence("that is what a server of TLS says to plain HTTP, and its TLS could not be used before")
        .leads_to(words::docker_says("Client sent an HTTP request to an HTTPS server, after TLS failed"))
        .advice(
            "look at why TLS fails there; Docker turns to plain HTTP only for a registry that is listed as insecure",
        )
}

fn first_protocol(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    let ping = meeting.trace.v1.answer().map(|(_, ping)| ping);
    let named = |one: &HttpAnswer| one.header("x-docker-registry-version").map(str::to_string);
    let version = named(answer).or_else(|| ping.and_then(named)).unwrap_or_else(|| "unknown".into());
    let version = words::shown(&version);
    shown::seen(Finding::new(&REGISTRY_V1_ONLY, subject(meeting)), answer)
        .evidence(format!("it calls itself version {version} of the first registry"))
        .leads_to("no Docker since 17.12 can talk to it")
        .advice("replace it by a registry of the second protocol; the images must be pushed again")
}

/// Docker follows redirects of `/v2/`, so one that leads to a registry does no harm.
fn redirected(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Finding {
    let target = answer.header("location").unwrap_or_default();
    let finding = shown::seen(Finding::new(&NOT_A_REGISTRY_AT_THIS_ADDRESS, subject(meeting)), answer)
        .likely()
        .evidence(format!("it sends every client to {}", words::shown(target)))
        .leads_to("Docker follows it; behind a login page for people no registry answers");
    let other =
        target.contains("://").then(|| entry_point::parse(target.split('?').next().unwrap_or_default()).ok()).flatten();
    match other.map(|pasted| pasted.entry_point).filter(|other| *other != meeting.trace.registry) {
        Some(other) => finding.advice("use the name that it leads to").fix(words::recheck(&other.to_string())),
        None => finding.advice("let what stands in front pass /v2/ on to the registry, without a login page"),
    }
}

fn subject(meeting: &Meeting<'_>) -> String {
    meeting.trace.registry.to_string()
}

#[cfg(test)]
mod tests;
