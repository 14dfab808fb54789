//! The manifests that refer to a subject: filter, pages, and the index that lists them.

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, LINK};
use serde_json::{Map, Value, json};

use super::answer::{self, Answer};
use super::call::Call;
use super::digest::Digest;
use super::names::Repository;
use super::page::Wanted;
use super::query::encode;
use super::refusal::Refusal;
use super::state::State;
use super::store::Referrer;

const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const FILTER: &str = "artifactType";
/// As much as clients take for a manifest. What is more goes onto another page.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// An unknown subject, and an unknown repository too, has an empty list: a referrer may come before its subject.
pub async fn list(state: &State, repository: Repository, subject: Digest, call: &Call) -> Result<Answer, Refusal> {
    let wanted = Wanted::read(&call.query)?;
    let filter = call.query.value(FILTER).filter(|filter| !filter.is_empty());
    let mut referrers = state.ask(move |store| store.referrers(&repository, &subject)).await?;
    referrers.retain(|referrer| filter.is_none_or(|filter| referrer.artifact_type.as_deref() == Some(filter)));
    referrers.sort_by(|one, other| one.digest.cmp(&other.digest));
    let (entries, last) = page(&referrers, &wanted);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries });
    let mut answer = answer::json(StatusCode::OK, index.to_string());
    answer::set(&mut answer, CONTENT_TYPE, INDEX);
    if filter.is_some() {
        answer::set(&mut answer, FILTERS_APPLIED, FILTER);
    }
    if let Some(last) = last {
        answer::set(&mut answer, LINK, &link(&call.path, filter, &wanted, last));
    }
    Ok(answer)
}

/// The entries of one page, and where the next one starts, if there is one.
fn page<'a>(referrers: &'a [Referrer], wanted: &Wanted) -> (Vec<Value>, Option<&'a str>) {
    let start = wanted.after.as_deref();
    let left: Vec<&Referrer> =
        referrers.iter().filter(|one| start.is_none_or(|start| one.digest.as_str() > start)).collect();
    let mut entries = Vec::new();
    let mut bytes = 0;
    for referrer in &left {
        let entry = descriptor(referrer);
        bytes += entry.to_string().len();
        if wanted.limit.is_some_and(|limit| entries.len() >= limit) || (bytes > PAGE_BYTES && !entries.is_empty()) {
            break;
        }
        entries.push(entry);
    }
    let last = entries.len().checked_sub(1).filter(|_| entries.len() < left.len()).and_then(|last| left.get(last));
    let last = last.map(|referrer| referrer.digest.as_str());
    (entries, last)
}

fn descriptor(referrer: &Referrer) -> Value {
    let mut entry = Map::new();
    entry.insert("mediaType".into(), json!(referrer.media_type));
    entry.insert("digest".into(), json!(referrer.digest));
    entry.insert("size".into(), json!(referrer.size));
    if let Some(artifact_type) = &referrer.artifact_type {
        entry.insert(FILTER.into(), json!(artifact_type));
    }
    if !referrer.annotations.is_empty() {
        entry.insert("annotations".into(), Value::Object(referrer.annotations.clone()));
    }
    Value::Object(entry)
}

fn link(path: &str, filter: Option<&str>, wanted: &Wanted, last: &str) -> String {
    let filter = filter.map(|filter| format!("{FILTER}={}&", encode(filter))).unwrap_or_default();
    let limit = wanted.limit.map(|limit| format!("n={limit}&")).unwrap_or_default();
    format!("<{path}?{filter}{limit}last={last}>; rel=\"next\"")
}
