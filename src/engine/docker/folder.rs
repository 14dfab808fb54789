//! What the certificate folder of a registry does to a connection, by the part of dockerd that reads it.

use super::fetcher::Fetcher;
use super::hosts_toml;
use crate::cert::Pool;
use crate::model::facts::{CertsFile, EngineFacts, RegistryCerts};

/// The folder that is read for this registry, when there is one.
pub(super) fn of<'a>(engine: &'a EngineFacts, registry: &str, fetcher: Fetcher) -> Option<&'a RegistryCerts> {
    if fetcher != Fetcher::Hosts {
        return engine.certs_for(registry);
    }
    // containerd takes the first that is there: `host_port_`, `host:port`, `_default`.
    let plain = match registry.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => format!("{host}_{port}_"),
        _ => registry.to_string(),
    };
    [plain.as_str(), registry, "_default"].iter().find_map(|name| engine.certs_for(name))
}

/// Every `.crt` that is read; what is no PEM adds nothing. Where containerd has a `hosts.toml`, only what that names.
pub(super) fn authorities(certs: &RegistryCerts, fetcher: Fetcher) -> Pool {
    let mut pool = Pool::new();
    let toml = hosts_toml::of(certs).filter(|_| fetcher == Fetcher::Hosts);
    let counts = |file: &&CertsFile| match &toml {
        Some(toml) => toml.authorities.contains(&certs.path.join(&file.name)),
        None => file.name.ends_with(".crt"),
    };
    for file in certs.files.iter().filter(counts) {
        pool.add_pem(file.pem.as_deref().unwrap_or_default());
    }
    pool
}

/// The name of its client certificate and key, without their endings.
pub(super) fn pair(certs: &RegistryCerts) -> Option<&str> {
    let mut stems = certs.files.iter().filter_map(|file| file.name.strip_suffix(".cert"));
    stems.find(|stem| has(certs, &format!("{stem}.key")))
}

/// What makes every request to that registry fail, in Docker's words.
pub(super) fn fault(engine: &EngineFacts, certs: &RegistryCerts, fetcher: Fetcher) -> Option<String> {
    let path = certs.path.display();
    if certs.not_a_folder {
        return Some(format!("open {path}: not a directory"));
    }
    if certs.unreadable || (fetcher == Fetcher::Hosts && hosts_toml::of(certs).is_some()) {
        return None;
    }
    // In the order of their names, as they are read.
    certs.files.iter().find_map(|file| match fetcher {
        Fetcher::Classic => of_classic(engine, certs, file),
        Fetcher::Resolver => of_resolver(certs, file),
        Fetcher::Hosts => of_hosts(certs, file),
    })
}

/// `ReadCertsDirectory` of Docker's registry package.
fn of_classic(engine: &EngineFacts, certs: &RegistryCerts, file: &CertsFile) -> Option<String> {
    if let Some(stem) = file.name.strip_suffix(".cert") {
        if !has(certs, &format!("{stem}.key")) {
            let modern = engine.version().is_none_or(|version| version.at_least(23, 0, 0));
            let rule = if modern { "CA certificates must use" } else { "Note that CA certificates should use" };
            return Some(format!(
                "missing key {stem}.key for client certificate {}. {rule} the extension .crt",
                file.name
            ));
        }
        return pairless(certs, file);
    }
    if let Some(stem) = file.name.strip_suffix(".key").filter(|stem| !has(certs, &format!("{stem}.cert"))) {
        return Some(format!("missing client certificate {stem}.cert for key {}", file.name));
    }
    unreadable(certs, file).filter(|_| file.name.ends_with(".crt"))
}

/// `loadTLSConfig` of BuildKit's resolver (seen in 26.1.5).
fn of_resolver(certs: &RegistryCerts, file: &CertsFile) -> Option<String> {
    if let Some(stem) = file.name.strip_suffix(".cert") {
        let at = certs.path.join(&file.name).display().to_string();
        if !has(certs, &format!("{stem}.key")) {
            let key = certs.path.join(format!("{stem}.key")).display().to_string();
            return Some(format!("failed to load keypair for {at}: open {key}: no such file or directory"));
        }
        return pairless(certs, file).map(|message| format!("failed to load keypair for {at}: {message}"));
    }
    unreadable(certs, file).filter(|_| file.name.ends_with(".crt"))
}

/// `loadCertFiles` and what follows of containerd (seen in 28.5.2): folders and lone keys are passed over, and a `.crt`
/// without a certificate is fatal.
fn of_hosts(certs: &RegistryCerts, file: &CertsFile) -> Option<String> {
    if file.is_folder {
        return None;
    }
    if let Some(stem) = file.name.strip_suffix(".cert") {
        // Without its key, the file itself is taken for it.
        let is_key = |text: &str| text.contains("PRIVATE KEY");
        if !has(certs, &format!("{stem}.key")) && !file.pem.as_deref().is_some_and(is_key) {
            return Some("failed to load X509 key pair: tls: found a certificate rather than a key in the PEM for the private key".into());
        }
        return pairless(certs, file).map(|message| format!("failed to load X509 key pair: {message}"));
    }
    if !file.name.ends_with(".crt") {
        return None;
    }
    let at = certs.path.join(&file.name).display().to_string();
    if file.missing {
        return Some(format!("unable to read CA cert {at:?}: open {at}: no such file or directory"));
    }
    let text = file.pem.as_deref()?;
    let mut pool = Pool::new();
    (pool.add_pem(text) == 0).then(|| format!("unable to load CA cert {at:?}"))
}

/// A client certificate that is none, or is not that of the key beside it.
fn pairless(certs: &RegistryCerts, file: &CertsFile) -> Option<String> {
    if file.missing {
        return unreadable(certs, file);
    }
    let text = file.pem.as_deref()?;
    let none = !text.contains("-----BEGIN ");
    none.then(|| "tls: failed to find any PEM data in certificate input".to_string())
}

fn unreadable(certs: &RegistryCerts, file: &CertsFile) -> Option<String> {
    let at = certs.path.join(&file.name);
    let at = at.display();
    if file.missing {
        return Some(format!("open {at}: no such file or directory"));
    }
    file.is_folder.then(|| format!("read {at}: is a directory"))
}

fn has(certs: &RegistryCerts, name: &str) -> bool {
    certs.files.iter().any(|file| file.name == name)
}
