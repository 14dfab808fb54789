//! Taking the trust in one registry back, whoever gave it.

use std::path::{Path, PathBuf};

use super::plan::{FLAG, KEY, edited, empty};
use super::{config, effect, place, settings};
use crate::edit::Syntax;
use crate::engine::Refusal;
use crate::model::change::{Action, Change};
use crate::model::facts::{CertsFile, ConfigState, EngineFacts, EnvFile, Facts, Init, Origin, ReadFile};
use crate::model::plan::{Effect, Expectation, FileChange, Plan, Step};
use crate::model::record::{Kept, Record, State};
use crate::model::wish::{InsecureEntry, in_range};

pub(super) fn untrust(facts: &Facts, engine: &EngineFacts, entry: &InsecureEntry) -> Result<Plan, Refusal> {
    let history = facts.history.as_slice();
    let mut plan = empty(engine, format!("take Docker's trust in {entry} back"));
    remove_entry(facts, engine, entry, &mut plan)?;
    remove_certificates(engine, history, entry, &mut plan);
    remove_from_system(facts, engine, history, entry, &mut plan);
    if plan.steps.is_empty() && plan.effect == Effect::Nothing {
        plan.warnings.extend(covered_by(engine, entry));
    } else if engine.effective.is_some() {
        plan.expects.push(Expectation::NotInsecure(entry.clone()));
    }
    Ok(plan)
}

/// The entry, out of every place that names it.
fn remove_entry(facts: &Facts, engine: &EngineFacts, entry: &InsecureEntry, plan: &mut Plan) -> Result<(), Refusal> {
    let mut holding: Vec<Holding<'_>> = Vec::new();
    for setting in engine.settings_of(KEY).filter(|setting| place::same_entry(&setting.value, entry)) {
        let Origin::File { path, .. } = &setting.origin else { continue };
        match holding.iter_mut().find(|one| one.path == path) {
            Some(one) => one.values.push(&setting.value),
            None => holding.push(Holding { path, values: vec![&setting.value], history: &facts.history, entry }),
        }
    }
    let still = engine.effective.as_ref().is_some_and(|effective| effective.insecure.contains(entry));
    if holding.is_empty() && still && is_built_in(entry) {
        return Err(Refusal::new(format!("{entry} is built into Docker: it never verifies registries there")));
    }
    if holding.is_empty() && still && engine.service.restart.is_empty() && place::has_unexplained_flag(engine) {
        return Err(Refusal::new(format!("Docker was started with {FLAG}, and no file on this machine says so"))
            .next("take it out where that command line is written, and start Docker again"));
    }
    if holding.is_empty() && still {
        plan.effect =
            effect::restart(engine, "no file names it any more, and Docker keeps the old list until it starts again");
    }
    for one in &holding {
        place::refuse_generated(facts, engine)?;
        if one.path == engine.config.path {
            from_config(engine, one, plan)?;
        } else if let Some(file) = engine.service.env_files.iter().find(|file| file.path == one.path) {
            from_env_file(engine, one, file, plan)?;
        } else {
            from_unit(engine, one, plan)?;
        }
    }
    Ok(())
}

/// 127.0.0.0/8 since 1.3.2, ::1/128 since 28.0.
fn is_built_in(entry: &InsecureEntry) -> bool {
    matches!(entry, InsecureEntry::Range(network, _) if network.is_loopback())
}

/// A file that names the entry, in each of these spellings (`reg:5000`, `http://reg:5000`).
struct Holding<'a> {
    path: &'a Path,
    values: Vec<&'a str>,
    history: &'a [Record],
    entry: &'a InsecureEntry,
}

impl Holding<'_> {
    /// The change that takes every spelling out of what `at` names.
    fn removal(&self, at: &[&str], prefix: &str) -> Vec<Change> {
        self.values.iter().map(|value| Change::new(at, Action::RemoveEntry(format!("{prefix}{value}")))).collect()
    }

    /// The change, with the file's old bytes instead where they mean the same.
    fn as_before(&self, engine: &EngineFacts, change: FileChange) -> FileChange {
        match ours_before(engine, self.history, self.path, self.entry) {
            Some(Earlier(bytes)) => FileChange { after: bytes, ..change },
            None => change,
        }
    }
}

