//! The files that the registry is told to use: certificates, users, rights.

#![expect(
    clippy::disallowed_methods,
    reason = "the registry reads its own files, which are no part of an examined host"
)]

use std::fs;
use std::path::Path;

use super::tls::TlsError;

pub fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|source| TlsError::File { doing: "read", path: path.to_path_buf(), source })
}
