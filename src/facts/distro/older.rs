//! The files that told the distribution before os-release did: RHEL 6, Slackware 14.1, old SUSE, small systems.

use std::path::PathBuf;

use super::os_release::assigned;
use super::{Told, version};
use crate::model::observations::Observations;

/// How such a file says it.
#[derive(Debug, Clone, Copy)]
enum Words {
    /// A sentence whose start names the distribution: the Red Hat files lie on many that are not Red Hat.
    Sentence,
    /// The file's place says it, and it holds the version somewhere, or nothing.
    Place { id: &'static str, title: &'static str },
    /// `DISTRIB_ID=` and its like.
    Lsb,
    /// A name, then `VERSION = 11` and `PATCHLEVEL = 4`.
    Suse,
}

/// The telling ones first: `redhat-release` and `debian_version` also lie on distributions that are alike.
const FILES: &[(&str, Words)] = &[
    ("/etc/oracle-release", Words::Sentence),
    ("/etc/centos-release", Words::Sentence),
    ("/etc/redhat-release", Words::Sentence),
    ("/etc/system-release", Words::Sentence),
    ("/etc/SuSE-release", Words::Suse),
    ("/etc/slackware-version", Words::Place { id: "slackware", title: "Slackware" }),
    ("/etc/gentoo-release", Words::Place { id: "gentoo", title: "Gentoo" }),
    ("/etc/arch-release", Words::Place { id: "arch", title: "Arch Linux" }),
    ("/etc/alpine-release", Words::Place { id: "alpine", title: "Alpine Linux" }),
    ("/etc/openwrt_release", Words::Lsb),
    ("/etc/lsb-release", Words::Lsb),
    ("/etc/debian_version", Words::Place { id: "debian", title: "Debian" }),
];

/// How sentences begin, in lower case. The longer ones first.
const NAMES: &[(&str, &str, &[&str])] = &[
    ("red hat", "rhel", &["fedora"]),
    ("centos", "centos", &["rhel", "fedora"]),
    ("oracle", "ol", &["fedora"]),
    ("enterprise linux enterprise linux", "ol", &["fedora"]),
    ("fedora", "fedora", &[]),
    ("amazon", "amzn", &["rhel", "fedora"]),
    ("scientific", "scientific", &["rhel", "fedora"]),
    ("cloudlinux", "cloudlinux", &["rhel", "fedora"]),
    ("rocky", "rocky", &["rhel", "centos", "fedora"]),
    ("almalinux", "almalinux", &["rhel", "centos", "fedora"]),
    ("mageia", "mageia", &["mandriva", "fedora"]),
    ("mandriva", "mandriva", &["fedora"]),
    ("alt", "altlinux", &[]),
];

pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, _)| *path)
}

pub(super) fn read(seen: &Observations) -> Option<(Told, Option<PathBuf>)> {
    FILES.iter().find_map(|(path, words)| {
        let told = tell(*words, &seen.text(path)?)?;
        Some((told, Some(PathBuf::from(*path))))
    })
}

fn tell(words: Words, text: &str) -> Option<Told> {
    let line = text.lines().next().unwrap_or_default().trim();
    match words {
        Words::Sentence => sentence(line),
        Words::Place { id, title } => Some(place(id, title, line)),
        Words::Lsb => lsb(text),
        Words::Suse => suse(line, text),
    }
}

fn sentence(text: &str) -> Option<Told> {
    let lower = text.to_lowercase();
    let (_, id, like) = NAMES.iter().find(|(start, ..)| lower.starts_with(start))?;
    let like = like.iter().map(ToString::to_string).collect();
    Some(Told { id: (*id).to_string(), like, version: number(text), name: text.to_string() })
}

/// `jessie/sid` is no version, and an empty file is fine.
fn place(id: &str, title: &str, line: &str) -> Told {
    let version = number(line);
    let name = version.as_ref().map_or_else(|| title.to_string(), |version| format!("{title} {version}"));
    Told { id: id.to_string(), like: Vec::new(), version, name }
}

