//! Who asks: a password that is right, a token of ours, a certificate, or nobody.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;

use super::Users;
use super::htpasswd::{Htpasswd, HtpasswdError};
use super::scope::Scope;
use crate::model::secret::Secret;
use crate::registry::log::Log;
use crate::registry::watched::Watched;

/// bcrypt is slow on purpose; no more than so many are computed at a time, whoever asks.
const AT_A_TIME: usize = 2;
/// How many passwords that were right are remembered.
const REMEMBERED: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    Nobody,
    /// A wrong password.
    Stranger,
    User(String),
    Certificate(String),
    Token {
        user: Option<String>,
        access: Vec<Scope>,
    },
    /// Not ours, altered, or over.
    BadToken,
}

impl Caller {
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::User(name) | Self::Certificate(name) => Some(name),
            Self::Token { user, .. } => user.as_deref(),
            Self::Nobody | Self::Stranger | Self::BadToken => None,
        }
    }
}

/// The users and their passwords.
#[derive(Debug)]
pub struct Passwords {
    source: Source,
    /// Digests of user, password and hash that were found right: clients send them with every request.
    right: Mutex<HashSet<[u8; 32]>>,
    slots: Semaphore,
}

#[derive(Debug)]
enum Source {
    Nobody,
    One { user: String, password: Secret },
    File(Watched<Htpasswd>),
}

impl Passwords {
    pub fn new(users: &Users, log: &Log) -> Result<Self, HtpasswdError> {
        let source = match users {
            Users::Nobody => Source::Nobody,
            Users::One { user, password } => Source::One { user: user.clone(), password: password.clone() },
            Users::Htpasswd(file) => {
                let path = file.clone();
                Source::File(Watched::new(vec![file.clone()], log, move || Htpasswd::read(&path))?)
            }
        };
        Ok(Self { source, right: Mutex::default(), slots: Semaphore::new(AT_A_TIME) })
    }

    /// What stands behind `Basic `.
    pub async fn verify_header(&self, encoded: &str) -> Caller {
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match decoded.as_deref().and_then(|text| text.split_once(':')) {
            Some((user, password)) => self.verify(user, &Secret::new(password)).await,
            None => Caller::Stranger,
        }
    }

    pub async fn verify(&self, user: &str, password: &Secret) -> Caller {
        let right = match &self.source {
            Source::Nobody => false,
            Source::One { user: known, password: expected } => {
                let given = digest(&SHA256, password.expose().as_bytes());
                let expected = digest(&SHA256, expected.expose().as_bytes());
                verify_slices_are_equal(given.as_ref(), expected.as_ref()).is_ok() && user == known
            }
            Source::File(file) => match file.current().hash(user) {
                Some(hash) => self.fits(user, password, hash).await,
                None => false,
            },
        };
        if right { Caller::User(user.to_string()) } else { Caller::Stranger }
    }

    async fn fits(&self, user: &str, password: &Secret, hash: &str) -> bool {
        let key = key(user, password, hash);
        let remembered = || self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered().contains(&key) {
            return true;
        }
        let Ok(_slot) = self.slots.acquire().await else { return false };
        let (password, hash) = (password.clone(), Arc::<str>::from(hash));
        let computing = tokio::task::spawn_blocking(move || bcrypt::verify(password.expose(), &hash));
        let fits = matches!(computing.await, Ok(Ok(true)));
        if fits {
            let mut right = remembered();
            if right.len() >= REMEMBERED {
                right.clear();
            }
            right.insert(key);
        }
        fits
    }
}

fn key(user: &str, password: &Secret, hash: &str) -> [u8; 32] {
    let text = [user, password.expose(), hash].join("\0");
    digest(&SHA256, text.as_bytes()).as_ref().try_into().unwrap_or_default()
}
