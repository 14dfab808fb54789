//! Who may do what: nobody asked, a password, a token, a client certificate; and rights by user and repository.
//!
//! ```text
//! request → Caller (password, token, certificate: who) → Rights (what) → the handler, or a refusal with a challenge
//! ```

mod caller;
mod htpasswd;
mod rights;
mod scope;
mod token;
mod token_endpoint;

use std::path::PathBuf;

use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap};

use super::fault::TokenFault;
use super::fault::reply::Here;
use super::log::Log;
use super::names::Repository;
use super::refusal::Refusal;
use super::route::Route;
use super::watched::Watched;
use crate::model::secret::Secret;
use caller::{Caller, Passwords};
pub use htpasswd::HtpasswdError;
use rights::Rights;
pub use rights::RightsError;
use scope::{Action, Scope};
use token::Tokens;
pub use token_endpoint::TOKEN_PATH;

pub const SERVICE: &str = "regdoctor test registry";

/// Who is asked for what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    pub users: Users,
    pub challenge: Challenge,
    /// A file with rights; without one, whoever is known may do everything, and nobody else anything.
    pub rights: Option<PathBuf>,
    /// Nothing is changed, whoever asks.
    pub read_only: bool,
}

/// Who is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Users {
    #[default]
    Nobody,
    One {
        user: String,
        password: Secret,
    },
    /// With bcrypt, as `htpasswd -B` writes it; read again when it changes.
    Htpasswd(PathBuf),
}

/// How a client is asked to sign in, when anybody is known or there are rights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Challenge {
    #[default]
    Basic,
    /// Tokens of the registry's own, from `/token`.
    Bearer,
}

/// The same in a started registry.
#[derive(Debug)]
pub struct Gate {
    passwords: Passwords,
    rights: Option<Watched<Rights>>,
    tokens: Option<Tokens>,
    read_only: bool,
    /// Whether nobody is asked for anything.
    open: bool,
}

/// Why it cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("the file of users cannot be used")]
    Htpasswd(#[from] HtpasswdError),
    #[error("the file of rights cannot be used")]
    Rights(#[from] RightsError),
    #[error("the system gave no random numbers")]
    NoRandomness,
}

impl Access {
    /// One user who may do everything.
    #[must_use]
    pub fn one(user: &str, password: &str) -> Self {
        let users = Users::One { user: user.into(), password: Secret::new(password) };
        Self { users, ..Self::default() }
    }

    /// `tokens`: a fault needs them, whether anybody is known or not.
    pub(super) fn open(&self, tokens: bool, log: &Log) -> Result<Gate, AccessError> {
        let asks = self.users != Users::Nobody || self.rights.is_some();
        let bearer = tokens || (asks && self.challenge == Challenge::Bearer);
        let rights = match self.rights.clone() {
            Some(file) => Some(Watched::new(vec![file.clone()], log, move || Rights::read(&file))?),
            None => None,
        };
        Ok(Gate {
            passwords: Passwords::new(&self.users, log)?,
            rights,
            tokens: if bearer { Some(Tokens::new().ok_or(AccessError::NoRandomness)?) } else { None },
            read_only: self.read_only,
            open: !asks,
        })
    }
}

/// What is asked, as far as it matters to who may do it.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub method: &'a Method,
    pub headers: &'a HeaderMap,
    pub route: Option<&'a Route>,
    /// Another repository that a blob is to be taken from.
    pub mount_from: Option<&'a str>,
}

impl Wish<'_> {
    /// The right to read what a blob is to be taken from.
    fn source(&self) -> Option<Scope> {
        let starts = matches!(self.route, Some(Route::StartUpload { .. }));
        let from = self.mount_from.filter(|_| starts).and_then(Repository::parse)?;
        Some(Scope::repository(from.as_str(), Action::Pull))
    }
}

/// Whoever got in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    pub user: Option<String>,
    pub mount: Mount,
}

/// From where this client may take a blob over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    Anywhere,
    /// From the repository that it names alone, which it may read.
    Named,
    /// The blob is to be pushed.
    Nowhere,
}

