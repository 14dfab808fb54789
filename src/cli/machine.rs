//! The machine that a command is about: this one, a folder, or a recording.
#![expect(clippy::disallowed_methods, reason = "files that the person names are read here")]

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tempfile::Builder;

use super::failure::{Failure, Kind, root_folder};
use super::screen::Screen;
use crate::engine::{self, Engine};
use crate::facts;
use crate::host::{self, Host, Live};
use crate::model::ask::Ask;
use crate::model::facts::{ConfigState, EngineFacts, Facts};
use crate::model::observations::Observations;
use crate::model::record::State;

/// This machine, or the folder that stands for one.
pub fn live(root: Option<&Path>) -> Result<Live, Failure> {
    match root {
        Some(path) => Ok(Live::under(root_folder(path)?)),
        None => Ok(Live::new()),
    }
}

pub fn look(host: &dyn Host) -> (Observations, Facts) {
    let seen = host::observe(host, &facts::asks);
    let facts = facts::derive(&seen, host.is_folder());
    (seen, facts)
}

/// The same machine once more. When no file that was read is another one now, it is as it was; every change that another
/// regdoctor makes is in the journal, which is among them.
pub fn look_again(host: &dyn Host, earlier: &Observations) -> Facts {
    let is_file = |ask: &Ask| matches!(ask, Ask::File(_) | Ask::Dir(_) | Ask::Path(_));
    let unchanged = earlier.iter().filter(|(ask, _)| is_file(ask)).all(|(ask, answer)| host.ask(ask) == *answer);
    if unchanged {
        return facts::derive(earlier, host.is_folder());
    }
    facts::derive(&host::observe_again(host, &facts::asks, earlier), host.is_folder())
}

/// Changes that were cut short are told by every command that looks at the machine.
pub fn warn_of_leftovers(facts: &Facts, screen: &Screen) {
    for record in facts.leftovers() {
        let how = if record.state == State::Stuck { "could not be put back wholly" } else { "was cut short" };
        screen.warning(&format!(
            "change {} {how}: {}; to put it back: sudo regdoctor undo --recover",
            record.id, record.title
        ));
    }
}

/// The engine that the person means, where there is one.
pub fn any_engine(facts: &Facts) -> Option<(&'static dyn Engine, &EngineFacts)> {
    let own = facts.engines.first()?;
    Some((engine::named(own.engine)?, own))
}

/// The engine without which nothing can be done.
pub fn engine_of(facts: &Facts) -> Result<(&'static dyn Engine, &EngineFacts), Failure> {
    any_engine(facts).ok_or_else(|| {
        Failure::new(Kind::Refused, "no container engine is installed on this machine")
            .hint("install Docker, then run this again; to prepare a folder: --root DIR")
    })
}

/// Why it is not known what Docker's own file says, when that is so: a missing entry means nothing then.
pub fn unread(engine: &EngineFacts) -> Option<Failure> {
    let path = engine.config.path.display();
    match &engine.config.state {
        ConfigState::Read(_) | ConfigState::Missing => None,
        ConfigState::Denied => Some(
            Failure::new(Kind::Denied, format!("{path} may not be read, and what it trusts is not known"))
                .hint("run this with sudo"),
        ),
        ConfigState::Failed(reason) => Some(
            Failure::new(Kind::Refused, format!("{path} cannot be read, and what it trusts is not known"))
                .because(reason.clone())
                .hint(format!("mend {path}, then run this again")),
        ),
        ConfigState::Broken(broken) => Some(
            Failure::new(Kind::Refused, format!("{path} is broken, and what it trusts is not known"))
                .because(format!("line {}, column {}: {}", broken.line, broken.column, broken.message))
                .hint(format!("mend {path}, then run this again")),
        ),
    }
}

/// A file that the person named.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file("read", path, error.to_string()))
}

/// The same, as text.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| Failure::file("use", path, "it is not text"))
}

/// A file that the person wants written.
pub fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::file("write", path, error.to_string()))
}

/// The same for a file that others read again and again: they see the old text or the new one. What is beside it until
/// then has another ending, so that nobody takes it for one of those files.
pub fn replace_text(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let open = |beside: &Path| File::options().write(true).create_new(true).mode(0o644).open(beside);
    let replaced = Builder::new().prefix(".regdoctor-").make_in(folder, open).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file.persist(path)?)
    });
    replaced.map(drop).map_err(|error| Failure::file("write", path, error.to_string()))
}

/// The command as it was typed.
pub fn command_line() -> Vec<String> {
    let mut words: Vec<String> = std::env::args().collect();
    if let Some(first) = words.first_mut() {
        *first = first.rsplit('/').next().unwrap_or("regdoctor").to_string();
    }
    words
}
