//! One request and its answer: where it goes, what it carries, how much may come back.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, Url};
use serde_json::Value;

use super::digest::Digest;
use super::error::{ClientError, Doing};
use super::trust::Trust;
use crate::model::entry_point::{EntryPoint, is_repository};
use crate::model::printable::printable;
use crate::model::secret::Secret;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// For a whole request with its answer.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const ERROR_BYTES: usize = 64 * 1024;

pub(super) struct Exchange {
    /// One for each store of certificates that may decide.
    clients: Vec<Client>,
    /// `https://reg:5000/v2/`
    base: Url,
    registry: EntryPoint,
    unverified: bool,
    sign_in: Option<(String, Secret)>,
}

/// What is sent.
pub(super) struct Call {
    pub doing: Doing,
    pub method: Method,
    pub url: Url,
    pub accept: &'static [&'static str],
    /// Media type and bytes.
    pub body: Option<(String, Bytes)>,
}

impl Exchange {
    pub(super) fn new(registry: EntryPoint, trust: &Trust) -> Result<Self, ClientError> {
        let clients = trust.clients(builder)?;
        let base = format!("{}://{registry}/v2/", trust.scheme());
        let base = Url::parse(&base).map_err(|_| ClientError::Address { registry: registry.to_string() })?;
        Ok(Self { clients, base, registry, unverified: *trust == Trust::Unverified, sign_in: None })
    }

    pub(super) fn sign_in(&mut self, user: &str, password: Secret) -> Result<(), ClientError> {
        if self.unverified {
            return Err(ClientError::SignInUnverified { registry: self.registry.to_string() });
        }
        self.sign_in = Some((user.to_string(), password));
        Ok(())
    }

    pub(super) fn doing(&self, verb: &'static str, repository: &str) -> Doing {
        Doing { verb, place: format!("{}/{repository}", self.registry) }
    }

    /// A request below a repository, without a body.
    pub(super) fn call(
        &self,
        method: Method,
        verb: &'static str,
        repository: &str,
        rest: &str,
    ) -> Result<Call, ClientError> {
        if !is_repository(repository) {
            return Err(ClientError::RepositoryName { name: printable(repository, 100) });
        }
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{repository}/{rest}"));
        Ok(Call { doing: self.doing(verb, repository), method, url, accept: &[], body: None })
    }

    /// Sends it, and gives the answer if its status is one of `wanted`.
    pub(super) async fn send(&self, call: Call, wanted: &[u16]) -> Result<Response, ClientError> {
        let answer = self.answer(&call).await?;
        if wanted.contains(&answer.status().as_u16()) { Ok(answer) } else { Err(refused(call.doing, answer).await) }
    }

    /// A certificate that is not trusted ends the handshake, so nothing was sent, and the next client may try.
    async fn answer(&self, call: &Call) -> Result<Response, ClientError> {
        let mut outcome = Err(ClientError::NoCertificate);
        for client in &self.clients {
            outcome = self.request(client, call).send().await.map_err(|error| failed(&call.doing, error));
            if !matches!(outcome, Err(ClientError::NotTrusted { .. })) {
                break;
            }
        }
        outcome
    }

    fn request(&self, client: &Client, call: &Call) -> RequestBuilder {
        let mut request = client.request(call.method.clone(), call.url.clone());
        if let Some((user, password)) = &self.sign_in {
            request = request.basic_auth(user, Some(password.expose()));
        }
        for media_type in call.accept {
            request = request.header("accept", *media_type);
        }
        match &call.body {
            Some((media_type, bytes)) => request.header(CONTENT_TYPE, media_type.as_str()).body(bytes.clone()),
            None => request,
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

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn failed(doing: &Doing, error: reqwest::Error) -> ClientError {
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

async fn refused(doing: Doing, answer: Response) -> ClientError {
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
    // Without a readable body the status has to do.
    let body = body(answer, &doing, ERROR_BYTES).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let error = body.pointer("/errors/0");
    let field = |name: &str, limit| {
        let text = error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
        (!text.is_empty()).then(|| printable(text, limit))
    };
    ClientError::Refused { doing, status, code: field("code", 60), message: field("message", 200) }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Exchange");
        shown.field("base", &self.base.as_str()).field("unverified", &self.unverified);
        shown.field("sign_in", &self.sign_in).finish_non_exhaustive()
    }
}
