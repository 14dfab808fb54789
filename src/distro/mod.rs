//! What differs between distributions: one file a family, each one constant table.
//!
//! There is no logic in a table, and none that asks for a name elsewhere: whatever a family changes is a field.

use crate::model::family::Family;

mod alpine;
mod arch;
mod boot2docker;
mod bottlerocket;
mod chimera;
mod clear;
mod cos;
mod debian;
mod flatcar;
mod generic;
mod gentoo;
mod nixos;
mod openwrt;
mod photon;
mod rancheros;
mod rhel;
mod slackware;
mod suse;
mod void;

/// Every family. Markers are tried in this order, so a family whose markers others share comes after them.
pub const ALL: &[&Family] = &[
    &nixos::NIXOS,
    &bottlerocket::BOTTLEROCKET,
    &openwrt::OPENWRT,
    &flatcar::FLATCAR,
    &cos::COS,
    &clear::CLEAR,
    &boot2docker::BOOT2DOCKER,
    &rancheros::RANCHEROS,
    &photon::PHOTON,
    &suse::SUSE,
    &rhel::RHEL,
    &arch::ARCH,
    &chimera::CHIMERA,
    &alpine::ALPINE,
    &gentoo::GENTOO,
    &void::VOID,
    &slackware::SLACKWARE,
    &debian::DEBIAN,
    &generic::GENERIC,
];

/// The family of a distribution: by its own id, then by those that it names as alike, nearest first, then by what
/// there is on the host, as `exists` tells.
#[must_use]
pub fn family(id: &str, like: &[String], exists: &dyn Fn(&str) -> bool) -> &'static Family {
    named(id)
        .or_else(|| like.iter().find_map(|one| named(one)))
        .or_else(|| ALL.iter().copied().find(|family| family.markers.iter().any(|marker| exists(marker))))
        .unwrap_or(&generic::GENERIC)
}

/// Real ids have capitals although they should not (Deepin, openEuler, XCP-ng).
fn named(id: &str) -> Option<&'static Family> {
    let id = id.to_lowercase();
    ALL.iter().copied().find(|family| family.ids.contains(&id.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn nothing(_: &str) -> bool {
        false
    }

    #[test]
    fn no_name_and_no_id_is_given_twice() {
        let mut seen = BTreeSet::new();
        for family in ALL {
            assert!(seen.insert(family.name), "{} is there twice", family.name);
        }
        let mut seen = BTreeSet::new();
        for id in ALL.iter().flat_map(|family| family.ids) {
            assert!(seen.insert(id), "{id} is in two families");
            assert_eq!(*id, id.to_lowercase());
        }
    }

    #[test]
    fn every_file_of_this_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/distro");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".rs", ""))
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        let mut names: Vec<&str> = ALL.iter().map(|family| family.name).collect();
        names.sort_unstable();
        assert_eq!(files, names);
    }

    #[test]
    fn ids_come_before_what_is_alike_and_that_before_what_exists() {
        let dpkg = |path: &str| path == "/var/lib/dpkg/status";
        let rows: [(&str, &[&str], &str); 12] = [
            ("debian", &[], "debian"),
            ("Deepin", &[], "debian"),
            ("openEuler", &[], "rhel"),
            ("XCP-ng", &["centos", "rhel", "fedora"], "rhel"),
            ("amzn", &["fedora"], "rhel"),
            ("nosuch", &["ubuntu", "debian"], "debian"),
            ("nosuch", &["mandriva", "fedora"], "rhel"),
            ("k3os", &["alpine"], "alpine"),
            ("flatcar", &["coreos"], "flatcar"),
            ("clear-linux-os", &["clear-linux-os"], "clear"),
            ("openwrt", &["lede", "openwrt"], "openwrt"),
            ("photon", &[], "photon"),
        ];
        for (id, like, want) in rows {
            let like: Vec<String> = like.iter().map(ToString::to_string).collect();
            assert_eq!(family(id, &like, &nothing).name, want, "{id}");
            assert_eq!(family(id, &like, &dpkg).name, want, "{id} with dpkg");
        }
        assert_eq!(family("rocky", &[], &dpkg).name, "rhel");
    }

    #[test]
    fn an_unknown_id_goes_by_capability() {
        let rows = [
            ("/etc/pki/ca-trust/source/anchors", "rhel"),
            ("/etc/pki/trust/anchors", "suse"),
            ("/etc/ca-certificates/trust-source/anchors", "arch"),
            ("/usr/local/share/ca-certificates", "debian"),
            ("/etc/NIXOS", "nixos"),
            ("/nothing/known", "generic"),
        ];
        for (path, want) in rows {
            assert_eq!(family("nosuch", &[], &|asked| asked == path).name, want, "{path}");
        }
        let alpine = |asked: &str| asked == "/usr/local/share/ca-certificates" || asked == "/lib/apk/db/installed";
        assert_eq!(family("nosuch", &[], &alpine).name, "alpine");
    }

    #[test]
    fn what_cannot_be_managed_says_what_to_do_instead() {
        for text in ALL.iter().flat_map(|family| [family.unmanageable, family.volatile]).flatten() {
            assert!(text.contains(": ") || text.contains(';'), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}
