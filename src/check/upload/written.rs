//! What came of an image that was really pushed (`--push`).

use super::start::{self, not_writable, quota, seen, storage};
use super::{
    MULTI_INSTANCE_NO_SHARED_STATE, PROXY_BODY_SIZE_LIMIT, PROXY_TIMEOUT_OR_BUFFERING, QUOTA_EXCEEDED,
    REGISTRY_NOT_WRITABLE, REGISTRY_STORAGE_FAULT, UPLOAD_URL_WRONG_ADDRESS, location, subject, upload,
};
use crate::check::blob::DATA_CORRUPTED_ON_PATH_OR_HOST;
use crate::check::repository::PROXY_MISHANDLES_REGISTRY_REQUESTS;
use crate::check::{Meeting, words};
use crate::model::ask::HttpAnswer;
use crate::model::finding::{Finding, Verdict};
use crate::model::trace::{Http, Layer, Write, WriteStep};

pub(super) fn verdict(meeting: &Meeting<'_>, write: &Write) -> Verdict {
    let failed = write.steps.iter().find(|step| !step.http.status().is_some_and(|status| (200..300).contains(&status)));
    if let Some(step) = failed {
        return match of_step(meeting, step) {
            Some(finding) => Verdict::Found(vec![finding]),
            None => Verdict::Skipped("a push needs a login that may do that".into()),
        };
    }
    if let Some(finding) = upload(meeting).seen().and_then(|upload| location::finding(meeting, upload)) {
        return Verdict::Found(vec![finding]);
    }
    let bytes: u64 = write.steps.iter().map(|step| step.bytes).sum();
    let size = format!("an image of {} KiB was pushed", bytes / 1024);
    match &write.left_behind {
        None => Verdict::Passed(format!("{size} and removed")),
        Some(what) if write.steps.len() > 1 => Verdict::Passed(format!("{size}; it leaves {}", words::shown(what))),
        Some(what) => {
            Verdict::Found(vec![Finding::new(&UPLOAD_URL_WRONG_ADDRESS, subject(meeting)).evidence(words::shown(what))])
        }
    }
}

fn of_step(meeting: &Meeting<'_>, step: &WriteStep) -> Option<Finding> {
    match &step.http {
        Layer::Reached { seen: Http::Answer { answer, .. }, .. } if step.what.ends_with("(POST)") => {
            start::of_answer(meeting, answer)
        }
        Layer::Reached { seen: Http::Answer { answer, .. }, .. } => of_answer(meeting, step, answer),
        Layer::Reached { seen, .. } => Some(cut(meeting, step, seen)),
        Layer::NotReached(why) => Some(
            Finding::new(&PROXY_TIMEOUT_OR_BUFFERING, subject(meeting))
                .likely()
                .evidence(format!("{} was not reached: {}", step.what, words::shown(why)))
                .advice("give it more time: --timeout 60"),
        ),
    }
}

/// The connection ended, or nothing came, while a layer was sent.
fn cut(meeting: &Meeting<'_>, step: &WriteStep, http: &Http) -> Finding {
    let how = match http {
        Http::TimedOut => "no answer in time".to_string(),
        Http::Closed(reason) | Http::Malformed(reason) => words::shown(reason),
        Http::Answer { .. } => String::new(),
    };
    let closed = matches!(http, Http::Closed(_)) && step.bytes > 0;
    // A front end with a limit closes in the middle of a body as often as it answers 413.
    let cause = if closed { &PROXY_BODY_SIZE_LIMIT } else { &PROXY_TIMEOUT_OR_BUFFERING };
    Finding::new(cause, subject(meeting))
        .likely()
        .evidence(format!("{} of {} KiB ended so: {how}", step.what, step.bytes / 1024))
        .leads_to(words::docker_says("write: broken pipe, unexpected EOF, or connection reset by peer, after five tries"))
        .advice(if closed {
            "raise the limit of request bodies in front of the registry (nginx: client_max_body_size 0)"
        } else {
            "raise the time limits in front of the registry and turn its buffering of requests off (nginx: proxy_request_buffering off)"
        })
}

fn of_answer(meeting: &Meeting<'_>, step: &WriteStep, answer: &HttpAnswer) -> Option<Finding> {
    let size = if step.bytes > 0 { format!("{} of {} KiB", step.what, step.bytes / 1024) } else { step.what.clone() };
    let new = |cause| seen(Finding::new(cause, subject(meeting)), answer, &size);
    let says = |word: &str| answer.body.to_ascii_lowercase().contains(word);
    Some(match answer.status {
        401 => return None,
        403 | 413 | 507 if says("quota") => quota(new(&QUOTA_EXCEEDED)),
        413 => new(&PROXY_BODY_SIZE_LIMIT)
            .leads_to(words::docker_says(
                "error parsing HTTP 413 response body, or unknown: 413 Request Entity Too Large",
            ))
            .advice("raise the limit of request bodies in front of the registry (nginx: client_max_body_size 0)"),
        408 | 499 | 502 | 504 => new(&PROXY_TIMEOUT_OR_BUFFERING)
            .leads_to(words::docker_says(format!(
                "received unexpected HTTP status: {}, after five tries",
                answer.status
            )))
            .advice("raise the time limits in front of the registry and turn its buffering of requests off"),
        405 => not_writable(new(&REGISTRY_NOT_WRITABLE)),
        404 => new(&MULTI_INSTANCE_NO_SHARED_STATE)
            .likely()
            .leads_to(words::docker_says("blob upload unknown"))
            .advice("let every instance of the registry have the same http.secret and the same storage"),
        400 if says("digest_invalid") || says("digest") => new(&DATA_CORRUPTED_ON_PATH_OR_HOST)
            .leads_to(words::docker_says("digest invalid: provided digest did not match uploaded content"))
            .advice("something on the way changes what is sent: look for a proxy that rewrites or compresses bodies"),
        403 if !answer.is_page() => return None,
        500..=599 => storage(new(&REGISTRY_STORAGE_FAULT).likely(), answer),
        _ => new(&PROXY_MISHANDLES_REGISTRY_REQUESTS)
            .likely()
            .leads_to("push fails, or works only with some versions of Docker")
            .advice("let what stands in front of the registry pass every method and header below /v2/ on unchanged"),
    })
}
