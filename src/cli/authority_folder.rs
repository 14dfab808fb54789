//! The private authority of a folder: used when it is there, made when it is not.

use std::path::{Path, PathBuf};

use super::failure::{Failure, Kind, quoted};
use super::new_files;
use crate::cert::issue::{Authority, IssueError};
use crate::host::Host;
use crate::model::new_file::NewFile;

const CERTIFICATE: &str = "ca.crt";
const KEY: &str = "ca.key";

/// An authority, and what has to be written so that it is there the next time.
#[derive(Debug)]
pub struct Found {
    pub authority: Authority,
    /// The files that it came from, or will be in.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// None when it was there.
    pub files: Vec<NewFile>,
}

/// The authority of the folder, or the one that `make` makes. Nothing is written here.
pub fn kept(
    host: &dyn Host,
    folder: &Path,
    make: impl FnOnce() -> Result<Authority, IssueError>,
) -> Result<Found, Failure> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    match (new_files::read(host, &certificate)?, new_files::read(host, &key)?) {
        (Some(certificate_pem), Some(key_pem)) => opened(certificate, key, &certificate_pem, &key_pem),
        (None, None) => {
            let authority = make().map_err(|error| Failure::new(Kind::Environment, error.to_string()))?;
            let files = vec![
                NewFile::secret(&key, authority.key_pem()).in_own_folder(),
                NewFile::public(&certificate, authority.certificate_pem()),
            ];
            Ok(Found { authority, certificate, key, files })
        }
        _ => Err(Failure::file("use", folder, format!("it holds only one of {CERTIFICATE} and {KEY}"))
            .hint("put the other one back, or name another folder for a new authority")),
    }
}

/// The authority of these two files.
pub fn own(host: &dyn Host, certificate: &Path, key: &Path) -> Result<Found, Failure> {
    let read = |path: &Path| {
        new_files::read(host, path)?.ok_or_else(|| {
            Failure::file("read", path, "No such file or directory").hint("--ca-cert and --ca-key take PEM files")
        })
    };
    opened(certificate.to_path_buf(), key.to_path_buf(), &read(certificate)?, &read(key)?)
}

fn opened(certificate: PathBuf, key: PathBuf, certificate_pem: &[u8], key_pem: &[u8]) -> Result<Found, Failure> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let authority = Authority::from_pem(&text(certificate_pem), &text(key_pem))
        .map_err(|error| unusable(&error, &certificate, &key))?;
    Ok(Found { authority, certificate, key, files: Vec::new() })
}

/// Why the authority of these files does not do, and what to type next.
pub fn unusable(error: &IssueError, certificate: &Path, key: &Path) -> Failure {
    let of_the_key = matches!(error, IssueError::NoKey | IssueError::LockedKey | IssueError::UnusableKey { .. });
    let file = if of_the_key { key } else { certificate };
    let mut failure = Failure::file("use the authority of", file, error.to_string()).caused_as(error);
    match error {
        IssueError::LockedKey => {
            let key = quoted(&key.display().to_string());
            failure.hint(format!("`openssl pkey -in {key} -out ca-open.key` writes it without the passphrase"))
        }
        IssueError::KeyMismatch => failure.hint(format!("{} is the key of another one", key.display())),
        IssueError::Over { .. } => {
            failure.hint("another folder makes another authority, which every client has to trust: --ca-dir DIR")
        }
        IssueError::OtherNames { .. } => {
            failure.kind = Kind::Refused;
            failure
                .hint("another folder makes another authority, which every client has to trust: --ca-dir DIR")
                .hint("and with --any-name one that may sign for whatever comes later")
        }
        _ => failure.hint("an authority is a certificate that may sign, and the key that belongs to it, both as PEM"),
    }
}
