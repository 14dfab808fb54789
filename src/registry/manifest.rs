//! Manifests of any kind: kept byte for byte, with the media type they were pushed as.

use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use serde_json::{Map, Value};

use super::answer::{self, Answer, Body};
use super::call::Call;
use super::digest::{Algorithm, Digest};
use super::names::{Reference, Repository};
use super::receive;
use super::refusal::Refusal;
use super::state::State;
use super::store::Manifest;

/// The specification asks for at least 4 MiB; some artefacts are larger.
pub const LIMIT: usize = 8 * 1024 * 1024;

pub async fn read(state: &State, repository: Repository, reference: Reference, call: &Call) -> Result<Answer, Refusal> {
    let shown = reference.to_string();
    let found = state.ask(move |store| store.manifest(&repository, &reference)).await?;
    let Some(manifest) = found else { return Err(Refusal::UnknownManifest { reference: shown }) };
    let mut answer = if answer::is_known(&call.headers, &manifest.digest) {
        answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        let length = manifest.bytes.len();
        let body = if call.head { Body::empty() } else { Body::from(manifest.bytes) };
        let mut answer = answer::with_body(StatusCode::OK, body);
        answer::set(&mut answer, CONTENT_LENGTH, &length.to_string());
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
    let media_type = media_type(call.header(&CONTENT_TYPE), &bytes)?;
    let (tag, digest) = match reference {
        Reference::Tag(tag) => (Some(tag), Digest::of(Algorithm::Sha256, &bytes)),
        Reference::Digest(given) => {
            let received = Digest::of(given.algorithm(), &bytes);
            if received != given {
                return Err(Refusal::DigestMismatch { given, received });
            }
            (None, given)
        }
    };
    let mut answer = answer::empty(StatusCode::CREATED);
    answer::set(&mut answer, LOCATION, &format!("/v2/{repository}/manifests/{digest}"));
    answer::set_digest(&mut answer, &digest);
    let manifest = Manifest { bytes, media_type, digest };
    state.ask(move |store| store.put_manifest(&repository, tag.as_ref(), &manifest)).await?;
    Ok(answer)
}

pub async fn delete(state: &State, repository: Repository, reference: Reference) -> Result<Answer, Refusal> {
    let shown = reference.to_string();
    let deleted = state.ask(move |store| store.delete_manifest(&repository, &reference)).await?;
    if deleted { Ok(answer::empty(StatusCode::ACCEPTED)) } else { Err(Refusal::UnknownManifest { reference: shown }) }
}

/// The media type by the header, else by the manifest itself; they must agree where both speak.
fn media_type(header: Option<&str>, bytes: &[u8]) -> Result<String, Refusal> {
    let invalid = |reason| Refusal::BadManifest { reason };
    let parsed: Map<String, Value> = serde_json::from_slice(bytes).map_err(|_| invalid("it is not a JSON object"))?;
    let header = header.and_then(|text| text.split(';').next()).map(str::trim).filter(|text| !text.is_empty());
    let own = match parsed.get("mediaType") {
        None => None,
        Some(Value::String(own)) => Some(own.as_str()),
        Some(_) => return Err(invalid("its mediaType is not a string")),
    };
    match (header, own) {
        (Some(header), Some(own)) if header != own => Err(invalid("its mediaType is not its Content-Type")),
        (Some(kind), _) | (None, Some(kind)) => Ok(kind.to_string()),
        (None, None) => Err(invalid("neither a Content-Type nor a mediaType says what it is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_manifest_agree_on_the_media_type() {
        let rows = [
            (Some("a/b"), "{}", Some("a/b")),
            (Some("a/b; charset=utf-8"), r#"{"mediaType":"a/b"}"#, Some("a/b")),
            (None, r#"{"mediaType":"a/b"}"#, Some("a/b")),
            (Some("a/c"), r#"{"mediaType":"a/b"}"#, None),
            (Some("a/b"), r#"{"mediaType":1}"#, None),
            (Some("a/b"), "[]", None),
            (Some("a/b"), "", None),
            (None, "{}", None),
        ];
        for (header, text, want) in rows {
            assert_eq!(media_type(header, text.as_bytes()).ok().as_deref(), want, "{header:?} {text}");
        }
    }
}
