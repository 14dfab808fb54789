//! From a wish to steps: the right place, the mildest effective action, and what must hold then.

use std::path::{Path, PathBuf};

use super::place::{self, Spot};
use super::{collision, effect, untrust};
use crate::edit::{self, Syntax};
use crate::engine::Refusal;
use crate::model::change::{Action, Change, Edit};
use crate::model::entry_point::EntryPoint;
use crate::model::facts::{ConfigState, EngineFacts, Facts, ImageStore, Packaging};
use crate::model::family::StoreTable;
use crate::model::plan::{Effect, Expectation, FileChange, Plan, Step};
use crate::model::record::Kept;
use crate::model::wish::{InsecureEntry, Place, Wish};

/// The key of daemon.json since 1.11, and the flag since 1.0.
pub(super) const KEY: &str = "insecure-registries";
pub(super) const FLAG: &str = "--insecure-registry";

pub(super) fn plan(facts: &Facts, engine: &EngineFacts, wish: &Wish) -> Result<Plan, Refusal> {
    place::refuse_hopeless(engine)?;
    let mut plan = fulfil(facts, engine, wish)?;
    if matches!(plan.effect, Effect::Reload { .. } | Effect::Restart(_)) {
        collision::refuse(engine)?;
        plan.steps.extend(validation(engine, &plan));
    }
    if !plan.steps.is_empty() {
        plan.warnings.extend(facts.distro.family.volatile.map(str::to_string));
    }
    if let Some((host, origin)) = &engine.endpoint.elsewhere {
        plan.warnings.push(format!(
            "`docker` is pointed at {host} by {origin}: this is about the Docker on this machine, not about that one"
        ));
    }
    let swarm = engine.effective.as_ref().is_some_and(|effective| effective.swarm);
    if swarm && matches!(plan.effect, Effect::Restart(_)) {
        plan.warnings
            .push("this machine is part of a swarm: while Docker restarts, its tasks move to other nodes".into());
    }
    Ok(plan)
}

/// Docker's own look at daemon.json before it is told to read it, with whatever else stands there by now: an unknown key
/// would leave it down. Since 23.0; it takes no missing file.
pub(super) fn validation(engine: &EngineFacts, plan: &Plan) -> Option<Step> {
    let known = place::version(engine)?.at_least(23, 0, 0);
    let path = &engine.config.path;
    let written = plan.steps.iter().any(|step| matches!(step, Step::Write(change) if change.path == *path));
    let there = written || matches!(engine.config.state, ConfigState::Read(_));
    let own = matches!(engine.packaging, Packaging::Snap | Packaging::Rootless);
    let program = engine.daemon.running()?.arguments.first().filter(|word| word.ends_with("dockerd"))?.clone();
    let words = vec![program, "--validate".into(), "--config-file".into(), path.display().to_string()];
    (known && there && !own).then_some(Step::Run { words, undo: Vec::new() })
}

fn fulfil(facts: &Facts, engine: &EngineFacts, wish: &Wish) -> Result<Plan, Refusal> {
    match wish {
        Wish::Insecure { entry, place } => insecure(facts, engine, entry, *place),
        Wish::TrustCa { registry, pem } => trust_ca(engine, registry, pem),
        Wish::TrustCaSystemWide { registry, pem } => system_wide(facts, engine, registry, pem),
        Wish::ClientCertificate { registry, certificate, key } => {
            client_certificate(engine, registry, certificate, key)
        }
        Wish::Untrust { entry } => untrust::untrust(facts, engine, entry),
    }
}

fn insecure(facts: &Facts, engine: &EngineFacts, entry: &InsecureEntry, wanted: Place) -> Result<Plan, Refusal> {
    if entry.registry().is_some_and(EntryPoint::is_docker_hub) {
        return Err(Refusal::new("Docker never treats Docker Hub as insecure")
            .because("its own entry is overwritten as secure after the list was read, in every release"));
    }
    let mut plan = empty(engine, format!("let Docker reach {entry} without verifying it"));
    plan.expects = vec![Expectation::Answers, Expectation::Insecure(entry.clone())];
    plan.expects.extend(entry.registry().map(|registry| Expectation::Reaches(registry.to_string())));
    let set = engine.settings_of(KEY).any(|setting| place::same_entry(&setting.value, entry));
    let in_effect = engine.effective.as_ref().is_none_or(|effective| effective.insecure.contains(entry));
    if set && in_effect {
        return Ok(plan);
    }
    let spot = place::spot(facts, engine, wanted)?;
    if !set {
        plan.steps.extend(steps_for(engine, &spot, entry)?);
    }
    plan.effect = effect::of(engine, &spot);
    if let Effect::Reload { neutral, .. } = &mut plan.effect {
        *neutral = neutral_file(engine, entry)?;
    }
    plan.warnings.push(format!(
        "anyone on the way between this machine and {entry} can read and change what is pulled and pushed, passwords included"
    ));
    Ok(plan)
}

