//! What came of the login that is stored for a registry. No password, token or part of one is ever here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Http, Layer, TokenTry, Upload};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub source: LoginSource,
    /// Absent with an identity token.
    pub user: Option<String>,
    /// Why the connection may carry it: the certificate's authority, or the person's own insecure entry.
    pub because: String,
    /// `GET /v2/`, for a challenge of `Basic`.
    pub base: Layer<Http>,
    /// What the token endpoint gave for it.
    pub tokens: Vec<TokenTry>,
    pub manifest: Layer<Http>,
    pub upload: Layer<Upload>,
}

/// A credential helper that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelperRun {
    /// `docker-credential-pass`.
    pub program: String,
    pub outcome: HelperOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelperOutcome {
    Gave,
    /// It works, and has no login for this registry.
    Nothing,
    /// It is not on the search path.
    Missing,
    /// It could not be started, in the system's words.
    NotRun(String),
    /// It ended with an error, in its words.
    Refused(String),
    TimedOut,
    /// It ended well, and what it printed is no login.
    Unreadable,
}

/// Where a login was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginSource {
    /// The key under `auths`.
    File { path: PathBuf, key: String },
    /// The program that was asked: `docker-credential-pass`.
    Helper { program: String },
}
