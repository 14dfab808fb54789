//! Where an insecure entry belongs: where the setting already lives, so that a flag and daemon.json never collide.

use std::path::{Path, PathBuf};

use super::asks::DROP_IN_FOLDER;
use super::plan::{self, FLAG, KEY};
use super::{rules, settings};
use crate::edit::{EditError, Syntax, env, unit};
use crate::engine::Refusal;
use crate::model::change::{Action, Change};
use crate::model::facts::{
    ClientVersion, ConfigState, Daemon, EngineFacts, EnvFile, Facts, Init, Origin, Packaging, Setting,
};
use crate::model::plan::{FileChange, Step};
use crate::model::record::Kept;
use crate::model::version::Version;
use crate::model::wish::{InsecureEntry, Place};

/// A place that Docker reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    Config,
    EnvFile {
        path: PathBuf,
        variable: String,
    },
    /// A drop-in that replaces `ExecStart`.
    DropIn {
        path: PathBuf,
    },
}

/// Hosts on which nothing can be changed, whatever is wished.
pub(super) fn refuse_hopeless(engine: &EngineFacts) -> Result<(), Refusal> {
    if let Some(ClientVersion::Posing(name)) = engine.client.as_ref().map(|client| &client.version)
        && engine.daemon == Daemon::Absent
    {
        return Err(Refusal::new(format!("`docker` on this machine is {name}, not Docker"))
            .next("podman reads /etc/containers/registries.conf and /etc/containers/certs.d"));
    }
    if engine.packaging == Packaging::Desktop {
        return Err(Refusal::new(
            "this is Docker Desktop: its engine runs in a virtual machine, and files here do not reach it",
        )
        .next("change `insecure-registries` in Docker Desktop under Settings, Docker Engine"));
    }
    if let Some(version) =
        version(engine).filter(|version| !version.at_least(1, 6, 0) && !version.text.contains("azure"))
    {
        return Err(Refusal::new(format!(
            "Docker {version} is too old: 1.6.0 is the first release that talks to a v2 registry"
        ))
        .next("upgrade Docker, then run this again"));
    }
    Ok(())
}

/// The daemon's own version, else the program's.
pub(super) fn version(engine: &EngineFacts) -> Option<&Version> {
    let client = engine.client.as_ref().and_then(|client| match &client.version {
        ClientVersion::Engine(version) => Some(version),
        _ => None,
    });
    engine.effective.as_ref().map(|effective| &effective.version).or(client)
}

/// Systems that render all of Docker's files: neither these nor units and files of variables can be edited.
pub(super) fn refuse_generated(facts: &Facts, engine: &EngineFacts) -> Result<(), Refusal> {
    let generated = facts.distro.family.unmanageable.is_some() && engine.config.managed_by.is_some();
    if generated { spot_in_config(engine).map(|_| ()) } else { Ok(()) }
}

/// An entry that `dockerd --validate` lets through and the next start does not (17.04 and later): any restart, ours or the
/// machine's, would leave Docker down.
fn refuse_malformed(engine: &EngineFacts) -> Result<(), Refusal> {
    if version(engine).is_some_and(|version| !version.at_least(17, 4, 0) && !version.text.contains("azure")) {
        return Ok(());
    }
    // `[]` and `null` stand for a list without entries.
    let mut entries = engine.settings_of(KEY).filter(|setting| !matches!(setting.value.as_str(), "[]" | "null"));
    let fault = entries.find_map(|setting| Some((setting, rules::insecure(&setting.value)?)));
    fault.map_or(Ok(()), |(setting, words)| {
        Err(Refusal::new("an entry that is there already keeps Docker from its next start")
            .because(format!("{}: \"{}\"", setting.origin, setting.value))
            .because(format!("Docker will say: {words}"))
            .next("mend or remove that entry, then run this again"))
    })
}

