//! The question for a token, and what is in the answer. Pure.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde::Deserialize;

use crate::model::credential::Credential;
use crate::model::secret::Secret;
use crate::model::trace::Challenge;

/// Docker takes no token for shorter, whatever is said.
const LEAST: Duration = Duration::from_secs(60);

/// `Basic …`; an identity token is of no use without a token endpoint.
#[must_use]
pub fn basic(credential: &Credential) -> Option<Secret> {
    match credential {
        Credential::Password { user, password } => {
            Some(Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))))
        }
        Credential::IdentityToken(_) => None,
    }
}

/// `realm?service=…&scope=repository:NAME:pull`.
///
/// # Errors
/// The realm is none that anybody could be sent to.
pub fn endpoint(bearer: &Challenge, query: &[(&str, String)]) -> Result<Url, &'static str> {
    let realm = bearer.parameter("realm").ok_or("the challenge names no realm")?;
    let mut url = Url::parse(realm).map_err(|_| "the realm is not a URL")?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("the realm is neither https nor http");
    }
    // A name and password in the realm would be sent as credentials.
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the realm holds a user name");
    }
    {
        let mut pairs = url.query_pairs_mut();
        if let Some(service) = bearer.parameter("service") {
            pairs.append_pair("service", service);
        }
        pairs.extend_pairs(query);
    }
    Ok(url)
}

/// An identity token is not sent as a password: the same question as a form, and where it goes (Docker 1.11 and later).
#[must_use]
pub fn refresh_form(url: &Url, token: &Secret) -> (Url, String) {
    let mut form = url.clone();
    form.query_pairs_mut().extend_pairs([
        ("grant_type", "refresh_token"),
        ("client_id", "docker"),
        ("refresh_token", token.expose()),
    ]);
    let mut place = url.clone();
    place.set_query(None);
    (place, form.query().unwrap_or_default().to_string())
}

/// What a token endpoint gave.
#[derive(Debug)]
pub struct Token {
    pub secret: Secret,
    /// For how long it is good; a minute where that is not said (the specification of Docker's tokens).
    pub lasts: Duration,
}

/// `token`, or `access_token`, as Docker takes it.
///
/// # Errors
/// There is none in it.
pub fn read(body: &[u8]) -> Result<Token, &'static str> {
    #[derive(Deserialize)]
    struct Given {
        #[serde(default)]
        token: String,
        #[serde(default)]
        access_token: String,
        #[serde(default)]
        expires_in: Option<f64>,
    }
    let given: Given = serde_json::from_slice(body).map_err(|_| "the answer is no JSON with a token")?;
    let token = if given.token.is_empty() { given.access_token } else { given.token };
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let lasts = given.expires_in.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let lasts = lasts.filter(|lasts| *lasts >= LEAST).unwrap_or(LEAST);
    if plain { Ok(Token { secret: Secret::new(token), lasts }) } else { Err("the answer holds no token") }
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
            let scope = ("scope", "repository:team/app:pull".to_string());
            let shown = match endpoint(&bearer(parameters), &[scope]) {
                Ok(url) => url.to_string(),
                Err(reason) => reason.to_string(),
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
            (r#"{"token":"a\r\nX: y"}"#, None),
            ("<html>", None),
        ];
        for (body, want) in rows {
            assert_eq!(read(body.as_bytes()).ok().as_ref().map(|token| token.secret.expose()), *want, "{body}");
        }
    }
}
