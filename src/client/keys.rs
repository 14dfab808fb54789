//! The key that opens a registry: a password sent with every request, or a token that is fetched for it.
//!
//! A login goes to the registry itself, and to the token server that it names where that one's certificate is verified.
//! Over an unverified connection it goes only to a registry that a person declared insecure.

use std::time::{Duration, Instant};

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Client, Response, Url};
use tokio::sync::Mutex;

use super::answer;
use super::error::{ClientError, Doing, Verb};
use crate::model::credential::Credential;
use crate::model::secret::Secret;
use crate::model::trace::Challenge;
use crate::probe::parse_challenges;
use crate::probe::token::{self, basic};

const TOKEN_BYTES: usize = 64 * 1024;

/// What a token is to allow: `repository:team/app:pull,push`.
pub(super) type Scopes = Vec<String>;

#[derive(Debug, Default)]
pub(super) struct Keys {
    credential: Option<Credential>,
    scopes: Scopes,
    held: Mutex<Option<Held>>,
}

/// A header, how often one was made, and how to make the next one.
#[derive(Debug, Clone)]
struct Held {
    header: Secret,
    number: u64,
    token: Option<Renewal>,
}

#[derive(Debug, Clone)]
struct Renewal {
    bearer: Challenge,
    due: Instant,
}

/// The header for a request, and which one it is.
pub(super) type Key = (Secret, u64);

/// Who asks for a token.
pub(super) struct Askable<'a> {
    /// For the registry's own host.
    pub own: &'a [Client],
    /// For every other one; these verify.
    pub others: &'a [Client],
    pub registry: &'a Url,
    /// A person declared the registry insecure: a login may go to its host unverified.
    pub declared: bool,
}

impl Keys {
    /// Nothing is sent before it is asked for: which way it goes is for the registry to say.
    pub(super) fn of(credential: Credential) -> Self {
        Self { credential: Some(credential), ..Self::default() }
    }

    pub(super) fn for_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// The key that is held, a fresh one where it is about to end.
    pub(super) async fn current(&self, doing: &Doing, whom: &Askable<'_>) -> Result<Option<Key>, ClientError> {
        let mut held = self.held.lock().await;
        if let Some(Held { token: Some(renewal), number, .. }) = &*held
            && Instant::now() >= renewal.due
        {
            let (bearer, number) = (renewal.bearer.clone(), number + 1);
            *held = Some(self.fetch(bearer, number, doing, whom).await?);
        }
        Ok(held.as_ref().map(|held| (held.header.clone(), held.number)))
    }

    /// Another key, as a 401 asks for it. `None` where there is none to be had that was not tried.
    pub(super) async fn renewed(
        &self,
        used: Option<u64>,
        refusal: &Response,
        doing: &Doing,
        whom: &Askable<'_>,
    ) -> Result<Option<Key>, ClientError> {
        let mut held = self.held.lock().await;
        // Another request has fetched one meanwhile.
        if let Some(fresh) = held.as_ref().filter(|held| Some(held.number) != used) {
            return Ok(Some((fresh.header.clone(), fresh.number)));
        }
        let values = refusal.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenges = parse_challenges(values);
        let asks = |scheme: &str| challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme));
        let number = used.map_or(0, |number| number + 1);
        let fresh = match (asks("bearer"), &self.credential) {
            (Some(bearer), _) => self.fetch(bearer.clone(), number, doing, whom).await?,
            // A password that was refused once is refused again.
            (None, Some(credential)) if used.is_none() && asks("basic").is_some() => match basic(credential) {
                Some(header) => Held { header, number, token: None },
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let key = (fresh.header.clone(), fresh.number);
        *held = Some(fresh);
        Ok(Some(key))
    }

    async fn fetch(
        &self,
        bearer: Challenge,
        number: u64,
        doing: &Doing,
        whom: &Askable<'_>,
    ) -> Result<Held, ClientError> {
        let malformed = |reason| ClientError::Malformed { doing: doing.clone(), reason };
        let mut query: Vec<(&str, String)> = self.scopes.iter().map(|scope| ("scope", scope.clone())).collect();
        if let Some(Credential::Password { user, .. }) = &self.credential {
            query.insert(0, ("account", user.clone()));
        }
        let url = token::endpoint(&bearer, &query).map_err(malformed)?;
        let doing = Doing { verb: Verb::FetchToken, place: url.host_str().unwrap_or_default().to_string() };
        let safe = url.scheme() == "https" || whom.declared && is_same_host(whom.registry, &url);
        if self.credential.is_some() && !safe {
            return Err(ClientError::SignInUnverified { registry: doing.place });
        }
        let answer = self.ask(&url, &doing, whom).await?;
        if !answer.status().is_success() {
            return Err(answer::refused(doing, answer).await);
        }
        let body = answer::body(answer, &doing, TOKEN_BYTES).await?;
        let token = token::read(&body).map_err(|reason| ClientError::Malformed { doing, reason })?;
        let header = Secret::new(format!("Bearer {}", token.secret.expose()));
        // Before it ends, so that no long request is sent with one that does.
        let due = Instant::now() + token.lasts.mul_f64(0.8).min(Duration::from_secs(3600));
        Ok(Held { header, number, token: Some(Renewal { bearer, due }) })
    }

    /// A password goes into a header, an identity token into a form.
    async fn ask(&self, url: &Url, doing: &Doing, whom: &Askable<'_>) -> Result<Response, ClientError> {
        let mut outcome = Err(ClientError::NoCertificate);
        let clients = if is_same_host(whom.registry, url) { whom.own } else { whom.others };
        for client in clients {
            let request = match &self.credential {
                Some(Credential::IdentityToken(token)) => {
                    let (place, form) = token::refresh_form(url, token);
                    client.post(place).header("content-type", "application/x-www-form-urlencoded").body(form)
                }
                Some(password) => match basic(password) {
                    Some(header) => client.get(url.clone()).header("authorization", header.expose()),
                    None => client.get(url.clone()),
                },
                None => client.get(url.clone()),
            };
            outcome = request.send().await.map_err(|error| answer::failed(doing, error));
            if !matches!(outcome, Err(ClientError::NotTrusted { .. })) {
                break;
            }
        }
        outcome
    }
}

fn is_same_host(one: &Url, other: &Url) -> bool {
    one.host_str() == other.host_str()
}
