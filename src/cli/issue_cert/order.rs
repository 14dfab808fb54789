//! From names to files: what has to be written so that a registry has its certificate. Reads, and writes nothing.

use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

use crate::cert::issue::{self, Issued, KeyKind, Names, Served, ServerRequest};
use crate::cert::{Certificate, KeyAlgorithm};
use crate::cli::authority_folder::{self, Found};
use crate::cli::failure::{Failure, Kind};
use crate::cli::new_files;
use crate::host::Host;
use crate::model::ask::{Answer, Ask};
use crate::model::new_file::NewFile;

/// A certificate as it is wanted.
#[derive(Debug)]
pub struct Order {
    pub names: Names,
    pub source: Source,
    /// The folder of the server's files.
    pub out: PathBuf,
    pub key: KeyKind,
    pub days: u16,
    pub turn: Turn,
}

/// Who signs.
#[derive(Debug)]
pub enum Source {
    /// The authority of a folder, which is made when it is not there.
    Kept { folder: PathBuf, scope: Scope },
    /// The authority of these files.
    Own { certificate: PathBuf, key: PathBuf },
}

/// What a new authority may sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    TheseNames,
    AnyName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    First,
    /// The files of the last time are replaced, for the same names.
    Renewal,
}

/// What was made, and is not yet written.
#[derive(Debug)]
pub struct Prepared {
    pub names: Names,
    pub signer: Found,
    pub certificate: Certificate,
    /// Those of the signer as well, when it is new.
    pub files: Vec<NewFile>,
    pub chain: PathBuf,
    pub key: PathBuf,
    /// What clients have to trust; `None` when the root of one's own authority is not known here.
    pub ca: Option<PathBuf>,
}

/// The certificate, judged as clients will judge it.
pub fn prepare(host: &dyn Host, order: Order) -> Result<Prepared, Failure> {
    let now = now(host)?;
    let stem = file_stem(order.names.served());
    let (chain, key) = (order.out.join(format!("{stem}.crt")), order.out.join(format!("{stem}.key")));
    let earlier = match order.turn {
        Turn::First => None,
        Turn::Renewal => Some(Earlier::read(host, &chain, &key)?),
    };
    let names = match &earlier {
        Some(earlier) => order.names.after(earlier.served()),
        None => order.names,
    };
    let key_kind = earlier.as_ref().map_or(order.key, |earlier| earlier.key_kind(order.key));
    let signer = signer(host, &order.source, &names, key_kind, now)?;
    if let Some(earlier) = &earlier {
        earlier.is_of(&signer, &chain)?;
    }
    let (issued, certificate) = sign(&signer, &names, (key_kind, order.days), now)?;
    let (old_chain, old_key) = earlier.map(|earlier| (earlier.chain, earlier.key)).unzip();
    let mut files = signer.files.clone();
    let ca = signer.authority.has_root().then(|| order.out.join("ca.crt"));
    // With --out and --ca-dir the same, it is there already.
    if let Some(path) = ca.as_ref().filter(|path| files.iter().all(|file| file.path != **path)) {
        files.push(NewFile::public(path, signer.authority.certificate_pem()));
    }
    files.push(NewFile::public(&chain, issued.chain_pem).over(old_chain));
    files.push(NewFile::secret(&key, issued.key_pem).over(old_key));
    Ok(Prepared { names, signer, certificate, files, chain, key, ca })
}

fn now(host: &dyn Host) -> Result<OffsetDateTime, Failure> {
    match host.ask(&Ask::Clock) {
        Answer::Clock(seconds) => OffsetDateTime::from_unix_timestamp(seconds).ok(),
        _ => None,
    }
    .ok_or_else(|| Failure::new(Kind::Environment, "the clock of this machine cannot be read"))
}

