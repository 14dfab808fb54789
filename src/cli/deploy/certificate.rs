//! The certificate that the registry, or the front end, shows: one that is given, one that was made the last time, or a
//! new one of an authority that is kept beside the deployment.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::whole;
use crate::cert::go::host_name;
use crate::cert::issue::{KeyKind, Names};
use crate::cert::{Certificate, GoRelease, provider};
use crate::cli::arguments::DeployOptions;
use crate::cli::failure::{Failure, Kind};
use crate::cli::issue_cert::order::{self, Order, Scope, Source, Turn};
use crate::cli::{machine, new_files};
use crate::deploy::{Pair, TLS};
use crate::host::Host;
use crate::model::entry_point::EntryPoint;
use crate::model::new_file::NewFile;

/// As `issue-cert` makes it.
const DAYS: u16 = 396;
/// Docker's that is strictest about names; they are all since 1.15.
const CLIENT: GoRelease = GoRelease::new(1, 26, 0);

/// What TLS needs.
pub struct Tls {
    pub pair: Option<Pair>,
    /// What was made for it now.
    pub files: Vec<NewFile>,
    /// The folder of the authority that made it.
    pub authority: Option<PathBuf>,
}

pub fn tls(host: &dyn Host, options: &DeployOptions, registry: &EntryPoint, folder: &Path) -> Result<Tls, Failure> {
    if options.http {
        return Ok(Tls { pair: None, files: Vec::new(), authority: None });
    }
    if let (Some(certificate), Some(key)) = (&options.cert, &options.key) {
        let (certificate, key) = (whole(certificate)?, whole(key)?);
        fits(&certificate, &key, registry)?;
        return Ok(Tls { pair: Some(Pair::Given { certificate, key }), files: Vec::new(), authority: None });
    }
    issued(host, options, registry, folder)
}

/// Kept when it is there: clients trust its authority, and a new one would have another key.
fn issued(host: &dyn Host, options: &DeployOptions, registry: &EntryPoint, folder: &Path) -> Result<Tls, Failure> {
    let authority = match &options.ca_dir {
        Some(folder) => whole(folder)?,
        None => folder.join("authority"),
    };
    let order = Order {
        names: Names::parse(&[registry.to_string()])?,
        source: Source::Kept { folder: authority.clone(), scope: Scope::TheseNames },
        out: folder.join(TLS),
        key: KeyKind::EcdsaP256,
        days: DAYS,
        turn: Turn::First,
    };
    let prepared = order::prepare(host, order)?;
    let is_there = |path: &Path| new_files::read(host, path).map(|bytes| bytes.is_some());
    let kept = is_there(&prepared.chain)? && is_there(&prepared.key)?;
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let pair = Pair::Issued {
        certificate: name(&prepared.chain),
        key: name(&prepared.key),
        authority: prepared.ca.as_deref().map(name).unwrap_or_default(),
    };
    let files = if kept { Vec::new() } else { prepared.files };
    Ok(Tls { pair: Some(pair), files, authority: Some(authority) })
}

/// Whether they belong together, and to this registry: what no server would start with, and no client accept.
fn fits(certificate: &Path, key: &Path, registry: &EntryPoint) -> Result<(), Failure> {
    let (chain_pem, key_pem) = (machine::read_text(certificate)?, machine::read(key)?);
    let unusable = |path: &Path, reason: String| Failure::file("use", path, reason).because("nothing was written");
    let chain = CertificateDer::pem_slice_iter(chain_pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| unusable(certificate, error.to_string()))?;
    let Some(leaf) = chain.first() else { return Err(unusable(certificate, "it holds no certificate".into())) };
    let read = Certificate::from_der(leaf).map_err(|error| unusable(certificate, error.to_string()))?;
    let secret =
        PrivateKeyDer::from_pem_slice(&key_pem).map_err(|_| unusable(key, "it holds no private key".into()))?;
    let secret = provider::provider().key_provider.load_private_key(secret);
    let secret = secret.map_err(|error| unusable(key, error.to_string()))?;
    if CertifiedKey::new(chain, secret).keys_match().is_err() {
        return Err(unusable(key, format!("it is not the key of {}", certificate.display())));
    }
    host_name::verify(&read, registry.host(), CLIENT).map_err(|refusal| {
        Failure::new(Kind::Refused, format!("{} is not for {}", certificate.display(), registry.host()))
            .because(refusal.to_string())
            .because("nothing was written")
            .hint("left out, --cert and --key are made")
    })
}
