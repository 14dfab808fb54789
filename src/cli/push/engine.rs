//! A push through the engine that has the image: pull if it is not there, tag, push, and ask the registry for it again.
//!
//! The engine does it with its own trust and at its own pace; its API is Docker's, which podman's service speaks as well.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::socket::Socket;
use super::{Push, Target};
use crate::cli::login;
use crate::cli::prove::stream;
use crate::host::{Host, Interrupts};
use crate::model::act::{Act, HttpRequest};
use crate::model::ask::HttpAnswer;
use crate::model::credential::Credential;

/// Pulls and pushes take as long as they take; an hour without an end is none.
const LONG: Duration = Duration::from_secs(6 * 3600);
const SHORT: Duration = Duration::from_secs(60);
/// Between two looks at whether somebody pressed Ctrl-C.
const STEP: Duration = Duration::from_millis(100);

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With the digest that the engine told, if it told one.
    Pushed(Option<String>),
    /// In the engine's words.
    Refused(String),
    Interrupted,
}

pub(super) struct Run<'a> {
    push: &'a Push<'a>,
    socket: Socket,
    interrupts: Interrupts,
}

/// The name that the image gets for the push, and what had it before.
enum Before {
    /// The person's own, which stays.
    Same,
    Nobody,
    Another(String),
}

impl<'a> Run<'a> {
    pub(super) fn new(push: &'a Push<'a>, socket: Socket) -> Self {
        Self { push, socket, interrupts: Interrupts::listen() }
    }

    pub(super) fn go(&self, image: &str) -> Outcome {
        self.try_it(image).unwrap_or_else(|ended| ended)
    }

    fn try_it(&self, image: &str) -> Result<Outcome, Outcome> {
        let id = match self.id(image)? {
            Some(id) => id,
            None => self.pull(image)?,
        };
        let before = self.tag(image, &id)?;
        let pushed = self.pushed();
        self.untag(&before);
        pushed
    }

    /// Of a local image.
    fn id(&self, image: &str) -> Result<Option<String>, Outcome> {
        let answer = self.ask("GET", &format!("/images/{}/json", encoded(image)), None, SHORT)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let value = read(&answer)?;
        let id = value.get("Id").and_then(Value::as_str).map(str::to_string);
        Ok(Some(id.ok_or_else(|| Outcome::Refused("the engine tells no id of the image".into()))?))
    }

    fn pull(&self, image: &str) -> Result<String, Outcome> {
        self.push.screen.say(&format!("pulling {image} through {}", self.socket.title));
        let (name, tag) = named(image);
        let tag = tag.map(|tag| format!("&tag={}", encoded(tag))).unwrap_or_default();
        let registry = registry_of(name);
        let login = self.login(registry);
        let path = format!("/images/create?fromImage={}{tag}", encoded(name));
        let answer = self.ask("POST", &path, Some((login.as_ref(), registry)), LONG)?;
        stream(&answer).map_err(Outcome::Refused)?;
        self.id(image)?.ok_or_else(|| Outcome::Refused(format!("{image} was pulled and is not there")))
    }

    fn tag(&self, image: &str, id: &str) -> Result<Before, Outcome> {
        let target = &self.push.target;
        let before = match self.id(&target.shown())? {
            Some(other) if other == *id => return Ok(Before::Same),
            Some(other) => Before::Another(other),
            None => Before::Nobody,
        };
        self.name(image)?;
        Ok(before)
    }

    /// Gives an image, told by its name or id, the name that it is pushed under.
    fn name(&self, image: &str) -> Result<(), Outcome> {
        let Target { registry, repository, tag } = &self.push.target;
        let place = encoded(&format!("{registry}/{repository}"));
        let path = format!("/images/{}/tag?repo={place}&tag={tag}", encoded(image));
        read(&self.ask("POST", &path, None, SHORT)?).map(|_| ())
    }

    /// The name goes back to what had it; the image itself stays.
    fn untag(&self, before: &Before) {
        let outcome = match before {
            Before::Same => return,
            Before::Another(id) => self.name(id),
            Before::Nobody => {
                let path = format!("/images/{}?noprune=true", encoded(&self.push.target.shown()));
                self.send("DELETE", &path, None, SHORT)
                    .map_err(Outcome::Refused)
                    .and_then(|answer| read(&answer).map(|_| ()))
            }
        };
        if let Err(Outcome::Refused(why)) = outcome {
            self.push.screen.warning(&format!("{} stays in {}: {why}", self.push.target.shown(), self.socket.title));
        }
    }

