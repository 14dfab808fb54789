//! The address of a registry, as people paste it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a registry answers: the `host[:port]` that stands at the front of an image reference.
///
/// Docker compares it byte by byte, with its port and its case, so the text is kept as written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EntryPoint {
    host: String,
    port: Option<u16>,
}

/// An entry point with what stood around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    pub entry_point: EntryPoint,
    /// `team/app`, when a repository was given.
    pub repository: Option<String>,
    /// A tag, or a digest with its algorithm.
    pub reference: Option<String>,
    /// What was left out, in words: "https://", "/v2/".
    pub dropped: Vec<String>,
}

/// Why a text is not an entry point.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryPointError {
    #[error("the entry point is empty")]
    Empty,
    #[error("the entry point holds a control character or a blank")]
    ControlCharacter,
    #[error("the entry point holds a path step (`{0}`)")]
    PathStep(String),
    #[error("`{0}` is a user name or password, which does not belong in an entry point")]
    UserInfo(String),
    #[error("`{0}://` is not a scheme that a registry uses")]
    Scheme(String),
    #[error("`{0}` is not a host name or address that Docker accepts")]
    Host(String),
    #[error("`{0}` is not a port (1 to 65535)")]
    Port(String),
    #[error("`{0}` is not a repository name (lower-case letters, digits, `.`, `_`, `-`, parts separated by `/`)")]
    Repository(String),
    #[error("`{0}` is neither a tag nor a digest")]
    Reference(String),
}

impl EntryPoint {
    /// The host without port and without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port that a client dials for HTTPS.
    #[must_use]
    pub fn port_or(&self, default: u16) -> u16 {
        self.port.unwrap_or(default)
    }

    /// The host as an address, when it is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Docker Hub under any of its names: nothing can be changed about how Docker treats it.
    #[must_use]
    pub fn is_docker_hub(&self) -> bool {
        matches!(self.host.as_str(), "docker.io" | "index.docker.io" | "registry-1.docker.io") && self.port.is_none()
    }
}

impl fmt::Display for EntryPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = self.host.parse::<Ipv6Addr>().is_ok();
        match (bracketed, self.port) {
            (true, Some(port)) => write!(formatter, "[{}]:{port}", self.host),
            (true, None) => write!(formatter, "[{}]", self.host),
            (false, Some(port)) => write!(formatter, "{}:{port}", self.host),
            (false, None) => formatter.write_str(&self.host),
        }
    }
}

impl From<EntryPoint> for String {
    fn from(entry_point: EntryPoint) -> Self {
        entry_point.to_string()
    }
}

impl TryFrom<String> for EntryPoint {
    type Error = EntryPointError;

    fn try_from(text: String) -> Result<Self, EntryPointError> {
        parse(&text).map(|pasted| pasted.entry_point)
    }
}

/// Reads `host`, `host:port`, `[v6]:port`, `https://host:port/v2/` or `host:port/team/app:tag`.
///
/// # Errors
/// The text holds something that no registry address has; see [`EntryPointError`].
pub fn parse(text: &str) -> Result<Pasted, EntryPointError> {
    let text = text.trim();
    refuse_nonsense(text)?;
    let mut dropped = Vec::new();
    let rest = without_scheme(text, &mut dropped)?;
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, path),
        None => (rest, ""),
    };
    if let Some((user, _)) = authority.rsplit_once('@') {
        return Err(EntryPointError::UserInfo(user.split(':').next().unwrap_or_default().to_string()));
    }
    let entry_point = parse_authority(authority)?;
    let (repository, reference) = parse_path(path, &mut dropped)?;
    Ok(Pasted { entry_point, repository, reference, dropped })
}

/// The server of a URL; `None` where it names none.
#[must_use]
pub fn authority_of(url: &str) -> Option<EntryPoint> {
    let (_, rest) = url.split_once("://")?;
    parse_authority(rest.split(['/', '?', '#']).next()?).ok()
}

