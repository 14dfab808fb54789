//! Where logins are stored: the `config.json` of the person, and of others who may have meant to help.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::model::ask::{Answer, Ask, Identity, Kind};
use crate::model::credential::Credential;
use crate::model::facts::{LoginEntry, LoginFile, LoginState, Reader};
use crate::model::observations::Observations;
use crate::model::secret::Secret;

const FILE: &str = ".docker/config.json";
const SNAP_FILE: &str = "snap/docker/current/.docker/config.json";
const HOMES: &str = "/home";
/// Homes that are looked into: more people than this share no machine that pushes images.
const MOST_HOMES: usize = 50;

#[must_use]
pub fn asks(seen: &Observations) -> Vec<Ask> {
    let Some(identity) = identity(seen) else { return Vec::new() };
    let mut asks = vec![Ask::env("DOCKER_CONFIG")];
    // Others may only be looked into by root.
    if identity.is_root() {
        asks.push(Ask::dir(HOMES));
    }
    asks.extend(candidates(seen, identity).into_iter().map(|(path, _)| Ask::File(path)));
    let files = derive(seen);
    let named = files.iter().flat_map(|file| file.helpers.iter().map(|(_, helper)| helper).chain(&file.store));
    asks.extend(named.map(|helper| Ask::Program(program(helper))));
    asks
}

/// Every file that is there, the person's own first.
#[must_use]
pub fn derive(seen: &Observations) -> Vec<LoginFile> {
    let Some(identity) = identity(seen) else { return Vec::new() };
    let files = candidates(seen, identity).into_iter();
    files.filter_map(|(path, reader)| read(seen, path, &reader)).collect()
}

/// The program of a helper.
#[must_use]
pub fn program(helper: &str) -> String {
    format!("docker-credential-{helper}")
}

/// The secret of an entry, where it stands in the file itself. It is for the one place that sends it.
#[must_use]
pub fn credential(seen: &Observations, path: &Path, key: &str) -> Option<Credential> {
    let value: Value = serde_json::from_slice(&seen.file(path)?.bytes).ok()?;
    stored(value.get("auths")?.get(key)?)
}

/// What a helper printed.
#[must_use]
pub fn from_helper(stdout: &str) -> Option<Credential> {
    let value: Value = serde_json::from_str(stdout).ok()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let secret = Secret::new(text("Secret")?);
    Some(match text("Username")? {
        "<token>" => Credential::IdentityToken(secret),
        user => Credential::Password { user: user.into(), password: secret },
    })
}

fn candidates(seen: &Observations, identity: &Identity) -> Vec<(PathBuf, Reader)> {
    let home = identity.person_home();
    let own = match seen.env("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder).join("config.json"),
        None => home.join(FILE),
    };
    let mut all = vec![(own.clone(), Reader::ThisPerson), (home.join(SNAP_FILE), Reader::Snap)];
    // Under sudo, `docker` of that command would read root's.
    let root = PathBuf::from("/root").join(FILE);
    all.push((root, Reader::Other("root".into())));
    let homes = seen.dir(HOMES).unwrap_or_default().iter().filter(|entry| entry.kind == Kind::Dir).take(MOST_HOMES);
    all.extend(homes.map(|entry| (Path::new(HOMES).join(&entry.name).join(FILE), Reader::Other(entry.name.clone()))));
    let mut kept: Vec<(PathBuf, Reader)> = Vec::new();
    for (path, reader) in all {
        if !kept.iter().any(|(known, _)| *known == path) {
            kept.push((path, reader));
        }
    }
    kept
}

fn read(seen: &Observations, path: PathBuf, reader: &Reader) -> Option<LoginFile> {
    let empty = |path, state| LoginFile {
        path,
        reader: reader.clone(),
        state,
        entries: Vec::new(),
        store: None,
        helpers: Vec::new(),
    };
    let content = match seen.answer(&Ask::file(&path))? {
        Answer::File(content) => content,
        // Of other people's files it is no news that they may not be read.
        Answer::Denied if *reader == Reader::ThisPerson => return Some(empty(path, LoginState::Denied)),
        _ => return None,
    };
    let value: Value = match serde_json::from_slice(&content.bytes) {
        Ok(value) => value,
        Err(error) => return Some(empty(path, LoginState::Broken(error.to_string()))),
    };
    let text = String::from_utf8_lossy(&content.bytes);
    let auths = value.get("auths").and_then(Value::as_object).into_iter().flatten();
    let helpers = value.get("credHelpers").and_then(Value::as_object).into_iter().flatten();
    Some(LoginFile {
        entries: auths.map(|(key, entry)| self::entry(key, entry, &text)).collect(),
        store: value.get("credsStore").and_then(Value::as_str).map(str::to_string),
        helpers: helpers.filter_map(|(key, name)| Some((key.clone(), name.as_str()?.to_string()))).collect(),
        ..empty(path, LoginState::Read)
    })
}

