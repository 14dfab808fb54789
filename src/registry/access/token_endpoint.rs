//! `/token`: tokens for whoever may have them, as Docker, containerd and podman ask for them.
//!
//! `GET` with Basic or without anything, or a form by `POST` (OAuth 2: password and refresh token).

use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Gate;
use super::caller::Caller;
use super::scope::{self, Scope};
use super::token::{LIFETIME, Purpose, Tokens};
use crate::model::secret::Secret;
use crate::registry::answer::{self, Answer};
use crate::registry::call::Call;
use crate::registry::fault::TokenFault;
use crate::registry::query::Query;
use crate::registry::receive;
use crate::registry::refusal::Refusal;

pub const TOKEN_PATH: &str = "/token";
/// The longest form.
const FORM: usize = 64 * 1024;
/// How long a refresh token holds.
const REFRESH: i64 = 30 * 24 * 60 * 60;

/// What is asked for.
struct Request {
    caller: Caller,
    scopes: Vec<Scope>,
    /// A refresh token is wanted as well.
    offline: bool,
}

impl Gate {
    /// Whether there are tokens to be had here.
    pub fn has_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// The answer, and whose token it is.
    pub async fn token(
        &self,
        method: &Method,
        call: &mut Call,
        fault: Option<&TokenFault>,
    ) -> Result<(Option<String>, Answer), Refusal> {
        let Some(tokens) = &self.tokens else { return Err(Refusal::NoSuchPath { path: call.path.clone() }) };
        let request = match *method {
            Method::GET | Method::HEAD => self.asked_by_get(call).await,
            Method::POST => self.asked_by_form(tokens, call).await?,
            _ => return Err(Refusal::MethodNotAllowed { method: method.to_string() }),
        };
        if matches!(request.caller, Caller::Stranger | Caller::BadToken) {
            return Err(Refusal::BadCredentials);
        }
        let user = request.caller.name().map(str::to_string);
        let allowed =
            |scope: &&Scope| !matches!(fault, Some(TokenFault::NoAnonymous)) && self.may(user.as_deref(), scope);
        let granted: Vec<Scope> = request.scopes.iter().filter(allowed).cloned().collect();
        let lifetime = if matches!(fault, Some(TokenFault::Expired)) { -1 } else { LIFETIME };
        let token = tokens.issue(user.as_deref(), &granted, Purpose::Access, lifetime);
        let mut body = json!({
            "token": token,
            "access_token": token,
            "expires_in": LIFETIME,
            "issued_at": OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            "scope": scope::joined(&granted).join(" "),
        });
        if let (true, Some(user), Value::Object(body)) = (request.offline, &user, &mut body) {
            let refresh = tokens.issue(Some(user), &[], Purpose::Refresh, REFRESH);
            body.insert("refresh_token".into(), refresh.into());
        }
        Ok((user, answer::json(StatusCode::OK, body.to_string())))
    }

    async fn asked_by_get(&self, call: &Call) -> Request {
        let header = call.header(&AUTHORIZATION).unwrap_or_default();
        let caller = match header.split_once(' ') {
            Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => {
                self.passwords.verify_header(encoded.trim()).await
            }
            _ => Caller::Nobody,
        };
        Request { caller, scopes: scopes(&call.query), offline: call.query.value("offline_token") == Some("true") }
    }

    async fn asked_by_form(&self, tokens: &Tokens, call: &mut Call) -> Result<Request, Refusal> {
        let is_form =
            call.header(&CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Refusal::BadTokenRequest);
        }
        let body = receive::collect(&mut call.body, FORM).await?;
        let form = Query::parse_form(&String::from_utf8_lossy(&body));
        let caller = match form.value("grant_type") {
            Some("password") => {
                let (user, password) = (form.value("username"), form.value("password"));
                let (user, password) = user.zip(password).ok_or(Refusal::BadTokenRequest)?;
                self.passwords.verify(user, &Secret::new(password)).await
            }
            Some("refresh_token") => {
                let token = form.value("refresh_token").ok_or(Refusal::BadTokenRequest)?;
                tokens.read_refresh(token).map_or(Caller::BadToken, Caller::User)
            }
            _ => return Err(Refusal::BadTokenRequest),
        };
        Ok(Request { caller, scopes: scopes(&form), offline: form.value("access_type") == Some("offline") })
    }
}

fn scopes(query: &Query) -> Vec<Scope> {
    // Some clients write a space as `+`, which no name has.
    query.values("scope").flat_map(|text| Scope::parse_all(&text.replace('+', " "))).collect()
}
