//! What Go's `crypto/x509` and `crypto/tls` of one release decide about a chain that a server showed.
//!
//! Order and rules are those of `Certificate.Verify` (Go 1.19 to 1.27, with what older releases did otherwise):
//! critical extensions and dates of the leaf, then the name, then the chain, then extended key usages.

pub mod constraint;
pub mod host_name;
pub mod refusal;
pub mod release;

mod build;
mod missing;

use super::pool::Pool;
use super::public_key::KeyAlgorithm;
use super::read::{Certificate, Defect};
pub use missing::{MissingIssuer, missing_intermediate};
use refusal::{Holder, Refusal};
use release::{Build, GoRelease};

/// Whom the client wants to reach, when, and which Go asks.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// A DNS name or an address, without brackets and port.
    pub name: &'a str,
    /// Seconds since 1970-01-01 UTC, by the clock of the host that runs the engine.
    pub now: i64,
    pub go: GoRelease,
    pub build: Build,
}

/// Decides about `chain` (DER, leaf first, as served) with `pools` as trust anchors.
///
/// Engines join pools in order: the system's certificates, then those of certs.d.
///
/// # Errors
/// The first reason for which this release of Go gives up.
pub fn verify(chain: &[Vec<u8>], pools: &[&Pool], question: &Question<'_>) -> Result<(), Refusal> {
    let served = read(chain, question)?;
    let (leaf, others) = served.split_first().ok_or(Refusal::NoCertificate)?;
    build::valid(leaf, &Holder::Leaf, &[], question)?;
    host_name::verify(leaf, question.name, question.go)?;
    let chains = build::chains(leaf, others, pools, question)?;
    if !chains.iter().any(|chain| build::may_serve(chain)) {
        return Err(Refusal::WrongUsage { usages: leaf.extensions.usages.clone() });
    }
    usable_key(leaf, question)
}

/// What `crypto/tls` does before it verifies: every served certificate is parsed, and huge keys are refused.
fn read(chain: &[Vec<u8>], question: &Question<'_>) -> Result<Vec<Certificate>, Refusal> {
    let mut served = Vec::new();
    for (position, der) in chain.iter().enumerate() {
        let certificate = Certificate::from_der(der).map_err(|source| Refusal::Unreadable { position, source })?;
        if let Some(defect) = certificate.defects.iter().find(|defect| refused(defect, question)) {
            return Err(Refusal::Malformed { position, defect: defect.clone() });
        }
        let bits = certificate.key.bits;
        if certificate.key.algorithm == KeyAlgorithm::Rsa && bits > 8192 && question.go.refuses_huge_keys() {
            return Err(Refusal::KeyTooLarge { bits });
        }
        served.push(certificate);
    }
    Ok(served)
}

fn refused(defect: &Defect, question: &Question<'_>) -> bool {
    match defect {
        Defect::NegativeSerial => question.go.at_least(1, 23) && question.build == Build::Module,
        Defect::DuplicateExtension { .. } => question.go.at_least(1, 16),
        _ => true,
    }
}

/// Go checks the leaf's own key only when the server proves that it has it, after the chain.
fn usable_key(leaf: &Certificate, question: &Question<'_>) -> Result<(), Refusal> {
    let bits = leaf.key.bits;
    if leaf.key.algorithm == KeyAlgorithm::Rsa && bits < build::least_rsa_bits(question) {
        return Err(Refusal::KeyTooWeak { bits, holder: Holder::Leaf });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
