//! The question for a manifest, as Docker asks it.

use hyper::Method;

use super::auth::Token;
use super::http::Question;

/// What Docker 20.10 and later accept, in one header.
const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws, application/json";

pub(super) fn question(repository: &str, reference: Option<&str>, token: Option<Token>) -> Question {
    let mut headers = vec![("accept", ACCEPT.to_string())];
    if let Some(token) = token {
        headers.push(("authorization", token.into_header()));
    }
    let path = format!("/v2/{repository}/manifests/{}", reference.unwrap_or("latest"));
    Question { method: Method::HEAD, path, headers }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_latest_without_a_reference() {
        assert_eq!(question("team/app", None, None).path, "/v2/team/app/manifests/latest");
        let digest = question("app", Some("sha256:abc"), None);
        assert_eq!((digest.path.as_str(), digest.headers.len()), ("/v2/app/manifests/sha256:abc", 1));
    }
}
