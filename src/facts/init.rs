//! Which init runs this host, not merely which is installed, and whether the host is a container or WSL.
//!
//! Nothing is decided here about how an engine is started; the name of PID 1 is believed last.

use crate::model::ask::{Answer, Ask};
use crate::model::facts::{Enclosure, Init};
use crate::model::observations::Observations;

/// What `sd_booted(3)` looks at.
const SYSTEMD: &str = "/run/systemd/system";
/// The second one is where the state was kept before /run.
const OPENRC: [&str; 2] = ["/run/openrc/softlevel", "/lib/rc/init.d/softlevel"];
const INITCTL: &str = "/sbin/initctl";
const FIRST_PROCESS: &str = "/proc/1/comm";
/// Slackware has only the second.
const SCRIPTS: [&str; 2] = ["/etc/init.d", "/etc/rc.d"];
const KERNEL: &str = "/proc/sys/kernel/osrelease";
const WSL: &str = "/run/WSL";
/// Files in which a container's manager, or systemd inside it, says who it is.
const MANAGERS: [&str; 2] = ["/run/host/container-manager", "/run/systemd/container"];
/// Files that Docker and Podman leave; an image can carry them by accident.
const TRACES: [(&str, &str); 2] = [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")];

/// The second round asks upstart, whose program older systems also have without running it.
///
/// PID 1's environment would tell the container's manager too, but it is full of other people's secrets.
#[must_use]
pub fn asks(seen: &Observations) -> Vec<Ask> {
    let traces = TRACES.iter().map(|(path, _)| *path);
    let paths = [SYSTEMD, INITCTL, WSL].into_iter().chain(OPENRC).chain(SCRIPTS).chain(traces);
    let files = [FIRST_PROCESS, KERNEL].into_iter().chain(MANAGERS);
    let mut asks: Vec<Ask> = paths.map(Ask::path).chain(files.map(Ask::file)).collect();
    asks.push(Ask::env("container"));
    if seen.exists(INITCTL) && !is_systemd(seen) && !is_openrc(seen) {
        asks.push(Ask::command(&[INITCTL, "version"]));
    }
    asks
}

#[must_use]
pub fn derive(seen: &Observations) -> (Init, Option<Enclosure>) {
    let enclosure = enclosure(seen);
    (init(seen, enclosure.as_ref()), enclosure)
}

fn init(seen: &Observations, enclosure: Option<&Enclosure>) -> Init {
    if is_systemd(seen) {
        Init::Systemd
    } else if is_openrc(seen) {
        Init::OpenRc
    } else if is_upstart(seen) {
        Init::Upstart
    } else {
        first_process(seen, enclosure)
    }
}

fn is_systemd(seen: &Observations) -> bool {
    seen.exists(SYSTEMD)
}

fn is_openrc(seen: &Observations) -> bool {
    OPENRC.iter().any(|path| seen.exists(path))
}

fn is_upstart(seen: &Observations) -> bool {
    seen.command(&[INITCTL, "version"]).is_some_and(|output| output.stdout.contains("upstart"))
}

fn first_process(seen: &Observations, enclosure: Option<&Enclosure>) -> Init {
    match seen.text(FIRST_PROCESS).unwrap_or_default().trim() {
        "runit" | "runit-init" => Init::Runit,
        "s6-svscan" => Init::S6,
        "dinit" => Init::Dinit,
        "procd" => Init::Procd,
        // WSL's own first process is called `init` in version 1 and `init(NAME)` in version 2, and manages nothing.
        "init" if !matches!(enclosure, Some(Enclosure::Wsl(_))) && has_scripts(seen) => Init::Sysvinit,
        _ => Init::None,
    }
}

fn has_scripts(seen: &Observations) -> bool {
    SCRIPTS.iter().any(|path| seen.exists(path))
}

fn enclosure(seen: &Observations) -> Option<Enclosure> {
    let manager = manager(seen);
    let wsl = wsl(seen);
    match (manager, wsl) {
        // systemd inside WSL writes `wsl` where it writes a container's manager.
        (Some(name), _) if name != "wsl" => Some(Enclosure::Container(name)),
        // A container on a WSL kernel shows that kernel too, without WSL's own folder.
        (_, Some(version)) if seen.exists(WSL) || trace(seen).is_none() => Some(Enclosure::Wsl(version)),
        _ => trace(seen).map(|name| Enclosure::Container(name.to_string())),
    }
}

/// The first word that a manager says of itself, in lower case.
fn manager(seen: &Observations) -> Option<String> {
    let told =
        MANAGERS.iter().find_map(|path| seen.text(path)).or_else(|| seen.env("container").map(str::to_string))?;
    told.split_whitespace().next().map(str::to_lowercase)
}

fn trace(seen: &Observations) -> Option<&'static str> {
    TRACES.iter().find(|(path, _)| seen.exists(path)).map(|(_, name)| *name)
}

