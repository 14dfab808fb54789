//! A server certificate as it is asked for, and the parameters that follow.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
};
use time::{Duration, OffsetDateTime};

use super::bent::{Naming, Signer, Usage};
use super::served::{self, Served};
use super::{IssueError, make};

const AUTHORITY_LIFETIME: Duration = Duration::days(3650);
/// Just below the 397 days that public clients accept.
const SERVER_LIFETIME: Duration = Duration::days(396);
/// Certificates start a little in the past, because clocks differ.
const CLOCK_TOLERANCE: Duration = Duration::hours(1);
/// The longest common name, or organization, that X.509 allows.
const NAME_LIMIT: usize = 64;

/// What a server certificate is to say. [`ServerRequest::new`] gives a right one; every field can be bent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRequest {
    /// Host names and addresses; an address becomes an address entry, not a name.
    pub names: Vec<String>,
    /// Left out, it is the first host name.
    pub common_name: Option<String>,
    pub key: KeyKind,
    pub naming: Naming,
    pub usage: Usage,
    pub signer: Signer,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyKind {
    #[default]
    EcdsaP256,
    /// As long as keys for the 2030s should be.
    Rsa3072,
}

/// Which names an authority may sign for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    AnyName,
    Only(Vec<Served>),
}

impl ServerRequest {
    /// A certificate that every client accepts which trusts the authority.
    #[must_use]
    pub fn new(names: Vec<String>, now: OffsetDateTime) -> Self {
        Self {
            names,
            common_name: None,
            key: KeyKind::default(),
            naming: Naming::AlternativeNames,
            usage: Usage::Server,
            signer: Signer::Authority,
            not_before: now - CLOCK_TOLERANCE,
            not_after: now + SERVER_LIFETIME,
        }
    }

    pub(super) fn served(&self) -> Vec<Served> {
        self.names.iter().map(|name| Served::read(name)).collect()
    }

    /// OpenSSL and GnuTLS hold a common name against the constraints for host names where there is no other host name,
    /// so an address never stands there.
    fn subject(&self, served: &[Served]) -> Result<DistinguishedName, IssueError> {
        let first = self.names.first().ok_or(IssueError::NoName)?;
        let fits = |name: &&String| name.len() <= NAME_LIMIT;
        let host_name = served.iter().find_map(|one| match one {
            Served::Name(name) => Some(name).filter(fits),
            Served::Address(_) => None,
        });
        let bent = (self.naming == Naming::CommonNameOnly).then_some(first);
        let (kind, text) = match self.common_name.as_ref().or(bent).or(host_name) {
            Some(name) => (DnType::CommonName, name),
            None => (DnType::OrganizationName, first),
        };
        let mut subject = DistinguishedName::new();
        subject.push(kind, text.get(..NAME_LIMIT).unwrap_or(text));
        Ok(subject)
    }

    pub(super) fn parameters(&self) -> Result<CertificateParams, IssueError> {
        let served = self.served();
        let mut params = CertificateParams::default();
        params.distinguished_name = self.subject(&served)?;
        if self.naming != Naming::CommonNameOnly {
            params.subject_alt_names = served.iter().map(Served::alternative_name).collect::<Result<_, _>>()?;
        }
        if self.naming == Naming::Twice {
            params.custom_extensions.push(Naming::second());
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if self.key == KeyKind::Rsa3072 {
            // For TLS 1.2 without Diffie-Hellman, the one thing that only RSA keys can do.
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = vec![match self.usage {
            Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Usage::ClientOnly => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.use_authority_key_identifier_extension = true;
        params.not_before = self.not_before;
        params.not_after = self.not_after;
        Ok(params)
    }
}

impl KeyKind {
    pub(super) fn generate(self) -> Result<KeyPair, IssueError> {
        match self {
            Self::EcdsaP256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::Rsa3072 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        }
        .map_err(make)
    }
}

pub(super) fn authority_parameters(name: &str, reach: &Reach, now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = match reach {
        Reach::AnyName => None,
        Reach::Only(served) => Some(served::only_for(served)),
    };
    params.not_before = now - CLOCK_TOLERANCE;
    params.not_after = now + AUTHORITY_LIFETIME;
    params
}
