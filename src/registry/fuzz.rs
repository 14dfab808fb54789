//! What has to hold for whatever a client sends: for the fuzz target, and for a test of a few thousand tries.

use std::path::{Component, Path};

use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_RANGE, HeaderMap, HeaderValue, IF_NONE_MATCH, RANGE};

use super::digest::{Algorithm, Digest};
use super::fault::Fault;
use super::query::Query;
use super::route::{Route, route};
use super::{access, answer, range};

/// Reads `METHOD PATH?QUERY`, and then a header's value, out of arbitrary bytes, as a request would be read.
///
/// # Panics
/// When a name could lead out of the data folder, or when a reader fails on its own.
pub fn fuzz(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (line, value) = text.split_once('\n').unwrap_or((&text, ""));
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if let Ok(method) = Method::from_bytes(method.as_bytes())
        && let Ok(route) = route(&method, path)
    {
        names_are_safe(&route);
    }
    let query = Query::parse(Some(query));
    for name in ["digest", "mount", "from", "n", "last", "scope"] {
        let _ = query.value(name).map(Digest::parse);
    }
    headers(value);
    access::fuzz(value);
    let _ = value.parse::<Fault>();
}

/// Every name that becomes a path is made of plain parts.
fn names_are_safe(route: &Route) {
    let shown = format!("{route:?}");
    let repository = match route {
        Route::Base | Route::Catalog => return,
        Route::ListTags { repository }
        | Route::ListReferrers { repository, .. }
        | Route::ReadManifest { repository, .. }
        | Route::PutManifest { repository, .. }
        | Route::DeleteManifest { repository, .. }
        | Route::ReadBlob { repository, .. }
        | Route::DeleteBlob { repository, .. }
        | Route::StartUpload { repository }
        | Route::UploadStatus { repository, .. }
        | Route::AppendUpload { repository, .. }
        | Route::FinishUpload { repository, .. }
        | Route::CancelUpload { repository, .. } => repository,
    };
    let parts = Path::new(repository.as_str()).components();
    assert!(parts.into_iter().all(|part| matches!(part, Component::Normal(_))), "{shown}");
    assert!(!repository.as_str().contains(['\0', '\\']) && !repository.as_str().starts_with('_'), "{shown}");
}

fn headers(value: &str) {
    let Ok(header) = HeaderValue::from_str(value) else { return };
    let mut headers = HeaderMap::new();
    for name in [AUTHORIZATION, CONTENT_RANGE, IF_NONE_MATCH, RANGE] {
        headers.insert(name, header.clone());
    }
    let _ = answer::is_known(&headers, &Digest::of(Algorithm::Sha256, b""));
    let _ = range::chunk(value);
    for size in [0, 1, u64::MAX] {
        let _ = range::requested(Some(value), size);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            fuzz(&data);
        }

        #[test]
        fn so_is_what_looks_like_a_request(line in "(GET|PUT|POST|PATCH|DELETE) /v2/([a-z./_%0-9-]{0,20}/){0,3}(manifests|blobs|blobs/uploads|tags|referrers)/[a-z.:%0-9]{0,12}(\\?(digest|mount)=[a-z0-9:%+]{0,9})?\n(bytes[= ])?[0-9, -]{0,30}") {
            fuzz(line.as_bytes());
        }
    }
}
