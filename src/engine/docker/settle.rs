//! What makes changed files effective that no wish changed: a change that is taken back.

use std::path::Path;

use super::plan::{KEY, validation};
use super::untrust::entries_of;
use super::{config, effect, rules};
use crate::edit::{self, Syntax};
use crate::model::change::{Action, Change};
use crate::model::facts::{ConfigState, EngineFacts};
use crate::model::plan::{Effect, Expectation, FileChange, Plan, Step};
use crate::model::record::Kept;
use crate::model::wish::InsecureEntry;

/// The plan with its effect and with what must hold then.
pub(super) fn settle(engine: &EngineFacts, mut plan: Plan) -> Plan {
    let changes: Vec<FileChange> = plan.steps.iter().filter_map(Step::file).cloned().collect();
    plan.expects = vec![Expectation::Answers];
    for change in changes.iter().filter(|change| !change.path.starts_with(&engine.certs_dir)) {
        let entries = |kept: &Option<Kept>| entries(engine, change, kept.as_ref());
        let (before, after) = (entries(&change.before), entries(&change.after));
        let missing = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|one| !those.contains(one)).cloned().collect()
        };
        let (gone, new) = (missing(&before, &after), missing(&after, &before));
        plan.expects.extend(parsed(&gone).map(Expectation::NotInsecure));
        plan.expects.extend(parsed(&new).map(Expectation::Insecure));
        if change.path == engine.config.path {
            if !matches!(plan.effect, Effect::Restart(_)) {
                plan.effect = effect::of_config(engine);
            }
            by_reload(change, &gone, &new, &mut plan);
        } else {
            plan.effect = effect::restart(engine, why(engine, &change.path));
        }
    }
    if matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_)) {
        let step = validation(engine, &plan);
        plan.steps.extend(step);
    }
    plan
}

fn why(engine: &EngineFacts, path: &Path) -> &'static str {
    if engine.service.env_files.iter().any(|file| file.path == path) {
        "variables are read when Docker starts"
    } else if path.starts_with("/etc/systemd") {
        "flags are read when Docker starts"
    } else {
        "Docker reads the system's certificates once in its life"
    }
}

/// A key that is merely gone stays in effect while Docker runs; an empty list does not. So Docker reads an empty list on
/// the way, there and, should it fail, back.
fn by_reload(change: &FileChange, gone: &[String], new: &[String], plan: &mut Plan) {
    let Effect::Reload { neutral, .. } = &mut plan.effect else { return };
    let without = |kept: &Kept, entries: &[String]| {
        let changes: Vec<Change> =
            entries.iter().map(|one| Change::new(&[KEY], Action::RemoveEntry(one.clone()))).collect();
        edit::edit(Syntax::Json, &kept.0, &changes).ok().map(Kept)
    };
    let is_keyless = |kept: &Option<Kept>| match kept.as_ref().map(|kept| config::read(&kept.0)) {
        Some(ConfigState::Read(keys)) => !keys.iter().any(|key| key.name == KEY),
        _ => true,
    };
    if !new.is_empty() && is_keyless(&change.before) {
        let bytes = change.after.as_ref().and_then(|kept| without(kept, new));
        *neutral = bytes.map(|bytes| FileChange { after: Some(bytes), ..change.clone() });
    }
    if gone.is_empty() || !is_keyless(&change.after) {
        return;
    }
    let Some(empty) = change.before.as_ref().and_then(|kept| without(kept, gone)) else { return };
    let first = FileChange { after: Some(empty.clone()), again: None, ..change.clone() };
    let last = FileChange { before: Some(empty), ..change.clone() };
    let is_it = |step: &Step| step.file().is_some_and(|one| one.path == change.path);
    plan.afterwards.push(last.step());
    // Folders that go with the file go after it.
    let (folders, mut steps): (Vec<Step>, Vec<Step>) =
        std::mem::take(&mut plan.steps).into_iter().partition(|step| matches!(step, Step::RemoveFolder { .. }));
    plan.afterwards.extend(folders);
    if let Some(step) = steps.iter_mut().find(|step| is_it(step)) {
        *step = first.step();
    }
    plan.steps = steps;
}

fn entries(engine: &EngineFacts, change: &FileChange, kept: Option<&Kept>) -> Vec<String> {
    entries_of(engine, &change.path, kept.map(|kept| &kept.0))
}

fn parsed(entries: &[String]) -> impl Iterator<Item = InsecureEntry> {
    entries.iter().filter_map(|one| rules::entry(one))
}
