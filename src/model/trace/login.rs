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

/// Where a login was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginSource {
    /// The key under `auths`.
    File { path: PathBuf, key: String },
    /// The program that was asked: `docker-credential-pass`.
    Helper { program: String },
}
