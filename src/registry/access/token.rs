//! Tokens: who they are for, what they allow and until when, signed with a key of this run. JSON Web Tokens (HS256), as
//! registries' clients know them.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::SERVICE;
use super::caller::Caller;
use super::scope::Scope;

/// How long a token holds, in seconds; what Docker takes when nothing is said is 60.
pub const LIFETIME: i64 = 300;
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[derive(Debug)]
pub struct Tokens {
    key: hmac::Key,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Access,
    /// To get tokens without the password: Docker's identity token.
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
    purpose: Purpose,
    access: Vec<Access>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Access {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

impl Tokens {
    /// `None` when the system gives no random numbers.
    pub fn new() -> Option<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &bytes) })
    }

    /// A token that is over `lifetime` seconds from now.
    pub fn issue(&self, user: Option<&str>, access: &[Scope], purpose: Purpose, lifetime: i64) -> String {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let access = access.iter().map(|scope| Access {
            kind: scope.kind.clone(),
            name: scope.name.clone(),
            actions: vec![scope.action.name().to_string()],
        });
        let claims = Claims {
            iss: SERVICE.into(),
            aud: SERVICE.into(),
            sub: user.unwrap_or_default().into(),
            iat: now,
            exp: now + lifetime,
            purpose,
            access: access.collect(),
        };
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whose token it is, if it is one for access.
    pub fn read(&self, token: &str) -> Caller {
        match self.claims(token).filter(|claims| claims.purpose == Purpose::Access) {
            Some(claims) => {
                let scopes = claims.access.iter().flat_map(|one| {
                    let text = format!("{}:{}:{}", one.kind, one.name, one.actions.join(","));
                    Scope::parse_all(&text)
                });
                Caller::Token { access: scopes.collect(), user: Some(claims.sub).filter(|user| !user.is_empty()) }
            }
            None => Caller::BadToken,
        }
    }

    /// Whose refresh token it is.
    pub fn read_refresh(&self, token: &str) -> Option<String> {
        let claims = self.claims(token).filter(|claims| claims.purpose == Purpose::Refresh)?;
        Some(claims.sub)
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        hmac::verify(&self.key, signed.as_bytes(), &signature).ok()?;
        let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?).ok()?;
        (claims.exp > OffsetDateTime::now_utc().unix_timestamp()).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scope::Action;
    use super::*;

    #[test]
    fn only_what_was_signed_here_and_is_not_over_is_taken() {
        let (tokens, others) = (Tokens::new().unwrap(), Tokens::new().unwrap());
        let access = [Scope::repository("a/b", Action::Pull)];
        let token = tokens.issue(Some("alice"), &access, Purpose::Access, 60);
        assert_eq!(tokens.read(&token), Caller::Token { user: Some("alice".into()), access: access.to_vec() });
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let bad = [
            others.issue(Some("alice"), &access, Purpose::Access, 60),
            tokens.issue(Some("alice"), &access, Purpose::Access, 0),
            tokens.issue(Some("alice"), &access, Purpose::Refresh, 60),
            format!("{signed}.{}", signature.replace(|_: char| true, "A")),
            format!("{signed}x.{signature}"),
            signed.to_string(),
            String::new(),
        ];
        for token in bad {
            assert_eq!(tokens.read(&token), Caller::BadToken, "{token}");
        }
        assert_eq!(tokens.read_refresh(&tokens.issue(Some("bob"), &[], Purpose::Refresh, 60)).as_deref(), Some("bob"));
        assert_eq!(tokens.read_refresh(&token), None);
    }
}