    fn pushed(&self) -> Result<Outcome, Outcome> {
        let Target { registry, repository, tag } = &self.push.target;
        let name = registry.to_string();
        let login = self.login(&name);
        self.push.screen.say(&format!("pushing through {}", self.socket.title));
        let path = format!("/images/{}/push?tag={tag}", encoded(&format!("{registry}/{repository}")));
        let answer = self.ask("POST", &path, Some((login.as_ref(), &name)), LONG)?;
        let digest = stream(&answer).map_err(Outcome::Refused)?;
        Ok(Outcome::Pushed(Some(digest).filter(|digest| !digest.is_empty())))
    }

    fn login(&self, registry: &str) -> Option<Credential> {
        let stored = login::stored(&self.push.host, &self.push.seen, &self.push.facts, registry);
        stored.login.map(|(credential, _)| credential)
    }

    /// Ctrl-C does not wait for the engine: what it still does ends with this process.
    fn ask(
        &self,
        method: &'static str,
        path: &str,
        auth: Option<(Option<&Credential>, &str)>,
        limit: Duration,
    ) -> Result<HttpAnswer, Outcome> {
        let request = self.request(method, path, auth, limit);
        let (give, take) = mpsc::channel();
        let host = self.push.host.clone();
        thread::spawn(move || {
            // After Ctrl-C nobody listens any more.
            let _ = give.send(host.act(&Act::Http(request)));
        });
        loop {
            match take.recv_timeout(STEP) {
                Ok(done) => return answered(done).map_err(Outcome::Refused),
                Err(RecvTimeoutError::Timeout) if self.interrupts.happened() => return Err(Outcome::Interrupted),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Outcome::Refused("no answer".into())),
            }
        }
    }

    fn send(
        &self,
        method: &'static str,
        path: &str,
        auth: Option<(Option<&Credential>, &str)>,
        limit: Duration,
    ) -> Result<HttpAnswer, String> {
        answered(self.push.host.act(&Act::Http(self.request(method, path, auth, limit))))
    }

    fn request(
        &self,
        method: &'static str,
        path: &str,
        auth: Option<(Option<&Credential>, &str)>,
        limit: Duration,
    ) -> HttpRequest {
        let header = auth.map(|(login, registry)| ("x-registry-auth".to_string(), login::header(login, registry)));
        HttpRequest {
            socket: self.socket.path.clone(),
            method,
            path: path.to_string(),
            headers: header.into_iter().collect(),
            body: Vec::new(),
            limit,
        }
    }
}

fn answered(done: Result<crate::model::act::Done, crate::model::act::ActError>) -> Result<HttpAnswer, String> {
    let done = done.map_err(|error| error.to_string())?;
    done.http().ok_or_else(|| "no answer".to_string())
}

/// An answer that is one object, or the engine's complaint.
fn read(answer: &HttpAnswer) -> Result<Value, Outcome> {
    let value: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    if answer.status < 400 {
        return Ok(value);
    }
    let words = ["message", "cause"].iter().find_map(|key| value.get(*key)?.as_str());
    Err(Outcome::Refused(words.map_or_else(|| format!("it answered with status {}", answer.status), str::to_string)))
}

/// A name and its tag or digest. Without one, an engine would pull every tag that there is.
fn named(image: &str) -> (&str, Option<&str>) {
    if image.contains('@') {
        return (image, None);
    }
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, Some("latest")),
    }
}

/// The key under which the login for a name is stored: the first part, if it looks like a server.
fn registry_of(name: &str) -> &str {
    match name.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "https://index.docker.io/v1/",
    }
}

/// A name as a path or a value of a query may hold it: with its slashes, which engines read.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        let rows = [
            ("busybox", ("busybox", Some("latest")), "https://index.docker.io/v1/"),
            ("team/app:v1", ("team/app", Some("v1")), "https://index.docker.io/v1/"),
            ("reg.lan:5000/app", ("reg.lan:5000/app", Some("latest")), "reg.lan:5000"),
            ("localhost/app:v1", ("localhost/app", Some("v1")), "localhost"),
            ("reg.lan/app@sha256:aa", ("reg.lan/app@sha256:aa", None), "reg.lan"),
        ];
        for (image, want, registry) in rows {
            assert_eq!((named(image), registry_of(named(image).0)), (want, registry), "{image}");
        }
        assert_eq!(encoded("reg:5000/a b?c#d"), "reg:5000/a%20b%3Fc%23d");
    }
}