fn refuse_nonsense(text: &str) -> Result<(), EntryPointError> {
    if text.is_empty() {
        return Err(EntryPointError::Empty);
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(EntryPointError::ControlCharacter);
    }
    let path = text.split_once("://").map_or(text, |(_, rest)| rest);
    match path.split(['/', '\\']).find(|step| matches!(*step, "." | "..")) {
        Some(step) => Err(EntryPointError::PathStep(step.to_string())),
        None if text.contains('\\') => Err(EntryPointError::PathStep("\\".into())),
        None => Ok(()),
    }
}

fn without_scheme<'a>(text: &'a str, dropped: &mut Vec<String>) -> Result<&'a str, EntryPointError> {
    match text.split_once("://") {
        None => Ok(text),
        Some((scheme, rest)) if ["http", "https", "docker", "oci"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            dropped.push(format!("{scheme}://"));
            Ok(rest)
        }
        Some((scheme, _)) => Err(EntryPointError::Scheme(scheme.to_string())),
    }
}

fn parse_authority(authority: &str) -> Result<EntryPoint, EntryPointError> {
    let invalid = || EntryPointError::Host(authority.to_string());
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(invalid)?;
        host.parse::<Ipv6Addr>().map_err(|_| invalid())?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(invalid()),
        }
    } else if authority.parse::<Ipv6Addr>().is_ok() {
        (authority, None)
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    if host.parse::<IpAddr>().is_err() && !is_host_name(host) {
        return Err(invalid());
    }
    let port = port.map(parse_port).transpose()?;
    Ok(EntryPoint { host: host.to_string(), port })
}

fn parse_port(text: &str) -> Result<u16, EntryPointError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(EntryPointError::Port(text.to_string())),
    }
}

/// Docker's rule for the host part of a reference: letters, digits and inner hyphens between dots; no underscore
/// (`my_reg:5000` is "invalid reference format" on 20.10 and 29).
#[must_use]
pub fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

type RepositoryAndReference = (Option<String>, Option<String>);

fn parse_path(path: &str, dropped: &mut Vec<String>) -> Result<RepositoryAndReference, EntryPointError> {
    let mut path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path == "v2" || path == "v1" {
        dropped.push(format!("/{path}/"));
        path = "";
    } else if let Some(rest) = path.strip_prefix("v2/") {
        dropped.push("/v2/".into());
        path = rest;
    }
    if path == "_catalog" {
        dropped.push("_catalog".into());
        path = "";
    }
    if path.is_empty() {
        return Ok((None, None));
    }
    let (repository, reference) = split_reference(path);
    if !is_repository(repository) {
        return Err(EntryPointError::Repository(repository.to_string()));
    }
    if let Some(reference) = reference.filter(|reference| !is_reference(reference)) {
        return Err(EntryPointError::Reference(reference.to_string()));
    }
    Ok((Some(repository.to_string()), reference.map(str::to_string)))
}

fn split_reference(path: &str) -> (&str, Option<&str>) {
    if let Some((repository, digest)) = path.split_once('@') {
        // A tag beside a digest is ignored by every engine.
        return (repository.split(':').next().unwrap_or(repository), Some(digest));
    }
    match path.rsplit_once(':') {
        Some((repository, tag)) => (repository, Some(tag)),
        None => (path, None),
    }
}

/// The distribution specification's grammar of a repository name.
#[must_use]
pub fn is_repository(name: &str) -> bool {
    name.len() <= 255
        && name.split('/').all(|part| {
            let inner = part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
            let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
            inner && edge(part.as_bytes().first()) && edge(part.as_bytes().last())
        })
}

fn is_reference(text: &str) -> bool {
    if let Some((algorithm, hex)) = text.split_once(':') {
        return matches!((algorithm, hex.len()), ("sha256", 64) | ("sha512", 128))
            && hex.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
    }
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    first && text.len() <= 128 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
#[path = "entry_point_tests.rs"]
mod tests;