/// daemon.json with an empty list, when it has none now: what SIGHUP needs to take the entry back.
fn neutral_file(engine: &EngineFacts, entry: &InsecureEntry) -> Result<Option<FileChange>, Refusal> {
    if engine.config_key(KEY).is_some() {
        return Ok(None);
    }
    let entry = entry.to_string();
    let changes = [Change::new(&[KEY], Action::Append(entry.clone())), Change::new(&[KEY], Action::RemoveEntry(entry))];
    edited(engine, &engine.config.path, Syntax::Json, &changes).map(Some)
}

/// The edits that put an entry into its place.
fn steps_for(engine: &EngineFacts, spot: &Spot, entry: &InsecureEntry) -> Result<Vec<Step>, Refusal> {
    match spot {
        Spot::Config => {
            let path = &engine.config.path;
            let change = Change::new(&[KEY], Action::Append(entry.to_string()));
            let mut steps = missing_folders(engine, path.parent(), 0o755);
            steps.push(Step::Write(edited(engine, path, Syntax::Json, &[change])?));
            Ok(steps)
        }
        Spot::EnvFile { path, variable } => {
            let change = Change::new(&[variable], Action::Append(format!("{FLAG}={entry}")));
            Ok(vec![Step::Write(edited(engine, path, Syntax::Env, &[change])?)])
        }
        Spot::DropIn { path } => place::drop_in_steps(engine, path, entry),
    }
}

/// One file with changes applied, or the refusal that names its line.
pub(super) fn edited(
    engine: &EngineFacts,
    path: &Path,
    syntax: Syntax,
    changes: &[Change],
) -> Result<FileChange, Refusal> {
    let before = engine.files.get(path);
    let text = before.map(|file| file.bytes.as_slice()).unwrap_or_default();
    let after = edit::edit(syntax, text, changes).map_err(|error| place::refuse_edit(engine, path, &error))?;
    let (kept, mode) = (before.map(|file| Kept(file.bytes.clone())), before.map_or(0o644, |file| file.mode));
    let change = FileChange::new(path.to_path_buf(), kept, Some(Kept(after)), mode);
    Ok(FileChange { edit: Some(Edit { syntax, changes: changes.to_vec() }), ..change })
}

fn trust_ca(engine: &EngineFacts, registry: &EntryPoint, pem: &str) -> Result<Plan, Refusal> {
    let mut plan = empty(engine, format!("let Docker trust the certificate authority of {registry}"));
    plan.expects = vec![Expectation::Answers, Expectation::Reaches(registry.to_string())];
    let folder = engine.certs_dir.join(registry.to_string());
    let existing = engine.certs_for(&registry.to_string());
    if existing.is_some_and(|certs| certs.not_a_folder) {
        return Err(
            Refusal::new(format!("{} is not a folder", folder.display())).next("remove it, then run this again")
        );
    }
    let files = existing.map(|certs| certs.files.as_slice()).unwrap_or_default();
    let wanted = pem.trim();
    if files
        .iter()
        .any(|file| file.name.ends_with(".crt") && file.pem.as_deref().is_some_and(|text| text.contains(wanted)))
    {
        return Ok(plan);
    }
    let taken = |name: &str| files.iter().any(|file| file.name == name);
    let mut names = std::iter::once("ca.crt".to_string()).chain((2..).map(|number| format!("ca-{number}.crt")));
    let name = names.find(|name| !taken(name)).unwrap_or_else(|| "ca.crt".into());
    plan.steps = missing_folders(engine, Some(&folder), 0o755);
    plan.steps.push(Step::Write(new_file(folder.join(name), format!("{wanted}\n"), 0o644)));
    plan.warnings.extend(warnings_about_certs(engine, registry));
    Ok(plan)
}

/// What keeps a good file in certs.d from being used.
fn warnings_about_certs(engine: &EngineFacts, registry: &EntryPoint) -> Vec<String> {
    let mut warnings = Vec::new();
    let entry = InsecureEntry::Registry(registry.clone());
    let store = engine.effective.as_ref().map_or(ImageStore::Classic, |effective| effective.image_store);
    if engine.effective.as_ref().is_some_and(|effective| effective.insecure.contains(&entry)) {
        warnings.push(format!(
            "{registry} is also listed as insecure, so Docker does not verify it at all: `sudo regdoctor untrust {registry}` first"
        ));
    }
    let hosts = engine
        .certs_for(&registry.to_string())
        .is_some_and(|certs| certs.files.iter().any(|file| file.name == "hosts.toml"));
    if hosts && store == ImageStore::Containerd {
        warnings.push("hosts.toml in the same folder makes pull and push ignore the certificates beside it, unless it names them with `ca`".into());
    }
    warnings
}

