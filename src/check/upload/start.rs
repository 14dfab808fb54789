//! What the registry says to the start of an upload.

use super::{QUOTA_EXCEEDED, REGISTRY_NOT_WRITABLE, REGISTRY_STORAGE_FAULT, subject};
use crate::check::answer::{RATE_LIMITED, REGISTRY_UNAVAILABLE, status};
use crate::check::reference::REGISTRY_PATH_PREFIX;
use crate::check::repository::PROXY_MISHANDLES_REGISTRY_REQUESTS;
use crate::check::tls::CONNECTION_CLOSED_BY_PEER;
use crate::check::{Meeting, words};
use crate::model::ask::HttpAnswer;
use crate::model::finding::{Cause, Finding, Verdict};
use crate::model::trace::{Http, Upload};

/// A start that went well, or that only a login can make go well.
pub(super) fn passed(upload: &Upload) -> Verdict {
    match upload.start.status() {
        Some(401 | 403) => Verdict::Skipped("a push needs a login that may do that".into()),
        _ => Verdict::Passed("an upload was started and cancelled".into()),
    }
}

pub(super) fn finding(meeting: &Meeting<'_>, upload: &Upload) -> Option<Finding> {
    match &upload.start {
        Http::Answer { answer, .. } => of_answer(meeting, answer),
        Http::TimedOut => Some(silent(meeting, &REGISTRY_UNAVAILABLE, "no answer in time")),
        Http::Closed(reason) | Http::Malformed(reason) => {
            Some(silent(meeting, &CONNECTION_CLOSED_BY_PEER, &words::shown(reason)))
        }
    }
}

fn silent(meeting: &Meeting<'_>, cause: &'static Cause, seen: &str) -> Finding {
    Finding::new(cause, subject(meeting))
        .likely()
        .evidence(format!("`/v2/` works, and the start of an upload (POST) does not: {seen}"))
        .leads_to("pull can work, and push fails")
        .advice(
            "let what stands in front of the registry pass POST, PATCH and PUT below /v2/ on, and look into its log",
        )
}

/// How caches and registries under maintenance word it.
const READ_ONLY: &[&str] = &["read-only", "readonly", "read only", "unsupported", "pull-through", "proxy cache"];

pub(super) fn of_answer(meeting: &Meeting<'_>, answer: &HttpAnswer) -> Option<Finding> {
    let new = |cause| seen(Finding::new(cause, subject(meeting)), answer, "the start of an upload (POST)");
    let says = |word: &str| answer.body.to_ascii_lowercase().contains(word);
    let read_only = READ_ONLY.iter().any(|word| says(word));
    // A refusal without such a word is a question of rights.
    let no_rights = answer.status == 403 && !read_only && !says("quota");
    if matches!(answer.status, 201 | 202 | 401) || no_rights {
        return None;
    }
    Some(match answer.status {
        403 | 413 if says("quota") => quota(new(&QUOTA_EXCEEDED)),
        403 | 405 => not_writable(new(&REGISTRY_NOT_WRITABLE)),
        404 | 400 if says("name_unknown") || says("name_invalid") || says("project") || says("repository") => new(&REGISTRY_PATH_PREFIX)
            .likely()
            .leads_to(words::docker_says("name unknown, or repository name not known to registry"))
            .advice("this registry wants a project, organisation or repository key in front: REGISTRY/PROJECT/NAME; make it there first"),
        429 => new(&RATE_LIMITED).leads_to(words::docker_says("toomanyrequests")).advice("wait, then try again"),
        500..=599 => storage(new(&REGISTRY_STORAGE_FAULT).likely(), answer),
        code => new(&PROXY_MISHANDLES_REGISTRY_REQUESTS)
            .likely()
            .evidence("no registry answers so")
            .leads_to(words::docker_says(format!("received unexpected HTTP status: {}", status(code))))
            .advice("let what stands in front of the registry pass every method and header below /v2/ on unchanged"),
    })
}

/// Adds what was answered to which request.
pub(super) fn seen(finding: Finding, answer: &HttpAnswer, what: &str) -> Finding {
    let server = answer.header("server").map(|server| format!(", from {}", words::shown(server))).unwrap_or_default();
    let finding = finding.evidence(format!("{what} is answered with {}{server}", status(answer.status)));
    let body = words::shown(&answer.body);
    if body.is_empty() { finding } else { finding.evidence(format!("it says: {body}")) }
}

pub(super) fn quota(finding: Finding) -> Finding {
    finding
        .leads_to(words::docker_says("denied: … quota …"))
        .advice("delete what is not needed in that project, or have its quota raised")
}

pub(super) fn not_writable(finding: Finding) -> Finding {
    finding.leads_to(words::docker_says("unsupported, or denied: every push is refused, whoever is logged in")).advice(
        "push to the registry itself: this one is a cache (`proxy` in its configuration) or read-only (`maintenance`)",
    )
}

pub(super) fn storage(finding: Finding, answer: &HttpAnswer) -> Finding {
    finding
        .leads_to(words::docker_says(format!(
            "received unexpected HTTP status: {}, after five tries",
            status(answer.status)
        )))
        .advice("look into the registry's log: its storage is full, not writable, or its back end fails")
}
