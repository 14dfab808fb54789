//! The file of users, as `htpasswd -B` writes it: `name:hash` lines with bcrypt.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::super::tls::TlsError;
use crate::registry::file;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Htpasswd(HashMap<String, String>);

#[derive(Debug, Error)]
pub enum HtpasswdError {
    #[error(transparent)]
    Read(#[from] TlsError),
    #[error("{} line {line}: {problem}", path.display())]
    Line { path: PathBuf, line: usize, problem: &'static str },
}

impl Htpasswd {
    pub fn read(path: &Path) -> Result<Self, HtpasswdError> {
        let text = file::read(path)?;
        Self::parse(&text).map_err(|(line, problem)| HtpasswdError::Line { path: path.to_path_buf(), line, problem })
    }

    fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut users = HashMap::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (user, hash) = line.split_once(':').ok_or((index + 1, "it is not NAME:HASH"))?;
            if !["$2a$", "$2b$", "$2y$"].iter().any(|start| hash.starts_with(start)) {
                return Err((index + 1, "only bcrypt is taken, as `htpasswd -B` makes it"));
            }
            users.insert(user.to_string(), hash.to_string());
        }
        Ok(Self(users))
    }

    pub fn hash(&self, user: &str) -> Option<&str> {
        self.0.get(user).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bcrypt_is_taken() {
        let users = Htpasswd::parse("# users\nalice:$2y$05$abc\n\nbob:$2b$05$def\n").unwrap();
        assert_eq!(
            (users.hash("alice"), users.hash("bob"), users.hash("eve")),
            (Some("$2y$05$abc"), Some("$2b$05$def"), None)
        );
        assert_eq!(Htpasswd::parse("a:$2y$05$x\nb:$apr1$x").unwrap_err().0, 2);
        assert_eq!(Htpasswd::parse("alone").unwrap_err().0, 1);
    }
}
