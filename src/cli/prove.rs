//! `--prove`: a tiny unique image goes to the registry and back through the engine itself, and is removed on both sides.

use std::time::Duration;

use serde_json::Value;

use super::{login, machine};
use crate::client::{Client, Digest, Image, Removal, Trust};
use crate::host::Host;
use crate::model::act::{Act, Done, HttpRequest};
use crate::model::ask::HttpAnswer;
use crate::model::credential::Credential;
use crate::model::entry_point;
use crate::model::facts::EngineFacts;
use crate::model::wish::InsecureEntry;

const REPOSITORY: &str = "regdoctor-prove";
/// Docker retries a failing layer five times and waits 5 to 20 seconds between.
const LIMIT: Duration = Duration::from_secs(120);

/// Pushes and pulls through the engine.
///
/// # Errors
/// What the engine said when it failed. Nothing of the image is left behind that could be removed.
pub fn prove(host: &dyn Host, registry: &str, now: i64, say: &dyn Fn(&str)) -> Result<(), String> {
    prove_in(host, (registry, REPOSITORY), now, say)
}

/// The same in a repository of the person's choice.
///
/// # Errors
/// As [`prove`].
pub fn prove_in(
    host: &dyn Host,
    (registry, repository): (&str, &str),
    now: i64,
    say: &dyn Fn(&str),
) -> Result<(), String> {
    let (seen, facts) = machine::look(host);
    let engine = facts.engines.first().ok_or("Docker is not there")?;
    let tag = format!("{now}-{}", std::process::id());
    let login = login::stored(host, &seen, &facts, registry).login.map(|(credential, _)| credential);
    let image = format!("{registry}/{repository}");
    let run = Run { host, engine, registry, repository, login, image, tag };
    let pushed = run.push();
    let outcome = pushed.and_then(|digest| {
        say(&format!("proved: pushed {}:{} through Docker", run.image, run.tag));
        run.pull()?;
        say("proved: pulled it back");
        Ok(digest)
    });
    run.forget();
    let digest = outcome?;
    match run.remove_from_registry(&digest) {
        Ok(()) => say("removed it on both sides"),
        Err(why) => say(&format!("removed it here; it stays in the registry as {}:{} ({why})", run.image, run.tag)),
    }
    Ok(())
}

struct Run<'a> {
    host: &'a dyn Host,
    engine: &'a EngineFacts,
    registry: &'a str,
    repository: &'a str,
    login: Option<Credential>,
    image: String,
    tag: String,
}

impl Run<'_> {
    /// Makes an image of one file, and pushes it; the digest under which the registry has it.
    fn push(&self) -> Result<String, String> {
        let tar = Image::root_tar(&self.tag);
        let made = self.post(&format!("/images/create?fromSrc=-&repo={}&tag={}", self.image, self.tag), tar)?;
        stream(&made)?;
        let pushed = self.post(&format!("/images/{}/push?tag={}", self.image, self.tag), Vec::new())?;
        stream(&pushed)
    }

    fn pull(&self) -> Result<(), String> {
        self.forget();
        stream(&self.post(&format!("/images/create?fromImage={}&tag={}", self.image, self.tag), Vec::new())?)
            .map(|_| ())
    }

    /// The image out of the engine; that it is not there is no fault.
    fn forget(&self) {
        let _ = self.send("DELETE", &format!("/images/{}:{}?force=1", self.image, self.tag), Vec::new());
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, String> {
        self.send("POST", path, body)
    }

    fn send(&self, method: &'static str, path: &str, body: Vec<u8>) -> Result<HttpAnswer, String> {
        let auth = login::header(self.login.as_ref(), self.registry);
        let request = HttpRequest {
            socket: self.engine.endpoint.socket.clone(),
            method,
            path: path.to_string(),
            headers: vec![("x-registry-auth".into(), auth), ("content-type".into(), "application/x-tar".into())],
            body,
            limit: LIMIT,
        };
        match self.host.act(&Act::Http(request)).map_err(|error| error.to_string())? {
            Done::Http(answer) => Ok(answer),
            _ => Err("no answer".into()),
        }
    }

    /// With our own client, as Docker has no word for it.
    fn remove_from_registry(&self, digest: &str) -> Result<(), String> {
        let entry_point = entry_point::parse(self.registry).map_err(|error| error.to_string())?.entry_point;
        let digest = Digest::parse(digest).ok_or("the registry's digest was not told")?;
        let entry = InsecureEntry::Registry(entry_point.clone());
        let insecure = self.engine.effective.as_ref().is_some_and(|one| one.insecure.contains(&entry));
        let trusts =
            if insecure { vec![Trust::PlainHttp, Trust::Unverified] } else { vec![Trust::SystemAnd(self.own_pem())] };
        let mut why = String::new();
        for trust in trusts {
            let verified = matches!(trust, Trust::SystemAnd(_));
            let mut client = Client::new(entry_point.clone(), &trust).map_err(|error| error.to_string())?;
            if let Some(login) = self.login.as_ref().filter(|_| verified) {
                client = client.sign_in_with(login.clone()).map_err(|error| error.to_string())?;
            }
            match client.delete(self.repository, &digest) {
                Ok(Removal::Removed | Removal::WasNotThere) => return Ok(()),
                Ok(Removal::NotAllowed) => return Err("it allows no deletes".into()),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }

    fn own_pem(&self) -> String {
        let files = self.engine.certs_for(self.registry).map(|certs| certs.files.as_slice()).unwrap_or_default();
        files.iter().filter(|file| file.name.ends_with(".crt")).filter_map(|file| file.pem.clone()).collect()
    }
}

/// A failure after streaming began has status 200 and an `error` in the last line; a push tells the digest in `aux`.
pub fn stream(answer: &HttpAnswer) -> Result<String, String> {
    let mut digest = String::new();
    for line in answer.body.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let field = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_string);
        if let Some(error) = field("error").or_else(|| field("message").filter(|_| answer.status >= 400)) {
            return Err(error);
        }
        if let Some(found) = message.pointer("/aux/Digest").and_then(Value::as_str) {
            digest = found.to_string();
        }
    }
    if answer.status >= 400 { Err(format!("Docker answered with status {}", answer.status)) } else { Ok(digest) }
}
