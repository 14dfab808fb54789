//! One request and its answer: where it goes, what it carries, how much may come back.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode, Url};
use rustls::CertificateError;

use super::answer::{failed, header, refused};
use super::error::{ClientError, Doing, Verb};
use super::keys::{Askable, Key, Keys, Scopes};
use super::portion::Portion;
use super::trust::{Safety, Trust};
use crate::model::credential::Credential;
use crate::model::entry_point::{EntryPoint, is_repository};
use crate::model::printable::printable;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// For a whole request with its answer, unless it says otherwise.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
/// No upload is this long.
const UPLOAD_LIMIT: Duration = Duration::from_secs(7 * 24 * 3600);

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

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Exchange");
        shown.field("base", &self.base.as_str()).field("safety", &self.safety);
        shown.field("keys", &self.keys).finish_non_exhaustive()
    }
}
