//! The login that is stored for a registry, as the command line program would find it.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::json;

use crate::facts::logins;
use crate::host::{HelperSaid, Host};
use crate::model::credential::Credential;
use crate::model::facts::{Facts, Reader};
use crate::model::observations::Observations;
use crate::model::printable::printable;
use crate::model::trace::{HelperOutcome, HelperRun, LoginSource};

/// A helper may have to wake a key ring; one that waits for a person to type is of no use here.
const HELPER_LIMIT: Duration = Duration::from_secs(5);

/// What was found, and the helper that was asked for it.
#[derive(Debug, Default)]
pub struct Stored {
    pub login: Option<(Credential, LoginSource)>,
    /// With the time that it took, in milliseconds.
    pub helper: Option<(HelperRun, u64)>,
}

/// Of the person, also under sudo.
pub fn stored(host: &dyn Host, seen: &Observations, facts: &Facts, registry: &str) -> Stored {
    let Some(file) = facts.logins.iter().find(|file| file.reader == Reader::ThisPerson) else {
        return Stored::default();
    };
    if let Some(helper) = file.helper_for(registry) {
        let program = logins::program(helper);
        let began = Instant::now();
        let (outcome, credential) = ask_helper(host, seen, facts, (&program, registry));
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let helper = Some((HelperRun { program: program.clone(), outcome }, took_ms));
        return Stored { login: credential.map(|one| (one, LoginSource::Helper { program })), helper };
    }
    let login = file.entry_for(registry).and_then(|entry| {
        let credential = logins::credential(seen, &file.path, &entry.key)?;
        Some((credential, LoginSource::File { path: file.path.clone(), key: entry.key.clone() }))
    });
    Stored { login, helper: None }
}

/// The same as an engine's API takes it (`X-Registry-Auth`). Below Docker 28.4 a push without it is refused; `{}` is nobody.
pub fn header(login: Option<&Credential>, registry: &str) -> String {
    let value = match login {
        None => json!({}),
        Some(Credential::Password { user, password }) => {
            json!({ "username": user, "password": password.expose(), "serveraddress": registry })
        }
        Some(Credential::IdentityToken(token)) => {
            json!({ "identitytoken": token.expose(), "serveraddress": registry })
        }
    };
    URL_SAFE.encode(value.to_string())
}

fn ask_helper(
    host: &dyn Host,
    seen: &Observations,
    facts: &Facts,
    (program, registry): (&str, &str),
) -> (HelperOutcome, Option<Credential>) {
    let Some(path) = seen.program(program) else { return (HelperOutcome::Missing, None) };
    let person = facts.identity.sudo.as_ref();
    match host.credential(Path::new(path), registry, person, HELPER_LIMIT) {
        HelperSaid::Output(text) => match logins::from_helper(text.expose()) {
            Some(credential) => (HelperOutcome::Gave, Some(credential)),
            None => (HelperOutcome::Unreadable, None),
        },
        // The words of docker-credential-helpers, which every helper is built with.
        HelperSaid::Refused(said) if said.contains("credentials not found") => (HelperOutcome::Nothing, None),
        HelperSaid::Refused(said) => (HelperOutcome::Refused(printable(&said, 200)), None),
        HelperSaid::NotRun(reason) => (HelperOutcome::NotRun(printable(&reason, 200)), None),
        HelperSaid::TimedOut => (HelperOutcome::TimedOut, None),
    }
}
