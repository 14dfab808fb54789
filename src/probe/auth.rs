//! Tokens: the question for one, as Docker asks it, and what came of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hyper::Method;
use reqwest::Url;
use serde::Deserialize;

use super::challenge;
use super::few::Few;
use super::http::{Fetched, Question, Reading, Sent};
use super::journey::Journey;
use super::tls::Proof;
use super::token::{self, basic};
use crate::model::ask::HttpAnswer;
use crate::model::credential::Credential;
use crate::model::printable::printable_bytes;
use crate::model::secret::Secret;
use crate::model::trace::{Challenge, Http, Layer, TokenAnswer, TokenTry, Visit};

const TOKEN_BYTES: usize = 64 * 1024;

/// Who asks a token endpoint, and for whom.
#[derive(Debug, Clone)]
pub(super) struct Asker<'a> {
    pub journey: &'a Journey<'a>,
    pub bearer: &'a Challenge,
    pub login: Option<&'a Credential>,
    pub proof: Proof,
}

/// What came of one question.
#[derive(Debug)]
pub(super) struct Asked {
    pub visit: Option<Visit>,
    pub tried: TokenTry,
    /// The header that it gave.
    pub key: Option<Secret>,
}

pub(super) fn challenges(answer: &HttpAnswer) -> Vec<Challenge> {
    let values = answer.headers.iter().filter(|(name, _)| name == "www-authenticate");
    challenge::parse(values.map(|(_, value)| value.as_str()))
}

impl Asker<'_> {
    /// Only the way to the endpoint, without asking for anything.
    pub(super) async fn look(&self) -> Option<Box<Visit>> {
        let url = token::endpoint(self.bearer, &[]).ok()?;
        let (visit, _) = Box::pin(self.journey.visit(&url, Question::get(""), self.proof.clone())).await;
        Some(Box::new(without_token(visit)))
    }

    /// Asks for these actions in a repository; for none of them, only whether the login is right, as `docker login` does.
    pub(super) async fn ask(&self, repository: &str, wanted: &[&str]) -> Asked {
        let tried = |answer| TokenTry { wanted: own(wanted), answer, granted: None };
        let mut query = Vec::new();
        if !wanted.is_empty() {
            query.push(("scope", format!("repository:{repository}:{}", wanted.join(","))));
        }
        if let Some(Credential::Password { user, .. }) = self.login {
            query.insert(0, ("account", user.clone()));
        }
        let url = match token::endpoint(self.bearer, &query) {
            Ok(url) => url,
            Err(reason) => return Asked { visit: None, tried: tried(unusable(reason)), key: None },
        };
        let (url, question) = self.question(url);
        let (visit, fetched) = Box::pin(self.journey.visit(&url, question, self.proof.clone())).await;
        let (answer, token) = match judge(&visit, &fetched) {
            Ok(token) => (TokenAnswer::Granted, Some(token)),
            Err(answer) => (answer, None),
        };
        let granted = token.as_ref().and_then(|token| actions(token.expose(), repository));
        let key = token.map(|token| Secret::new(format!("Bearer {}", token.expose())));
        let tried = TokenTry { granted, ..tried(answer) };
        Asked { visit: Some(without_token(visit)), tried, key }
    }

    /// A password goes into a header, an identity token into a form (Docker 1.11 and later).
    fn question(&self, mut url: Url) -> (Url, Question) {
        let reading = Reading::Whole(TOKEN_BYTES);
        let Some(Credential::IdentityToken(token)) = self.login else {
            let authorization = self.login.and_then(basic);
            return (url, Question { reading, ..Question::get("").with(authorization) });
        };
        let (place, form) = token::refresh_form(&url, token);
        url = place;
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_string())];
        let body = Sent::Whole(Bytes::from(form));
        (url, Question { headers, body, reading, ..Question::new(Method::POST, "") })
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn judge(visit: &Visit, fetched: &Fetched) -> Result<Secret, TokenAnswer> {
    match visit.http.seen() {
        Some(Http::Answer { answer, .. }) if (200..300).contains(&answer.status) => {
            if fetched.whole {
                token::read(&fetched.body).map(|token| token.secret).map_err(unusable)
            } else {
                Err(unusable("the answer is too long, or broke off"))
            }
        }
        Some(Http::Answer { answer, .. }) => Err(TokenAnswer::Refused(answer.status)),
        Some(Http::TimedOut) => Err(unusable("no answer in time")),
        Some(Http::Closed(reason) | Http::Malformed(reason)) => Err(unusable(reason)),
        None => Err(unusable(&why_unreached(visit))),
    }
}

/// The first layer that was not reached, in words.
fn why_unreached(visit: &Visit) -> String {
    use crate::model::trace::{Dns, TcpOutcome, Tls};
    match (&visit.dns, &visit.tcp, &visit.tls) {
        (Layer::Reached { seen: Dns::NoSuchName, .. }, ..) => "its name does not resolve".into(),
        (Layer::Reached { seen: Dns::ResolverFailed(_) | Dns::TimedOut, .. }, ..) => "its name was not resolved".into(),
        (_, Layer::Reached { seen, .. }, Layer::NotReached(_)) => {
            let last = seen.attempts.last().map(|attempt| &attempt.outcome);
            match last {
                Some(TcpOutcome::Refused) => "connection refused".into(),
                Some(TcpOutcome::TimedOut) => "it does not answer in time".into(),
                Some(TcpOutcome::NoRoute) => "no route to host".into(),
                _ => "it cannot be connected".into(),
            }
        }
        (_, _, Layer::Reached { seen: Tls::PlainHttp(_), .. }) => {
            "it speaks plain HTTP, and its address says https".into()
        }
        (_, _, Layer::Reached { seen, .. }) => format!("TLS with it fails: {seen:?}"),
        (_, Layer::NotReached(why), _) => why.clone(),
    }
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    access: Few<Access>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(default)]
    name: String,
    #[serde(default)]
    actions: Few<String>,
}

/// What a token that can be read (a JWT) says that it allows; most can be, and nobody has to make them so.
fn actions(token: &str, repository: &str) -> Option<Vec<String>> {
    let claims = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let ours = claims.access.0.into_iter().filter(|access| access.name == repository);
    Some(ours.flat_map(|access| access.actions.0).map(|action| printable_bytes(action.as_bytes(), 20)).collect())
}

/// What is kept of an answer that may hold a token: nothing of its body.
fn without_token(mut visit: Visit) -> Visit {
    if let Layer::Reached { seen: Http::Answer { answer, .. }, .. } = &mut visit.http
        && answer.status < 300
    {
        answer.body = String::new();
    }
    visit
}

fn unusable(reason: &str) -> TokenAnswer {
    TokenAnswer::Unusable(printable_bytes(reason.as_bytes(), 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_token_allows() {
        let token = |claims: &str| format!("head.{}.signature", URL_SAFE_NO_PAD.encode(claims));
        let access = r#"{"access":[{"type":"repository","name":"team/app","actions":["pull"]},{"name":"x","actions":["push"]}]}"#;
        assert_eq!(actions(&token(access), "team/app"), Some(vec!["pull".to_string()]));
        assert_eq!(actions(&token("{}"), "team/app"), Some(Vec::new()));
        assert_eq!(actions("opaque", "team/app"), None);
    }
}