impl Gate {
    /// Lets the client in, or refuses it with a challenge. `certificate` is the name in its verified certificate.
    pub async fn admit(
        &self,
        wish: &Wish<'_>,
        here: &Here,
        certificate: Option<&str>,
        fault: Option<&TokenFault>,
    ) -> Result<Admitted, Refusal> {
        let writes = !matches!(*wish.method, Method::GET | Method::HEAD);
        if self.read_only && writes {
            return Err(Refusal::ReadOnly);
        }
        let caller = self.caller(wish.headers, certificate).await;
        if self.open && self.tokens.is_none() {
            return Ok(Admitted { user: caller.name().map(str::to_string), mount: Mount::Anywhere });
        }
        let mut needed = wish.route.map(needs).unwrap_or_default();
        let source = wish.source();
        let may = |scope: &Scope| match (&self.tokens, &caller) {
            (Some(_), Caller::Token { access, .. }) => scope.is_in(access),
            (Some(_), Caller::Certificate(_)) | (None, _) => self.may(caller.name(), scope),
            (Some(_), _) => false,
        };
        let known = match (&self.tokens, &caller) {
            (Some(_), caller) => matches!(caller, Caller::Token { .. } | Caller::Certificate(_)),
            (None, caller) => caller.name().is_some() || (!needed.is_empty() && needed.iter().all(&may)),
        };
        if known && needed.iter().all(&may) {
            let readable = source.as_ref().map(&may);
            if readable != Some(false) || !source.as_ref().is_some_and(|scope| self.would_give(&caller, scope)) {
                return Ok(Admitted { user: caller.name().map(str::to_string), mount: self.mount(readable) });
            }
        } else if self.tokens.is_none() && known {
            return Err(Refusal::Denied);
        }
        needed.extend(source);
        Err(Refusal::SignInNeeded { challenge: self.challenge(&caller, &needed, here, fault) })
    }

    /// `readable`: whether the client may read the repository that it names, if it names one. With rights, a blob is not
    /// taken over from wherever it is: whoever knows its digest would get what others keep to themselves.
    fn mount(&self, readable: Option<bool>) -> Mount {
        match (readable, &self.rights) {
            (Some(false), _) | (None, Some(_)) => Mount::Nowhere,
            (Some(true), Some(_)) => Mount::Named,
            (Some(true) | None, None) => Mount::Anywhere,
        }
    }

    /// Whether a client whose token is too narrow would get a wider one. Who would not is not sent for it: the blob is
    /// then pushed. Docker's registry sends everybody (distribution 2.8).
    fn would_give(&self, caller: &Caller, scope: &Scope) -> bool {
        matches!(caller, Caller::Token { .. }) && self.may(caller.name(), scope)
    }

    /// Whether this user, or nobody, may do it.
    fn may(&self, user: Option<&str>, scope: &Scope) -> bool {
        match &self.rights {
            Some(rights) => rights.current().allow(user, scope),
            None => self.open || user.is_some(),
        }
    }

    async fn caller(&self, headers: &HeaderMap, certificate: Option<&str>) -> Caller {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                let read = self.tokens.as_ref().map(|tokens| tokens.read(token.trim()));
                read.unwrap_or(Caller::Nobody)
            }
            Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => {
                self.passwords.verify_header(encoded.trim()).await
            }
            _ => certificate.map_or(Caller::Nobody, |name| Caller::Certificate(name.to_string())),
        }
    }

    fn challenge(&self, caller: &Caller, needed: &[Scope], here: &Here, fault: Option<&TokenFault>) -> String {
        if self.tokens.is_none() {
            return format!("Basic realm=\"{SERVICE}\"");
        }
        let mut challenge = here.fill(&format!("Bearer realm=\"{{base}}{TOKEN_PATH}\",service=\"{SERVICE}\""));
        let scopes: Vec<String> = match fault {
            Some(TokenFault::OtherScope) => vec!["repository:other/app:pull".into()],
            _ => scope::joined(needed),
        };
        if !scopes.is_empty() {
            challenge = format!("{challenge},scope=\"{}\"", scopes.join(" "));
        }
        match caller {
            Caller::BadToken => challenge + ",error=\"invalid_token\"",
            Caller::Token { .. } => challenge + ",error=\"insufficient_scope\"",
            _ => challenge,
        }
    }
}

/// Reads arbitrary text as what clients send about themselves.
pub fn fuzz(text: &str) {
    let scopes = Scope::parse_all(text);
    let rights = Rights::parse(text).unwrap_or_default();
    for scope in &scopes {
        let _ = rights.allow(Some("alice"), scope);
    }
    if let Some(tokens) = Tokens::new() {
        assert_eq!(tokens.read(text), Caller::BadToken, "nobody signed it");
    }
}

/// What a request needs the right to. `/v2/` needs nothing but to be known.
fn needs(route: &Route) -> Vec<Scope> {
    match route {
        Route::Base => Vec::new(),
        Route::Catalog => vec![Scope::catalog()],
        Route::ListTags { repository }
        | Route::ListReferrers { repository, .. }
        | Route::ReadManifest { repository, .. }
        | Route::ReadBlob { repository, .. } => vec![Scope::repository(repository.as_str(), Action::Pull)],
        Route::PutManifest { repository, .. }
        | Route::StartUpload { repository }
        | Route::UploadStatus { repository, .. }
        | Route::AppendUpload { repository, .. }
        | Route::FinishUpload { repository, .. }
        | Route::CancelUpload { repository, .. } => vec![Scope::repository(repository.as_str(), Action::Push)],
        Route::DeleteManifest { repository, .. } | Route::DeleteBlob { repository, .. } => {
            vec![Scope::repository(repository.as_str(), Action::Delete)]
        }
    }
}
