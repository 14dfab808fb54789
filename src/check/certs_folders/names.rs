//! Folder names that can match no registry, or hardly.

use super::{CERTS_D_WRONG_DIR, Folder};
use crate::check::words;
use crate::model::entry_point;
use crate::model::facts::{EngineFacts, ImageStore, RegistryCerts};
use crate::model::finding::{Finding, Severity};

/// Why a folder is never, or hardly ever, looked into.
enum Fault {
    /// A file where folders belong.
    LooseFile,
    /// A registry's name, and not a folder.
    NotAFolder,
    /// `https:`, made from `https://registry`; with the folder inside.
    Scheme(Option<String>),
    /// No image name begins like this; with the right form where it is known.
    NeverMatches(Option<String>),
    Capitals,
}

pub(super) fn wrong(folder: Folder<'_>) -> Option<Finding> {
    let (engine, certs) = (folder.engine, folder.certs);
    let fault = fault(engine, certs)?;
    let path = certs.path.display().to_string();
    let finding = described(Finding::new(&CERTS_D_WRONG_DIR, path.clone()), certs, &fault);
    let (from, to) = match fault {
        Fault::Scheme(Some(inside)) => (folder.file(&inside), inside),
        Fault::NeverMatches(Some(right)) => (path, right),
        Fault::Capitals => (path, certs.name.to_ascii_lowercase()),
        _ => return Some(finding),
    };
    if engine.certs_for(&to).is_some() {
        return Some(finding.advice(format!("move its files into the folder {to}")));
    }
    let target = engine.certs_dir.join(&to).display().to_string();
    Some(finding.fix(folder.as_root(&["mv", "-n", &from, &target])))
}

fn described(finding: Finding, certs: &RegistryCerts, fault: &Fault) -> Finding {
    let path = certs.path.display().to_string();
    let name = words::shown(&certs.name);
    let right = "name the folder host:port, as in the image's name";
    match fault {
        Fault::LooseFile => finding
            .severity(Severity::Warning)
            .evidence(format!("{path} is a file; Docker looks only into folders named like a registry"))
            .leads_to("Docker does not read it")
            .advice(format!("`regdoctor trust REGISTRY --ca {}` puts it where it belongs", words::quoted(&path))),
        Fault::NotAFolder => finding
            .likely()
            .evidence(format!("{path} is not a folder that can be listed"))
            .leads_to(words::docker_says(format!("open {path}: not a directory"))),
        Fault::Scheme(_) => finding
            .evidence(format!("{path} comes from a scheme, and image names have none"))
            .leads_to("Docker never looks there")
            .advice(right),
        Fault::NeverMatches(_) => finding
            .evidence(format!("no image name can begin with \"{name}\""))
            .leads_to("Docker never looks there")
            .advice(right),
        Fault::Capitals => finding
            .severity(Severity::Warning)
            .likely()
            .evidence(format!("Docker compares \"{name}\" letter by letter with the image's name"))
            .leads_to("image names in small letters do not find it"),
    }
}

fn fault(engine: &EngineFacts, certs: &RegistryCerts) -> Option<Fault> {
    let name = certs.name.as_str();
    let trimmed = name.trim();
    if certs.not_a_folder {
        let file = [".crt", ".cert", ".pem", ".cer", ".key"].iter().any(|end| name.ends_with(end));
        let registry = entry_point::parse(name).is_ok();
        return if file { Some(Fault::LooseFile) } else { registry.then_some(Fault::NotAFolder) };
    }
    if matches!(name, "http:" | "https:") {
        let inside = certs.files.iter().find(|file| file.is_folder).map(|file| file.name.clone());
        return Some(Fault::Scheme(inside.filter(|inside| entry_point::parse(inside).is_ok())));
    }
    if is_of_containerd(name) {
        return if takes_containerds_names(engine) { None } else { Some(Fault::NeverMatches(None)) };
    }
    match entry_point::parse(name) {
        Err(_) => Some(Fault::NeverMatches(None)),
        Ok(pasted) => {
            let right = pasted.entry_point.to_string();
            if name != trimmed || right != name {
                return Some(Fault::NeverMatches(Some(right)));
            }
            name.bytes().any(|byte| byte.is_ascii_uppercase()).then_some(Fault::Capitals)
        }
    }
}

/// `_default` and `host_port_`.
fn is_of_containerd(name: &str) -> bool {
    name == "_default" || (name.ends_with('_') && name.trim_end_matches('_').contains('_'))
}

/// The containerd image store takes them since 28.0.
fn takes_containerds_names(engine: &EngineFacts) -> bool {
    engine
        .effective
        .as_ref()
        .is_none_or(|effective| effective.image_store == ImageStore::Containerd && effective.version.at_least(28, 0, 0))
}
