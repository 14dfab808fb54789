//! Whom to believe, and the login: by the rules of the engine that is here, or of a machine without one.

use std::net::ToSocketAddrs;
use std::path::PathBuf;

use super::Push;
use crate::cli::failure::Failure;
use crate::cli::{login, machine};
use crate::client::{Client, ClientError, Trust};
use crate::engine::Whom;
use crate::host::Host;
use crate::model::ask::Ask;
use crate::model::entry_point::EntryPoint;
use crate::model::observations::Observations;
use crate::model::trace::{Dns, Layer, Trace};

/// The folders of certificates of Docker and of podman, skopeo and buildah.
const FOLDERS: [&str; 2] = ["/etc/docker/certs.d", "/etc/containers/certs.d"];

/// A client that has reached the registry. The outer error is one of this machine, the inner one of the way there.
pub(super) fn client(push: &Push<'_>) -> Result<Result<Client, ClientError>, Failure> {
    let registry = &push.target.registry;
    let login = login::stored(&push.host, &push.seen, &push.facts, &registry.to_string()).login;
    let mut failed = None;
    for trust in trusts(push)? {
        let client = Client::new(registry.clone(), &trust)?;
        match client.reach() {
            Ok(()) => {
                let client = match login {
                    Some((credential, _)) => client.sign_in_with(credential)?,
                    None => client,
                };
                return Ok(Ok(client));
            }
            // What the first way says is the cause; the second is tried because Docker would.
            Err(error) => drop(failed.get_or_insert(error)),
        }
    }
    Ok(Err(failed.unwrap_or(ClientError::NoCertificate)))
}

/// In the order in which they are tried: of a registry that need not be verified, TLS before plain HTTP, as Docker does.
fn trusts(push: &Push<'_>) -> Result<Vec<Trust>, Failure> {
    // Who names an authority wants to be sure.
    if push.options.insecure || push.options.ca.is_none() && is_declared(push) {
        return Ok(vec![Trust::Declared, Trust::PlainHttp]);
    }
    let mut pem = certificates(push);
    if let Some(path) = &push.options.ca {
        let text = machine::read_text(path)?;
        // One that holds none would be passed over without a word.
        if !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err(Failure::file("use", path, "it holds no certificate").hint("--ca takes a PEM file"));
        }
        pem.push_str(&text);
    }
    Ok(vec![Trust::SystemAnd(pem)])
}

/// Whether the engine takes it as insecure; without an engine, loopback, as every engine does.
fn is_declared(push: &Push<'_>) -> bool {
    let registry = &push.target.registry;
    let addresses = Dns::Addresses(addresses(registry));
    let Some((engine, own)) = machine::any_engine(&push.facts) else {
        let all = addresses.addresses();
        return !all.is_empty() && all.iter().all(std::net::IpAddr::is_loopback);
    };
    let mut trace = Trace::unreached(registry.clone(), "only its name was looked up");
    trace.dns = Layer::Reached { seen: addresses, took_ms: 0 };
    // Without a handshake in it, only a declaration clears it.
    engine.clearance(&push.facts, own, &trace, Whom::Registry).is_some()
}

fn addresses(registry: &EntryPoint) -> Vec<std::net::IpAddr> {
    let found = (registry.host(), registry.port_or(443)).to_socket_addrs();
    found.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default()
}

/// Every `.crt` of the engine's folder for this registry, and of the usual ones.
fn certificates(push: &Push<'_>) -> String {
    let name = push.target.registry.to_string();
    let engine = machine::any_engine(&push.facts).map(|(_, own)| own.certs_dir.clone());
    let mut folders: Vec<PathBuf> = engine.into_iter().chain(FOLDERS.map(PathBuf::from)).collect();
    folders.dedup();
    let mut seen = Observations::default();
    let mut pem = String::new();
    for folder in folders.into_iter().map(|folder| folder.join(&name)) {
        let ask = Ask::dir(&folder);
        seen.add(ask.clone(), push.host.ask(&ask));
        let entries: Vec<PathBuf> =
            seen.dir(&folder).unwrap_or_default().iter().map(|entry| folder.join(&entry.name)).collect();
        for path in entries.into_iter().filter(|path| path.extension().is_some_and(|end| end == "crt")) {
            let ask = Ask::file(&path);
            seen.add(ask.clone(), push.host.ask(&ask));
            pem.push_str(&seen.text(&path).unwrap_or_default());
            pem.push('\n');
        }
    }
    pem
}
