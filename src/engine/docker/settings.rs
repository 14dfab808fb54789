//! Every setting of the daemon, wherever it was said, and the files that say something to nobody.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::flags;
use super::service::variables_in;
use crate::edit::{env, unit};
use crate::engine::Ground;
use crate::model::facts::{ConfigFile, ConfigState, DeadFile, EnvFile, EnvReader, Origin, Service, Setting};
use crate::model::observations::Observations;

/// What the next start of the daemon would take, from its file, its unit and the variables that reach it.
pub(super) fn settings(seen: &Observations, config: &ConfigFile, service: &Service) -> Vec<Setting> {
    let mut all = of_config(config);
    all.extend(of_exec_start(seen, service));
    all.extend(of_unit_variables(seen, service));
    for file in &service.env_files {
        all.extend(of_env_file(seen, file));
    }
    all
}

fn of_config(config: &ConfigFile) -> Vec<Setting> {
    let ConfigState::Read(keys) = &config.state else { return Vec::new() };
    let mut all = Vec::new();
    for key in keys {
        let at = |line: usize| Origin::File { path: config.path.clone(), line: Some(line) };
        let setting =
            |value: String, line: usize| Setting { key: key.name.clone(), value, origin: at(line), live: true };
        match &key.value {
            Value::Array(entries) if !entries.is_empty() => {
                let lines = key.entry_lines.iter().copied().chain(std::iter::repeat(key.line));
                all.extend(entries.iter().zip(lines).map(|(entry, line)| setting(plain(entry), line)));
            }
            // An empty list, `null` or an object is still a setting: it collides with a flag.
            value => all.push(setting(plain(value), key.line)),
        }
    }
    all
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

fn of_exec_start(seen: &Observations, service: &Service) -> Vec<Setting> {
    let Some(line) = &service.exec_start else { return Vec::new() };
    let words = program_words(unit::split_exec_words(line).unwrap_or_default());
    let at = exec_start_origin(seen, service);
    let flags = flags::parse(words.get(1..).unwrap_or_default());
    flags
        .into_iter()
        .map(|flag| Setting { key: flag.key().to_string(), value: flag.value, origin: at.clone(), live: true })
        .collect()
}

/// The words of the daemon itself, where a shell starts it (`sh -c 'dockerd … | forward-journald'`, RHEL 7).
fn program_words(words: Vec<String>) -> Vec<String> {
    let is_shell = words.first().is_some_and(|program| program.ends_with("/sh") || program.ends_with("/bash"));
    let script = words.iter().position(|word| word == "-c").and_then(|at| words.get(at + 1));
    match script.filter(|_| is_shell) {
        Some(script) => env::split_shell_words(script),
        None => words,
    }
}

/// Variables that the unit itself sets and passes on (`Environment="DOCKER_OPTS=…"`, Flatcar's way). Of several the last
/// counts, and a file of variables beats them all (systemd.exec(5)).
fn of_unit_variables(seen: &Observations, service: &Service) -> Vec<Setting> {
    let passed = service.exec_start.as_deref().map(variables_in).unwrap_or_default();
    let in_file = |name: &str| {
        let mut texts = service.env_files.iter().filter_map(|file| seen.text(&file.path));
        texts.any(|text| env::systemd_value(&text, name).is_some())
    };
    let mut variables: BTreeMap<String, (String, Origin)> = BTreeMap::new();
    for path in service.file.iter().chain(&service.drop_ins) {
        for entry in
            unit::parse(&seen.text(path).unwrap_or_default()).into_iter().filter(|one| one.key == "Environment")
        {
            if entry.value.is_empty() {
                variables.clear();
            }
            for word in unit::split_exec_words(&entry.value).unwrap_or_default() {
                let Some((name, value)) = word.split_once('=') else { continue };
                let origin = Origin::File { path: path.clone(), line: Some(entry.line) };
                variables.insert(name.to_string(), (value.to_string(), origin));
            }
        }
    }
    let variables = variables.into_iter().filter(|(name, _)| passed.contains(name) && !in_file(name));
    let flags = variables.flat_map(|(_, (value, origin))| {
        flags::parse(&env::split_systemd_words(&value)).into_iter().map(move |flag| (flag, origin.clone()))
    });
    flags.map(|(flag, origin)| Setting { key: flag.key().to_string(), value: flag.value, origin, live: true }).collect()
}

/// The last file that says `ExecStart`, with its line.
pub(super) fn exec_start_origin(seen: &Observations, service: &Service) -> Origin {
    let files = service.drop_ins.iter().rev().chain(service.file.as_ref());
    for path in files {
        let entries = unit::parse(&seen.text(path).unwrap_or_default());
        if let Some(entry) = entries.iter().rfind(|entry| entry.key == "ExecStart" && !entry.value.is_empty()) {
            return Origin::File { path: path.clone(), line: Some(entry.line) };
        }
    }
    Origin::File { path: service.file.clone().unwrap_or_default(), line: None }
}

fn of_env_file(seen: &Observations, file: &EnvFile) -> Vec<Setting> {
    let text = seen.text(&file.path).unwrap_or_default();
    let mut all = Vec::new();
    for name in &file.variables {
        let Some(words) = words_of(&text, name, file.reader) else { continue };
        let line = env::parse(&text).assignments.iter().rfind(|one| one.name == *name).map(|one| one.line);
        for flag in flags::parse(&words) {
            let origin = Origin::File { path: file.path.clone(), line };
            all.push(Setting { key: flag.key().to_string(), value: flag.value, origin, live: true });
        }
    }
    all
}

/// The words that a variable puts on the command line, by the parser that really reads the file.
pub(super) fn words_of(text: &str, name: &str, reader: EnvReader) -> Option<Vec<String>> {
    match reader {
        EnvReader::Systemd => env::systemd_value(text, name).map(|value| env::split_systemd_words(&value)),
        EnvReader::Shell => env::shell_value(text, name).ok().flatten().map(|value| env::split_shell_words(&value)),
        EnvReader::OpenRc => {
            env::shell_value(text, name).ok().flatten().and_then(|value| env::split_openrc_words(&value))
        }
    }
}

/// Variables that set the daemon's flags, in a file that the loaded unit or script does not read, or under a name that it
/// does not pass on.
pub(super) fn dead(seen: &Observations, ground: Ground<'_>, service: &Service) -> Vec<DeadFile> {
    let read = |path: &str| service.env_files.iter().find(|file| file.path == Path::new(path));
    let mut dead = Vec::new();
    for path in ground.distro.family.env_files {
        let (Some(text), file) = (seen.text(path), read(path)) else { continue };
        let passed = |name: &String| file.is_some_and(|file| file.variables.contains(name));
        let flags = |name: &str| FLAG_VARIABLES.contains(&name);
        for one in env::parse(&text).assignments.iter().filter(|one| flags(&one.name) && !passed(&one.name)) {
            let value = one.value.clone().unwrap_or_default();
            if value.trim().starts_with('-') {
                let text = format!("{}=\"{value}\"", one.name);
                let why = why_dead(service, file.map(|_| one.name.as_str()));
                dead.push(DeadFile { path: path.into(), line: one.line, text, why });
            }
        }
    }
    dead
}

const FLAG_VARIABLES: &[&str] =
    &["DOCKER_OPTS", "OPTIONS", "other_args", "OPTS", "INSECURE_REGISTRY", "DOCKER_NETWORK_OPTIONS"];

/// With a name: the file is read, and this variable of it is not passed on.
fn why_dead(service: &Service, unused: Option<&str>) -> String {
    match (&service.file, unused) {
        (Some(path), Some(name)) => format!("{} reads the file, and starts Docker without ${name}", path.display()),
        (Some(path), None) => format!("{} does not read it", path.display()),
        (None, _) => "nothing that starts Docker reads it".into(),
    }
}

/// Files that may be dead, to be looked at.
pub(super) fn candidates(ground: Ground<'_>) -> impl Iterator<Item = &'static str> {
    ground.distro.family.env_files.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_decides_about_the_words() {
        let text = "DOCKER_OPTS=\"--a --b\" # note\n";
        assert_eq!(words_of(text, "DOCKER_OPTS", EnvReader::Shell).unwrap(), ["--a", "--b"]);
        assert_ne!(words_of(text, "DOCKER_OPTS", EnvReader::Systemd).unwrap(), ["--a", "--b"]);
    }
}
