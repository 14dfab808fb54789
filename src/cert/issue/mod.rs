//! Makes certificates: a private authority, and server certificates that are right, or wrong in one named way.
//!
//! Works on PEM text and a given time; reading and writing files is the caller's.

mod bent;
mod judge;
mod names;
mod own;
mod request;
mod served;

use std::fmt;

use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData};
use thiserror::Error;
use time::OffsetDateTime;

use super::go::refusal::Refusal;
use super::pem::{self, PemError};
use super::read::Certificate;

pub use bent::{Naming, Signer, Usage};
pub use names::{NameError, Names};
pub use request::{KeyKind, Reach, ServerRequest};
pub use served::Served;

/// Why no certificate came out.
#[derive(Debug, Error)]
pub enum IssueError {
    #[error("`{name}` cannot stand in a certificate as a host name")]
    Name { name: String, source: rcgen::Error },
    #[error("a server certificate needs at least one name or address")]
    NoName,
    #[error("there is no certificate in it")]
    NoCertificate,
    #[error("{0}")]
    NotCertificates(PemError),
    #[error("there is no private key in it")]
    NoKey,
    #[error("the private key is locked with a passphrase")]
    LockedKey,
    #[error("the private key cannot be read, or is of a kind that cannot sign here")]
    UnusableKey { source: rcgen::Error },
    #[error("the key does not belong to the authority's certificate")]
    KeyMismatch,
    #[error("\"{subject}\" is no authority: it may not sign certificates")]
    NotAnAuthority { subject: String },
    #[error("\"{subject}\" is over since {}", day(*.not_after))]
    Over { subject: String, not_after: i64 },
    /// In Go's words: the name, and what it is held against.
    #[error("\"{authority}\" may not sign for this: {detail}")]
    OtherNames { authority: String, detail: String },
    /// What every client that trusts the authority would say of what it signed.
    #[error("no client would accept what \"{authority}\" signs for {name}: {refusal}")]
    Refused { authority: String, name: String, refusal: Box<Refusal> },
    #[error("the certificate could not be made")]
    Make { source: rcgen::Error },
}

/// A private certificate authority with its key.
pub struct Authority {
    /// The authority itself and those above it, as far as they are known; never empty.
    line: Vec<Certificate>,
    /// What clients trust: the last one of the line.
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
    key_pem: String,
}

/// A server certificate with its key.
#[derive(Clone)]
pub struct Issued {
    /// The server's certificate alone.
    pub certificate_pem: String,
    /// The server's certificate and, where there is one, the intermediate: what a server should send.
    pub chain_pem: String,
    pub key_pem: String,
}

impl Authority {
    /// A fresh authority for any name, valid for ten years from `now`.
    pub fn create(now: OffsetDateTime) -> Result<Self, IssueError> {
        Self::create_for(&Reach::AnyName, KeyKind::default(), now)
    }

    /// The same for these names, with such a key.
    pub fn create_for(reach: &Reach, key: KeyKind, now: OffsetDateTime) -> Result<Self, IssueError> {
        let key = key.generate()?;
        let name = numbered("regdoctor private authority", &key);
        Self::with_key(key, &name, reach, now)
    }

    /// The same of this very name.
    pub fn named(name: &str, now: OffsetDateTime) -> Result<Self, IssueError> {
        Self::with_key(KeyKind::default().generate()?, name, &Reach::AnyName, now)
    }

    fn with_key(key: KeyPair, name: &str, reach: &Reach, now: OffsetDateTime) -> Result<Self, IssueError> {
        let params = request::authority_parameters(name, reach, now);
        let made = params.self_signed(&key).map_err(make)?;
        let key_pem = key.serialize_pem();
        let line = vec![Certificate::from_der(made.der()).map_err(|_| make(rcgen::Error::CouldNotParseCertificate))?];
        Ok(Self { line, certificate_pem: made.pem(), issuer: Issuer::new(params, key), key_pem })
    }

    /// What a person would call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.line.first().map_or("", |own| own.subject.short())
    }

    /// The authority itself, then those above it, as far as they are known.
    #[must_use]
    pub fn line(&self) -> &[Certificate] {
        &self.line
    }

    /// What clients have to trust.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key. Whoever writes it lets nobody else read the file.
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    pub fn issue(&self, request: &ServerRequest) -> Result<Issued, IssueError> {
        if request.signer != Signer::Authority {
            return self.issue_below(request);
        }
        let key = request.key.generate()?;
        let made = request.parameters()?.signed_by(&key, &self.issuer).map_err(make)?;
        let unreadable = || make(rcgen::Error::CouldNotParseCertificate);
        let own = &self.line.first().ok_or(IssueError::NoCertificate)?.subject;
        let leaf = match Certificate::from_der(made.der()) {
            Ok(leaf) if leaf.issuer.raw == own.raw => leaf.to_pem(),
            Ok(leaf) => {
                pem::write(&own::under_its_name(leaf.der(), &own.raw, self.issuer.key()).ok_or_else(unreadable)?)
            }
            Err(_) => return Err(unreadable()),
        };
        let below_root = self.line.iter().filter(|one| !one.self_signed()).map(Certificate::to_pem);
        Ok(Issued::new(&leaf, &below_root.collect::<String>(), key.serialize_pem()))
    }
}

impl Issued {
    fn new(certificate_pem: &str, below_pem: &str, key_pem: String) -> Self {
        let chain_pem = format!("{certificate_pem}{below_pem}");
        Self { certificate_pem: certificate_pem.to_string(), chain_pem, key_pem }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Authority").field("certificate_pem", &self.certificate_pem).finish_non_exhaustive()
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Issued").field("chain_pem", &self.chain_pem).finish_non_exhaustive()
    }
}

/// Two authorities must not share a name: verifiers that look up by name would pick the wrong one.
fn numbered(title: &str, key: &impl PublicKeyData) -> String {
    let identifier =
        CertificateParams::default().key_identifier(key).first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    format!("{title} {identifier:08x}")
}

/// `2027-12-27`, in UTC.
#[must_use]
pub fn day(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| seconds.to_string(), |time| time.date().to_string())
}

fn make(source: rcgen::Error) -> IssueError {
    IssueError::Make { source }
}

#[cfg(test)]
mod right_tests;
#[cfg(test)]
mod tests;