/// Out of daemon.json. A removed key stays in effect until a restart; an empty list is taken up at once. So the list stays
/// while Docker reads the file, and the file gets its old form afterwards.
fn from_config(engine: &EngineFacts, holding: &Holding<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    place::spot_in_config(engine)?;
    let first = edited(engine, holding.path, Syntax::Json, &holding.removal(&[KEY], ""))?;
    let last = holding.as_before(engine, first.clone());
    plan.effect = effect::of_config(engine);
    if matches!(plan.effect, Effect::Reload { .. }) && last.after != first.after {
        let last = FileChange { before: first.after.clone(), ..last };
        plan.steps.push(first.step());
        plan.afterwards.extend(with_folders(holding.history, last));
    } else {
        plan.steps.extend(with_folders(holding.history, last));
    }
    Ok(())
}

fn from_env_file(engine: &EngineFacts, holding: &Holding<'_>, file: &EnvFile, plan: &mut Plan) -> Result<(), Refusal> {
    let text = place::text_of(engine, holding.path);
    let holds = |name: &&String| {
        let words = settings::words_of(&text, name, file.reader).unwrap_or_default();
        super::flags::values(&words, KEY).iter().any(|value| holding.values.contains(&value.as_str()))
    };
    let variables = file.variables.iter().filter(holds);
    let changes: Vec<Change> = variables.flat_map(|name| holding.removal(&[name], &format!("{FLAG}="))).collect();
    let change = edited(engine, holding.path, Syntax::Env, &changes)?;
    plan.steps.extend(with_folders(holding.history, holding.as_before(engine, change)));
    plan.effect = effect::restart(engine, "variables are read when Docker starts");
    Ok(())
}

/// A file that regdoctor made alone goes away whole; of another one the flag is taken out.
fn from_unit(engine: &EngineFacts, holding: &Holding<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let (path, entry) = (holding.path, holding.entry);
    if !path.starts_with("/etc") {
        return Err(Refusal::new(format!("{FLAG} {entry} stands in {}, which a package owns", path.display()))
            .next("override ExecStart without it: sudo systemctl edit docker"));
    }
    let changes = holding.removal(&["Service", "ExecStart"], &format!("{FLAG}="));
    let change = edited(engine, path, Syntax::Unit, &changes)?;
    if change.before == change.after {
        return Err(Refusal::new(format!("{FLAG} {entry} stands in a variable of {}", path.display()))
            .next(format!("take it out of `Environment=` there, then run: {}", reload_and_restart(engine))));
    }
    let reload = super::service::words(&["systemctl", "daemon-reload"]);
    plan.steps.extend(with_folders(holding.history, holding.as_before(engine, change)));
    if engine.service.manager == Init::Systemd {
        plan.steps.push(Step::Run { words: reload.clone(), undo: reload });
    }
    plan.effect = effect::restart(engine, "flags are read when Docker starts");
    Ok(())
}

/// What makes a unit that was edited by hand effective.
fn reload_and_restart(engine: &EngineFacts) -> String {
    let restart = engine.service.restart.iter().map(|words| format!(" && sudo {}", words.join(" ")));
    restart.fold("sudo systemctl daemon-reload".to_string(), |line, part| line + &part)
}

/// The file's step, and the folders that were made for it when it goes away.
fn with_folders(history: &[Record], change: FileChange) -> Vec<Step> {
    let gone = change.after.is_none();
    let path = change.path.clone();
    let mut steps = vec![change.step()];
    if gone {
        steps.extend(our_folders(history, &path));
    }
    steps
}

/// Folders above `path` that regdoctor made, innermost first. They are removed only when they are empty.
fn our_folders(history: &[Record], path: &Path) -> Vec<Step> {
    let made: Vec<&PathBuf> =
        history.iter().filter(|record| record.state == State::Done).flat_map(|record| &record.folders).collect();
    let above = path.ancestors().skip(1).take_while(|folder| made.iter().any(|one| one.as_path() == *folder));
    above.map(|folder| Step::RemoveFolder { path: folder.to_path_buf() }).collect()
}

/// What a file was at an earlier time; `None` when it did not exist.
struct Earlier(Option<Kept>);

/// The bytes that a file had before regdoctor gave this trust, when nobody else has changed it since: the newest earlier
/// state whose list lacks the entry and is otherwise today's.
fn ours_before(engine: &EngineFacts, history: &[Record], path: &Path, entry: &InsecureEntry) -> Option<Earlier> {
    let today = &engine.files.get(path)?.bytes;
    let wanted: Vec<String> =
        entries_of(engine, path, Some(today)).into_iter().filter(|one| !place::same_entry(one, entry)).collect();
    let mut expected: Option<&[u8]> = Some(today);
    let mut best = None;
    for record in history.iter().rev().filter(|record| record.state == State::Done) {
        // A file may be changed twice; what is between the two was never meant to last.
        let mut changes = record.files.iter().filter(|file| file.path == path);
        let Some(first) = changes.next() else { continue };
        let last = changes.next_back().unwrap_or(first);
        if last.after.as_ref().map(|kept| kept.0.as_slice()) != expected {
            break;
        }
        let before = first.before.as_ref().map(|kept| &kept.0);
        if entries_of(engine, path, before) == wanted {
            best = Some(Earlier(first.before.clone()));
        }
        expected = before.map(Vec::as_slice);
    }
    best
}

