//! Leave to send something secret to a server. There is no other way to get it than a verdict about its certificate, or the
//! person's own word that this registry need not be verified.

use super::go::refusal::Refusal;
use super::go::{self, Question};
use super::pool::Pool;

/// Whoever has one may send a login, to the server that it names and to no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    leaf: Option<Vec<u8>>,
    because: String,
}

impl Clearance {
    /// For a chain that this Go accepts with these authorities.
    ///
    /// # Errors
    /// The verdict about the chain, when it is not accepted.
    pub fn judge(
        chain: &[Vec<u8>],
        pools: &[&Pool],
        question: &Question<'_>,
        because: impl Into<String>,
    ) -> Result<Self, Refusal> {
        go::verify(chain, pools, question)?;
        Ok(Self { leaf: chain.first().cloned(), because: because.into() })
    }

    /// For a registry that the person listed as insecure: Docker sends the login there unverified, and nobody need wonder.
    #[must_use]
    pub fn declared_insecure(because: impl Into<String>) -> Self {
        Self { leaf: None, because: because.into() }
    }

    /// The certificate that the server must show again, with proof that it has the key; none where it was declared.
    #[must_use]
    pub fn leaf(&self) -> Option<&[u8]> {
        self.leaf.as_deref()
    }

    /// In words.
    #[must_use]
    pub fn because(&self) -> &str {
        &self.because
    }
}
