//! Files in a certificate folder that Docker passes over or trips over.

use super::{CERTS_D_WRONG_FILE_NAME, Folder};
use crate::cert::Certificate;
use crate::check::words;
use crate::model::facts::{CertsFile, EngineFacts, ImageStore, RegistryCerts};
use crate::model::finding::{Finding, Severity};

enum Fault {
    /// A `.cert` without its `.key`: taken for a client certificate, and every request fails.
    Keyless { stem: String, is_authority: bool },
    /// A `.key` without its `.cert`.
    Certless { stem: String },
    /// A folder that is named like a certificate.
    Folder,
    /// A link to a certificate that is not there.
    Nowhere,
    /// A client certificate that is none.
    NoCertificate,
    /// Certificates under a suffix that is not read.
    Ignored,
    /// A `.crt` without a certificate in it; with the reason, and whether it looks like DER.
    Empty { reason: String, der: bool },
}

pub(super) fn wrong(folder: Folder<'_>) -> Vec<Finding> {
    folder.certs.files.iter().filter_map(|file| of_file(folder, file)).collect()
}

pub(super) fn of_file(folder: Folder<'_>, file: &CertsFile) -> Option<Finding> {
    Some(finding(folder, file, &fault(folder.certs, file)?))
}

/// The certificates of a folder that Docker passes over because of their file's name, with that name.
pub(in crate::check) fn ignored(certs: &RegistryCerts) -> impl Iterator<Item = (&str, &str)> {
    let ignored =
        certs.files.iter().filter(|file| matches!(fault(certs, file), Some(Fault::Ignored | Fault::Keyless { .. })));
    ignored.filter_map(|file| Some((file.name.as_str(), file.pem.as_deref()?)))
}

fn fault(certs: &RegistryCerts, file: &CertsFile) -> Option<Fault> {
    let name = file.name.as_str();
    let has = |name: String| certs.files.iter().any(|other| other.name == name);
    if file.unreadable {
        return None;
    }
    if file.is_folder {
        return name.ends_with(".crt").then_some(Fault::Folder);
    }
    if file.missing {
        return (name.ends_with(".crt") || name.ends_with(".cert")).then_some(Fault::Nowhere);
    }
    if let Some(stem) = name.strip_suffix(".cert") {
        let is_authority = certificates(file).iter().any(|one| one.is_ca() || one.self_issued());
        if has(format!("{stem}.key")) {
            return file
                .pem
                .as_deref()
                .is_some_and(|text| !text.contains("-----BEGIN "))
                .then_some(Fault::NoCertificate);
        }
        return Some(Fault::Keyless { stem: stem.into(), is_authority });
    }
    if let Some(stem) = name.strip_suffix(".key") {
        return (!has(format!("{stem}.cert"))).then(|| Fault::Certless { stem: stem.into() });
    }
    if name.ends_with(".crt") {
        return empty(file);
    }
    let inside = certificates(file);
    let read = |one: &Certificate| {
        certs.files.iter().filter(|other| other.name.ends_with(".crt")).any(|other| certificates(other).contains(one))
    };
    (!inside.is_empty() && !inside.iter().all(read)).then_some(Fault::Ignored)
}

/// A file without any certificate that Docker can read.
fn empty(file: &CertsFile) -> Option<Fault> {
    let text = file.pem.as_deref()?;
    let blocks = Certificate::all_from_pem(text);
    if blocks.iter().any(Result::is_ok) {
        return None;
    }
    // DER begins with 0x30, and its other bytes are no UTF-8.
    let der = text.starts_with('0') && text.contains(char::REPLACEMENT_CHARACTER);
    let reason = match blocks.into_iter().find_map(Result::err) {
        Some(error) => error.to_string(),
        None if der => "it is DER, and Docker reads PEM alone".into(),
        None => "it holds no PEM certificate".into(),
    };
    Some(Fault::Empty { reason, der })
}

fn certificates(file: &CertsFile) -> Vec<Certificate> {
    let text = file.pem.as_deref().unwrap_or_default();
    Certificate::all_from_pem(text).into_iter().filter_map(Result::ok).collect()
}