fn entry(key: &str, value: &Value, text: &str) -> LoginEntry {
    let quoted = format!("\"{key}\"");
    let line = text.lines().position(|line| line.contains(&quoted)).map_or(0, |at| at + 1);
    let stored = stored(value);
    let user = stored.as_ref().and_then(|one| one.user().map(str::to_string));
    LoginEntry { key: key.to_string(), line, user, has_secret: stored.is_some() }
}

/// `auth` is base64 of `user:password`; an `identitytoken` wins over the password (docker/cli).
fn stored(entry: &Value) -> Option<Credential> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Credential::IdentityToken(Secret::new(token)));
    }
    if let (Some(user), Some(password)) = (text("username"), text("password")) {
        return Some(Credential::Password { user: user.into(), password: Secret::new(password) });
    }
    let decoded = String::from_utf8(STANDARD.decode(text("auth")?).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    // Docker cuts NUL bytes off that old versions left at the end.
    let password = password.trim_end_matches('\0');
    (!user.is_empty()).then(|| Credential::Password { user: user.into(), password: Secret::new(password) })
}

fn identity(seen: &Observations) -> Option<&Identity> {
    match seen.answer(&Ask::Identity) {
        Some(Answer::Identity(identity)) => Some(identity),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::{Caller, DirEntry, FileContent};

    fn host(uid: u32, sudo: Option<Caller>) -> Observations {
        let mut seen = Observations::default();
        let home = if uid == 0 { "/root" } else { "/home/ann" };
        let identity = Identity { uid, user: "u".into(), home: home.into(), groups: Vec::new(), sudo };
        seen.add(Ask::Identity, Answer::Identity(identity));
        seen
    }

    fn file(seen: &mut Observations, path: &str, text: &str) {
        let bytes = text.as_bytes().to_vec();
        let content = FileContent { bytes, mode: 0o600, uid: 0, gid: 0, modified: 0, target: None };
        seen.add(Ask::file(path), Answer::File(content));
    }

    #[test]
    fn reads_keys_and_helpers_and_no_secret() {
        let mut seen = host(1000, None);
        let text = "{\n \"auths\": {\n  \"reg.lan:5000\": {\"auth\": \"YW5uOnMzY3JldA==\"},\n  \"https://old.lan/v1/\": {}\n },\n \"credsStore\": \"pass\",\n \"credHelpers\": {\"gcr.io\": \"gcloud\"}\n}";
        file(&mut seen, "/home/ann/.docker/config.json", text);
        let files = derive(&seen);
        let own = &files[0];
        assert_eq!(
            (files.len(), &own.reader, own.entries[0].line, own.entries[0].user.as_deref()),
            (1, &Reader::ThisPerson, 3, Some("ann"))
        );
        assert!(own.entries[0].has_secret && !own.entries[1].has_secret);
        assert_eq!((own.helper_for("gcr.io"), own.helper_for("x")), (Some("gcloud"), Some("pass")));
        assert_eq!(own.entry_for("old.lan").map(|entry| entry.line), Some(4));
        assert!(own.entry_for("reg.lan").is_none() && !format!("{files:?}").contains("s3cret"));
        assert!(asks(&seen).contains(&Ask::Program("docker-credential-pass".into())));
        let credential = credential(&seen, &own.path, "reg.lan:5000").unwrap();
        assert!(matches!(&credential, Credential::Password { password, .. } if password.expose() == "s3cret"));
    }

    #[test]
    fn looks_at_others_as_root() {
        let caller = Caller { uid: 1000, user: "ann".into(), home: "/home/ann".into() };
        let mut seen = host(0, Some(caller));
        seen.add(Ask::dir(HOMES), Answer::Dir(vec![DirEntry { name: "bob".into(), kind: Kind::Dir }]));
        file(&mut seen, "/root/.docker/config.json", "{}");
        file(&mut seen, "/home/bob/.docker/config.json", "{");
        seen.add(Ask::file("/home/ann/.docker/config.json"), Answer::Denied);
        let files = derive(&seen);
        let rows: Vec<_> = files.iter().map(|file| (file.reader.clone(), file.state.clone())).collect();
        assert_eq!(rows[0], (Reader::ThisPerson, LoginState::Denied));
        assert_eq!(rows[1], (Reader::Other("root".into()), LoginState::Read));
        assert!(matches!(&rows[2], (Reader::Other(name), LoginState::Broken(_)) if name == "bob"));
    }

    #[test]
    fn what_helpers_print() {
        let password = from_helper(r#"{"ServerURL":"reg.lan","Username":"ann","Secret":"pw"}"#);
        assert!(matches!(password, Some(Credential::Password { user, .. }) if user == "ann"));
        assert!(matches!(from_helper(r#"{"Username":"<token>","Secret":"t"}"#), Some(Credential::IdentityToken(_))));
        assert_eq!(from_helper("credentials not found in native keychain"), None);
    }
}
