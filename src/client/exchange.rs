//! One request and its answer: where it goes, what it carries, how much may come back.

use std::error::Error;
use std::fmt;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, SET_COOKIE, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url};
use rustls::CertificateError;
use serde_json::Value;

use super::digest::Digest;
use super::error::{ClientError, Doing, Verb};
use super::keys::{Askable, Key, Keys, Scopes};
use super::portion::Portion;
use super::trust::{Safety, Trust};
use crate::model::ask::HttpAnswer;
use crate::model::credential::Credential;
use crate::model::entry_point::{EntryPoint, is_repository};
use crate::model::printable::{printable, printable_bytes};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// For a whole request with its answer, unless it says otherwise.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// No upload is this long.
const UPLOAD_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);
const ERROR_BYTES: usize = 64 * 1024;
/// What is kept of a refusal.
const BODY_SHOWN: usize = 4096;
const HEADERS: usize = 64;
const VALUE_SHOWN: usize = 1024;

pub(super) struct Exchange {
    /// One for each store of certificates that may decide.
    clients: Vec<Client>,
    /// The one of them that was believed last.
    believed: AtomicUsize,
    /// For token servers elsewhere, where the registry itself is not verified.
    verifying: Vec<Client>,
    /// `https://reg:5000/v2/`
    base: Url,
    registry: EntryPoint,
    safety: Safety,
    keys: Keys,
}

/// What is sent.
pub(super) struct Call {
    pub doing: Doing,
    pub method: Method,
    pub url: Url,
    pub accept: &'static [&'static str],
    pub body: Payload,
    /// For the request with its answer; of a portion, only the moves are watched.
    pub limit: Duration,
}

#[derive(Debug, Clone)]
pub(super) enum Payload {
    Nothing,
    Bytes {
        media_type: String,
        bytes: Bytes,
    },
    /// A part of a blob that lies in a file.
    Portion(Portion),
}

impl Call {
    /// Nothing but the question.
    pub(super) fn get(doing: Doing, url: Url) -> Self {
        Self { doing, method: Method::GET, url, accept: &[], body: Payload::Nothing, limit: REQUEST_LIMIT }
    }
}

impl Exchange {
    pub(super) fn new(registry: EntryPoint, trust: &Trust) -> Result<Self, ClientError> {
        let clients = trust.clients(builder)?;
        let safety = trust.safety();
        // Without a store on this system there is no such server to be trusted, which is no fault yet.
        let system = || Trust::SystemAnd(String::new()).clients(builder).unwrap_or_default();
        let verifying = if safety == Safety::Verified { Vec::new() } else { system() };
        let base = format!("{}://{registry}/v2/", trust.scheme());
        let base = Url::parse(&base).map_err(|_| ClientError::Address { registry: registry.to_string() })?;
        let believed = AtomicUsize::new(0);
        Ok(Self { clients, believed, verifying, base, registry, safety, keys: Keys::default() })
    }

    pub(super) fn sign_in(&mut self, credential: Credential) -> Result<(), ClientError> {
        if self.safety == Safety::Unverified {
            return Err(ClientError::SignInUnverified { registry: self.registry.to_string() });
        }
        self.keys = Keys::of(credential);
        Ok(())
    }

    /// What tokens are to be for, where there will be tokens.
    pub(super) fn ask_for(&mut self, scopes: Scopes) {
        self.keys = mem::take(&mut self.keys).for_scopes(scopes);
    }

    /// Whether anybody answers who may be spoken to: any answer of a registry will do.
    pub(super) async fn reach(&self) -> Result<(), ClientError> {
        let doing = Doing { verb: Verb::Reach, place: self.registry.to_string() };
        let call = Call::get(doing, self.base.clone());
        self.answer(&call, None).await.map(|_| ())
    }

    pub(super) fn doing(&self, verb: Verb, repository: &str) -> Doing {
        Doing { verb, place: format!("{}/{repository}", self.registry) }
    }

    /// A request below a repository, without a body.
    pub(super) fn call(&self, method: Method, verb: Verb, repository: &str, rest: &str) -> Result<Call, ClientError> {
        if !is_repository(repository) {
            return Err(ClientError::RepositoryName { name: printable(repository, 100) });
        }
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{repository}/{rest}"));
        Ok(Call { method, ..Call::get(self.doing(verb, repository), url) })
    }

