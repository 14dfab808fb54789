//! The command line program: where it is, and what `docker -v` says.

use crate::model::ask::{Answer, Ask};
use crate::model::facts::{Client, ClientVersion};
use crate::model::observations::Observations;
use crate::model::version::Version;

/// The question `docker -v`.
pub(super) fn version_ask() -> Ask {
    Ask::command(&["docker", "-v"])
}

/// The program, if it is on the search path.
pub(super) fn client(seen: &Observations) -> Option<Client> {
    let path = seen.program("docker")?.to_path_buf();
    let version = match seen.answer(&version_ask()) {
        Some(Answer::Output(output)) => read(&output.stdout, &output.stderr),
        Some(Answer::Denied) => ClientVersion::Unasked("permission denied".into()),
        Some(Answer::TimedOut) => ClientVersion::Unasked("it did not answer in time".into()),
        Some(Answer::Failed(reason)) => ClientVersion::Unasked(reason.clone()),
        _ => ClientVersion::Unasked("it could not be run".into()),
    };
    Some(Client { path, version })
}

/// `Docker version VERSION, build COMMIT` in every shape that packages give it. The wrapper of podman-docker prints
/// `podman version …` and, on stderr, "Emulate Docker CLI using podman".
fn read(stdout: &str, stderr: &str) -> ClientVersion {
    let line = stdout.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    if first.eq_ignore_ascii_case("podman") || stderr.contains("using podman") {
        return ClientVersion::Posing("podman".into());
    }
    let rest = line.strip_prefix("Docker version ").unwrap_or_default();
    let version = rest.split([',', ' ']).next().unwrap_or_default();
    match Version::parse(version) {
        Some(version) => ClientVersion::Engine(version),
        None if !first.is_empty() && first != "Docker" => ClientVersion::Posing(first.to_string()),
        None => ClientVersion::Unreadable(line.chars().take(80).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_shape_that_packages_print() {
        let rows = [
            ("Docker version 1.6.0, build 4749651", "1.6.0"),
            ("Docker version 1.13.1, build 7d71120/1.13.1", "1.13.1"),
            ("Docker version 17.03.1-ce, build c6d412e", "17.03.1-ce"),
            ("Docker version 17.03.1-ee-3, build 3fcee33", "17.03.1-ee-3"),
            ("Docker version 19.03.11-ol, build 9bb540d", "19.03.11-ol"),
            ("Docker version 20.10.24+dfsg1, build 297e128", "20.10.24+dfsg1"),
            ("Docker version 20.10.12, build 20.10.12-0ubuntu2~20.04.1", "20.10.12"),
            ("Docker version 24.0.7-ce, build 311b9ff0aa93", "24.0.7-ce"),
            ("Docker version 3.0.11+azure, build eb310f", "3.0.11+azure"),
            ("Docker version 1.8.2, build 0a8c2e3, experimental", "1.8.2"),
            ("\nDocker version 28.3.3-rd, build 309deef\n", "28.3.3-rd"),
        ];
        for (line, want) in rows {
            match read(line, "") {
                ClientVersion::Engine(version) => assert_eq!(version.text, want, "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        assert_eq!(read("podman version 4.3.1", ""), ClientVersion::Posing("podman".into()));
        assert_eq!(read("", "Emulate Docker CLI using podman."), ClientVersion::Posing("podman".into()));
        assert!(matches!(read("Docker version unknown-version, build x", ""), ClientVersion::Unreadable(_)));
        assert!(matches!(read("", ""), ClientVersion::Unreadable(_)));
    }
}