fn lsb(text: &str) -> Option<Told> {
    let id = assigned(text, "DISTRIB_ID").filter(|id| !id.is_empty())?;
    let version = assigned(text, "DISTRIB_RELEASE").and_then(|text| version(&text));
    let name = assigned(text, "DISTRIB_DESCRIPTION").filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone());
    Some(Told { id: id.to_lowercase(), like: Vec::new(), version, name })
}

fn suse(line: &str, text: &str) -> Option<Told> {
    let major = assigned(text, "VERSION")?;
    let version = match assigned(text, "PATCHLEVEL") {
        Some(level) if level != "0" => format!("{major}.{level}"),
        _ => major,
    };
    let id = if line.to_lowercase().starts_with("opensuse") { "opensuse" } else { "sles" };
    Some(Told { id: id.into(), like: vec!["suse".into()], version: Some(version), name: line.to_string() })
}

/// The first word that begins with a digit.
fn number(line: &str) -> Option<String> {
    line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::super::derive;
    use super::super::tests::file;
    use super::*;

    #[test]
    fn every_older_file_is_understood() {
        let rows = [
            ("/etc/centos-release", "CentOS release 6.10 (Final)\n", "centos", Some("6.10"), "rhel"),
            (
                "/etc/redhat-release",
                "Red Hat Enterprise Linux Server release 6.5 (Santiago)\n",
                "rhel",
                Some("6.5"),
                "rhel",
            ),
            ("/etc/redhat-release", "Mageia release 5 (Official) for x86_64\n", "mageia", Some("5"), "rhel"),
            (
                "/etc/redhat-release",
                "CloudLinux Server release 5.11 (Vladislav Volkov)\n",
                "cloudlinux",
                Some("5.11"),
                "rhel",
            ),
            ("/etc/oracle-release", "Oracle Linux Server release 6.8\n", "ol", Some("6.8"), "rhel"),
            ("/etc/system-release", "Amazon Linux AMI release 2014.03\n", "amzn", Some("2014.03"), "rhel"),
            (
                "/etc/SuSE-release",
                "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
                "sles",
                Some("11.4"),
                "suse",
            ),
            ("/etc/SuSE-release", "openSUSE 13.1 (x86_64)\nVERSION = 13.1\n", "opensuse", Some("13.1"), "suse"),
            ("/etc/slackware-version", "Slackware 14.1\n", "slackware", Some("14.1"), "slackware"),
            ("/etc/gentoo-release", "Gentoo Base System release 2.2\n", "gentoo", Some("2.2"), "gentoo"),
            ("/etc/arch-release", "", "arch", None, "arch"),
            ("/etc/alpine-release", "3.4.6\n", "alpine", Some("3.4.6"), "alpine"),
            ("/etc/debian_version", "7.11\n", "debian", Some("7.11"), "debian"),
            ("/etc/debian_version", "jessie/sid\n", "debian", None, "debian"),
            ("/etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\n", "ubuntu", Some("10.04"), "debian"),
            (
                "/etc/openwrt_release",
                "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='18.06'\n",
                "openwrt",
                Some("18.06"),
                "openwrt",
            ),
        ];
        for (path, text, id, version, family) in rows {
            let mut seen = Observations::default();
            file(&mut seen, path, text);
            let distro = derive(&seen);
            assert_eq!((distro.id.as_str(), distro.version.as_deref()), (id, version), "{text}");
            assert_eq!((distro.family.name, distro.origin), (family, Some(path.into())), "{text}");
        }
    }

    #[test]
    fn a_name_beats_a_file_that_others_also_have() {
        let mut seen = Observations::default();
        file(&mut seen, "/etc/debian_version", "squeeze/sid\n");
        file(&mut seen, "/etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_DESCRIPTION=\"Ubuntu 10.04.4 LTS\"\n");
        assert_eq!(derive(&seen).name, "Ubuntu 10.04.4 LTS");
        file(&mut seen, "/etc/redhat-release", "Something Else 3\n");
        assert_eq!(derive(&seen).id, "ubuntu");
    }
}
