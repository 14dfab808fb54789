//! Makes certificates: a private authority, and server certificates that are right, or wrong in one named way.
//!
//! Works on PEM text and a given time; reading and writing files is the caller's.

use std::fmt;
use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType,
    SigningKey,
};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use super::rsa::{self, OldKey};

const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
/// Just below the 397 days that public clients accept.
const SERVER_LIFETIME: Duration = Duration::days(396);
/// Certificates start a little in the past, because clocks differ.
const CLOCK_TOLERANCE: Duration = Duration::hours(1);
const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
/// A sequence with one name.
const LOCALHOST: &[u8] = b"\x30\x0b\x82\x09localhost";
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
    /// Left out, it is the first name.
    pub common_name: Option<String>,
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
    /// The extension with the names is there twice: Go takes that for no certificate.
    Twice,
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
    /// An intermediate that may sign for other names alone.
    Constrained,
    /// An intermediate signs with SHA-1, as authorities did until 2016: Go refuses it since 1.18.
    Sha1,
    /// An intermediate with an RSA key of 512 bits: Go refuses it since 1.24.
    WeakKey,
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
            common_name: None,
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
        let name = numbered("regdoctor private authority", &key);
        Self::with_key(key, common_name(&name), now)
    }

    /// The same of this very name.
    pub fn named(name: &str, now: OffsetDateTime) -> Result<Self, IssueError> {
        Self::with_key(generate_key()?, common_name(name), now)
    }

    /// Another authority of the same name, as when it was made again and the old file is still about.
    pub fn namesake(&self, now: OffsetDateTime) -> Result<Self, IssueError> {
        let unreadable = |_| IssueError::Authority { source: rcgen::Error::CouldNotParseCertificate };
        let parsed = x509_parser::pem::parse_x509_pem(self.certificate_pem.as_bytes()).map_err(unreadable)?.1;
        let certificate = parsed
            .parse_x509()
            .map_err(|_| IssueError::Authority { source: rcgen::Error::CouldNotParseCertificate })?;
        let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        Self::named(name.unwrap_or_default(), now)
    }

    fn with_key(key: KeyPair, name: DistinguishedName, now: OffsetDateTime) -> Result<Self, IssueError> {
        let mut params = authority_params(name, now);
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
            Signer::Intermediate | Signer::Constrained => {
                let (certificate, issuer) = self.intermediate(generate_key()?, request)?;
                let leaf = params.signed_by(&key, &issuer).map_err(make)?;
                Ok(issued(&leaf, Some(&certificate), key_pem))
            }
            Signer::Sha1 | Signer::WeakKey => {
                let old = if request.signer == Signer::Sha1 { rsa::SHORT } else { rsa::TOO_SHORT };
                let (certificate, issuer) = self.intermediate(OldKey::new(old), request)?;
                let leaf = params.signed_by(&key, &issuer).map_err(make)?;
                if request.signer == Signer::WeakKey {
                    return Ok(issued(&leaf, Some(&certificate), key_pem));
                }
                let leaf =
                    issuer.key().signed_with_sha1(leaf.der()).ok_or_else(|| make(rcgen::Error::RemoteKeyError))?;
                let leaf_pem = super::pem::write(&leaf);
                let chain_pem = format!("{leaf_pem}{}", certificate.pem());
                Ok(Issued { certificate_pem: leaf_pem, chain_pem, key_pem })
            }
        }
    }

    /// An intermediate for the names of this request alone: some of its keys are known to everybody.
    fn intermediate<K: SigningKey>(
        &self,
        key: K,
        request: &ServerRequest,
    ) -> Result<(Certificate, Issuer<'static, K>), IssueError> {
        let name = numbered("regdoctor intermediate authority", &key);
        let mut params = authority_params(common_name(&name), request.not_before);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        match request.signer {
            Signer::Sha1 | Signer::WeakKey => {
                params.name_constraints = Some(rsa::only_for(&request.names));
                params.not_after = request.not_after;
            }
            Signer::Constrained => {
                params.name_constraints = Some(rsa::only_for(&["other.invalid".into(), "192.0.2.1".into()]));
            }
            Signer::Authority | Signer::Intermediate | Signer::Itself => {}
        }
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

/// Two authorities must not share a name: verifiers that look up by name would pick the wrong one.
fn numbered(title: &str, key: &impl PublicKeyData) -> String {
    let identifier =
        CertificateParams::default().key_identifier(key).first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    format!("{title} {identifier:08x}")
}

fn authority_params(name: DistinguishedName, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - CLOCK_TOLERANCE;
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}

fn server_params(request: &ServerRequest) -> Result<CertificateParams, IssueError> {
    let first = request.names.first().ok_or(IssueError::NoName)?;
    let mut params = CertificateParams::default();
    let title = request.common_name.as_ref().unwrap_or(first);
    params.distinguished_name = common_name(title.get(..COMMON_NAME_LIMIT).unwrap_or(title));
    if request.naming != Naming::CommonNameOnly {
        params.subject_alt_names = request.names.iter().map(|name| alternative_name(name)).collect::<Result<_, _>>()?;
    }
    if request.naming == Naming::Twice {
        params.custom_extensions.push(CustomExtension::from_oid_content(SUBJECT_ALT_NAME, LOCALHOST.to_vec()));
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