fn signer(
    host: &dyn Host,
    source: &Source,
    names: &Names,
    key: KeyKind,
    now: OffsetDateTime,
) -> Result<Found, Failure> {
    let found = match source {
        Source::Own { certificate, key } => authority_folder::own(host, certificate, key)?,
        Source::Kept { folder, scope } => authority_folder::kept(host, folder, || {
            let reach = match scope {
                Scope::AnyName => issue::Reach::AnyName,
                Scope::TheseNames => issue::Reach::Only(names.served().to_vec()),
            };
            issue::Authority::create_for(&reach, key, now)
        })?,
    };
    let usable = found.authority.may_sign(now);
    usable.map_err(|error| authority_folder::unusable(&error, &found.certificate, &found.key))?;
    Ok(found)
}

fn sign(
    signer: &Found,
    names: &Names,
    (key, days): (KeyKind, u16),
    now: OffsetDateTime,
) -> Result<(Issued, Certificate), Failure> {
    let unusable = |error| authority_folder::unusable(&error, &signer.certificate, &signer.key);
    let mut request = ServerRequest::new(names.served().iter().map(ToString::to_string).collect(), now);
    request.key = key;
    request.not_after = now + Duration::days(days.into());
    if let Ok(end) = OffsetDateTime::from_unix_timestamp(signer.authority.ends()) {
        request.not_after = request.not_after.min(end);
    }
    let issued = signer.authority.issue(&request).map_err(unusable)?;
    signer.authority.vouch(&issued, names.served(), now).map_err(unusable)?;
    let leaf = leaf(&issued.certificate_pem)
        .ok_or_else(|| Failure::new(Kind::Environment, "the certificate that was made cannot be read"))?;
    Ok((issued, leaf))
}

/// What the last time left.
struct Earlier {
    chain: Vec<u8>,
    key: Vec<u8>,
    certificate: Certificate,
}

impl Earlier {
    fn read(host: &dyn Host, chain_path: &Path, key_path: &Path) -> Result<Self, Failure> {
        let read = |path: &Path| {
            new_files::read(host, path)?
                .ok_or_else(|| Failure::file("renew", path, "it does not exist").hint("without --renew it is made"))
        };
        let (chain, key) = (read(chain_path)?, read(key_path)?);
        let certificate = leaf(&String::from_utf8_lossy(&chain))
            .ok_or_else(|| Failure::file("renew", chain_path, "it holds no certificate"))?;
        Ok(Self { chain, key, certificate })
    }

    fn served(&self) -> Vec<Served> {
        let names = self.certificate.dns_names().iter().cloned().map(Served::Name);
        names.chain(self.certificate.ip_addresses().iter().copied().map(Served::Address)).collect()
    }

    /// An RSA key is followed by another: somebody needs it.
    fn key_kind(&self, wanted: KeyKind) -> KeyKind {
        if self.certificate.key.algorithm == KeyAlgorithm::Rsa { KeyKind::Rsa3072 } else { wanted }
    }

    /// Clients trust the one that signed it, so no other may take its place unseen.
    fn is_of(&self, signer: &Found, chain: &Path) -> Result<(), Failure> {
        if signer.authority.line().first().is_some_and(|own| self.certificate.issued_by(own)) {
            return Ok(());
        }
        let issuer = self.certificate.issuer.short();
        let who = format!("it was signed by \"{issuer}\", not by \"{}\"", signer.authority.name());
        let mut failure = Failure::file("renew", chain, who);
        failure.kind = Kind::Refused;
        Err(failure.hint("name the authority that signed it: --ca-dir DIR, or --ca-cert FILE --ca-key FILE"))
    }
}

fn leaf(chain_pem: &str) -> Option<Certificate> {
    Certificate::all_from_pem(chain_pem).into_iter().flatten().next()
}

/// A file name that also Docker's `-v FROM:TO` and every shell take as it is.
fn file_stem(served: &[Served]) -> String {
    let first = served.first().map(ToString::to_string).unwrap_or_default();
    first.replace(':', "-").replace('*', "_wildcard")
}
