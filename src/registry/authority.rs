//! The private authority of a folder: used when it is there, made when it is not.

#![expect(
    clippy::disallowed_methods,
    reason = "the registry keeps its own files, which are no part of an examined host"
)]

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;
use time::OffsetDateTime;

use super::tls::TlsError;
use crate::cert::issue::Authority;

pub const CERTIFICATE: &str = "ca.crt";
pub const KEY: &str = "ca.key";

/// The authority of the folder; a new one when there is none.
pub fn kept(folder: &Path, now: OffsetDateTime) -> Result<Authority, TlsError> {
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
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

pub fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(failed("read", path))
}

/// Writes beside and renames, so that the file has its mode from the start.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file: NamedTempFile = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TlsError {
    let path = path.to_path_buf();
    move |source| TlsError::File { doing, path, source }
}
