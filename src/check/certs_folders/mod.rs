//! Do the folders and files under certs.d have names that Docker takes?

mod files;
mod names;

pub(super) use files::ignored;

use super::words;
use super::{Check, Run, engine};
use crate::model::facts::{EngineFacts, Facts, Packaging, RegistryCerts};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};

pub const CHECK: Check = Check {
    id: "certs-folders",
    passed: "certificate folders are in order",
    topic: "certificate folders",
    causes: &[&CERTS_D_WRONG_DIR, &CERTS_D_WRONG_FILE_NAME, &CERTS_D_UNREADABLE],
    run: Run::Host(run),
};

pub const CERTS_D_WRONG_DIR: Cause = Cause {
    slug: "certs-d-wrong-dir",
    summary: "a certificate folder is not named like the registry",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("certs-d-wrong-dir.md"),
    signs: include_str!("certs-d-wrong-dir.signs"),
};

pub const CERTS_D_WRONG_FILE_NAME: Cause = Cause {
    slug: "certs-d-wrong-file-name",
    summary: "a certificate file has a name or form that Docker does not take",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Message],
    page: include_str!("certs-d-wrong-file-name.md"),
    signs: include_str!("certs-d-wrong-file-name.signs"),
};

pub const CERTS_D_UNREADABLE: Cause = Cause {
    slug: "certs-d-unreadable",
    summary: "Docker cannot read its certificate folder",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("certs-d-unreadable.md"),
    signs: include_str!("certs-d-unreadable.signs"),
};

fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let Some(engine) = engine.filter(|engine| engine::is_configured_here(engine)) else {
        return Verdict::NotApplicable;
    };
    let path = engine.certs_dir.display().to_string();
    let mut found = Vec::new();
    if reads_as_docker(facts, engine) {
        found.extend(unreadable(engine).into_iter().map(|path| closed(facts, engine, &path)));
    } else if engine.certs.unreadable.is_some() {
        return Verdict::Skipped(format!("{path} may not be read: run this with sudo"));
    }
    for certs in &engine.certs.registries {
        let folder = Folder { facts, engine, certs };
        found.extend(names::wrong(folder));
        found.extend(files::wrong(folder));
    }
    match unreadable(engine).first() {
        Some(path) if found.is_empty() => Verdict::Skipped(format!("{path} may not be read: run this with sudo")),
        _ => words::verdict(found, || passed(engine, &path)),
    }
}

/// What in this folder makes every request to its registry fail.
pub(super) fn stopping(facts: &Facts, engine: &EngineFacts, certs: &RegistryCerts) -> Option<Finding> {
    let folder = Folder { facts, engine, certs };
    let mut all = names::wrong(folder).into_iter().chain(files::wrong(folder));
    all.find(|finding| finding.severity == Severity::Error)
}

/// What lies under an authority's name in this folder and is none.
pub(super) fn useless(facts: &Facts, engine: &EngineFacts, certs: &RegistryCerts) -> Option<Finding> {
    let folder = Folder { facts, engine, certs };
    certs.files.iter().filter(|file| file.name.ends_with(".crt")).find_map(|file| files::of_file(folder, file))
}

fn passed(engine: &EngineFacts, path: &str) -> String {
    match engine.certs.registries.len() {
        0 => format!("none under {path}"),
        number => format!("{} under {path}", words::count(number, "folder", "folders")),
    }
}

/// Whether what is closed to us is closed to Docker.
fn reads_as_docker(facts: &Facts, engine: &EngineFacts) -> bool {
    facts.identity.is_root() || engine.packaging == Packaging::Rootless
}

fn unreadable(engine: &EngineFacts) -> Vec<String> {
    let parent = engine.certs.unreadable.iter().map(|_| engine.certs_dir.display().to_string());
    let inside = engine.certs.registries.iter().flat_map(|certs| {
        let folder = certs.unreadable.then(|| certs.path.display().to_string());
        let files = certs.files.iter().filter(|file| file.unreadable);
        folder.into_iter().chain(files.map(|file| certs.path.join(&file.name).display().to_string()))
    });
    parent.chain(inside).collect()
}

fn closed(facts: &Facts, engine: &EngineFacts, path: &str) -> Finding {
    let finding = Finding::new(&CERTS_D_UNREADABLE, path)
        .evidence(format!("{path}: permission denied"))
        .leads_to(words::docker_says(format!("open {path}: permission denied, whatever the registry does")));
    if engine.packaging == Packaging::Rootless {
        let owner = facts.identity.user.as_str();
        return finding.advice("a rootless Docker reads it as its own user").fix(format!(
            "sudo {} && {}",
            owned(owner, path),
            opened(path)
        ));
    }
    finding
        .advice("root is refused by a security module or a network file system; under SELinux the labels are wrong")
        .fix(words::as_root(facts, Some(engine), &["restorecon", "-Rv", path]))
}

fn owned(owner: &str, path: &str) -> String {
    format!("chown -R {} {}", words::quoted(owner), words::quoted(path))
}

fn opened(path: &str) -> String {
    format!("chmod -R u+rX {}", words::quoted(path))
}

/// One folder of certs.d on its host.
#[derive(Clone, Copy)]
struct Folder<'a> {
    facts: &'a Facts,
    engine: &'a EngineFacts,
    certs: &'a RegistryCerts,
}

impl Folder<'_> {
    /// The path of a file in it.
    fn file(&self, name: &str) -> String {
        self.certs.path.join(name).display().to_string()
    }

    fn as_root(&self, words: &[&str]) -> String {
        words::as_root(self.facts, Some(self.engine), words)
    }
}

#[cfg(test)]
mod tests;