/// The insecure entries that these bytes of this file would set.
pub(super) fn entries_of(engine: &EngineFacts, path: &Path, bytes: Option<&Vec<u8>>) -> Vec<String> {
    let Some(bytes) = bytes else { return Vec::new() };
    if path == engine.config.path {
        let ConfigState::Read(keys) = config::read(bytes) else { return Vec::new() };
        let list = keys.iter().rfind(|key| key.name == KEY).and_then(|key| key.value.as_array().cloned());
        return list.unwrap_or_default().iter().filter_map(|value| value.as_str().map(str::to_string)).collect();
    }
    let text = String::from_utf8_lossy(bytes);
    let file = engine.service.env_files.iter().find(|file| file.path == *path);
    let words: Vec<String> = match file {
        Some(file) => {
            file.variables.iter().filter_map(|name| settings::words_of(&text, name, file.reader)).flatten().collect()
        }
        None => crate::edit::unit::parse(&text)
            .iter()
            .filter(|one| one.key == "ExecStart")
            .filter_map(|one| crate::edit::unit::split_exec_words(&one.value))
            .flatten()
            .collect(),
    };
    super::flags::values(&words, KEY)
}

/// Every authority in the registry's own folder. A client certificate stays: it is an identity, not a trust.
fn remove_certificates(engine: &EngineFacts, history: &[Record], entry: &InsecureEntry, plan: &mut Plan) {
    let Some(certs) = entry.registry().and_then(|registry| engine.certs_for(&registry.to_string())) else { return };
    let read = |file: &CertsFile| engine.files.get(&certs.path.join(&file.name));
    let (gone, stays): (Vec<_>, Vec<_>) =
        certs.files.iter().partition(|file| file.name.ends_with(".crt") && read(file).is_some());
    for file in &gone {
        let Some(ReadFile { bytes, mode }) = read(file).cloned() else { continue };
        let path = certs.path.join(&file.name);
        plan.steps.push(FileChange::new(path, Some(Kept(bytes)), None, mode).step());
    }
    if stays.is_empty() {
        // An empty folder means nothing to Docker: somebody else's stays.
        plan.steps.extend(our_folders(history, &certs.path.join("ca.crt")));
    } else if !gone.is_empty() || plan.is_empty() {
        let names: Vec<&str> = stays.iter().map(|file| file.name.as_str()).collect();
        let stay = if names.len() == 1 { "stays" } else { "stay" };
        plan.warnings.push(format!("{} {stay} in {}: no trusted authority", names.join(", "), certs.path.display()));
    }
}

/// An authority that regdoctor put into the system's store for this registry.
fn remove_from_system(facts: &Facts, engine: &EngineFacts, history: &[Record], entry: &InsecureEntry, plan: &mut Plan) {
    let (Some(store), Some(registry)) = (&facts.distro.family.store, entry.registry()) else { return };
    let path = super::plan::system_path(store, registry);
    let done = history.iter().rev().filter(|record| record.state == State::Done);
    let last = done.flat_map(|record| record.files.iter().rev()).find(|file| file.path == path);
    let Some(bytes) = last.and_then(|file| file.after.clone()) else { return };
    let folders = our_folders(history, &path);
    plan.steps.push(FileChange::new(path, Some(bytes), None, 0o644).step());
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    plan.steps.push(Step::Run { words: words(store.refresh_after_removal), undo: words(store.refresh) });
    plan.steps.extend(folders);
    plan.effect = effect::restart(engine, "Docker reads the system's certificates once in its life");
}

/// Why a registry is still insecure though nothing names it.
fn covered_by(engine: &EngineFacts, entry: &InsecureEntry) -> Vec<String> {
    let address = entry.registry().and_then(crate::model::entry_point::EntryPoint::address);
    let ranges = engine.effective.iter().flat_map(|effective| &effective.insecure);
    ranges
        .filter_map(|range| match (range, address) {
            (InsecureEntry::Range(network, length), Some(address)) if in_range(address, *network, *length) => Some(if network.is_loopback() {
                format!("{entry} stays insecure: Docker never verifies registries in {range}, and that cannot be changed")
            } else {
                format!("{entry} stays insecure: the range {range} covers it; `sudo regdoctor untrust {range}` takes that back")
            }),
            _ => None,
        })
        .collect()
}
