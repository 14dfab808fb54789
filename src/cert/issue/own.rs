//! An authority that is there already, from the PEM text of its files.

use rcgen::{CertificateParams, Issuer, KeyIdMethod, KeyPair, PublicKeyData as _, SigningKey as _};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use time::OffsetDateTime;

use super::super::der;
use super::super::read::{self, Certificate};
use super::{Authority, IssueError};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

impl Authority {
    /// The authority whose key this is. Those that signed it may stand in the same text, in any order, its root as well.
    pub fn from_pem(known_pem: &str, key_pem: &str) -> Result<Self, IssueError> {
        let known = certificates(known_pem)?;
        let key = private_key(key_pem)?;
        let own = known.iter().find(|one| has_key(one, &key)).ok_or(IssueError::KeyMismatch)?;
        let line = line(own, &known);
        let certificate_pem = line.last().unwrap_or(own).to_pem();
        let issuer = match Issuer::from_ca_cert_der(&own.der().into(), key) {
            Ok(issuer) => issuer,
            // A name that rcgen cannot write at all: `under_its_name` writes it.
            Err(_) => nameless(own, private_key(key_pem)?),
        };
        Ok(Self { line, certificate_pem, issuer, key_pem: key_pem.to_string() })
    }

    /// Whether it may sign at all, now.
    pub fn may_sign(&self, now: OffsetDateTime) -> Result<(), IssueError> {
        for certificate in &self.line {
            let subject = certificate.subject.short().to_string();
            if !certificate.is_ca() || certificate.extensions.may_sign == Some(false) {
                return Err(IssueError::NotAnAuthority { subject });
            }
            if certificate.not_after <= now.unix_timestamp() {
                return Err(IssueError::Over { subject, not_after: certificate.not_after });
            }
        }
        Ok(())
    }

    /// When it ends, or the first one above it. What it signs must not outlive that.
    #[must_use]
    pub fn ends(&self) -> i64 {
        self.line.iter().map(|one| one.not_after).min().unwrap_or(i64::MIN)
    }

    /// Whether it is known up to its root.
    #[must_use]
    pub fn has_root(&self) -> bool {
        self.line.last().is_some_and(Certificate::self_signed)
    }
}

fn nameless(own: &Certificate, key: KeyPair) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    if !own.extensions.subject_key.is_empty() {
        params.key_identifier_method = KeyIdMethod::PreSpecified(own.extensions.subject_key.clone());
    }
    Issuer::new(params, key)
}

/// The same certificate under the very name of its issuer, signed again. rcgen keeps one value of each kind in a name,
/// and so cannot write `DC=corp, DC=example`.
pub(super) fn under_its_name(certificate: &[u8], issuer: &[u8], key: &KeyPair) -> Option<Vec<u8>> {
    let [signed, algorithm, _] = der::elements(certificate)?[..] else { return None };
    let mut fields = der::elements(signed)?;
    // Version, serial number, algorithm, issuer (RFC 5280, 4.1).
    *fields.get_mut(3)? = issuer;
    let signed = der::der(SEQUENCE, &fields.concat());
    let signature = [&[0], key.sign(&signed).ok()?.as_slice()].concat();
    Some(der::der(SEQUENCE, &[&signed, algorithm, &der::der(BIT_STRING, &signature)].concat()))
}

fn certificates(text: &str) -> Result<Vec<Certificate>, IssueError> {
    let blocks = Certificate::all_from_pem(text);
    let found: Vec<Certificate> = blocks.iter().flatten().cloned().collect();
    match blocks.into_iter().find_map(Result::err) {
        _ if !found.is_empty() => Ok(found),
        Some(error) => Err(IssueError::NotCertificates(error)),
        None => Err(IssueError::NoCertificate),
    }
}

/// The first private key of the text, whatever stands before it: `openssl ecparam -genkey` puts the curve there.
fn private_key(text: &str) -> Result<KeyPair, IssueError> {
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(IssueError::LockedKey);
    }
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| IssueError::NoKey)?;
    KeyPair::try_from(&der).map_err(|source| IssueError::UnusableKey { source })
}

fn has_key(certificate: &Certificate, key: &KeyPair) -> bool {
    read::parse_shallow(certificate.der()).is_ok_and(|read| read.public_key().raw == key.subject_public_key_info())
}

/// From `own` up, each one signed by the next.
fn line(own: &Certificate, known: &[Certificate]) -> Vec<Certificate> {
    let mut line = vec![own.clone()];
    while let Some(last) = line.last().filter(|last| !last.self_signed()) {
        match known.iter().find(|one| last.issued_by(one) && !line.contains(one)) {
            Some(next) => line.push(next.clone()),
            None => break,
        }
    }
    line
}
