//! Certificates that are wrong in one named way, for a registry that is wrong on purpose.

use rcgen::{BasicConstraints, Certificate, CustomExtension, IsCa, Issuer, SigningKey};

use super::super::pem;
use super::super::rsa::{self, OldKey};
use super::request::{self, KeyKind, Reach, ServerRequest};
use super::served::{self, Served};
use super::{Authority, IssueError, Issued, make, numbered};

const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
/// A sequence with one name.
const LOCALHOST: &[u8] = b"\x30\x0b\x82\x09localhost";

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

impl Naming {
    /// The extension that is there once too often.
    pub(super) fn second() -> CustomExtension {
        CustomExtension::from_oid_content(SUBJECT_ALT_NAME, LOCALHOST.to_vec())
    }
}

impl Authority {
    /// Another authority of the same name, as when it was made again and the old file is still about.
    pub fn namesake(&self, now: time::OffsetDateTime) -> Result<Self, IssueError> {
        Self::named(self.name(), now)
    }

    /// The chain goes through an intermediate, which is good or wrong.
    pub(super) fn issue_below(&self, request: &ServerRequest) -> Result<Issued, IssueError> {
        let key = request.key.generate()?;
        let params = request.parameters()?;
        let key_pem = key.serialize_pem();
        match request.signer {
            Signer::Itself => Ok(Issued::new(&params.self_signed(&key).map_err(make)?.pem(), "", key_pem)),
            Signer::Authority | Signer::Intermediate | Signer::Constrained => {
                let (certificate, issuer) = self.intermediate(KeyKind::EcdsaP256.generate()?, request)?;
                let leaf = params.signed_by(&key, &issuer).map_err(make)?;
                Ok(Issued::new(&leaf.pem(), &certificate.pem(), key_pem))
            }
            Signer::Sha1 | Signer::WeakKey => {
                let old = if request.signer == Signer::Sha1 { rsa::SHORT } else { rsa::TOO_SHORT };
                let (certificate, issuer) = self.intermediate(OldKey::new(old), request)?;
                let leaf = params.signed_by(&key, &issuer).map_err(make)?;
                if request.signer == Signer::WeakKey {
                    return Ok(Issued::new(&leaf.pem(), &certificate.pem(), key_pem));
                }
                let leaf =
                    issuer.key().signed_with_sha1(leaf.der()).ok_or_else(|| make(rcgen::Error::RemoteKeyError))?;
                Ok(Issued::new(&pem::write(&leaf), &certificate.pem(), key_pem))
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
        let mut params = request::authority_parameters(&name, &Reach::AnyName, request.not_before);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.use_authority_key_identifier_extension = true;
        match request.signer {
            Signer::Sha1 | Signer::WeakKey => {
                params.name_constraints = Some(served::only_for(&request.served()));
                params.not_after = request.not_after;
            }
            Signer::Constrained => {
                let elsewhere = ["other.invalid", "192.0.2.1"].map(Served::read);
                params.name_constraints = Some(served::only_for(&elsewhere));
            }
            Signer::Authority | Signer::Intermediate | Signer::Itself => {}
        }
        let certificate = params.signed_by(&key, &self.issuer).map_err(make)?;
        Ok((certificate, Issuer::new(params, key)))
    }
}
