//! The folders under certs.d, as far as they may be read. Private keys are never read.

use std::path::{Path, PathBuf};

use crate::model::ask::{Answer, Ask, DirEntry, Kind};
use crate::model::facts::{CertsDir, CertsFile, RegistryCerts};
use crate::model::observations::Observations;

pub(super) fn asks(seen: &Observations, folder: &Path) -> Vec<Ask> {
    let mut asks = vec![Ask::dir(folder)];
    for registry in seen.dir(folder).unwrap_or_default() {
        let path = folder.join(&registry.name);
        asks.push(Ask::dir(&path));
        let files = seen.dir(&path).unwrap_or_default().iter();
        asks.extend(files.filter(|file| is_certificate(file)).map(|file| Ask::file(path.join(&file.name))));
    }
    asks
}

fn is_certificate(entry: &DirEntry) -> bool {
    let name = Path::new(&entry.name);
    let ends = |extension: &str| name.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    entry.kind != Kind::Dir
        && (ends("crt") || ends("cert") || ends("pem") || ends("cer") || name == Path::new("hosts.toml"))
}

pub(super) fn certs(seen: &Observations, folder: &Path) -> CertsDir {
    match seen.answer(&Ask::dir(folder)) {
        Some(Answer::Dir(entries)) => {
            let registries = entries.iter().map(|entry| registry(seen, folder.join(&entry.name), &entry.name));
            CertsDir { unreadable: None, registries: registries.collect() }
        }
        Some(Answer::Denied) => CertsDir { unreadable: Some("permission denied".into()), registries: Vec::new() },
        Some(Answer::Failed(reason)) => CertsDir { unreadable: Some(reason.clone()), registries: Vec::new() },
        _ => CertsDir::default(),
    }
}

fn registry(seen: &Observations, path: PathBuf, name: &str) -> RegistryCerts {
    let (entries, unreadable, not_a_folder) = match seen.answer(&Ask::dir(&path)) {
        Some(Answer::Dir(entries)) => (entries.as_slice(), false, false),
        Some(Answer::Denied) => (&[][..], true, false),
        _ => (&[][..], false, true),
    };
    let files = entries.iter().map(|entry| file(seen, &path, entry)).collect();
    RegistryCerts { name: name.to_string(), files, path, unreadable, not_a_folder }
}

fn file(seen: &Observations, folder: &Path, entry: &DirEntry) -> CertsFile {
    let path = folder.join(&entry.name);
    CertsFile {
        name: entry.name.clone(),
        pem: if is_certificate(entry) { seen.text(&path) } else { None },
        unreadable: matches!(seen.answer(&Ask::file(&path)), Some(Answer::Denied)),
        is_folder: entry.kind == Kind::Dir || matches!(seen.answer(&Ask::file(&path)), Some(Answer::Failed(_))),
        missing: matches!(seen.answer(&Ask::file(&path)), Some(Answer::Missing)),
    }
}