/// `4.4.0-19041-Microsoft` is version 1, `5.15.153.1-microsoft-standard-WSL2` and its forerunners are version 2.
fn wsl(seen: &Observations) -> Option<u8> {
    let release = match seen.answer(&Ask::file(KERNEL)) {
        Some(Answer::File(content)) => String::from_utf8_lossy(&content.bytes).into_owned(),
        _ => return None,
    };
    if release.contains("WSL") || release.contains("microsoft") {
        Some(2)
    } else {
        release.contains("Microsoft").then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::{FileContent, Kind, Output, PathStatus};

    /// `PATH` exists; `PATH=text` is a file with that text; `!text` is what `initctl version` prints.
    fn host(rows: &[&str]) -> Observations {
        let mut seen = Observations::default();
        for row in rows {
            if let Some(stdout) = row.strip_prefix('!') {
                let output = Output { status: 0, stdout: stdout.into(), stderr: String::new() };
                seen.add(Ask::command(&[INITCTL, "version"]), Answer::Output(output));
            } else if let Some((path, text)) = row.split_once('=') {
                let bytes = format!("{text}\n").into_bytes();
                let content = FileContent { bytes, mode: 0o444, uid: 0, gid: 0, modified: 0, target: None };
                seen.add(Ask::file(path), Answer::File(content));
            } else {
                let status = PathStatus { kind: Kind::Dir, mode: 0o755, uid: 0, gid: 0, modified: 0, target: None };
                seen.add(Ask::path(*row), Answer::Path(status));
            }
        }
        seen
    }

    #[test]
    fn tells_the_init_that_runs() {
        let upstart = "!init (upstart 1.12.1)";
        let rows: [(&[&str], Init); 15] = [
            (&["/run/systemd/system", "/proc/1/comm=systemd", "/etc/init.d"], Init::Systemd),
            (&["/run/openrc/softlevel", "/proc/1/comm=init", "/etc/init.d"], Init::OpenRc),
            (&["/lib/rc/init.d/softlevel", "/proc/1/comm=init"], Init::OpenRc),
            (&["/sbin/initctl", upstart, "/proc/1/comm=init", "/etc/init.d"], Init::Upstart),
            (&["/sbin/initctl", "!", "/proc/1/comm=init", "/etc/init.d"], Init::Sysvinit),
            (&["/proc/1/comm=runit", "/etc/init.d"], Init::Runit),
            (&["/proc/1/comm=runit-init"], Init::Runit),
            (&["/proc/1/comm=s6-svscan"], Init::S6),
            (&["/proc/1/comm=dinit"], Init::Dinit),
            (&["/proc/1/comm=procd", "/etc/init.d"], Init::Procd),
            (&["/proc/1/comm=init", "/etc/init.d"], Init::Sysvinit),
            (&["/proc/1/comm=init", "/etc/rc.d"], Init::Sysvinit),
            (&["/proc/1/comm=init"], Init::None),
            (&["/proc/1/comm=bash", "/etc/init.d", "/.dockerenv"], Init::None),
            (&["/proc/1/comm=systemd", "/etc/init.d"], Init::None),
        ];
        for (host_rows, want) in rows {
            assert_eq!(derive(&host(host_rows)).0, want, "{host_rows:?}");
        }
    }

    #[test]
    fn tells_containers_from_wsl() {
        let container = |name: &str| Some(Enclosure::Container(name.into()));
        let two = "/proc/sys/kernel/osrelease=5.15.153.1-microsoft-standard-WSL2";
        let rows: [(&[&str], Option<Enclosure>); 10] = [
            (&["/proc/sys/kernel/osrelease=6.1.0-31-amd64"], None),
            (&[two, "/run/WSL"], Some(Enclosure::Wsl(2))),
            (&[two, "/run/WSL", "/run/systemd/container=wsl", "/run/systemd/system"], Some(Enclosure::Wsl(2))),
            (&[two, "/.dockerenv"], container("docker")),
            (&[two, "/.dockerenv", "/run/WSL"], Some(Enclosure::Wsl(2))),
            (&["/proc/sys/kernel/osrelease=4.19.104-microsoft-standard"], Some(Enclosure::Wsl(2))),
            (&["/proc/sys/kernel/osrelease=4.4.0-19041-Microsoft"], Some(Enclosure::Wsl(1))),
            (&["/run/systemd/container=lxc", "/run/systemd/system"], container("lxc")),
            (&["/run/host/container-manager=systemd-nspawn"], container("systemd-nspawn")),
            (&["/run/.containerenv"], container("podman")),
        ];
        for (host_rows, want) in rows {
            assert_eq!(derive(&host(host_rows)).1, want, "{host_rows:?}");
        }
        let mut seen = host(&[]);
        seen.add(Ask::env("container"), Answer::Text("oci".into()));
        assert_eq!(derive(&seen).1, container("oci"));
    }

    #[test]
    fn wsl_without_an_init_has_none() {
        let two = "/proc/sys/kernel/osrelease=5.15.153.1-microsoft-standard-WSL2";
        let one = "/proc/sys/kernel/osrelease=4.4.0-19041-Microsoft";
        assert_eq!(derive(&host(&[two, "/run/WSL", "/proc/1/comm=init(Ubuntu)", "/etc/init.d"])).0, Init::None);
        assert_eq!(derive(&host(&[one, "/proc/1/comm=init", "/etc/init.d"])).0, Init::None);
        assert_eq!(derive(&host(&[two, "/run/WSL", "/run/systemd/system"])).0, Init::Systemd);
    }

    #[test]
    fn upstart_is_asked_only_where_it_can_be() {
        let command = Ask::command(&[INITCTL, "version"]);
        assert!(!asks(&host(&[])).contains(&command));
        assert!(asks(&host(&["/sbin/initctl"])).contains(&command));
        assert!(!asks(&host(&["/sbin/initctl", "/run/systemd/system"])).contains(&command));
    }
}
