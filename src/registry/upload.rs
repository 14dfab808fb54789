//! Pushing a blob: in one request, in one stream, in chunks; or taking it over from another repository.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{CONTENT_RANGE, HeaderName, LOCATION, RANGE};

use super::access::Mount;
use super::answer::{self, Answer, UPLOAD_ID};
use super::call::Call;
use super::digest::{Algorithm, Digest};
use super::names::Repository;
use super::range::{self, Chunk};
use super::receive;
use super::refusal::Refusal;
use super::route::parse_digest;
use super::session::Held;
use super::state::State;
use super::store::{Committed, Draft, Source, Store};

const CHUNK_MINIMUM: HeaderName = HeaderName::from_static("oci-chunk-min-length");

/// `POST`: a mount, a whole blob, or the address for the bytes to come.
pub async fn start(state: &State, repository: Repository, call: &mut Call) -> Result<Answer, Refusal> {
    if let Some(text) = call.query.value("mount") {
        let digest = parse_digest(text)?;
        if mount(state, &repository, call, &digest).await? {
            return Ok(created(&repository, &digest));
        }
    }
    let digest = call.query.value("digest").map(parse_digest).transpose()?;
    let mut draft = state.ask_briefly(|store| store.begin()).await?;
    if let Some(digest) = digest {
        draft.expect_algorithm(digest.algorithm());
        let held = Arc::new(tokio::sync::Mutex::new(Some(draft))).lock_owned().await;
        let held = receive::append(held, &mut call.body, &state.buffers).await?;
        return commit(state, repository, held, digest).await;
    }
    if let Some(name) = call.query.value("digest-algorithm") {
        draft.expect_algorithm(Algorithm::parse(name).ok_or_else(|| Refusal::BadDigest { digest: name.to_string() })?);
    }
    let id = state.sessions.open(repository.clone(), draft)?;
    let mut answer = progress(StatusCode::ACCEPTED, &repository, &id, 0);
    if let Some(minimum) = state.sessions.chunk_minimum {
        answer::set(&mut answer, CHUNK_MINIMUM, &minimum.to_string());
    }
    Ok(answer)
}

/// `GET`: how far the upload is.
pub async fn status(state: &State, repository: &Repository, id: &str) -> Result<Answer, Refusal> {
    let held = state.sessions.hold(repository, id).await?;
    Ok(progress(StatusCode::NO_CONTENT, repository, id, size(&held)))
}

/// `PATCH`: one chunk, or everything in one stream as Docker sends it.
pub async fn append(state: &State, repository: &Repository, id: &str, call: &mut Call) -> Result<Answer, Refusal> {
    let held = state.sessions.hold(repository, id).await?;
    let held = append_chunk(state, held, (repository, id), call).await?;
    Ok(progress(StatusCode::ACCEPTED, repository, id, size(&held)))
}

/// `PUT`: the last bytes, if any, and the digest of all.
pub async fn finish(state: &State, repository: Repository, id: &str, call: &mut Call) -> Result<Answer, Refusal> {
    let digest = parse_digest(call.query.value("digest").ok_or(Refusal::NoDigest)?)?;
    let mut held = state.sessions.hold(&repository, id).await?;
    if let Some(draft) = held.as_mut() {
        draft.expect_algorithm(digest.algorithm());
    }
    let held = append_chunk(state, held, (&repository, id), call).await?;
    state.sessions.close(&repository, id);
    commit(state, repository, held, digest).await
}

/// `DELETE`: the upload is given up.
pub async fn cancel(state: &State, repository: &Repository, id: &str) -> Result<Answer, Refusal> {
    let mut held = state.sessions.hold(repository, id).await?;
    held.take();
    state.sessions.close(repository, id);
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

async fn mount(state: &State, repository: &Repository, call: &Call, digest: &Digest) -> Result<bool, Refusal> {
    let from = call.query.value("from").and_then(Repository::parse);
    let source = match (call.mount, from) {
        (Mount::Anywhere, from) => Source::Anywhere { first: from },
        (Mount::Named, Some(from)) => Source::Only(from),
        (Mount::Named, None) | (Mount::Nowhere, _) => return Ok(false),
    };
    let (repository, digest) = (repository.clone(), digest.clone());
    state.ask(move |store| store.mount(&repository, &source, &digest)).await
}

async fn append_chunk(
    state: &State,
    held: Held,
    (repository, id): (&Repository, &str),
    call: &mut Call,
) -> Result<Held, Refusal> {
    let Some(chunk) = announced_chunk(call)? else {
        return receive::append(held, &mut call.body, &state.buffers).await;
    };
    let received = size(&held);
    if chunk.first != received {
        return Err(Refusal::ChunkOutOfOrder { location: location(repository, id), received });
    }
    state.sessions.expect_chunk(id, chunk.length)?;
    let checkpoint = held.as_ref().map(Draft::checkpoint);
    let mut held = receive::append(held, &mut call.body, &state.buffers).await?;
    let length = size(&held) - received;
    if length != chunk.length {
        if let (Some(draft), Some(checkpoint)) = (held.as_mut(), checkpoint) {
            draft.go_back(checkpoint)?;
        }
        return Err(Refusal::ChunkLength { announced: chunk.length, received: length });
    }
    Ok(held)
}

/// The chunk that `Content-Range` announces. Docker sends none: then the body is whatever comes.
fn announced_chunk(call: &Call) -> Result<Option<Chunk>, Refusal> {
    let Some(value) = call.headers.get(CONTENT_RANGE) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let chunk = range::chunk(&text).ok_or_else(|| Refusal::BadContentRange { text: text.to_string() })?;
    match call.announced_length() {
        Some(received) if received != chunk.length => Err(Refusal::ChunkLength { announced: chunk.length, received }),
        _ => Ok(Some(chunk)),
    }
}

async fn commit(state: &State, repository: Repository, mut held: Held, digest: Digest) -> Result<Answer, Refusal> {
    let draft = held.take().ok_or(Refusal::Interrupted)?;
    let (name, expected) = (repository.clone(), digest.clone());
    let brief = draft.size() <= receive::SMALL && draft.is_hashed(digest.algorithm());
    let commit = move |store: &dyn Store| store.commit(&name, draft, &expected);
    match if brief { state.ask_briefly(commit).await? } else { state.ask(commit).await? } {
        Committed::Stored => Ok(created(&repository, &digest)),
        Committed::Mismatch { received } => Err(Refusal::DigestMismatch { given: digest, received }),
    }
}

fn size(held: &Held) -> u64 {
    held.as_ref().map_or(0, Draft::size)
}

fn location(repository: &Repository, id: &str) -> String {
    format!("/v2/{repository}/blobs/uploads/{id}")
}

fn progress(status: StatusCode, repository: &Repository, id: &str, received: u64) -> Answer {
    let mut answer = answer::empty(status);
    answer::set(&mut answer, LOCATION, &location(repository, id));
    answer::set(&mut answer, RANGE, &range::received(received));
    answer::set(&mut answer, UPLOAD_ID, id);
    answer
}

fn created(repository: &Repository, digest: &Digest) -> Answer {
    let mut answer = answer::empty(StatusCode::CREATED);
    answer::set(&mut answer, LOCATION, &format!("/v2/{repository}/blobs/{digest}"));
    answer::set_digest(&mut answer, digest);
    answer
}