/// The spot for a new entry.
pub(super) fn spot(facts: &Facts, engine: &EngineFacts, wanted: Place) -> Result<Spot, Refusal> {
    refuse_malformed(engine)?;
    refuse_generated(facts, engine)?;
    let flags: Vec<&Setting> = engine.settings_of(KEY).filter(|setting| !in_config(engine, setting)).collect();
    let in_file = engine.config_key(KEY);
    if let (Some(flag), Some(key)) = (flags.first(), in_file) {
        return Err(Refusal::new("insecure registries are set twice, and Docker will not start again like this")
            .because(format!("{}: {FLAG} {}", flag.origin, flag.value))
            .because(format!("{} line {}: \"{KEY}\"", engine.config.path.display(), key.line))
            .next(format!(
                "move all entries into one of the two, e.g. delete \"{KEY}\" from {}",
                engine.config.path.display()
            )));
    }
    match wanted {
        Place::Best => match flags.last() {
            Some(flag) => beside(engine, flag),
            None if has_unexplained_flag(engine) => Err(unexplained(engine)),
            None if !reads_key(engine) => old_fashioned(facts, engine),
            None => spot_in_config(engine),
        },
        Place::DaemonJson => match flags.last() {
            Some(flag) => {
                Err(Refusal::new("Docker refuses to start when a flag and daemon.json name insecure registries")
                    .because(format!("{}: {FLAG} {}", flag.origin, flag.value))
                    .next("leave out `--in daemon-json`: the entry then goes beside the flag"))
            }
            None => spot_in_config(engine),
        },
        Place::EnvFile | Place::DropIn if in_file.is_some() => {
            Err(Refusal::new("Docker refuses to start when a flag and daemon.json name insecure registries")
                .because(format!("{} names them already", engine.config.path.display()))
                .next("leave out `--in`: the entry then goes into that file"))
        }
        Place::EnvFile => env_file(engine),
        Place::DropIn => drop_in(engine),
    }
}

fn in_config(engine: &EngineFacts, setting: &Setting) -> bool {
    matches!(&setting.origin, Origin::File { path, .. } if *path == engine.config.path)
}

/// The daemon runs with the flag and no file says so: somebody typed it.
pub(super) fn has_unexplained_flag(engine: &EngineFacts) -> bool {
    let Some(running) = engine.daemon.running() else { return false };
    let arguments = running.arguments.get(1..).unwrap_or_default();
    !super::flags::values(arguments, KEY).is_empty()
}

fn unexplained(engine: &EngineFacts) -> Refusal {
    let line = engine.daemon.running().map(|running| running.arguments.join(" ")).unwrap_or_default();
    Refusal::new(format!("Docker was started with {FLAG}, and no file on this machine says so"))
        .because(format!("its command line: {line}"))
        .next(format!("add {FLAG}=ENTRY_POINT where that command line is written, and start Docker again"))
}

/// `insecure-registries` is an unknown directive, and fatal, before 1.11.
fn reads_key(engine: &EngineFacts) -> bool {
    version(engine).is_none_or(|version| version.at_least(1, 11, 0) || version.text.contains("azure"))
}

fn old_fashioned(facts: &Facts, engine: &EngineFacts) -> Result<Spot, Refusal> {
    env_file(engine).or_else(|refusal| if facts.init == Init::Systemd { drop_in(engine) } else { Err(refusal) })
}

/// The place of an existing flag.
fn beside(engine: &EngineFacts, flag: &Setting) -> Result<Spot, Refusal> {
    let Origin::File { path, .. } = &flag.origin else { return Err(unexplained(engine)) };
    let file = engine.service.env_files.iter().find(|file| file.path == *path);
    match file {
        Some(file) => {
            let text = text_of(engine, path);
            let holds = |name: &&String| {
                let words = settings::words_of(&text, name, file.reader).unwrap_or_default();
                !super::flags::values(&words, KEY).is_empty()
            };
            let variable = file.variables.iter().rfind(holds).cloned().unwrap_or_default();
            Ok(Spot::EnvFile { path: path.clone(), variable })
        }
        None => drop_in(engine),
    }
}

pub(super) fn spot_in_config(engine: &EngineFacts) -> Result<Spot, Refusal> {
    let path = engine.config.path.display();
    if let Some(why) = &engine.config.managed_by {
        return Err(Refusal::new(format!("an edit of {path} would not last")).because(why.clone()));
    }
    match &engine.config.state {
        ConfigState::Broken(broken) => Err(Refusal::new(format!("{path} is broken: Docker will not start with it"))
            .because(format!("line {}, column {}: {}", broken.line, broken.column, broken.message))
            .because(format!("{:>5} | {}", broken.line, broken.line_text))
            .next(format!("mend {path}, then run this again"))),
        ConfigState::Denied => Err(Refusal::new(format!("{path} may not be read")).next("run this with sudo")),
        ConfigState::Failed(reason) => Err(Refusal::new(format!("{path} cannot be read: {reason}"))),
        ConfigState::Missing | ConfigState::Read(_) => Ok(Spot::Config),
    }
}

fn env_file(engine: &EngineFacts) -> Result<Spot, Refusal> {
    best_variable(engine).ok_or_else(|| {
        let mut refusal = Refusal::new("no file of variables reaches Docker's command line on this machine");
        refusal.because =
            engine.dead.iter().map(|dead| format!("{} is read by nobody: {}", dead.path.display(), dead.why)).collect();
        refusal.next("leave out `--in env-file`")
    })
}

