//! What a registry answered: its body, its digest, and why it refused.

use std::error::Error;
use std::io;

use reqwest::Response;
use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use serde_json::Value;

use super::digest::Digest;
use super::error::{ClientError, Doing};
use crate::model::ask::HttpAnswer;
use crate::model::printable::{printable, printable_bytes};

const ERROR_BYTES: usize = 64 * 1024;
/// What is kept of a refusal.
const BODY_SHOWN: usize = 4096;
const HEADERS: usize = 64;
const VALUE_SHOWN: usize = 1024;

/// The body, of `limit` bytes at most.
pub(super) async fn body(mut answer: Response, doing: &Doing, limit: usize) -> Result<Vec<u8>, ClientError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| failed(doing, error))? {
        if bytes.len() + piece.len() > limit {
            return Err(ClientError::TooLong { doing: doing.clone(), limit });
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// What the registry says the content's digest is, where it says that in a form that this client knows.
pub(super) fn content_digest(headers: &HeaderMap) -> Option<Digest> {
    header(headers, "docker-content-digest").and_then(Digest::parse)
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn failed(doing: &Doing, error: reqwest::Error) -> ClientError {
    let doing = doing.clone();
    if let Some(source) = certificate_error(&error) {
        return ClientError::NotTrusted { doing, source };
    }
    if error.is_timeout() {
        return ClientError::TimedOut { doing };
    }
    // An upload's address can hold what nobody should see.
    ClientError::Unreachable { doing, source: error.without_url() }
}

/// The verdict about a certificate, when one lies under this error.
fn certificate_error(error: &(dyn Error + 'static)) -> Option<rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(verdict @ rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return Some(verdict.clone());
        }
        // The source of an I/O error is its content's source, which passes over the content itself.
        next = match error.downcast_ref::<io::Error>() {
            Some(outer) => outer.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

pub(super) async fn refused(doing: Doing, answer: Response) -> ClientError {
    let status = answer.status().as_u16();
    if status == 401 {
        let challenges = answer.headers().get_all(WWW_AUTHENTICATE).iter();
        let schemes = challenges.filter_map(|value| value.to_str().ok()?.split_whitespace().next());
        return ClientError::SignInNeeded { doing, schemes: schemes.map(|scheme| printable(scheme, 20)).collect() };
    }
    if answer.status().is_redirection() {
        let location = header(answer.headers(), LOCATION.as_str()).unwrap_or_default();
        // The query is where such addresses carry their permission.
        let location = printable(location.split('?').next().unwrap_or_default(), 200);
        return ClientError::Elsewhere { doing, location };
    }
    let headers = shown(answer.headers());
    // Without a readable body the status has to do.
    let text = body(answer, &doing, ERROR_BYTES).await.unwrap_or_default();
    let value: Value = serde_json::from_slice(&text).unwrap_or_default();
    let error = value.pointer("/errors/0");
    let field = |name: &str, limit| {
        let text = error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
        (!text.is_empty()).then(|| printable(text, limit))
    };
    let (code, message) = (field("code", 60), field("message", 200));
    let answer = Box::new(HttpAnswer { status, headers, body: printable_bytes(&text, BODY_SHOWN) });
    ClientError::Refused { doing, status, code, message, answer }
}

/// Without what addresses carry as permission.
fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = headers.iter().filter(|(name, _)| **name != LOCATION && **name != SET_COOKIE).take(HEADERS);
    own.map(|(name, value)| (name.as_str().to_string(), printable_bytes(value.as_bytes(), VALUE_SHOWN))).collect()
}
