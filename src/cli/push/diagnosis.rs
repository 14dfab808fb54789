//! Why a push failed: what happened stands in a trace, and `check` judges it as it judges its own.

use std::time::Duration;

use rustls::CertificateError;

use super::Push;
use crate::check::message;
use crate::cli::check::{OfHost, judge};
use crate::cli::look::{Viewpoint, look_now};
use crate::client::source::Graph;
use crate::client::{ClientError, TransferError, Verb};
use crate::model::entry_point::{EntryPoint, Pasted};
use crate::model::printable::{chain, printable};
use crate::model::trace::{Http, Layer, Trace, Write, WriteStep};
use crate::report::Report;

/// The most that looking at the registry may take.
const LOOK_LIMIT: Duration = Duration::from_secs(15);

pub(super) fn diagnose(push: &Push<'_>, graph: &Graph, error: &TransferError) -> Report {
    let mut report = look(push, OfHost::Nothing, Some((graph, error)));
    // What an engine would do is not the question: none was asked.
    report.registries.iter_mut().for_each(|registry| registry.verdicts.clear());
    report
}

/// The registry as it is now, and what was seen of the push.
pub(super) fn look(push: &Push<'_>, of_host: OfHost, seen: Option<(&Graph, &TransferError)>) -> Report {
    let target = &push.target;
    let pasted = Pasted {
        entry_point: target.registry.clone(),
        repository: Some(target.repository.clone()),
        reference: Some(target.tag.clone()),
        dropped: Vec::new(),
    };
    let from = Viewpoint { host: &push.host, seen: &push.seen, facts: &push.facts, limit: LOOK_LIMIT, push: false };
    let mut trace = look_now(from, &pasted);
    // That the image is not there yet is no fault of a push.
    if trace.manifest.status() == Some(404) {
        trace.manifest = Layer::skipped("it is not there yet");
    }
    if let Some(step) = seen.and_then(|(graph, error)| step(graph, error, &trace)) {
        let write = Write {
            repository: target.repository.clone(),
            tag: target.tag.clone(),
            steps: vec![step],
            left_behind: Some("what was sent of it".into()),
        };
        trace.write = Layer::Reached { seen: write, took_ms: 0 };
    }
    judge(&push.facts, &[trace], of_host)
}

/// What failed, as a step of a push that was seen.
fn step(graph: &Graph, error: &TransferError, trace: &Trace) -> Option<WriteStep> {
    let TransferError::Failed { first, .. } = error else { return None };
    let scheme = trace.http.answer().map_or("https", |(scheme, _)| scheme).to_string();
    let http = match first.as_ref() {
        ClientError::Refused { answer, .. } => Http::Answer { scheme, answer: answer.as_ref().clone() },
        // Before the connection stood, the look has seen the same.
        ClientError::Unreachable { .. } if trace.http.answer().is_none() => return None,
        ClientError::Unreachable { source, .. } => Http::Closed(printable(&chain(source), 200)),
        ClientError::TimedOut { .. } => Http::TimedOut,
        _ => return None,
    };
    let verb = first.doing()?.verb;
    let layer = verb == Verb::PushLayer;
    let what = match (http.status(), verb) {
        // A refusal of everything is not one of this step.
        (Some(429 | 503), _) | (_, Verb::StartUpload) => "the start of an upload (POST)".to_string(),
        (_, Verb::PushLayer) => "a layer".to_string(),
        _ => verb.words().to_string(),
    };
    let largest = graph.blobs.iter().map(|piece| piece.extent.length()).max().unwrap_or_default();
    Some(WriteStep { what, bytes: if layer { largest } else { 0 }, http: Layer::Reached { seen: http, took_ms: 0 } })
}

/// The root cause: an error that follows from no other; where a login is missing, what says so; and where only the person's
/// own `--ca` stands against a certificate, what the handshake says.
pub(super) fn cause(report: &Report, error: &TransferError, target: &EntryPoint) -> Option<&'static str> {
    let first = match error {
        TransferError::Failed { first, .. } => Some(first.as_ref()),
        _ => None,
    };
    root(report).or_else(|| match first? {
        ClientError::SignInNeeded { .. } => report.registries.first()?.findings.first().map(|finding| finding.cause),
        ClientError::NotTrusted { source, .. } => of_certificate(source, target),
        _ => None,
    })
}

/// An error that follows from no other.
pub(super) fn root(report: &Report) -> Option<&'static str> {
    report.registries.first()?.root().map(|finding| finding.cause)
}

/// The most likely meaning of an engine's message, where nothing else tells it.
pub(super) fn of_words(text: &str) -> Option<&'static str> {
    message::read(text).suspects.first().map(|suspect| suspect.cause.slug)
}

fn of_certificate(error: &rustls::Error, target: &EntryPoint) -> Option<&'static str> {
    let rustls::Error::InvalidCertificate(verdict) = error else { return None };
    Some(match verdict {
        CertificateError::UnknownIssuer => "daemon-not-trusting-ca",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "registry-cert-expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "cert-not-yet-valid",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            if target.address().is_some() { "cert-no-ip-san" } else { "cert-name-mismatch" }
        }
        _ => return None,
    })
}
