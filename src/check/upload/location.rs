//! Where an upload is sent on to, as Docker would follow it.

use super::start::seen;
use super::{MULTI_INSTANCE_NO_SHARED_STATE, UPLOAD_URL_WRONG_ADDRESS, subject};
use crate::check::{Meeting, reach, words};
use crate::model::facts::ImageStore;
use crate::model::finding::{Finding, Severity};
use crate::model::trace::{Dns, Http, Layer, Tcp, TcpOutcome, Tls, Upload, Visit};

pub(super) fn finding(meeting: &Meeting<'_>, upload: &Upload) -> Option<Finding> {
    if !matches!(upload.start.status(), Some(201 | 202)) {
        return None;
    }
    match (&upload.location, &upload.elsewhere, &upload.resolved) {
        (None, ..) => Some(missing(meeting)),
        (Some(location), ..) if upload.is_relative() && has_containerds_store(meeting) => Some(
            wrong(meeting, location)
                .evidence("it is relative to the request, and containerd's image store takes its first part for a host")
                .leads_to(words::docker_says("dial tcp: lookup …: no such host, in the middle of a push")),
        ),
        (Some(_), Some(visit), _) => Some(elsewhere(meeting, upload, visit)),
        (Some(location), None, Some(_)) => of_own(meeting, upload, location),
        (Some(location), None, None) => Some(
            wrong(meeting, location)
                .evidence("that is no address that a client can use")
                .leads_to(words::docker_says("http: no Host in request URL, or unsupported protocol scheme")),
        ),
    }
}

fn missing(meeting: &Meeting<'_>) -> Finding {
    Finding::new(&UPLOAD_URL_WRONG_ADDRESS, subject(meeting))
        .evidence("the start of an upload is answered with 202 and no header Location")
        .leads_to(words::docker_says(if has_containerds_store(meeting) {
            "http: no Host in request URL"
        } else {
            "EOF"
        }))
        .advice("let what stands in front of the registry pass the header Location on")
}

fn has_containerds_store(meeting: &Meeting<'_>) -> bool {
    let effective = meeting.engine.and_then(|engine| engine.effective.as_ref());
    effective.is_some_and(|effective| effective.image_store == ImageStore::Containerd)
}

fn wrong(meeting: &Meeting<'_>, location: &str) -> Finding {
    Finding::new(&UPLOAD_URL_WRONG_ADDRESS, subject(meeting))
        .evidence(format!("the header Location of an upload is \"{}\"", words::shown(location)))
        .advice(
            "set the registry's public address (REGISTRY_HTTP_HOST, external_url), or let the proxy in front pass on \
             Host and X-Forwarded-Proto as the client used them",
        )
}

/// The registry's own address, with a path that leads nowhere.
fn of_own(meeting: &Meeting<'_>, upload: &Upload, location: &str) -> Option<Finding> {
    let Some(Http::Answer { answer, .. }) = &upload.cancelled else { return None };
    if answer.status != 404 {
        return None;
    }
    let repository = meeting.trace.repository.as_deref().unwrap_or_default();
    let path = format!("/v2/{repository}/blobs/uploads/");
    if !upload.path().is_some_and(|at| at.starts_with(&path)) || answer.is_page() {
        let finding =
            wrong(meeting, location).evidence(format!("below that path nothing is known: 404, and not {path}…"));
        return Some(
            finding.leads_to(words::docker_says("blob upload unknown, or error parsing HTTP 404 response body")),
        );
    }
    let finding = Finding::new(&MULTI_INSTANCE_NO_SHARED_STATE, subject(meeting)).likely();
    Some(
        seen(finding, answer, "an upload that was started a moment before")
            .leads_to(words::docker_says("blob upload unknown"))
            .advice(
                "let every instance of the registry have the same http.secret and the same storage, or bind a client to one of them",
            ),
    )
}

/// Another scheme, host or port.
fn elsewhere(meeting: &Meeting<'_>, upload: &Upload, visit: &Visit) -> Finding {
    let location = upload.location.as_deref().unwrap_or_default();
    let finding = wrong(meeting, location).evidence(format!("the registry was reached as {}", reached_as(meeting)));
    let url = words::shown(&visit.url);
    if let Some(ending) = unreachable(visit) {
        return finding
            .evidence(format!("{url}: {ending}"))
            .leads_to(words::docker_says(format!("Put \"{url}\": {ending}")));
    }
    let Some((_, answer)) = visit.http.answer() else {
        return finding.leads_to(words::docker_says(format!("Put \"{url}\": EOF")));
    };
    if answer.status == 400 && answer.body.to_ascii_lowercase().contains("http") && visit.url.starts_with("http:") {
        return finding
            .evidence("that port speaks TLS, and says so")
            .leads_to(words::docker_says("Client sent an HTTP request to an HTTPS server"));
    }
    let asks_login = meeting.trace.auth.seen().is_some();
    if (200..300).contains(&answer.status) && !asks_login {
        // It is the same registry under another address, and Docker follows it.
        return finding
            .severity(Severity::Warning)
            .evidence(format!("there the upload is known: {}", answer.status))
            .leads_to("pushes go that way, unencrypted where it says http");
    }
    finding.evidence(format!("there it is answered with {}", answer.status)).leads_to(
        "Docker sends no login to another address: unauthorized, or no basic auth credentials, in the middle of a push",
    )
}

fn reached_as(meeting: &Meeting<'_>) -> String {
    let scheme = reach::base(meeting).map_or("https", |(scheme, _)| scheme);
    format!("{scheme}://{}", meeting.trace.registry)
}

/// How Docker would fail to go there, in Go's words.
fn unreachable(visit: &Visit) -> Option<String> {
    let host = visit.url.split('/').nth(2).unwrap_or_default();
    match (&visit.dns, &visit.tcp, &visit.tls) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, ..) => Some(format!("dial tcp: lookup {host}: no such host")),
        (_, Layer::Reached { seen, .. }, Layer::NotReached(_)) if seen.connected().is_none() => refused(seen),
        (_, _, Layer::Reached { seen: Tls::PlainHttp(_), .. }) => {
            Some("http: server gave HTTP response to HTTPS client".into())
        }
        _ => None,
    }
}

fn refused(tcp: &Tcp) -> Option<String> {
    let last = tcp.attempts.last()?;
    let ending = match &last.outcome {
        TcpOutcome::Refused => "connect: connection refused",
        TcpOutcome::NoRoute => "connect: no route to host",
        TcpOutcome::NetworkUnreachable => "connect: network is unreachable",
        _ => "i/o timeout",
    };
    Some(format!("dial tcp {}: {ending}", last.address))
}
