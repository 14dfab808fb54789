//! What a request asks for: method and path in, one [`Route`] out. Pure.
//!
//! Repository names hold slashes and may even hold `blobs` or `manifests`, so a path is matched from its end.

use hyper::Method;

use super::digest::Digest;
use super::names::{Reference, Repository, Tag};
use super::query::decode;
use super::refusal::Refusal;

/// One operation of the distribution specification. `GET` and `HEAD` are the same route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Base,
    Catalog,
    ListTags { repository: Repository },
    ListReferrers { repository: Repository, subject: Digest },
    ReadManifest { repository: Repository, reference: Reference },
    PutManifest { repository: Repository, reference: Reference },
    DeleteManifest { repository: Repository, reference: Reference },
    ReadBlob { repository: Repository, digest: Digest },
    DeleteBlob { repository: Repository, digest: Digest },
    StartUpload { repository: Repository },
    UploadStatus { repository: Repository, id: String },
    AppendUpload { repository: Repository, id: String },
    FinishUpload { repository: Repository, id: String },
    CancelUpload { repository: Repository, id: String },
}

/// Reads method and path.
pub fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    let unknown = || Refusal::NoSuchPath { path: path.to_string() };
    let decoded = decode(path).ok_or_else(unknown)?;
    let rest = match decoded.as_str() {
        "/v2" => "",
        other => other.strip_prefix("/v2/").ok_or_else(unknown)?,
    };
    match rest {
        "" => reading(method).then_some(Route::Base).ok_or_else(|| not_allowed(method)),
        "_catalog" => reading(method).then_some(Route::Catalog).ok_or_else(|| not_allowed(method)),
        _ => in_repository(method, rest).ok_or_else(unknown)?,
    }
}

/// Paths below a repository: `None` when the path is none of the specification's.
fn in_repository(method: &Method, rest: &str) -> Option<Result<Route, Refusal>> {
    if let Some(name) = rest.strip_suffix("/blobs/uploads/").or_else(|| rest.strip_suffix("/blobs/uploads")) {
        return Some(repository(name).and_then(|repository| start_route(method, repository)));
    }
    let (front, last) = rest.rsplit_once('/')?;
    if let Some(name) = front.strip_suffix("/blobs/uploads") {
        return Some(repository(name).and_then(|repository| upload_route(method, repository, last)));
    }
    if let Some(name) = front.strip_suffix("/manifests") {
        return Some(repository(name).and_then(|repository| manifest_route(method, repository, last)));
    }
    if let Some(name) = front.strip_suffix("/blobs") {
        return Some(repository(name).and_then(|repository| blob_route(method, repository, last)));
    }
    if let Some(name) = front.strip_suffix("/referrers") {
        return Some(repository(name).and_then(|repository| referrers_route(method, repository, last)));
    }
    let name = front.strip_suffix("/tags").filter(|_| last == "list")?;
    Some(repository(name).and_then(|repository| list_route(method, repository)))
}

fn list_route(method: &Method, repository: Repository) -> Result<Route, Refusal> {
    if reading(method) { Ok(Route::ListTags { repository }) } else { Err(not_allowed(method)) }
}

fn referrers_route(method: &Method, repository: Repository, subject: &str) -> Result<Route, Refusal> {
    let subject = parse_digest(subject)?;
    if reading(method) { Ok(Route::ListReferrers { repository, subject }) } else { Err(not_allowed(method)) }
}

fn start_route(method: &Method, repository: Repository) -> Result<Route, Refusal> {
    if method == Method::POST { Ok(Route::StartUpload { repository }) } else { Err(not_allowed(method)) }
}

fn upload_route(method: &Method, repository: Repository, id: &str) -> Result<Route, Refusal> {
    let id = id.to_string();
    match *method {
        Method::GET | Method::HEAD => Ok(Route::UploadStatus { repository, id }),
        Method::PATCH => Ok(Route::AppendUpload { repository, id }),
        Method::PUT => Ok(Route::FinishUpload { repository, id }),
        Method::DELETE => Ok(Route::CancelUpload { repository, id }),
        _ => Err(not_allowed(method)),
    }
}

fn manifest_route(method: &Method, repository: Repository, text: &str) -> Result<Route, Refusal> {
    // Nothing can be found under what is not a tag; only a push is told so.
    let reference = parse_reference(text).map_err(|refusal| match refusal {
        Refusal::BadTag { tag } if method != Method::PUT => Refusal::UnknownManifest { reference: tag },
        other => other,
    })?;
    match *method {
        Method::GET | Method::HEAD => Ok(Route::ReadManifest { repository, reference }),
        Method::PUT => Ok(Route::PutManifest { repository, reference }),
        Method::DELETE => Ok(Route::DeleteManifest { repository, reference }),
        _ => Err(not_allowed(method)),
    }
}

fn blob_route(method: &Method, repository: Repository, digest: &str) -> Result<Route, Refusal> {
    let digest = parse_digest(digest)?;
    match *method {
        Method::GET | Method::HEAD => Ok(Route::ReadBlob { repository, digest }),
        Method::DELETE => Ok(Route::DeleteBlob { repository, digest }),
        _ => Err(not_allowed(method)),
    }
}

