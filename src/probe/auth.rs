//! The sign-in that a registry asks for, and the token that it gives to everybody.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::challenge;
use super::http::reasons;
use super::sanitize::sanitize;
use super::tls;
use super::tls_record::Record;
use crate::model::ask::HttpAnswer;
use crate::model::trace::{Auth, Challenge, TokenAnswer};

const TOKEN_BYTES: usize = 64 * 1024;

/// A token for anybody who asks. Not a secret, but not printed either.
pub(super) struct Token(String);

impl Token {
    pub(super) fn into_header(self) -> String {
        format!("Bearer {}", self.0)
    }
}

pub(super) fn challenges(answer: &HttpAnswer) -> Vec<Challenge> {
    let values = answer.headers.iter().filter(|(name, _)| name == "www-authenticate");
    challenge::parse(values.map(|(_, value)| value.as_str()))
}

/// Asks for an anonymous token where the challenge names an endpoint and there is a repository to pull.
pub(super) async fn look(
    challenges: Vec<Challenge>,
    repository: Option<&str>,
    until: Instant,
) -> (Auth, Option<Token>) {
    let bearer = challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"));
    let (anonymous_token, token) = match (bearer, repository) {
        (Some(bearer), Some(repository)) => match Box::pin(ask(bearer, repository, until)).await {
            Ok(token) => (Some(TokenAnswer::Granted), Some(token)),
            Err(answer) => (Some(answer), None),
        },
        _ => (None, None),
    };
    (Auth { challenges, anonymous_token, ..Auth::default() }, token)
}

async fn ask(bearer: &Challenge, repository: &str, until: Instant) -> Result<Token, TokenAnswer> {
    let url = endpoint(bearer, repository)?;
    let client = client(until).map_err(|error| unusable(&error.to_string()))?;
    let fetch = async {
        let response = client.get(url).send().await.map_err(|error| unusable(&reasons(&error)))?;
        let status = response.status();
        if status.is_success() { read(response).await } else { Err(TokenAnswer::Refused(status.as_u16())) }
    };
    timeout_at(until, fetch).await.unwrap_or_else(|_| Err(unusable("no answer in time")))
}

/// `realm?service=…&scope=repository:NAME:pull`.
fn endpoint(bearer: &Challenge, repository: &str) -> Result<Url, TokenAnswer> {
    let realm = bearer.parameter("realm").ok_or_else(|| unusable("the challenge names no realm"))?;
    let mut url = Url::parse(realm).map_err(|_| unusable("the realm is not a URL"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(unusable("the realm is neither https nor http"));
    }
    // A name and password in the realm would be sent as credentials.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("the realm holds a user name"));
    }
    {
        let mut query = url.query_pairs_mut();
        if let Some(service) = bearer.parameter("service") {
            query.append_pair("service", service);
        }
        query.append_pair("scope", &format!("repository:{repository}:pull"));
    }
    Ok(url)
}

/// Docker talks to the token server with the registry's TLS settings; here neither is verified and nothing secret sent.
fn client(until: Instant) -> Result<Client, Box<dyn std::error::Error>> {
    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(left)
        .http1_only()
        .user_agent(concat!("regdoctor/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls::configuration(&Record::default())?)
        .build()?;
    Ok(client)
}

async fn read(mut response: Response) -> Result<Token, TokenAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unusable(&reasons(&error)))? {
        if body.len() + chunk.len() > TOKEN_BYTES {
            return Err(unusable("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    token_in(&body)
}

/// `token`, or `access_token`, as Docker takes it.
fn token_in(body: &[u8]) -> Result<Token, TokenAnswer> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| unusable("the answer is not JSON"))?;
    let given = |name: &str| answer.get(name).and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = given("token").or_else(|| given("access_token"));
    token.map(|token| Token(token.to_string())).ok_or_else(|| unusable("the answer holds no token"))
}

fn unusable(reason: &str) -> TokenAnswer {
    TokenAnswer::Unusable(sanitize(reason.as_bytes(), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(parameters: &[(&str, &str)]) -> Challenge {
        let own = |(key, value): &(&str, &str)| ((*key).to_string(), (*value).to_string());
        Challenge { scheme: "Bearer".into(), parameters: parameters.iter().map(own).collect() }
    }

    #[test]
    fn builds_the_question_for_a_token() {
        let rows: &[(&[(&str, &str)], &str)] = &[
            (
                &[("realm", "https://auth.lan/token"), ("service", "reg.lan")],
                "https://auth.lan/token?service=reg.lan&scope=repository%3Ateam%2Fapp%3Apull",
            ),
            (&[("realm", "http://auth.lan/t?x=1")], "http://auth.lan/t?x=1&scope=repository%3Ateam%2Fapp%3Apull"),
            (&[("service", "reg.lan")], "the challenge names no realm"),
            (&[("realm", "Registry")], "the realm is not a URL"),
            (&[("realm", "file:///etc/passwd")], "the realm is neither https nor http"),
            (&[("realm", "https://bob:pw@auth.lan/")], "the realm holds a user name"),
        ];
        for (parameters, want) in rows {
            let shown = match endpoint(&bearer(parameters), "team/app") {
                Ok(url) => url.to_string(),
                Err(TokenAnswer::Unusable(reason)) => reason,
                Err(other) => format!("{other:?}"),
            };
            assert_eq!(shown, *want);
        }
    }

    #[test]
    fn takes_either_token() {
        let rows: &[(&str, Option<&str>)] = &[
            (r#"{"token":"a"}"#, Some("a")),
            (r#"{"access_token":"b"}"#, Some("b")),
            (r#"{"token":"","access_token":"b"}"#, Some("b")),
            (r#"{"token":7}"#, None),
            ("<html>", None),
        ];
        for (body, want) in rows {
            assert_eq!(token_in(body.as_bytes()).ok().map(|token| token.0).as_deref(), *want, "{body}");
        }
    }
}
