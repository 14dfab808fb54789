//! Does the registry take a push?

mod causes;
mod location;
mod start;
#[cfg(test)]
mod tests;
mod written;

pub use causes::{
    MULTI_INSTANCE_NO_SHARED_STATE, PROXY_BODY_SIZE_LIMIT, PROXY_TIMEOUT_OR_BUFFERING, QUOTA_EXCEEDED,
    REGISTRY_NOT_WRITABLE, REGISTRY_STORAGE_FAULT, UPLOAD_URL_WRONG_ADDRESS,
};

use super::answer::{RATE_LIMITED, REGISTRY_UNAVAILABLE};
use super::blob::DATA_CORRUPTED_ON_PATH_OR_HOST;
use super::reach;
use super::reference::REGISTRY_PATH_PREFIX;
use super::repository::PROXY_MISHANDLES_REGISTRY_REQUESTS;
use super::tls::CONNECTION_CLOSED_BY_PEER;
use super::{Check, Meeting, Run};
use crate::model::finding::Verdict;
use crate::model::trace::{Layer, Upload};

pub const CHECK: Check = Check {
    id: "upload",
    passed: "the registry takes pushes",
    topic: "a push",
    causes: &[
        &UPLOAD_URL_WRONG_ADDRESS,
        &REGISTRY_NOT_WRITABLE,
        &PROXY_BODY_SIZE_LIMIT,
        &PROXY_TIMEOUT_OR_BUFFERING,
        &QUOTA_EXCEEDED,
        &REGISTRY_STORAGE_FAULT,
        &MULTI_INSTANCE_NO_SHARED_STATE,
        &DATA_CORRUPTED_ON_PATH_OR_HOST,
        &REGISTRY_PATH_PREFIX,
        &PROXY_MISHANDLES_REGISTRY_REQUESTS,
        &CONNECTION_CLOSED_BY_PEER,
        &REGISTRY_UNAVAILABLE,
        &RATE_LIMITED,
    ],
    run: Run::Registry(run),
};

fn run(meeting: &Meeting<'_>) -> Verdict {
    if let Some(verdict) = reach::without_repository(meeting) {
        return verdict;
    }
    if let Some(write) = meeting.trace.write.seen().filter(|write| !write.steps.is_empty()) {
        return written::verdict(meeting, write);
    }
    match upload(meeting) {
        Layer::NotReached(why) => Verdict::Skipped(why.clone()),
        Layer::Reached { seen, .. } => match start::finding(meeting, seen).or_else(|| location::finding(meeting, seen))
        {
            Some(finding) => Verdict::Found(vec![finding]),
            None => start::passed(seen),
        },
    }
}

/// The upload that Docker would start: with the stored login where there is one.
fn upload<'a>(meeting: &Meeting<'a>) -> &'a Layer<Upload> {
    let trace = meeting.trace;
    match trace.login.seen().map(|login| &login.upload) {
        Some(upload @ Layer::Reached { .. }) => upload,
        _ => &trace.upload,
    }
}

/// `reg.lan:5000/team/app`.
fn subject(meeting: &Meeting<'_>) -> String {
    format!("{}/{}", meeting.trace.registry, meeting.trace.repository.as_deref().unwrap_or_default())
}
