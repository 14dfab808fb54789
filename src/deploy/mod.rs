//! Everything that a private registry needs, as files for a person to read and change, and the commands that start it.
//!
//! Pure: a [`Request`] becomes a list of [`File`]s. What stands on the disk already is judged by `mark`; reading,
//! asking and writing are the caller's.

pub mod login;
pub mod mark;

mod caddy;
mod commands;
mod compose;
mod config;
mod nginx;
mod place;
mod traefik;
mod unit;

use std::path::PathBuf;

use crate::model::entry_point::EntryPoint;
use crate::model::secret::Secret;

pub use commands::{Step, steps};
pub use config::kept_secret;

/// What is to be deployed.
#[derive(Debug, Clone)]
pub struct Request {
    pub entry_point: EntryPoint,
    pub runner: Runner,
    /// TLS ends at the front end, and the registry listens only inside.
    pub front: Option<Front>,
    /// Left out: plain HTTP.
    pub tls: Option<Pair>,
    pub access: Access,
    /// What the registry signs the state of uploads with.
    pub http_secret: Secret,
    /// The folder of the deployment, from the root: the commands name it.
    pub folder: PathBuf,
}

/// What starts the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// The official image, by Docker Compose.
    Compose(Version),
    /// Debian's package docker-registry, by systemd.
    Systemd,
}

/// The official image's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    Two,
    Three,
}

/// What stands between the clients and the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    Nginx,
    Caddy,
    Traefik,
}

/// The certificate, with all that the server sends, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pair {
    /// Names of files in [`TLS`], made by regdoctor; the authority among them is for the clients.
    Issued { certificate: String, key: String, authority: String },
    /// The person's own files, used where they are: what renews them goes on doing so.
    Given { certificate: PathBuf, key: PathBuf },
}

/// Who may push and pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The users of [`HTPASSWD`]; one of them, for the commands.
    Users(String),
    Everybody,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the folder of the deployment.
    pub path: &'static str,
    pub text: String,
    pub mode: u32,
}

pub const CONFIG: &str = "registry/config.yml";
pub const HTPASSWD: &str = "registry/htpasswd";
/// The folder with the certificate.
pub const TLS: &str = "tls";

/// Others may read it.
const OPEN: u32 = 0o644;
/// It holds a secret.
const CLOSED: u32 = 0o600;

/// The files of a deployment, but for the passwords and certificates.
#[must_use]
pub fn files(request: &Request) -> Vec<File> {
    let mut files = vec![file(CONFIG, &config::text(request), CLOSED)];
    match request.runner {
        Runner::Compose(version) => files.push(file("compose.yaml", &compose::text(request, version), OPEN)),
        Runner::Systemd => files.push(file(unit::PATH, &unit::text(request), OPEN)),
    }
    match request.front {
        None => {}
        Some(Front::Nginx) => files.push(file(nginx::PATH, &nginx::text(request), OPEN)),
        Some(Front::Caddy) => files.push(file(caddy::PATH, &caddy::text(request), OPEN)),
        Some(Front::Traefik) => {
            files.push(file(traefik::STATIC_PATH, &traefik::static_text(request), OPEN));
            files.push(file(traefik::DYNAMIC_PATH, &traefik::dynamic_text(request), OPEN));
        }
    }
    files
}

fn file(path: &'static str, text: &str, mode: u32) -> File {
    File { path, text: mark::marked(text), mode }
}

#[cfg(test)]
mod tests;
