//! The right authority is on this host, and not where Docker reads it for this registry.

use super::sight::Sight;
use super::unknown::trust;
use crate::cert::{Certificate, Pool, Refusal};
use crate::check::elsewhere::CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED;
use crate::check::trust::authorities;
use crate::check::{certs_folders, words};
use crate::engine::docker;
use crate::model::facts::RegistryCerts;
use crate::model::finding::Finding;
use crate::model::trace::Dns;

/// The right authority lies in the folder of nearly the same name.
pub(super) fn other_folder(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let engine = sight.meeting.engine?;
    let host = sight.meeting.trace.registry.host();
    let addresses = sight.meeting.trace.dns.seen().map(Dns::addresses).unwrap_or_default();
    let near = |certs: &&RegistryCerts| {
        // `host_port_` is containerd's way to write it.
        let plain = certs.name.strip_suffix('_').map_or(certs.name.clone(), |name| name.replacen('_', ":", 1));
        let Ok(pasted) = crate::model::entry_point::parse(&plain) else { return false };
        let named = pasted.entry_point.host();
        let same = named.eq_ignore_ascii_case(host) || addresses.iter().any(|address| address.to_string() == named);
        same && certs.name != sight.registry()
    };
    let folder = engine.certs.registries.iter().filter(near).find(|certs| sight.would_pass_with(&pool(certs)))?;
    let wanted = engine.certs_dir.join(sight.registry()).display().to_string();
    let right = authority_file(sight, folder)?;
    let file = folder.path.join(right).display().to_string();
    Some(
        sight
            .finding(&certs_folders::CERTS_D_WRONG_DIR, refusal)
            .evidence(format!("its authority is in {}, and Docker looks in {wanted}", folder.path.display()))
            .evidence("port and capitals are part of the folder's name")
            .fix(words::regdoctor(sight.meeting.facts, Some(engine), &["trust", &sight.registry(), "--ca", &file])),
    )
}

/// The right authority lies in the right folder, in a file that Docker does not read.
pub(super) fn passed_over(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let (engine, certs) = (sight.meeting.engine?, sight.certs()?);
    let (name, _) = certs_folders::ignored(certs).find(|(_, pem)| sight.would_pass_with(&Pool::from_pem(pem)))?;
    let file = certs.path.join(name).display().to_string();
    Some(
        sight
            .finding(&certs_folders::CERTS_D_WRONG_FILE_NAME, refusal)
            .evidence(format!("{file} holds its authority; Docker reads files that end with .crt, in small letters"))
            .fix(words::regdoctor(sight.meeting.facts, Some(engine), &["trust", &sight.registry(), "--ca", &file])),
    )
}

/// The right authority lies in the right folder, beside a `hosts.toml` that decides alone and does not name it.
pub(super) fn unnamed(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let (engine, certs) = (sight.meeting.engine?, sight.certs()?);
    let named = docker::named_by_hosts_toml(engine, &sight.registry())?;
    let authority = certs.path.join(authority_file(sight, certs)?);
    if named.contains(&authority) {
        return None;
    }
    let (toml, authority) = (certs.path.join("hosts.toml").display().to_string(), authority.display().to_string());
    let finding = sight
        .finding(&CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED, refusal)
        .evidence(format!("{authority} holds its authority, and {toml} does not name it"))
        .evidence("where there is a hosts.toml, containerd's image store reads nothing else of that folder")
        .advice(format!("name it with `ca` in {toml}, above every table"));
    if !named.is_empty() {
        return Some(finding);
    }
    let line = format!("1i ca = \"{authority}\"");
    Some(finding.fix(words::as_root(sight.meeting.facts, Some(engine), &["sed", "-i", &line, &toml])))
}

/// Something lies where the authority belongs, and Docker finds no certificate in it.
pub(super) fn useless_file(sight: &Sight<'_>, refusal: &Refusal) -> Option<Finding> {
    let (engine, certs) = (sight.meeting.engine?, sight.certs()?);
    if !trusted_files(certs).is_empty() {
        return None;
    }
    let useless = certs_folders::useless(sight.meeting.facts, engine, certs)?;
    let finding = sight.finding(&certs_folders::CERTS_D_WRONG_FILE_NAME, refusal);
    let finding = Finding { evidence: useless.evidence, remedy: useless.remedy, ..finding };
    Some(if finding.remedy.commands.is_empty() { trust(sight, finding) } else { finding })
}

/// Every certificate of the folder, whatever its file is called.
pub(super) fn all_of(certs: Option<&RegistryCerts>) -> Pool {
    let mut pool = Pool::new();
    for file in certs.iter().flat_map(|certs| &certs.files) {
        pool.add_pem(file.pem.as_deref().unwrap_or_default());
    }
    pool
}

pub(super) fn pool(certs: &RegistryCerts) -> Pool {
    let read: Vec<Certificate> = trusted_files(certs).into_iter().map(|(_, certificate)| certificate).collect();
    Pool::from_certificates(&read)
}

/// The file of a folder that makes the chain good.
fn authority_file<'c>(sight: &Sight<'_>, certs: &'c RegistryCerts) -> Option<&'c str> {
    let mut alone = authorities(&certs.files).filter(|(_, pem)| sight.would_pass_with(&Pool::from_pem(pem)));
    alone.next().map(|(name, _)| name)
}

/// Every certificate that Docker reads in a folder, with its file.
pub(super) fn trusted_files(certs: &RegistryCerts) -> Vec<(String, Certificate)> {
    let read = authorities(&certs.files).flat_map(|(name, pem)| {
        let path = certs.path.join(name).display().to_string();
        let all = Certificate::all_from_pem(pem);
        all.into_iter().filter_map(Result::ok).map(move |certificate| (path.clone(), certificate))
    });
    read.collect()
}
