//! Whom the client believes to be the registry.

use std::sync::Arc;

use reqwest::{Client, ClientBuilder};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::error::ClientError;
use crate::cert::go::{self, Question};
use crate::cert::{Build, GoRelease, Pool, pem, provider};

/// Whose rules decide about a certificate that is trusted by itself; they have not changed since Go 1.15.
const GO: GoRelease = GoRelease::new(1, 24, 0);

/// Certificates are PEM text; several may stand in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// These and nothing else. As for Docker, one of them may be the registry's own certificate.
    Certificates(String),
    /// These, and the store of the system that this process runs on.
    SystemAnd(String),
    /// TLS, but anybody may be at the other end: no password goes there.
    Unverified,
    /// The same for a registry that a person declared insecure: what goes there is theirs to decide.
    Declared,
    /// For registries that a person declared insecure as well.
    PlainHttp,
}

/// What may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Safety {
    Verified,
    /// Nobody verifies, and a person said that nobody need.
    Declared,
    Unverified,
}

impl Trust {
    pub(super) fn scheme(&self) -> &'static str {
        if *self == Self::PlainHttp { "http" } else { "https" }
    }

    pub(super) fn safety(&self) -> Safety {
        match self {
            Self::Certificates(_) | Self::SystemAnd(_) => Safety::Verified,
            Self::Declared | Self::PlainHttp => Safety::Declared,
            Self::Unverified => Safety::Unverified,
        }
    }

    /// A client for each store that may decide. What one does not trust, the next one may.
    pub(super) fn clients(&self, builder: fn() -> ClientBuilder) -> Result<Vec<Client>, ClientError> {
        // reqwest panics without it.
        provider::install();
        match self {
            Self::Certificates(text) => {
                let listed = configuration(&certificates(text)?)?;
                Ok(vec![build(builder().tls_backend_preconfigured(listed))?])
            }
            Self::SystemAnd(text) => {
                let own = Self::Certificates(text.clone()).clients(builder).unwrap_or_default();
                // A system without a store trusts nobody.
                match build(builder()) {
                    Err(error) if own.is_empty() => Err(error),
                    system => Ok(own.into_iter().chain(system.ok()).collect()),
                }
            }
            // Without this the system's store would be read, and a system without one would be an error.
            Self::PlainHttp => Ok(vec![build(builder().tls_certs_only([]))?]),
            Self::Unverified | Self::Declared => Ok(vec![build(builder().tls_danger_accept_invalid_certs(true))?]),
        }
    }
}

fn build(builder: ClientBuilder) -> Result<Client, ClientError> {
    builder.build().map_err(|source| ClientError::Http { source })
}

/// What is no certificate in the text is passed over, as Docker does.
fn certificates(text: &str) -> Result<Vec<Vec<u8>>, ClientError> {
    let readable = pem::read_all(text).into_iter().filter_map(Result::ok);
    let found: Vec<_> = readable.map(|certificate| certificate.der().to_vec()).collect();
    if found.is_empty() { Err(ClientError::NoCertificate) } else { Ok(found) }
}

fn configuration(trusted: &[Vec<u8>]) -> Result<ClientConfig, ClientError> {
    let failed = |source| ClientError::Tls { source };
    let verifier = Listed::new(trusted)?;
    let builder = ClientConfig::builder_with_provider(provider::provider());
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// Chains are decided by webpki. A server's certificate that is itself on the list needs no chain: Go takes it, and
/// webpki does not when it may sign others, as `openssl req -x509` makes them.
#[derive(Debug)]
struct Listed {
    chains: Arc<WebPkiServerVerifier>,
    pool: Pool,
    ders: Vec<Vec<u8>>,
}

impl Listed {
    fn new(trusted: &[Vec<u8>]) -> Result<Self, ClientError> {
        let (mut roots, mut pool) = (RootCertStore::empty(), Pool::new());
        roots.add_parsable_certificates(trusted.iter().cloned().map(CertificateDer::from));
        for der in trusted {
            // One that cannot be read trusts nobody.
            let _ = pool.add_der(der.clone());
        }
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider::provider()).build();
        let chains = chains.map_err(|_| ClientError::NoCertificate)?;
        Ok(Self { chains, pool, ders: trusted.to_vec() })
    }

    fn takes_alone(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> bool {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let question = Question { name: &name.to_str(), now, go: GO, build: Build::Module };
        self.ders.iter().any(|der| der.as_slice() == leaf.as_ref())
            && go::verify(&[leaf.to_vec()], &[&self.pool], &question).is_ok()
    }
}

impl ServerCertVerifier for Listed {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.chains.verify_server_cert(leaf, others, name, ocsp, now);
        match verified {
            Err(_) if self.takes_alone(leaf, name, now) => Ok(ServerCertVerified::assertion()),
            decided => decided,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