    /// Sends it, and gives the answer if its status is one of `wanted`.
    pub(super) async fn send(&self, call: Call, wanted: &[u16]) -> Result<Response, ClientError> {
        let whom = self.askable();
        let key = self.keys.current(&call.doing, &whom).await?;
        let mut answer = self.answer(&call, key.as_ref()).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let used = key.map(|(_, number)| number);
            if let Some(next) = self.keys.renewed(used, &answer, &call.doing, &whom).await? {
                answer = self.answer(&call, Some(&next)).await?;
            }
        }
        if wanted.contains(&answer.status().as_u16()) { Ok(answer) } else { Err(refused(call.doing, answer).await) }
    }

    fn askable(&self) -> Askable<'_> {
        let others = if self.safety == Safety::Verified { &self.clients } else { &self.verifying };
        let declared = self.safety == Safety::Declared;
        Askable { own: &self.clients, others, registry: &self.base, declared }
    }

    /// A certificate that is not trusted ends the handshake, so nothing was sent, and the next client may try.
    async fn answer(&self, call: &Call, key: Option<&Key>) -> Result<Response, ClientError> {
        let mut outcome = Err(ClientError::NoCertificate);
        let first = self.believed.load(Ordering::Relaxed);
        let numbered = self.clients.iter().enumerate().cycle().skip(first).take(self.clients.len());
        for (number, client) in numbered {
            match (self.request(client, call, key).await, &outcome) {
                // That another store does not know the issuer either says less than what is wrong with the certificate.
                (Err(ClientError::NotTrusted { source, .. }), Err(ClientError::NotTrusted { .. }))
                    if is_unknown_issuer(&source) => {}
                (refused @ Err(ClientError::NotTrusted { .. }), _) => outcome = refused,
                (decided, _) => {
                    self.believed.store(number, Ordering::Relaxed);
                    return decided;
                }
            }
        }
        outcome
    }

    async fn request(&self, client: &Client, call: &Call, key: Option<&Key>) -> Result<Response, ClientError> {
        let mut request = client.request(call.method.clone(), call.url.clone()).timeout(call.limit);
        if let Some((header, _)) = key {
            request = request.header(AUTHORIZATION, header.expose());
        }
        for media_type in call.accept {
            request = request.header(ACCEPT, *media_type);
        }
        match &call.body {
            Payload::Nothing => answered(&call.doing, request).await,
            Payload::Bytes { media_type, bytes } => {
                answered(&call.doing, request.header(CONTENT_TYPE, media_type.as_str()).body(bytes.clone())).await
            }
            // How long it takes is for the line to say; that nothing moves any more is watched instead.
            Payload::Portion(portion) => {
                let request = request.headers(portion.headers()).timeout(UPLOAD_LIMIT).body(portion.body());
                tokio::select! {
                    answer = answered(&call.doing, request) => answer,
                    () = portion.stalled() => Err(ClientError::TimedOut { doing: call.doing.clone() }),
                }
            }
        }
    }

    /// Where an upload goes on. A password must not follow it to another server.
    pub(super) fn location(&self, answer: &Response, doing: &Doing) -> Result<Url, ClientError> {
        let reason = "the answer does not say where the upload goes on";
        let missing = || ClientError::Malformed { doing: doing.clone(), reason };
        let location = header(answer.headers(), LOCATION.as_str()).ok_or_else(missing)?;
        let url = answer.url().join(location).map_err(|_| missing())?;
        if url.origin() != self.base.origin() {
            let location = printable(&url.origin().ascii_serialization(), 200);
            return Err(ClientError::Elsewhere { doing: doing.clone(), location });
        }
        Ok(url)
    }
}

fn is_unknown_issuer(error: &rustls::Error) -> bool {
    matches!(error, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
}

async fn answered(doing: &Doing, request: RequestBuilder) -> Result<Response, ClientError> {
    request.send().await.map_err(|error| failed(doing, error))
}

fn builder() -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .timeout(REQUEST_LIMIT)
        .user_agent(concat!("regdoctor/", env!("CARGO_PKG_VERSION")))
}

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

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Exchange");
        shown.field("base", &self.base.as_str()).field("safety", &self.safety);
        shown.field("keys", &self.keys).finish_non_exhaustive()
    }
}
