//! The systemd unit: by systemctl's word where it answers, by the files otherwise.

use std::path::PathBuf;

use super::process;
use super::service::{first_existing, variables_in};
use crate::edit::unit as unit_file;
use crate::engine::Ground;
use crate::model::ask::{Answer, Ask};
use crate::model::facts::{EnvFile, EnvReader};
use crate::model::observations::Observations;

/// Units that start a Docker daemon: upstream's name, the snap's, RHEL 7's second one, Synology's.
const UNITS: [&str; 4] =
    ["docker.service", "snap.docker.dockerd.service", "docker-latest.service", "pkg-ContainerManager-dockerd.service"];
const PROPERTIES: &str = "--property=Id,LoadState,ActiveState,FragmentPath,DropInPaths,ExecStart,ExecReload,Environment,EnvironmentFiles,MainPID,NeedDaemonReload";
/// Where units lie, the first one wins (systemd.unit(5)).
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The unit as it is loaded.
#[derive(Debug, Default)]
pub(super) struct Unit {
    pub(super) name: String,
    pub(super) fragment: Option<PathBuf>,
    pub(super) drop_ins: Vec<PathBuf>,
    pub(super) exec_start: Option<String>,
    pub(super) env_files: Vec<EnvFile>,
    pub(super) main_pid: Option<i32>,
    pub(super) has_reload: bool,
    pub(super) needs_daemon_reload: bool,
}

fn show_ask(user: bool) -> Ask {
    let mut words = vec!["systemctl"];
    if user {
        words.push("--user");
    }
    words.extend(["show", "--no-pager", PROPERTIES]);
    words.extend(if user { &UNITS[..1] } else { &UNITS[..] });
    Ask::command(&words)
}

pub(super) fn asks(seen: &Observations, ground: Ground<'_>, user: bool) -> Vec<Ask> {
    let mut asks = vec![show_ask(user)];
    asks.extend(installed_asks());
    asks.extend(FOLDERS.iter().map(|folder| Ask::dir(format!("{folder}/{}.d", UNITS[0]))));
    if let Some(unit) = load(seen, ground, user) {
        asks.extend(unit.fragment.iter().map(Ask::file));
        asks.extend(unit.drop_ins.iter().map(Ask::file));
        asks.extend(unit.env_files.iter().map(|file| Ask::file(&file.path)));
    }
    asks
}

/// The questions that [`is_installed`] needs.
pub(super) fn installed_asks() -> Vec<Ask> {
    FOLDERS.iter().map(|folder| Ask::path(format!("{folder}/{}", UNITS[0]))).collect()
}

/// Whether a unit file lies in the tree.
pub(super) fn is_installed(seen: &Observations) -> bool {
    FOLDERS.iter().any(|folder| seen.exists(format!("{folder}/{}", UNITS[0])))
}

/// The unit that is loaded, if any is.
pub(super) fn load(seen: &Observations, ground: Ground<'_>, user: bool) -> Option<Unit> {
    let mut unit = match seen.answer(&show_ask(user)) {
        Some(Answer::Output(output)) if output.status == 0 => shown(&output.stdout)?,
        Some(_) => on_disk(seen)?,
        None => return None,
    };
    if unit.main_pid.is_none() {
        unit.main_pid = process::daemon(seen, ground).map(|process| process.pid);
    }
    // The file's own words, where they are what is loaded: systemctl prints them without their quotes.
    if !unit.needs_daemon_reload
        && let Some(line) = written(seen, &unit)
    {
        unit.exec_start = Some(line);
    }
    let variables = unit.exec_start.as_deref().map(variables_in).unwrap_or_default();
    for file in &mut unit.env_files {
        file.variables.clone_from(&variables);
        file.exists = seen.file(&file.path).is_some();
    }
    Some(unit)
}

/// The first loaded unit of `systemctl show`, whose blocks are separated by an empty line.
fn shown(text: &str) -> Option<Unit> {
    text.split("\n\n").map(block).find(|(loaded, _)| *loaded).map(|(_, unit)| unit)
}

fn block(text: &str) -> (bool, Unit) {
    let mut unit = Unit::default();
    let mut loaded = false;
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        match key {
            "Id" => unit.name = value.trim_end_matches(".service").to_string(),
            "LoadState" => loaded = value == "loaded",
            "FragmentPath" => unit.fragment = Some(value).filter(|value| !value.is_empty()).map(PathBuf::from),
            "DropInPaths" => unit.drop_ins = value.split_whitespace().map(PathBuf::from).collect(),
            "ExecStart" => unit.exec_start = argv(value).or(unit.exec_start),
            "ExecReload" => unit.has_reload |= !value.is_empty(),
            // systemd before 243 prints the name that units use.
            "EnvironmentFiles" | "EnvironmentFile" => unit.env_files.extend(environment_file(value)),
            "MainPID" => unit.main_pid = value.parse().ok().filter(|pid| *pid > 0),
            "NeedDaemonReload" => unit.needs_daemon_reload = value == "yes",
            _ => {}
        }
    }
    (loaded, unit)
}

