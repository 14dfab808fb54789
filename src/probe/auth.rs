//! Tokens: the question for one, as Docker asks it, and what came of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::Method;
use reqwest::Url;
use serde::Deserialize;

use super::challenge;
use super::few::Few;
use super::http::{Fetched, Question, Reading, Sent};
use super::journey::Journey;
use super::tls::Proof;
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

/// `Basic …`; an identity token is of no use without a token endpoint.
pub(super) fn basic(credential: &Credential) -> Option<Secret> {
    match credential {
        Credential::Password { user, password } => {
            Some(Secret::new(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))))
        }
        Credential::IdentityToken(_) => None,
    }
}

pub(super) fn challenges(answer: &HttpAnswer) -> Vec<Challenge> {
    let values = answer.headers.iter().filter(|(name, _)| name == "www-authenticate");
    challenge::parse(values.map(|(_, value)| value.as_str()))
}

impl Asker<'_> {
    /// Only the way to the endpoint, without asking for anything.
    pub(super) async fn look(&self) -> Option<Box<Visit>> {
        let url = endpoint(self.bearer, &[]).ok()?;
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
        let url = match endpoint(self.bearer, &query) {
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
        let form = {
            let mut form = url::form(url.query_pairs());
            form.extend([("grant_type".into(), "refresh_token".into()), ("client_id".into(), "docker".into())]);
            form.push(("refresh_token".into(), token.expose().to_string()));
            url::encoded(&form)
        };
        url.set_query(None);
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_string())];
        let body = Sent::Whole(Bytes::from(form));
        (url, Question { headers, body, reading, ..Question::new(Method::POST, "") })
    }
}

/// Names and values of a query, as a form writes them.
mod url {
    use reqwest::Url;

    pub(super) fn form<'a>(
        pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>,
    ) -> Vec<(String, String)> {
        pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    }

    pub(super) fn encoded(pairs: &[(String, String)]) -> String {
        let Ok(mut url) = Url::parse("http://form/") else { return String::new() };
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().unwrap_or_default().to_string()
    }
}

fn own(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// `realm?service=…&scope=repository:NAME:pull`.
fn endpoint(bearer: &Challenge, query: &[(&str, String)]) -> Result<Url, &'static str> {
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

fn judge(visit: &Visit, fetched: &Fetched) -> Result<Secret, TokenAnswer> {
    match visit.http.seen() {
        Some(Http::Answer { answer, .. }) if (200..300).contains(&answer.status) => {
            if fetched.whole {
                token_in(&fetched.body)
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

/// `token`, or `access_token`, as Docker takes it.
fn token_in(body: &[u8]) -> Result<Secret, TokenAnswer> {
    #[derive(Deserialize)]
    struct Given {
        #[serde(default)]
        token: String,
        #[serde(default)]
        access_token: String,
    }
    let given: Given = serde_json::from_slice(body).map_err(|_| unusable("the answer is no JSON with a token"))?;
    let token = if given.token.is_empty() { given.access_token } else { given.token };
    let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { Ok(Secret::new(token)) } else { Err(unusable("the answer holds no token")) }
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
            assert_eq!(token_in(body.as_bytes()).ok().as_ref().map(Secret::expose), *want, "{body}");
        }
    }

    #[test]
    fn reads_what_a_token_allows() {
        let token = |claims: &str| format!("head.{}.signature", URL_SAFE_NO_PAD.encode(claims));
        let access = r#"{"access":[{"type":"repository","name":"team/app","actions":["pull"]},{"name":"x","actions":["push"]}]}"#;
        assert_eq!(actions(&token(access), "team/app"), Some(vec!["pull".to_string()]));
        assert_eq!(actions(&token("{}"), "team/app"), Some(Vec::new()));
        assert_eq!(actions("opaque", "team/app"), None);
    }
}