fn client_certificate(
    engine: &EngineFacts,
    registry: &EntryPoint,
    certificate: &str,
    key: &str,
) -> Result<Plan, Refusal> {
    let mut plan = empty(engine, format!("let Docker offer a client certificate to {registry}"));
    let folder = engine.certs_dir.join(registry.to_string());
    let files = engine.certs_for(&registry.to_string()).map(|certs| certs.files.as_slice()).unwrap_or_default();
    let same = files.iter().find(|file| file.name == "client.cert");
    if same.is_some_and(|file| file.pem.as_deref().map(str::trim) == Some(certificate.trim())) {
        return Ok(plan);
    }
    if files.iter().any(|file| file.name == "client.cert" || file.name == "client.key") {
        return Err(Refusal::new(format!("another client certificate is in {} already", folder.display()))
            .next(format!("move {0}/client.cert and {0}/client.key away, then run this again", folder.display())));
    }
    plan.expects = vec![Expectation::Answers];
    plan.steps = missing_folders(engine, Some(&folder), 0o755);
    // The key goes first: a `.cert` without its `.key` makes every request to this registry fail.
    let mut key = new_file(folder.join("client.key"), format!("{}\n", key.trim()), 0o600);
    key.secret = true;
    plan.steps.push(Step::Write(key));
    plan.steps.push(Step::Write(new_file(folder.join("client.cert"), format!("{}\n", certificate.trim()), 0o644)));
    Ok(plan)
}

fn system_wide(facts: &Facts, engine: &EngineFacts, registry: &EntryPoint, pem: &str) -> Result<Plan, Refusal> {
    let Some(store) = &facts.distro.family.store else {
        return Err(Refusal::new(format!("how {} keeps its system-wide certificates is not known", facts.distro.name))
            .next(format!("sudo regdoctor trust {registry} --ca FILE   (for Docker alone, in certs.d)")));
    };
    let mut plan = empty(engine, format!("let the whole system trust the certificate authority of {registry}"));
    plan.expects = vec![Expectation::Answers, Expectation::Reaches(registry.to_string())];
    if facts.system_store.pem.contains(pem.trim()) {
        return Ok(plan);
    }
    plan.steps = missing_folders(engine, Some(Path::new(store.folder)), 0o755);
    plan.steps.push(Step::Write(new_file(system_path(store, registry), format!("{}\n", pem.trim()), 0o644)));
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    plan.steps.push(Step::Run { words: words(store.refresh), undo: words(store.refresh_after_removal) });
    plan.effect = effect::restart(engine, "Docker reads the system's certificates once in its life");
    plan.warnings.push("every program on this machine will trust what this authority signs, for every name".into());
    Ok(plan)
}

/// The file in the system's store that stands for this registry.
pub(super) fn system_path(store: &StoreTable, registry: &EntryPoint) -> PathBuf {
    let name = registry.to_string().replace([':', '[', ']'], "-");
    PathBuf::from(store.folder).join(format!("regdoctor-{}{}", name.trim_matches('-'), store.extension))
}

pub(super) fn empty(engine: &EngineFacts, title: String) -> Plan {
    Plan {
        title,
        engine: engine.engine.to_string(),
        steps: Vec::new(),
        effect: Effect::Nothing,
        afterwards: Vec::new(),
        warnings: Vec::new(),
        expects: vec![Expectation::Answers],
        held: Vec::new(),
        undoes: None,
    }
}

fn new_file(path: PathBuf, text: String, mode: u32) -> FileChange {
    FileChange::new(path, None, Some(Kept(text.into_bytes())), mode)
}

/// The folders down to `folder` that are not there yet, outermost first.
pub(super) fn missing_folders(engine: &EngineFacts, folder: Option<&Path>, mode: u32) -> Vec<Step> {
    let is_there = |path: &Path| {
        path.parent().is_none()
            || engine.folders.contains(path)
            || engine.certs.registries.iter().any(|one| one.path == path)
    };
    let mut missing: Vec<&Path> =
        folder.into_iter().flat_map(Path::ancestors).take_while(|path| !is_there(path)).collect();
    missing.reverse();
    missing.into_iter().map(|path| Step::MakeFolder { path: path.to_path_buf(), mode, again: None }).collect()
}
