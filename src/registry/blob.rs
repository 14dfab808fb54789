//! Reading and deleting blobs.

use hyper::StatusCode;
use hyper::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE};

use super::answer::{self, Answer, Body};
use super::call::Call;
use super::digest::Digest;
use super::names::Repository;
use super::range::{self, Requested};
use super::refusal::Refusal;
use super::state::State;
use super::store::Blob;

pub fn read(state: &State, repository: &Repository, digest: Digest, call: &Call) -> Result<Answer, Refusal> {
    let found = state.look(|store| store.blob(repository, &digest))?;
    let Some(blob) = found else { return Err(Refusal::UnknownBlob { digest }) };
    if answer::is_known(&call.headers, &digest) {
        let mut unchanged = answer::empty(StatusCode::NOT_MODIFIED);
        answer::set_digest(&mut unchanged, &digest);
        return Ok(unchanged);
    }
    // A range of some other version is no range of this one.
    let same = call.header(&IF_RANGE).is_none_or(|tag| tag == answer::entity_tag(&digest));
    let mut answer = match range::requested(call.header(&RANGE).filter(|_| same), blob.size) {
        Requested::Unsatisfiable => return Err(Refusal::RangeNotSatisfiable { size: blob.size }),
        Requested::Whole => part(blob, StatusCode::OK, 0, None, call.head),
        Requested::Part { first, last } => part(blob, StatusCode::PARTIAL_CONTENT, first, Some(last), call.head),
    };
    answer::set(&mut answer, CONTENT_TYPE, "application/octet-stream");
    answer::set(&mut answer, ACCEPT_RANGES, "bytes");
    answer::set_digest(&mut answer, &digest);
    Ok(answer)
}

pub async fn delete(state: &State, repository: Repository, digest: Digest) -> Result<Answer, Refusal> {
    let gone = digest.clone();
    let deleted = state.ask(move |store| store.delete_blob(&repository, &gone)).await?;
    if deleted { Ok(answer::empty(StatusCode::ACCEPTED)) } else { Err(Refusal::UnknownBlob { digest }) }
}

fn part(blob: Blob, status: StatusCode, first: u64, last: Option<u64>, head: bool) -> Answer {
    let Blob { file, size } = blob;
    let length = last.map_or(size, |last| last + 1 - first);
    let mut answer = answer::with_body(status, if head { Body::empty() } else { Body::file(file, first, length) });
    answer::set(&mut answer, CONTENT_LENGTH, &length.to_string());
    if let Some(last) = last {
        answer::set(&mut answer, CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
    }
    answer
}
