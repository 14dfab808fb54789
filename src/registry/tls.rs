//! The certificate that the server shows: from a private authority, from files, or handed in; and what it asks of clients.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{InconsistentKeys, RootCertStore, ServerConfig};
use thiserror::Error;
use time::OffsetDateTime;
use tokio_rustls::TlsAcceptor;

use super::log::Log;
use super::watched::Watched;
use crate::cert::issue::{Authority, IssueError, Issued, Served, ServerRequest};
use crate::cert::provider;

/// Whether and as whom the server speaks TLS.
#[derive(Debug, Clone, Default)]
pub enum TlsMode {
    /// Plain HTTP.
    #[default]
    Off,
    /// A certificate from a private authority that is made now. Without names it is for localhost and the address that
    /// is listened on.
    FreshAuthority { names: Vec<String> },
    /// The same from an authority that is there already.
    Authority { authority: Arc<Authority>, names: Vec<String> },
    /// PEM files: the chain, leaf first, and its key. They are read again when they change.
    Files { certificate: PathBuf, key: PathBuf },
    /// A certificate as `cert::issue` made it, right or wrong.
    Issued(Issued),
}

#[derive(Debug, Error)]
pub enum TlsError {
    #[error("cannot {doing} {}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("no certificate could be issued")]
    Issue(#[from] IssueError),
    #[error("{what} is not PEM text with what belongs there")]
    Pem { what: String, source: pem::Error },
    #[error("{what} holds no certificate")]
    NoCertificate { what: String },
    #[error("the certificate and its key cannot be used for TLS")]
    Unusable(#[from] rustls::Error),
    #[error("no client can be verified with {what}")]
    ClientAuthority { what: String, source: VerifierBuilderError },
}

/// What the server asks of its clients, and speaks with them.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Clients have to show a certificate of an authority in this PEM text.
    pub client_authority: Option<ClientAuthority>,
    /// HTTP/2 is not offered.
    pub http1_only: bool,
}

#[derive(Debug, Clone)]
pub enum ClientAuthority {
    /// Read again when it changes.
    File(PathBuf),
    Pem(String),
}

/// What a server needs to speak TLS.
#[derive(Debug)]
pub struct Prepared {
    pub acceptor: Option<Watched<TlsAcceptor>>,
    /// The private authority that it is of, where there is one.
    pub authority: Option<Arc<Authority>>,
    pub names: Vec<String>,
    /// The certificates that are shown, as PEM.
    pub chain_pem: String,
}

impl TlsMode {
    pub fn prepare(
        &self,
        listening: IpAddr,
        now: OffsetDateTime,
        terms: &Terms,
        log: &Log,
    ) -> Result<Prepared, TlsError> {
        let default = default_names(listening);
        let (source, authority, names) = match self {
            Self::Off => {
                return Ok(Prepared { acceptor: None, authority: None, names: default, chain_pem: String::new() });
            }
            Self::FreshAuthority { names } => {
                let authority = Arc::new(Authority::create(now)?);
                return Self::Authority { authority, names: names.clone() }.prepare(listening, now, terms, log);
            }
            Self::Authority { authority, names } => {
                let names = if names.is_empty() { default } else { names.clone() };
                (Source::Issued(fitting(authority, &names, now)?), Some(Arc::clone(authority)), names)
            }
            Self::Files { certificate, key } => {
                (Source::Files { certificate: certificate.clone(), key: key.clone() }, None, default)
            }
            Self::Issued(issued) => (Source::Issued(issued.clone()), None, default),
        };
        let mut paths = source.paths();
        if let Some(ClientAuthority::File(file)) = &terms.client_authority {
            paths.push(file.clone());
        }
        let chain_pem = source.read()?.1.chain_pem;
        let terms = terms.clone();
        let acceptor = Watched::new(paths, log, move || {
            let (what, issued) = source.read()?;
            acceptor(&what, &issued, &terms)
        })?;
        Ok(Prepared { acceptor: Some(acceptor), authority, names, chain_pem })
    }
}

/// The authority may be one that signs for other names alone, and then no client would take what it signs.
fn fitting(authority: &Authority, names: &[String], now: OffsetDateTime) -> Result<Issued, IssueError> {
    let issued = authority.issue(&ServerRequest::new(names.to_vec(), now))?;
    let served: Vec<Served> = names.iter().map(|name| Served::read(name)).collect();
    authority.vouch(&issued, &served, now).map(|()| issued)
}

/// Where the certificate and its key come from.
enum Source {
    Issued(Issued),
    Files { certificate: PathBuf, key: PathBuf },
}

impl Source {
    fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Issued(_) => Vec::new(),
            Self::Files { certificate, key } => vec![certificate.clone(), key.clone()],
        }
    }

    /// What it is, for errors, and what it holds.
    fn read(&self) -> Result<(String, Issued), TlsError> {
        match self {
            Self::Issued(issued) => Ok(("the given certificate".into(), issued.clone())),
            Self::Files { certificate, key } => {
                let (chain_pem, key_pem) = (super::file::read(certificate)?, super::file::read(key)?);
                let what = format!("{} with {}", certificate.display(), key.display());
                Ok((what, Issued { certificate_pem: chain_pem.clone(), chain_pem, key_pem }))
            }
        }
    }
}

pub fn acceptor(what: &str, issued: &Issued, terms: &Terms) -> Result<TlsAcceptor, TlsError> {
    let not_pem = |source| TlsError::Pem { what: what.to_string(), source };
    let chain = certificates(what, &issued.chain_pem)?;
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).map_err(not_pem)?;
    let builder = ServerConfig::builder_with_provider(provider::provider()).with_safe_default_protocol_versions()?;
    let builder = match &terms.client_authority {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let (what, pem) = match authority {
                ClientAuthority::File(file) => (file.display().to_string(), super::file::read(file)?),
                ClientAuthority::Pem(pem) => ("the authority".to_string(), pem.clone()),
            };
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates(&what, &pem)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider::provider())
                .build()
                .map_err(|source| TlsError::ClientAuthority { what, source })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let certified = CertifiedKey::new(chain, provider::provider().key_provider.load_private_key(key)?);
    // A certificate that rustls cannot read is shown as it is: it may be wrong on purpose.
    if let Err(mismatch @ rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) = certified.keys_match() {
        return Err(mismatch.into());
    }
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    let http2 = (!terms.http1_only).then(|| b"h2".to_vec());
    config.alpn_protocols = http2.into_iter().chain([b"http/1.1".to_vec()]).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificates of a PEM text, one at least.
pub fn certificates(what: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem { what: what.to_string(), source })?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { what: what.to_string() });
    }
    Ok(certificates)
}

fn default_names(listening: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_string(), "127.0.0.1".to_string(), "::1".to_string()];
    let own = listening.to_string();
    if !listening.is_unspecified() && !names.contains(&own) {
        names.push(own);
    }
    names
}
