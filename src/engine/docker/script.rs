//! Start scripts of the inits that are not systemd: which file they source, and which of its variables they pass on.

use std::path::PathBuf;
use std::sync::LazyLock;

use regex::Regex;

use super::service::{variables_in, words};
use crate::engine::Ground;
use crate::model::ask::Ask;
use crate::model::facts::{EnvFile, EnvReader, Init};
use crate::model::observations::Observations;

/// A start script that was found.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) env_files: Vec<EnvFile>,
    pub(super) restart: Vec<String>,
    /// The script's own reload, where it has one that is not a restart.
    pub(super) reload: Option<Vec<String>>,
}

/// Where each init keeps Docker's script.
const SCRIPTS: &[(Init, &[&str])] = &[
    (Init::OpenRc, &["/etc/init.d/docker"]),
    (Init::Sysvinit, &["/etc/init.d/docker", "/etc/rc.d/init.d/docker", "/etc/rc.d/rc.docker"]),
    (Init::Upstart, &["/etc/init/docker.conf", "/etc/init.d/docker", "/etc/rc.d/init.d/docker"]),
    (Init::Runit, &["/etc/sv/docker/run"]),
    (Init::Dinit, &["/etc/dinit.d/dockerd", "/usr/lib/dinit.d/dockerd"]),
    (Init::Procd, &["/etc/init.d/dockerd"]),
    (Init::S6, &["/etc/s6/sv/docker/run"]),
    (Init::None, &["/etc/init.d/docker"]),
];

/// Files that scripts source, whether or not this one does.
const ENV_FILES: &[&str] = &[
    "/etc/default/docker",
    "/etc/sysconfig/docker",
    "/etc/conf.d/docker",
    "/etc/sv/docker/conf",
    "/boot/config/docker.cfg",
];

pub(super) fn asks(seen: &Observations, init: Init) -> Vec<Ask> {
    let mut asks: Vec<Ask> = paths(init).iter().map(Ask::file).collect();
    asks.extend(ENV_FILES.iter().map(Ask::file));
    if let Some(path) = paths(init).iter().find(|path| seen.file(path).is_some()) {
        let text = seen.text(path).unwrap_or_default();
        asks.extend(sourced(&text, path).into_iter().map(Ask::File));
    }
    asks
}

fn paths(init: Init) -> &'static [&'static str] {
    SCRIPTS.iter().find(|(one, _)| *one == init).map_or(&[], |(_, paths)| paths)
}

/// The script of the running init, if there is one.
pub(super) fn load(seen: &Observations, ground: Ground<'_>) -> Option<Script> {
    let path = paths(ground.init).iter().find(|path| seen.file(path).is_some())?;
    let text = seen.text(path)?;
    let name = if path.ends_with("dockerd") { "dockerd" } else { "docker" };
    let native_openrc =
        text.lines().next().is_some_and(|line| line.contains("openrc-run") || line.contains("runscript"));
    let env_files = env_files(seen, &text, path, native_openrc);
    let has_reload = text
        .lines()
        .any(|line| line.trim_start().starts_with("reload()") || line.contains("extra_started_commands=\"reload"));
    let (restart, reload) = match ground.init {
        Init::OpenRc => (
            words(&["rc-service", name, "restart"]),
            (native_openrc && has_reload).then(|| words(&["rc-service", name, "reload"])),
        ),
        Init::Runit => (words(&["sv", "restart", name]), Some(words(&["sv", "hup", name]))),
        Init::Procd => (words(&["/etc/init.d/dockerd", "restart"]), Some(words(&["/etc/init.d/dockerd", "reload"]))),
        Init::Dinit => (words(&["dinitctl", "restart", name]), None),
        _ if path.starts_with("/etc/rc.d/rc.") => (words(&[path, "restart"]), None),
        // Red Hat's script calls a restart "reload", Debian's has none: SIGHUP to the daemon is the reload here.
        _ => (words(&["service", name, "restart"]), None),
    };
    Some(Script { name: name.to_string(), path: PathBuf::from(path), env_files, restart, reload })
}

