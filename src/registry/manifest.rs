//! Manifests of any kind: kept byte for byte, with the media type they were pushed as.

use hyper::StatusCode;
use hyper::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};

use super::answer::{self, Answer, Body};
use super::call::Call;
use super::digest::{Algorithm, Digest};
use super::names::{Reference, Repository, Tag};
use super::outline::{self, Outline};
use super::query::Query;
use super::receive;
use super::refusal::Refusal;
use super::route::parse_digest;
use super::state::State;
use super::store::{Manifest, Put};

/// The specification asks for at least 4 MiB; some artefacts are larger.
pub const LIMIT: usize = 8 * 1024 * 1024;
/// How many tags one push may set. The specification asks for at least 10.
const TAG_LIMIT: usize = 100;
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const TAG: HeaderName = HeaderName::from_static("oci-tag");

pub fn read(state: &State, repository: &Repository, reference: &Reference, call: &Call) -> Result<Answer, Refusal> {
    let found = state.look(|store| store.manifest(repository, reference))?;
    let Some(found) = found else { return Err(Refusal::UnknownManifest { reference: reference.to_string() }) };
    let manifest = match acceptable_child(&found, reference, &call.headers) {
        Some(child) => state.look(|store| store.manifest(repository, &child))?.unwrap_or(found),
        None => found,
    };
    let mut answer = if answer::is_known(&call.headers, &manifest.digest) {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let length = manifest.bytes.len();
        let body = if call.head { Body::empty() } else { Body::from(manifest.bytes) };
        let mut answer = answer::with_body(StatusCode::OK, body);
        answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        answer
    };
    answer::set(&mut answer, CONTENT_TYPE, &manifest.media_type);
    answer::set_digest(&mut answer, &manifest.digest);
    Ok(answer)
}

pub async fn put(
    state: &State,
    repository: Repository,
    reference: Reference,
    call: &mut Call,
) -> Result<Answer, Refusal> {
    if call.announced_length().is_some_and(|length| length > LIMIT as u64) {
        return Err(Refusal::ManifestTooLarge { limit: LIMIT });
    }
    let bytes = receive::collect(&mut call.body, LIMIT).await?;
    let outline = Outline::read(&bytes).map_err(|reason| Refusal::BadManifest { reason })?;
    let media_type = media_type(call.header(&CONTENT_TYPE), outline.media_type.as_deref())?;
    let digest = verified(&reference, &call.query, &bytes)?;
    let tags = tags(reference, &call.query)?;
    let mut answer = answer::empty(StatusCode::CREATED);
    answer::set(&mut answer, LOCATION, &format!("/v2/{repository}/manifests/{digest}"));
    answer::set_digest(&mut answer, &digest);
    if let Some(subject) = &outline.subject {
        answer::set(&mut answer, SUBJECT, &subject.digest);
    }
    for tag in call.query.values("tag").filter_map(|tag| HeaderValue::from_str(tag).ok()) {
        answer.headers_mut().append(TAG, tag);
    }
    let manifest = Manifest { bytes: bytes.freeze(), media_type, digest };
    match state.ask(move |store| store.put_manifest(&repository, &tags, &manifest)).await? {
        Put::Stored => Ok(answer),
        Put::Lacks { digest } => Err(Refusal::ManifestBlobUnknown { digest }),
    }
}

pub async fn delete(state: &State, repository: Repository, reference: Reference) -> Result<Answer, Refusal> {
    let shown = reference.to_string();
    let deleted = state.ask(move |store| store.delete_manifest(&repository, &reference)).await?;
    if deleted { Ok(answer::empty(StatusCode::ACCEPTED)) } else { Err(Refusal::UnknownManifest { reference: shown }) }
}

/// The digest that the address names, else the one of the parameter, else SHA-256; always computed from the bytes.
fn verified(reference: &Reference, query: &Query, bytes: &[u8]) -> Result<Digest, Refusal> {
    let given = match reference {
        Reference::Digest(digest) => Some(digest.clone()),
        Reference::Tag(_) => query.value("digest").map(parse_digest).transpose()?,
    };
    let received = Digest::of(given.as_ref().map_or(Algorithm::Sha256, Digest::algorithm), bytes);
    match given {
        Some(given) if given != received => Err(Refusal::DigestMismatch { given, received }),
        _ => Ok(received),
    }
}

/// The tags that the push sets: the one in the address, or those in the parameters of a push by digest.
fn tags(reference: Reference, query: &Query) -> Result<Vec<Tag>, Refusal> {
    let parse = |tag: &str| Tag::parse(tag).ok_or_else(|| Refusal::BadTag { tag: tag.to_string() });
    let mut tags = query.values("tag").map(parse).collect::<Result<Vec<_>, _>>()?;
    if tags.len() > TAG_LIMIT {
        return Err(Refusal::TooManyTags { limit: TAG_LIMIT });
    }
    if let Reference::Tag(tag) = reference {
        tags.push(tag);
    }
    Ok(tags)
}

/// The media type by the header, else by the manifest itself; they must agree where both speak.
fn media_type(header: Option<&str>, own: Option<&str>) -> Result<String, Refusal> {
    let header = header.and_then(|text| text.split(';').next()).map(str::trim).filter(|text| !text.is_empty());
    match (header, own) {
        (Some(header), Some(own)) if header != own => {
            Err(Refusal::BadManifest { reason: "its mediaType is not its Content-Type" })
        }
        (Some(kind), _) | (None, Some(kind)) => Ok(kind.to_string()),
        (None, None) => Err(Refusal::BadManifest { reason: "neither a Content-Type nor a mediaType says what it is" }),
    }
}

/// For a client that takes single images only (Docker before 1.10 knows no lists): the linux/amd64 image of the list
/// behind a tag, as Docker's own registry answers such clients. A client without `Accept` gets what is there.
fn acceptable_child(manifest: &Manifest, reference: &Reference, headers: &HeaderMap) -> Option<Reference> {
    let Reference::Tag(_) = reference else { return None };
    if !outline::is_list(&manifest.media_type) {
        return None;
    }
    let accepted: Vec<&str> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.split(';').next().unwrap_or_default().trim())
        .collect();
    let accepts = |wanted: &str| accepted.iter().any(|one| *one == wanted || *one == "*/*" || *one == "application/*");
    if accepts(&manifest.media_type) {
        return None;
    }
    let images = Outline::read(&manifest.bytes).ok()?.manifests.unwrap_or_default();
    let child = images.into_iter().find(|image| {
        let platform = image.platform.as_ref();
        accepts(&image.media_type) && platform.is_some_and(|one| one.os == "linux" && one.architecture == "amd64")
    });
    child.and_then(|child| Digest::parse(&child.digest)).map(Reference::Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_manifest_agree_on_the_media_type() {
        let rows = [
            (Some("a/b"), None, Some("a/b")),
            (Some("a/b; charset=utf-8"), Some("a/b"), Some("a/b")),
            (None, Some("a/b"), Some("a/b")),
            (Some(""), Some("a/b"), Some("a/b")),
            (Some("a/c"), Some("a/b"), None),
            (None, None, None),
        ];
        for (header, own, want) in rows {
            assert_eq!(media_type(header, own).ok().as_deref(), want, "{header:?} {own:?}");
        }
    }
}