fn repository(name: &str) -> Result<Repository, Refusal> {
    Repository::parse(name).ok_or_else(|| Refusal::BadName { name: name.to_string() })
}

fn parse_reference(text: &str) -> Result<Reference, Refusal> {
    if text.contains(':') {
        return parse_digest(text).map(Reference::Digest);
    }
    Tag::parse(text).map(Reference::Tag).ok_or_else(|| Refusal::BadTag { tag: text.to_string() })
}

pub(super) fn parse_digest(text: &str) -> Result<Digest, Refusal> {
    Digest::parse(text).ok_or_else(|| Refusal::BadDigest { digest: text.to_string() })
}

fn reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn not_allowed(method: &Method) -> Refusal {
    Refusal::MethodNotAllowed { method: method.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn shown(method: &str, path: &str) -> String {
        let method: Method = method.parse().unwrap();
        match route(&method, &path.replace("DIGEST", &format!("sha256:{HEX}"))) {
            Ok(route) => format!("{route:?}").split([' ', '{']).next().unwrap().to_string() + &names(&route),
            Err(refusal) => refusal.code().to_string(),
        }
    }

    fn names(route: &Route) -> String {
        match route {
            Route::ReadManifest { repository, reference } | Route::PutManifest { repository, reference } => {
                format!(" {repository} {}", reference.to_string().replace(HEX, "H"))
            }
            Route::ListTags { repository }
            | Route::StartUpload { repository }
            | Route::ListReferrers { repository, .. }
            | Route::ReadBlob { repository, .. }
            | Route::DeleteBlob { repository, .. } => format!(" {repository}"),
            Route::AppendUpload { repository, id } | Route::UploadStatus { repository, id } => {
                format!(" {repository} {id}")
            }
            _ => String::new(),
        }
    }

    #[test]
    fn matches_paths_from_their_end() {
        let rows = [
            ("GET", "/v2/", "Base"),
            ("HEAD", "/v2", "Base"),
            ("POST", "/v2/", "UNSUPPORTED"),
            ("GET", "/", "NOT_FOUND"),
            ("GET", "/v1/_ping", "NOT_FOUND"),
            ("GET", "/v2/_catalog", "Catalog"),
            ("GET", "/v2/a/tags/list", "ListTags a"),
            ("GET", "/v2/a/b/tags/list", "ListTags a/b"),
            ("GET", "/v2/a/tags/other", "NOT_FOUND"),
            ("GET", "/v2/a/manifests/latest", "ReadManifest a latest"),
            ("HEAD", "/v2/a/manifests/DIGEST", "ReadManifest a sha256:H"),
            ("GET", "/v2/a/manifests/b/manifests/c", "ReadManifest a/manifests/b c"),
            ("PUT", "/v2/a/blobs/uploads/manifests/c", "PutManifest a/blobs/uploads c"),
            ("GET", "/v2/A/manifests/c", "NAME_INVALID"),
            ("GET", "/v2/a/../b/manifests/c", "NAME_INVALID"),
            ("GET", "/v2/a%2Fb/manifests/c", "ReadManifest a/b c"),
            ("GET", "/v2/%2e%2e%2fetc/manifests/c", "NAME_INVALID"),
            ("GET", "/v2/a/manifests/.c", "MANIFEST_UNKNOWN"),
            ("PUT", "/v2/a/manifests/.c", "MANIFEST_INVALID"),
            ("GET", "/v2/a/manifests/sha256:zz", "DIGEST_INVALID"),
            ("GET", "/v2/a/blobs/DIGEST", "ReadBlob a"),
            ("GET", "/v2/a/blobs/sha256:0123", "DIGEST_INVALID"),
            ("GET", "/v2/a/blobs/latest", "DIGEST_INVALID"),
            ("PUT", "/v2/a/blobs/DIGEST", "UNSUPPORTED"),
            ("DELETE", "/v2/a/blobs/DIGEST", "DeleteBlob a"),
            ("GET", "/v2/a/b/referrers/DIGEST", "ListReferrers a/b"),
            ("GET", "/v2/a/referrers/latest", "DIGEST_INVALID"),
            ("POST", "/v2/a/referrers/DIGEST", "UNSUPPORTED"),
            ("POST", "/v2/a/blobs/uploads/", "StartUpload a"),
            ("POST", "/v2/a/b/blobs/uploads", "StartUpload a/b"),
            ("GET", "/v2/a/blobs/uploads/", "UNSUPPORTED"),
            ("PATCH", "/v2/a/blobs/uploads/17", "AppendUpload a 17"),
            ("GET", "/v2/a/blobs/uploads/17", "UploadStatus a 17"),
            ("GET", "/v2/a", "NOT_FOUND"),
            ("GET", "/v2/a%zz", "NOT_FOUND"),
        ];
        for (method, path, want) in rows {
            assert_eq!(shown(method, path), want, "{method} {path}");
        }
    }
}
