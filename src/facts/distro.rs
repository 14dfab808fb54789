//! Which distribution this is: os-release where there is one, the older files where there is none.
//!
//! The name only chooses a table of `distro/`. Nothing is decided here about engines, services or paths.

use std::path::PathBuf;

use crate::distro;
use crate::model::ask::{Answer, Ask};
use crate::model::facts::Distro;
use crate::model::observations::Observations;

mod older;
mod os_release;

/// The second one counts only where the first is missing; they are never merged.
const OS_RELEASE: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// What a file says about the distribution.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    id: String,
    like: Vec<String>,
    version: Option<String>,
    name: String,
}

#[must_use]
pub fn asks() -> Vec<Ask> {
    let markers = distro::ALL.iter().flat_map(|family| family.markers);
    OS_RELEASE.into_iter().chain(older::paths()).map(Ask::file).chain(markers.map(Ask::path)).collect()
}

#[must_use]
pub fn derive(seen: &Observations) -> Distro {
    let (told, origin) = read(seen);
    let family = distro::family(&told.id, &told.like, &|path| seen.exists(path));
    Distro { id: told.id, like: told.like, version: told.version, name: told.name, origin, family }
}

fn read(seen: &Observations) -> (Told, Option<PathBuf>) {
    for path in OS_RELEASE {
        if let Some(text) = seen.text(path) {
            return (os_release::parse(&text), Some(path.into()));
        }
        // What is there and cannot be read is not replaced by a file that may say something else.
        if matches!(seen.answer(&Ask::file(path)), Some(Answer::Denied)) {
            return (unknown(), None);
        }
    }
    older::read(seen).unwrap_or_else(|| (unknown(), None))
}

fn unknown() -> Told {
    Told { id: "linux".into(), name: "Linux".into(), ..Told::default() }
}

/// A version has a digit; images carry placeholders such as `TEMPLATE_VERSION_ID`.
fn version(text: &str) -> Option<String> {
    text.contains(|c: char| c.is_ascii_digit()).then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ask::{FileContent, Kind, PathStatus};

    pub(super) fn file(seen: &mut Observations, path: &str, text: &str) {
        let bytes = text.as_bytes().to_vec();
        let content = FileContent { bytes, mode: 0o644, uid: 0, gid: 0, modified: 0, target: None };
        seen.add(Ask::file(path), Answer::File(content));
    }

    #[test]
    fn the_second_os_release_counts_only_without_the_first() {
        let mut seen = Observations::default();
        file(&mut seen, "/usr/lib/os-release", "ID=flatcar\n");
        assert_eq!(derive(&seen).id, "flatcar");
        seen.add(Ask::file("/etc/os-release"), Answer::Missing);
        assert_eq!(derive(&seen).origin, Some("/usr/lib/os-release".into()));
        file(&mut seen, "/etc/os-release", "NAME=mine\n");
        let distro = derive(&seen);
        assert_eq!((distro.id.as_str(), distro.name.as_str()), ("linux", "mine"));
        assert_eq!(distro.origin, Some("/etc/os-release".into()));
    }

    #[test]
    fn os_release_beats_older_files() {
        let mut seen = Observations::default();
        file(&mut seen, "/etc/os-release", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"14.04\"\n");
        file(&mut seen, "/etc/debian_version", "jessie/sid\n");
        let distro = derive(&seen);
        assert_eq!((distro.id.as_str(), distro.version.as_deref()), ("ubuntu", Some("14.04")));
        assert_eq!(distro.family.name, "debian");
    }

    #[test]
    fn an_unknown_id_goes_by_what_is_there() {
        let mut seen = Observations::default();
        file(&mut seen, "/etc/os-release", "ID=homemade\nPRETTY_NAME='Home Made 3'\n");
        assert_eq!(derive(&seen).family.name, "generic");
        let status = PathStatus { kind: Kind::Dir, mode: 0o755, uid: 0, gid: 0, modified: 0, target: None };
        seen.add(Ask::path("/etc/pki/ca-trust/source/anchors"), Answer::Path(status));
        assert_eq!(derive(&seen).family.name, "rhel");
    }

    #[test]
    fn nothing_known_is_linux() {
        let mut seen = Observations::default();
        let distro = derive(&seen);
        assert_eq!((distro.id.as_str(), distro.name.as_str(), distro.origin), ("linux", "Linux", None));
        seen.add(Ask::file("/etc/os-release"), Answer::Denied);
        file(&mut seen, "/usr/lib/os-release", "ID=debian\n");
        assert_eq!(derive(&seen).id, "linux");
    }

    #[test]
    fn every_marker_and_every_older_file_is_asked_for() {
        let asks = asks();
        for path in ["/etc/NIXOS", "/var/lib/dpkg/status"] {
            assert!(asks.contains(&Ask::path(path)), "{path}");
        }
        for path in ["/etc/os-release", "/etc/redhat-release", "/etc/openwrt_release"] {
            assert!(asks.contains(&Ask::file(path)), "{path}");
        }
    }
}
