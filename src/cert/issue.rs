//! Makes certificates: a private authority, and server certificates that are right, or wrong in one named way.
//!
//! Works on PEM text and a given time; reading and writing files is the caller's.

use std::fmt;
use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType,
};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
/// Just below the 397 days that public clients accept.
const SERVER_LIFETIME: Duration = Duration::days(396);
/// Certificates start a little in the past, because clocks differ.
const CLOCK_TOLERANCE: Duration = Duration::hours(1);
/// The longest common name that X.509 allows.
const COMMON_NAME_LIMIT: usize = 64;

/// Why no certificate came out.
#[derive(Debug, Error)]
pub enum IssueError {
    #[error("`{name}` cannot stand in a certificate as a host name")]
    Name { name: String, source: rcgen::Error },
    #[error("a server certificate needs at least one name or address")]
    NoName,
    #[error("the key does not belong to the authority's certificate, or one of the two cannot be read")]
    Authority { source: rcgen::Error },
    #[error("the key does not belong to the authority's certificate")]
    KeyMismatch,
    #[error("the certificate could not be made")]
    Make { source: rcgen::Error },
}

/// A private certificate authority with its key (ECDSA P-256).
pub struct Authority {
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a server certificate is to say. [`ServerRequest::new`] gives a right one; every field can be bent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRequest {
    /// Host names and addresses; an address becomes an address entry, not a name.
    pub names: Vec<String>,
    pub naming: Naming,
    pub usage: Usage,
    pub signer: Signer,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
}

/// Where the names stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    AlternativeNames,
    /// The first name as the common name and nothing else, as before 2017: Go refuses it since 1.15.
    CommonNameOnly,
}

/// What the certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    Server,
    /// Wrong for a server on purpose.
    ClientOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    Authority,
    /// The authority signs an intermediate, which signs the server's.
    Intermediate,
    /// The certificate signs itself; the authority has no part in it.
    Itself,
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

impl ServerRequest {
    /// A certificate that every client accepts which trusts the authority.
    #[must_use]
    pub fn new(names: Vec<String>, now: OffsetDateTime) -> Self {
        Self {
            names,
            naming: Naming::AlternativeNames,
            usage: Usage::Server,
            signer: Signer::Authority,
            not_before: now - CLOCK_TOLERANCE,
            not_after: now + SERVER_LIFETIME,
        }
    }
}

impl Authority {
    /// A fresh authority, valid for ten years from `now`.
    pub fn create(now: OffsetDateTime) -> Result<Self, IssueError> {
        let key = generate_key()?;
        let mut params = authority_params("regdoctor private authority", &key, now);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).map_err(make)?;
        Ok(Self { certificate_pem: certificate.pem(), issuer: Issuer::new(params, key) })
    }

    /// The authority that [`Authority::certificate_pem`] and [`Authority::key_pem`] were taken from.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, IssueError> {
        let unreadable = |source| IssueError::Authority { source };
        let key = KeyPair::from_pem(key_pem).map_err(unreadable)?;
        let parsed = x509_parser::pem::parse_x509_pem(certificate_pem.as_bytes())
            .map_err(|_| unreadable(rcgen::Error::CouldNotParseCertificate))?
            .1;
        let certificate = parsed.parse_x509().map_err(|_| unreadable(rcgen::Error::CouldNotParseCertificate))?;
        if certificate.public_key().raw != key.subject_public_key_info() {
            return Err(IssueError::KeyMismatch);
        }
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key).map_err(unreadable)?;
        Ok(Self { certificate_pem: certificate_pem.to_string(), issuer })
    }

    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key. Whoever writes it lets nobody else read the file.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    pub fn issue(&self, request: &ServerRequest) -> Result<Issued, IssueError> {
        let key = generate_key()?;
        let params = server_params(request)?;
        let key_pem = key.serialize_pem();
        match request.signer {
            Signer::Itself => Ok(issued(&params.self_signed(&key).map_err(make)?, None, key_pem)),
            Signer::Authority => Ok(issued(&params.signed_by(&key, &self.issuer).map_err(make)?, None, key_pem)),
            Signer::Intermediate => {
                let (certificate, issuer) = self.intermediate(request.not_before)?;
                let leaf = params.signed_by(&key, &issuer).map_err(make)?;
                Ok(issued(&leaf, Some(&certificate), key_pem))
            }
        }
    }

    fn intermediate(&self, now: OffsetDateTime) -> Result<(Certificate, Issuer<'static, KeyPair>), IssueError> {
        let key = generate_key()?;
        let mut params = authority_params("regdoctor intermediate authority", &key, now);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(make)?;
        Ok((certificate, Issuer::new(params, key)))
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

fn generate_key() -> Result<KeyPair, IssueError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(make)
}

fn authority_params(title: &str, key: &KeyPair, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    // Two authorities must not share a name: verifiers that look up by name would pick the wrong one.
    let identifier = params.key_identifier(key).first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    params.distinguished_name = common_name(&format!("{title} {identifier:08x}"));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - CLOCK_TOLERANCE;
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}

fn server_params(request: &ServerRequest) -> Result<CertificateParams, IssueError> {
    let first = request.names.first().ok_or(IssueError::NoName)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(first.get(..COMMON_NAME_LIMIT).unwrap_or(first));
    if request.naming == Naming::AlternativeNames {
        params.subject_alt_names = request.names.iter().map(|name| alternative_name(name)).collect::<Result<_, _>>()?;
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match request.usage {
        Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Usage::ClientOnly => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    params.use_authority_key_identifier_extension = true;
    params.not_before = request.not_before;
    params.not_after = request.not_after;
    Ok(params)
}

fn alternative_name(name: &str) -> Result<SanType, IssueError> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    Ia5String::try_from(name)
        .map(SanType::DnsName)
        .map_err(|source| IssueError::Name { name: name.to_string(), source })
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

fn issued(leaf: &Certificate, intermediate: Option<&Certificate>, key_pem: String) -> Issued {
    let certificate_pem = leaf.pem();
    let chain_pem = format!("{certificate_pem}{}", intermediate.map(Certificate::pem).unwrap_or_default());
    Issued { certificate_pem, chain_pem, key_pem }
}

fn make(source: rcgen::Error) -> IssueError {
    IssueError::Make { source }
}

#[cfg(test)]
#[path = "issue_tests.rs"]
mod tests;