/// Variables for whole flags, the best home for this one first. RHEL 7's INSECURE_REGISTRY holds the flag, too.
const VARIABLES: [&str; 6] = ["INSECURE_REGISTRY", "DOCKER_OPTS", "OPTIONS", "other_args", "OPTS", "EXTRA_ARGS"];

/// A variable that reaches the command line, in the file that sets it last; one that nothing sets goes into the file that
/// is named after the service, not into those for storage and network.
fn best_variable(engine: &EngineFacts) -> Option<Spot> {
    let files = || engine.service.env_files.iter().filter(|file| !file.path.starts_with("/run"));
    let passed = |name: &&&str| files().any(|file| file.variables.iter().any(|one| one == **name));
    let variable = VARIABLES.iter().find(passed)?;
    let sets =
        |file: &&EnvFile| env::parse(&text_of(engine, &file.path)).assignments.iter().any(|one| one.name == *variable);
    let named = |file: &&EnvFile| file.path.file_name().is_some_and(|name| name == engine.service.name.as_str());
    let file = files().rfind(sets).or_else(|| files().find(named)).or_else(|| files().next())?;
    Some(Spot::EnvFile { path: file.path.clone(), variable: (*variable).to_string() })
}

/// The text of a file that a plan may edit; what is not UTF-8 is replaced.
pub(super) fn text_of(engine: &EngineFacts, path: &Path) -> String {
    String::from_utf8_lossy(engine.files.get(path).map(|file| file.bytes.as_slice()).unwrap_or_default()).into_owned()
}

fn drop_in(engine: &EngineFacts) -> Result<Spot, Refusal> {
    if engine.service.manager != Init::Systemd || engine.service.exec_start.is_none() {
        return Err(Refusal::new("drop-ins need systemd and a Docker unit").next("leave out `--in drop-in`"));
    }
    if engine.service.user || engine.packaging == Packaging::Snap {
        return Err(
            Refusal::new("a drop-in is not written for this packaging of Docker").next("leave out `--in drop-in`")
        );
    }
    // A drop-in that says ExecStart already is the one that counts.
    let etc = Path::new("/etc/systemd/system");
    let holds = |path: &&PathBuf| {
        path.starts_with(etc)
            && unit::parse(&text_of(engine, path))
                .iter()
                .any(|entry| entry.key == "ExecStart" && !entry.value.is_empty())
    };
    let path = engine.service.drop_ins.iter().rfind(holds).cloned();
    Ok(Spot::DropIn { path: path.unwrap_or_else(|| Path::new(DROP_IN_FOLDER).join("regdoctor.conf")) })
}

/// The drop-in's edit: the flag at the end of the command line that is in effect.
pub(super) fn drop_in_steps(engine: &EngineFacts, path: &Path, entry: &InsecureEntry) -> Result<Vec<Step>, Refusal> {
    let flag = format!("{FLAG}={entry}");
    let line = engine.service.exec_start.clone().unwrap_or_default();
    let change = if engine.files.contains_key(path) {
        let changes = [Change::new(&["Service", "ExecStart"], Action::Append(flag))];
        plan::edited(engine, path, Syntax::Unit, &changes)?
    } else {
        let text = unit::drop_in_with_exec_start(&line, &flag).map_err(|error| refuse_edit(engine, path, &error))?;
        FileChange::new(path.to_path_buf(), None, Some(Kept(text.into_bytes())), 0o644)
    };
    let reload: Vec<String> = super::service::words(&["systemctl", "daemon-reload"]);
    let mut steps = plan::missing_folders(engine, path.parent(), 0o755);
    steps.push(Step::Write(change));
    steps.push(Step::Run { words: reload.clone(), undo: reload });
    Ok(steps)
}

/// `http://reg:5000` counts as `reg:5000`: dockerd strips the scheme since 17.04.
pub(super) fn same_entry(value: &str, entry: &InsecureEntry) -> bool {
    rules::entry(value).is_some_and(|found| found == *entry)
}

/// An editor's refusal, with the file that it is about.
pub(super) fn refuse_edit(engine: &EngineFacts, path: &Path, error: &EditError) -> Refusal {
    let refusal =
        Refusal::new(format!("{} cannot be edited without a risk", path.display())).because(error.to_string());
    if *path == engine.config.path {
        refusal.next(format!("add the entry to \"{KEY}\" in {} by hand", path.display()))
    } else {
        refusal.next(format!("add {FLAG}=ENTRY_POINT to the variable in {} by hand", path.display()))
    }
}
