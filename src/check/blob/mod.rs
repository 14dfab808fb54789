//! Do the parts of an image arrive as they are?

mod causes;
#[cfg(test)]
mod tests;

pub use causes::{BLOB_HOST_UNREACHABLE_OR_UNTRUSTED, DATA_CORRUPTED_ON_PATH_OR_HOST, REGISTRY_GC_OR_DELETE_DAMAGE};

use super::answer::{REGISTRY_UNAVAILABLE, status};
use super::tls::CONNECTION_CLOSED_BY_PEER;
use super::trust;
use super::words;
use super::{Check, Meeting, Run, reach};
use crate::model::finding::{Finding, Verdict};
use crate::model::trace::{Blob, Content, Dns, Http, Layer, Tcp, Visit};

pub const CHECK: Check = Check {
    id: "blob",
    passed: "its parts arrive",
    topic: "the parts of the image",
    causes: &[
        &BLOB_HOST_UNREACHABLE_OR_UNTRUSTED,
        &DATA_CORRUPTED_ON_PATH_OR_HOST,
        &REGISTRY_GC_OR_DELETE_DAMAGE,
        &REGISTRY_UNAVAILABLE,
        &CONNECTION_CLOSED_BY_PEER,
    ],
    run: Run::Registry(run),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    if meeting.trace.repository.is_none() || reach::untrusted(meeting).is_some() {
        return Verdict::NotApplicable;
    }
    let Layer::Reached { seen: image, .. } = &meeting.trace.image else { return Verdict::NotApplicable };
    if let Some(content) = image.content.as_ref().filter(|content| !content.is_right()) {
        return Verdict::Found(vec![corrupted(meeting, "the manifest", content)]);
    }
    match &meeting.trace.blob {
        Layer::NotReached(_) => Verdict::NotApplicable,
        Layer::Reached { seen, .. } => match finding(meeting, seen) {
            Some(finding) => Verdict::Found(vec![finding]),
            None => Verdict::Passed(passed(seen)),
        },
    }
}

fn passed(blob: &Blob) -> String {
    let from = blob.target.as_ref().map(|visit| format!(", from {}", words::shown(host(&visit.url))));
    let whole = if blob.content.is_some() { "arrives, and its digest is right" } else { "begins to arrive" };
    format!("the first {whole}{}", from.unwrap_or_default())
}

fn finding(meeting: &Meeting<'_>, blob: &Blob) -> Option<Finding> {
    if let Some(content) = blob.content.as_ref().filter(|content| !content.is_right()) {
        return Some(corrupted(meeting, "a blob", content));
    }
    if let Some(visit) = &blob.target {
        return of_target(meeting, visit);
    }
    let new = |cause| Finding::new(cause, subject(meeting));
    match &blob.http {
        Http::Answer { answer, .. } => match answer.status {
            200..=399 | 401 | 403 | 429 => None,
            404 | 410 => Some(
                new(&REGISTRY_GC_OR_DELETE_DAMAGE)
                    .evidence(format!(
                        "the manifest is there, and its blob {} is answered with 404",
                        words::shown(&blob.digest)
                    ))
                    .leads_to(words::docker_says("blob unknown, or unknown blob"))
                    .advice("push the image again; garbage collection must run while the registry is read-only"),
            ),
            code => Some(
                new(&REGISTRY_UNAVAILABLE)
                    .evidence(format!("the manifest is there, and its blob is answered with {}", status(code)))
                    .leads_to(words::docker_says(format!("received unexpected HTTP status: {}", status(code))))
                    .advice("look into the registry's log: mostly its storage"),
            ),
        },
        Http::TimedOut => Some(broken(new(&REGISTRY_UNAVAILABLE), "no answer in time")),
        Http::Closed(reason) | Http::Malformed(reason) => {
            Some(broken(new(&CONNECTION_CLOSED_BY_PEER), &words::shown(reason)))
        }
    }
}

fn broken(finding: Finding, seen: &str) -> Finding {
    finding
        .likely()
        .evidence(format!("the manifest is there, and its blob is not given: {seen}"))
        .leads_to("pull fails at the first layer")
        .advice("look into the log of the registry or of what stands in front of it")
}

/// Storage that the registry sends its clients to: with the registry's own TLS settings, and without its login.
fn of_target(meeting: &Meeting<'_>, visit: &Visit) -> Option<Finding> {
    let finding = Finding::new(&BLOB_HOST_UNREACHABLE_OR_UNTRUSTED, subject(meeting))
        .evidence(format!("the registry sends its clients to {} for blobs", words::shown(&visit.url)))
        .advice(
            "let Docker's hosts reach that storage and trust its certificate, or let the registry hand blobs out itself \
             (distribution: storage.redirect.disable: true)",
        );
    let name = words::shown(host(&visit.url));
    let dial = |ending: String| Some(finding.clone().evidence(ending.clone()).leads_to(words::docker_says(ending)));
    match (&visit.dns, &visit.tcp) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, _) => {
            return dial(format!("dial tcp: lookup {name}: no such host"));
        }
        (Layer::Reached { seen: Dns::TimedOut | Dns::ResolverFailed(_), .. }, _) => {
            return dial(format!("dial tcp: lookup {name}: server misbehaving"));
        }
        (_, Layer::Reached { seen, .. }) if seen.connected().is_none() => return dial(unconnected(seen)),
        (_, Layer::NotReached(why)) if !why.contains("connects to it") => {
            return Some(finding.likely().evidence(words::shown(why)).leads_to("pull fails at the first layer"));
        }
        _ => {}
    }
    if let Some(refusal) = trust::refusal(meeting, visit) {
        let finding = finding.evidence(format!("its certificate is not trusted: {refusal}"));
        return Some(finding.leads_to(words::docker_says(refusal)));
    }
    match visit.http.answer() {
        Some((_, answer)) if (200..400).contains(&answer.status) => None,
        Some((_, answer)) => Some(
            finding
                .evidence(format!("it answers {}", status(answer.status)))
                .leads_to(words::docker_says(format!("unexpected status code {}", status(answer.status))))
                .advice(
                    "403 mostly means a wrong clock of the registry or a wrong key of its storage; look into its log",
                ),
        ),
        None => Some(finding.likely().evidence("it gives no answer").leads_to("pull fails at the first layer")),
    }
}

fn unconnected(tcp: &Tcp) -> String {
    let last = tcp.attempts.last();
    let address = last.map(|attempt| attempt.address.to_string()).unwrap_or_default();
    let ending = match last.map(|attempt| &attempt.outcome) {
        Some(crate::model::trace::TcpOutcome::Refused) => "connect: connection refused",
        Some(crate::model::trace::TcpOutcome::NoRoute) => "connect: no route to host",
        _ => "i/o timeout",
    };
    format!("dial tcp {address}: {ending}")
}

fn corrupted(meeting: &Meeting<'_>, what: &str, content: &Content) -> Finding {
    Finding::new(&DATA_CORRUPTED_ON_PATH_OR_HOST, subject(meeting))
        .evidence(format!("{what} of {} bytes is announced as {}", content.bytes, words::shown(&content.expected)))
        .evidence(format!("what arrives is {}", content.received))
        .leads_to(words::docker_says(
            "filesystem layer verification failed, or manifest verification failed for digest",
        ))
        .advice(
            "pull once past the cache or proxy on the way; if it stays, the registry's storage is damaged: push again",
        )
}

fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or(url)
}

fn subject(meeting: &Meeting<'_>) -> String {
    format!("{}/{}", meeting.trace.registry, meeting.trace.repository.as_deref().unwrap_or_default())
}
