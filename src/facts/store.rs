//! The system's certificate store as the engines see it: the one bundle that Go takes.
//!
//! Go reads the first of these files that it can, once per process, and then every file of two folders besides. What
//! `SSL_CERT_FILE` of a daemon changes about that is the engine's to say, not the host's.

use crate::model::ask::{Answer, Ask};
use crate::model::facts::SystemStore;
use crate::model::observations::Observations;

/// `certFiles` of Go's crypto/x509 for Linux, in its order.
pub const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// First which of them are there, then the first of those; a bundle is large, so no other is read without need.
#[must_use]
pub fn asks(seen: &Observations) -> Vec<Ask> {
    if BUNDLES.iter().any(|path| !seen.knows(&Ask::path(*path))) {
        return BUNDLES.map(Ask::path).to_vec();
    }
    // A link that leads nowhere is there and cannot be read: then the next one, as Go does.
    let readable = |path: &&&str| !matches!(seen.answer(&Ask::file(**path)), Some(answer) if !is_file(answer));
    BUNDLES.iter().filter(|path| seen.path(path).is_some()).find(readable).map(Ask::file).into_iter().collect()
}

#[must_use]
pub fn derive(seen: &Observations) -> SystemStore {
    let Some((path, content)) = BUNDLES.iter().find_map(|path| Some((path, seen.file(path)?))) else {
        return SystemStore::default();
    };
    SystemStore {
        bundle: Some(path.into()),
        modified: Some(content.modified),
        pem: String::from_utf8_lossy(&content.bytes).into_owned(),
    }
}

fn is_file(answer: &Answer) -> bool {
    matches!(answer, Answer::File(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distro;
    use crate::model::ask::{FileContent, Kind, PathStatus};

    const RED_HAT: &str = "/etc/pki/tls/certs/ca-bundle.crt";
    const ALPINE: &str = "/etc/ssl/cert.pem";

    fn host(there: &[&str]) -> Observations {
        let mut seen = Observations::default();
        for path in BUNDLES {
            let status = PathStatus { kind: Kind::Link, mode: 0o777, uid: 0, gid: 0, modified: 1, target: None };
            let answer = if there.contains(&path) { Answer::Path(status) } else { Answer::Missing };
            seen.add(Ask::path(path), answer);
        }
        seen
    }

    fn content(text: &str, modified: i64) -> Answer {
        Answer::File(FileContent { bytes: text.into(), mode: 0o444, uid: 0, gid: 0, modified, target: None })
    }

    #[test]
    fn asks_for_the_first_bundle_alone() {
        assert_eq!(asks(&Observations::default()), BUNDLES.map(Ask::path));
        assert_eq!(asks(&host(&[])), []);
        assert_eq!(asks(&host(&[ALPINE, RED_HAT])), [Ask::file(RED_HAT)]);
    }

    #[test]
    fn a_bundle_that_cannot_be_read_gives_way_to_the_next() {
        let mut seen = host(&[RED_HAT, ALPINE]);
        for answer in [Answer::Missing, Answer::Denied] {
            seen.add(Ask::file(RED_HAT), answer);
            assert_eq!(asks(&seen), [Ask::file(ALPINE)]);
        }
        seen.add(Ask::file(ALPINE), content("second", 7));
        assert_eq!(asks(&seen), [Ask::file(ALPINE)]);
        let store = derive(&seen);
        assert_eq!((store.bundle, store.modified, store.pem.as_str()), (Some(ALPINE.into()), Some(7), "second"));
    }

    #[test]
    fn takes_the_first_and_is_empty_without_any() {
        assert_eq!(derive(&host(&[])), SystemStore::default());
        let mut seen = host(&[RED_HAT, ALPINE]);
        seen.add(Ask::file(RED_HAT), content("first", 5));
        seen.add(Ask::file(ALPINE), content("second", 7));
        assert_eq!(derive(&seen).pem, "first");
    }

    #[test]
    fn what_a_family_refreshes_is_what_go_reads() {
        for table in distro::ALL.iter().filter_map(|family| family.store.as_ref()) {
            // SUSE's bundle is read through the link /etc/ssl/ca-bundle.pem.
            let read = BUNDLES.contains(&table.bundle) || table.bundle == "/var/lib/ca-certificates/ca-bundle.pem";
            assert!(read, "{}", table.bundle);
        }
    }
}