/// `{ path=… ; argv[]=WORDS ; ignore_errors=no ; … }`
fn argv(value: &str) -> Option<String> {
    let (_, rest) = value.split_once("argv[]=")?;
    Some(rest.split_once(" ; ignore_errors=").map_or(rest, |(words, _)| words).trim().to_string())
}

/// `PATH (ignore_errors=yes)`
fn environment_file(value: &str) -> Option<EnvFile> {
    let (path, rest) = value.rsplit_once(" (").unwrap_or((value, ""));
    (!path.is_empty()).then(|| env_file(path, rest.contains("ignore_errors=yes")))
}

fn env_file(path: &str, optional: bool) -> EnvFile {
    EnvFile { path: path.into(), optional, variables: Vec::new(), reader: EnvReader::Systemd, exists: false }
}

/// What the files say when systemctl does not answer: no bus, or `--root`.
fn on_disk(seen: &Observations) -> Option<Unit> {
    let paths: Vec<String> = FOLDERS.iter().map(|folder| format!("{folder}/{}", UNITS[0])).collect();
    let fragment = first_existing(seen, &paths.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut drop_ins: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        let folder = PathBuf::from(format!("{folder}/{}.d", UNITS[0]));
        let names = seen.dir(&folder).unwrap_or_default().iter().map(|entry| &entry.name);
        for name in names.filter(|name| name.ends_with(".conf")) {
            // The same name in a folder that comes first hides this one.
            if !drop_ins.iter().any(|path| path.file_name().is_some_and(|found| found == name.as_str())) {
                drop_ins.push(folder.join(name));
            }
        }
    }
    drop_ins.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    let mut unit = Unit { name: "docker".into(), fragment: Some(fragment), drop_ins, ..Unit::default() };
    for entry in entries(seen, &unit) {
        take(&mut unit, &entry.key, &entry.value);
    }
    Some(unit)
}

/// The `[Service]` entries of the unit and its drop-ins, in the order in which systemd takes them.
fn entries(seen: &Observations, unit: &Unit) -> Vec<unit_file::Entry> {
    let files = unit.fragment.iter().chain(&unit.drop_ins);
    let all = files.flat_map(|path| unit_file::parse(&seen.text(path).unwrap_or_default()));
    all.filter(|entry| entry.section == "Service").collect()
}

fn written(seen: &Observations, unit: &Unit) -> Option<String> {
    let mut scratch = Unit::default();
    for entry in entries(seen, unit) {
        take(&mut scratch, &entry.key, &entry.value);
    }
    scratch.exec_start
}

/// An empty assignment clears what came before.
fn take(unit: &mut Unit, key: &str, value: &str) {
    match key {
        "ExecStart" => unit.exec_start = (!value.is_empty()).then(|| value.to_string()),
        "ExecReload" => unit.has_reload = !value.is_empty(),
        "EnvironmentFile" if value.is_empty() => unit.env_files.clear(),
        "EnvironmentFile" => {
            let optional = value.starts_with('-');
            unit.env_files.push(env_file(value.trim_start_matches('-'), optional));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_systemctl_shows() {
        let text = "Id=docker.service\nLoadState=not-found\n\nId=snap.docker.dockerd.service\nLoadState=loaded\n\
            ExecStart={ path=/usr/bin/snap ; argv[]=/usr/bin/snap run docker.dockerd $X ; ignore_errors=no ; pid=0 }\n\
            EnvironmentFiles=/etc/environment (ignore_errors=yes)\nMainPID=812\nNeedDaemonReload=no\n";
        let unit = shown(text).unwrap();
        assert_eq!(unit.name, "snap.docker.dockerd");
        assert_eq!(unit.exec_start.as_deref(), Some("/usr/bin/snap run docker.dockerd $X"));
        assert_eq!(unit.main_pid, Some(812));
        assert!(unit.env_files[0].optional);
        assert!(shown("Id=docker.service\nLoadState=not-found\n").is_none());
    }

    #[test]
    fn finds_variables_of_a_command_line() {
        let line = "/usr/bin/dockerd -H fd:// $DOCKER_OPTS ${OPTIONS} $DOCKER_OPTS \\$";
        assert_eq!(variables_in(line), ["DOCKER_OPTS", "OPTIONS"]);
    }
}
