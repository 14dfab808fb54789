//! A login as it is stored: what is sent for somebody.

use super::secret::Secret;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Password {
        user: String,
        password: Secret,
    },
    /// What `docker login` was given instead of storing the password.
    IdentityToken(Secret),
}

impl Credential {
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Password { user, .. } => Some(user),
            Self::IdentityToken(_) => None,
        }
    }
}
