//! The certificate that the server shows: from a private authority, from files, or handed in.

#![expect(
    clippy::disallowed_methods,
    reason = "the registry keeps its own files, which are no part of an examined host"
)]

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::NamedTempFile;
use thiserror::Error;
use time::OffsetDateTime;
use tokio_rustls::TlsAcceptor;

use crate::cert::issue::{Authority, IssueError, Issued, ServerRequest};
use crate::cert::provider;

pub const AUTHORITY_CERTIFICATE: &str = "ca.crt";
pub const AUTHORITY_KEY: &str = "ca.key";

/// Whether and as whom the server speaks TLS.
#[derive(Debug, Clone, Default)]
pub enum TlsMode {
    /// Plain HTTP.
    #[default]
    Off,
    /// A certificate from a private authority. With a folder, the authority is kept there (`ca.crt`, `ca.key`) and
    /// used again. Without names the certificate is for localhost and the address that is listened on.
    FreshAuthority { folder: Option<PathBuf>, names: Vec<String> },
    /// PEM files: the chain, leaf first, and its key.
    Files { certificate: PathBuf, key: PathBuf },
    /// A certificate as `cert::issue` made it, right or wrong.
    Issued(Issued),
}

#[derive(Debug, Error)]
pub enum TlsError {
    #[error("cannot {doing} {}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{} holds only one of {AUTHORITY_CERTIFICATE} and {AUTHORITY_KEY}", folder.display())]
    HalfAuthority { folder: PathBuf },
    #[error("the authority in {} cannot be used", folder.display())]
    KeptAuthority { folder: PathBuf, source: IssueError },
    #[error("no certificate could be issued")]
    Issue(#[from] IssueError),
    #[error("{what} is not PEM text with what belongs there")]
    Pem { what: String, source: pem::Error },
    #[error("{what} holds no certificate")]
    NoCertificate { what: String },
    #[error("the certificate and its key cannot be used for TLS")]
    Unusable(#[from] rustls::Error),
}

/// What a server needs to speak TLS.
pub struct Prepared {
    pub acceptor: Option<TlsAcceptor>,
    /// What a client has to trust, where that is known.
    pub authority_pem: Option<String>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Prepared").field("tls", &self.acceptor.is_some()).finish_non_exhaustive()
    }
}

impl TlsMode {
    pub fn prepare(&self, listening: IpAddr, now: OffsetDateTime) -> Result<Prepared, TlsError> {
        match self {
            Self::Off => Ok(Prepared { acceptor: None, authority_pem: None }),
            Self::FreshAuthority { folder, names } => {
                let authority = match folder {
                    Some(folder) => kept_authority(folder, now)?,
                    None => Authority::create(now)?,
                };
                let names = if names.is_empty() { default_names(listening) } else { names.clone() };
                let issued = authority.issue(&ServerRequest::new(names, now))?;
                Ok(Prepared {
                    acceptor: Some(acceptor("the issued certificate", &issued.chain_pem, &issued.key_pem)?),
                    authority_pem: Some(authority.certificate_pem().to_string()),
                })
            }
            Self::Files { certificate, key } => {
                let (chain, key_text) = (read(certificate)?, read(key)?);
                let what = format!("{} with {}", certificate.display(), key.display());
                Ok(Prepared { acceptor: Some(acceptor(&what, &chain, &key_text)?), authority_pem: None })
            }
            Self::Issued(issued) => Ok(Prepared {
                acceptor: Some(acceptor("the given certificate", &issued.chain_pem, &issued.key_pem)?),
                authority_pem: None,
            }),
        }
    }
}

fn acceptor(what: &str, chain_pem: &str, key_pem: &str) -> Result<TlsAcceptor, TlsError> {
    let not_pem = |source| TlsError::Pem { what: what.to_string(), source };
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(chain_pem.as_bytes()).collect::<Result<_, _>>().map_err(not_pem)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { what: what.to_string() });
    }
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(not_pem)?;
    let mut config = ServerConfig::builder_with_provider(provider::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn default_names(listening: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_string(), "127.0.0.1".to_string(), "::1".to_string()];
    let own = listening.to_string();
    if !listening.is_unspecified() && !names.contains(&own) {
        names.push(own);
    }
    names
}

/// The authority of the folder; a new one when there is none.
fn kept_authority(folder: &Path, now: OffsetDateTime) -> Result<Authority, TlsError> {
    let (certificate, key) = (folder.join(AUTHORITY_CERTIFICATE), folder.join(AUTHORITY_KEY));
    match (certificate.exists(), key.exists()) {
        (true, true) => Authority::from_pem(&read(&certificate)?, &read(&key)?)
            .map_err(|source| TlsError::KeptAuthority { folder: folder.to_path_buf(), source }),
        (false, false) => {
            let authority = Authority::create(now)?;
            fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
            write(&key, &authority.key_pem(), 0o600).map_err(failed("write", &key))?;
            write(&certificate, authority.certificate_pem(), 0o644).map_err(failed("write", &certificate))?;
            Ok(authority)
        }
        _ => Err(TlsError::HalfAuthority { folder: folder.to_path_buf() }),
    }
}

/// Writes beside and renames, so that the file has its mode from the start.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut file: NamedTempFile = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(failed("read", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    let path = path.to_path_buf();
    move |source| TlsError::File { doing, path, source }
}