fn finding(folder: Folder<'_>, file: &CertsFile, fault: &Fault) -> Finding {
    let path = folder.file(&file.name);
    let finding = Finding::new(&CERTS_D_WRONG_FILE_NAME, path.clone());
    let name = words::shown(&file.name);
    let as_crt = |stem: &str| folder.as_root(&["mv", "-n", &path, &folder.file(&free_name(folder.certs, stem))]);
    match fault {
        Fault::Keyless { stem, is_authority: true } => keyless(finding, &path, stem, &name).fix(as_crt(stem)),
        Fault::Keyless { stem, is_authority: false } => {
            keyless(finding, &path, stem, &name).advice(format!("put its key beside it, as {stem}.key"))
        }
        Fault::Certless { stem } => finding
            .evidence(format!("{path} has no {stem}.cert beside it"))
            .leads_to(words::docker_says(format!("missing client certificate {stem}.cert for key {name}")))
            .advice(format!("put the client certificate beside it, as {stem}.cert, or take the key away")),
        Fault::Folder => finding
            .evidence(format!("{path} is a folder"))
            .leads_to(words::docker_says(format!("read {path}: is a directory")))
            .advice("put the certificate itself there, and give the folder another name"),
        Fault::Nowhere => finding
            .evidence(format!("{path} is a link, and where it leads nothing is"))
            .leads_to(words::docker_says(format!("open {path}: no such file or directory")))
            .fix(folder.as_root(&["rm", &path])),
        Fault::NoCertificate => finding
            .evidence(format!("{path} holds no PEM certificate"))
            .leads_to(words::docker_says("tls: failed to find any PEM data in certificate input"))
            .advice("put the client certificate there, as PEM, or take it and its key away"),
        Fault::Ignored => finding
            .severity(Severity::Warning)
            .evidence(format!("{path} holds a certificate; Docker reads files that end with .crt, in small letters"))
            .leads_to("Docker passes over it in silence")
            .fix(as_crt(file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem))),
        Fault::Empty { reason, der } => {
            let finding = without_certificate(finding, folder.engine, &path, reason);
            if *der {
                finding.fix(as_pem(folder, &path))
            } else {
                let aside = format!("{path}.unusable");
                let finding = finding.advice("put the authority's certificate there, as PEM");
                // containerd stumbles over it as long as it is there.
                if finding.severity == Severity::Error {
                    finding.fix(folder.as_root(&["mv", "-n", &path, &aside]))
                } else {
                    finding
                }
            }
        }
    }
}

fn keyless(finding: Finding, path: &str, stem: &str, name: &str) -> Finding {
    let message =
        format!("missing key {stem}.key for client certificate {name}. CA certificates must use the extension .crt");
    finding
        .evidence(format!("{path} has no {stem}.key beside it"))
        .leads_to(format!("every pull, push and login there fails. {}", words::docker_says(message)))
}

/// Passed over in silence by the classic store, and fatal with containerd's.
fn without_certificate(finding: Finding, engine: &EngineFacts, path: &str, reason: &str) -> Finding {
    let finding = finding.evidence(format!("{path}: {reason}"));
    // BuildKit's resolver, before 28, passes over it as the classic store does.
    let fatal = engine.effective.as_ref().is_some_and(|effective| {
        effective.image_store == ImageStore::Containerd && effective.version.at_least(28, 0, 0)
    });
    if fatal {
        return finding.leads_to(words::docker_says(format!("unable to load CA cert \"{path}\"")));
    }
    finding.severity(Severity::Warning).leads_to("Docker passes over it in silence")
}

/// `ca.crt`, or the next name that nobody has.
fn free_name(certs: &RegistryCerts, stem: &str) -> String {
    let taken = |name: &String| certs.files.iter().any(|file| file.name == *name);
    let mut names = std::iter::once(format!("{stem}.crt")).chain((2..).map(|number| format!("{stem}-{number}.crt")));
    names.find(|name| !taken(name)).unwrap_or_default()
}

fn as_pem(folder: Folder<'_>, path: &str) -> String {
    let made = format!("{path}.pem");
    let convert = folder.as_root(&["openssl", "x509", "-inform", "der", "-in", path, "-out", &made]);
    format!("{convert} && {}", folder.as_root(&["mv", &made, path]))
}
