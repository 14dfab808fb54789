//! Settings that are given twice, in daemon.json and as a flag: Docker takes neither and does not start (1.10 to 29).

use super::flags;
use crate::engine::Refusal;
use crate::model::facts::{ConfigKey, ConfigState, EngineFacts, Origin};

/// Merged instead of refused, since 18.09.
const MERGED: &[&str] = &["runtimes"];

/// One key of daemon.json with the flags for the same thing.
#[derive(Debug)]
pub struct Collision<'a> {
    pub key: &'a ConfigKey,
    pub flags: Vec<Flag>,
}

/// One flag that a key collides with.
#[derive(Debug)]
pub struct Flag {
    /// Where it stands.
    pub place: String,
    /// What it says, where that is known.
    pub value: Option<String>,
}

/// Every setting that keeps Docker from its next start this way.
#[must_use]
pub fn all(engine: &EngineFacts) -> Vec<Collision<'_>> {
    let ConfigState::Read(keys) = &engine.config.state else { return Vec::new() };
    let counted = keys.iter().filter(|key| !MERGED.contains(&key.name.as_str()));
    let collisions = counted.map(|key| Collision { key, flags: flags_for(engine, key) });
    collisions.filter(|collision| !collision.flags.is_empty()).collect()
}

/// Refuses what would need Docker to start or reload while it cannot.
pub(super) fn refuse(engine: &EngineFacts) -> Result<(), Refusal> {
    let Some(first) = all(engine).into_iter().next() else { return Ok(()) };
    let path = engine.config.path.display();
    let mut refusal =
        Refusal::new(format!("`{}` is set twice, and Docker will not start again like this", first.key.name));
    refusal.because.push(format!("{path} line {}: \"{}\"", first.key.line, first.key.name));
    refusal.because.extend(first.flags.iter().map(|flag| format!("{}: a flag for the same", flag.place)));
    Err(refusal
        .next(format!("take one of the two away, e.g. \"{}\" out of {path}, then run this again", first.key.name)))
}

/// The flags that set the same thing. The unit and its files tell the next start; only where no unit does, the running
/// command line has to.
fn flags_for(engine: &EngineFacts, key: &ConfigKey) -> Vec<Flag> {
    let names = |name: &str| name == key.name || (key.name == "proxies" && key.value.get(name).is_some());
    let outside = |origin: &Origin| !matches!(origin, Origin::File { path, .. } if *path == engine.config.path);
    let settings = engine.settings.iter().filter(|one| names(&one.key) && outside(&one.origin));
    let mut found: Vec<Flag> =
        settings.map(|one| Flag { place: one.origin.to_string(), value: Some(one.value.clone()) }).collect();
    let running = engine.daemon.running().filter(|_| engine.service.exec_start.is_none());
    let arguments = running.map(|running| running.arguments.get(1..).unwrap_or_default());
    if found.is_empty() && arguments.is_some_and(|words| flags::parse(words).iter().any(|flag| names(flag.key()))) {
        found.push(Flag { place: "the command line that dockerd was started with".into(), value: None });
    }
    found
}