fn env_files(seen: &Observations, text: &str, path: &str, native_openrc: bool) -> Vec<EnvFile> {
    let variables = passed_on(text);
    let mut files = sourced(text, path);
    if native_openrc {
        // OpenRC itself sources the service's conf.d file before the script's functions run.
        files.insert(0, PathBuf::from("/etc/conf.d/docker"));
    }
    files.dedup();
    let reader = if native_openrc { EnvReader::OpenRc } else { EnvReader::Shell };
    files
        .into_iter()
        .map(|path| EnvFile {
            exists: seen.file(&path).is_some(),
            path,
            optional: true,
            variables: variables.clone(),
            reader,
        })
        .collect()
}

static SOURCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:^|[\s;&|{])(?:\.|source)\s+"?([^\s;"&|]+)"#).expect("the pattern is constant"));
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)="?([^\s"$`]*(?:\$\{?[A-Za-z_]+\}?[^\s"$`]*)?)"?"#)
        .expect("the pattern is constant")
});

/// The files of options that a script sources, its own simple variables put in (`/etc/default/$BASE`).
fn sourced(text: &str, path: &str) -> Vec<PathBuf> {
    let mut values: Vec<(String, String)> =
        vec![("UPSTART_JOB".into(), "docker".into()), ("RC_SVCNAME".into(), "docker".into())];
    let mut files = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if let Some(found) = ASSIGNMENT.captures(line) {
            let name = found.get(1).map(|one| one.as_str().to_string()).unwrap_or_default();
            let value = expand(found.get(2).map(|one| one.as_str()).unwrap_or_default(), &values);
            values.push((name, value));
        }
        for found in SOURCE.captures_iter(line) {
            let target = expand(found.get(1).map(|one| one.as_str()).unwrap_or_default(), &values);
            let target = match target.strip_prefix("./") {
                Some(rest) => PathBuf::from(path).with_file_name(rest),
                None => PathBuf::from(target),
            };
            if ENV_FILES.iter().any(|known| target == PathBuf::from(known)) && !files.contains(&target) {
                files.push(target);
            }
        }
    }
    files
}

fn expand(text: &str, values: &[(String, String)]) -> String {
    let mut expanded = text.to_string();
    for (name, value) in values.iter().rev() {
        expanded = expanded.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    expanded
}

/// Variables for the daemon's flags. The names differ and a wrong one is ignored in silence.
const FLAG_VARIABLES: &[&str] = &[
    "DOCKER_OPTS",
    "OPTIONS",
    "other_args",
    "OPTS",
    "EXTRA_ARGS",
    "INSECURE_REGISTRY",
    "DOCKER_NETWORK_OPTIONS",
    "DOCKER_STORAGE_OPTIONS",
];

fn passed_on(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut found: Vec<String> = Vec::new();
    for name in lines.flat_map(variables_in) {
        if FLAG_VARIABLES.contains(&name.as_str()) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_names_of_a_script() {
        let debian = "#!/bin/sh\nBASE=docker\nDOCKERD=/usr/bin/dockerd\nif [ -f /etc/default/$BASE ]; then\n\t. /etc/default/$BASE\nfi\n\
            start-stop-daemon --start -- -p \"$DOCKER_PIDFILE\" $DOCKER_OPTS >> log\n";
        assert_eq!(sourced(debian, "/etc/init.d/docker"), [PathBuf::from("/etc/default/docker")]);
        assert_eq!(passed_on(debian), ["DOCKER_OPTS"]);
        let redhat = "prog=\"docker\"\n[ -e /etc/sysconfig/$prog ] && . /etc/sysconfig/$prog\n$exec -d $other_args &\n";
        assert_eq!(sourced(redhat, "/etc/rc.d/init.d/docker"), [PathBuf::from("/etc/sysconfig/docker")]);
        assert_eq!(passed_on(redhat), ["other_args"]);
        let void = "#!/bin/sh\n[ -r ./conf ] && . ./conf\nexec chpst -o 1048576 dockerd $OPTS\n";
        assert_eq!(sourced(void, "/etc/sv/docker/run"), [PathBuf::from("/etc/sv/docker/conf")]);
        assert_eq!(passed_on(void), ["OPTS"]);
        assert!(sourced("# . /etc/default/docker\n. /lib/lsb/init-functions\n", "/etc/init.d/docker").is_empty());
    }
}
