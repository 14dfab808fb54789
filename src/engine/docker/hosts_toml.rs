//! `hosts.toml` in a certificate folder, as containerd reads it (28.0 and later, with its image store).

use std::path::PathBuf;

use toml_edit::{DocumentMut, Item};

use crate::model::facts::RegistryCerts;

pub(super) const NAME: &str = "hosts.toml";

/// What it says of the registry itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HostsToml {
    /// `ca`: certificates beside it count only when they are named here.
    pub(super) authorities: Vec<PathBuf>,
    pub(super) skip_verify: bool,
    /// `server` begins with `http://`.
    pub(super) plain: bool,
    /// There are `[host."…"]` tables: other servers are asked first.
    pub(super) elsewhere: bool,
}

/// One that does not parse is logged and passed over.
pub(super) fn of(certs: &RegistryCerts) -> Option<HostsToml> {
    let file = certs.files.iter().find(|file| file.name == NAME)?;
    let document: DocumentMut = file.pem.as_deref()?.parse().ok()?;
    let names = |item: &Item| match (item.as_str(), item.as_array()) {
        (Some(one), _) => vec![one.to_string()],
        (None, Some(many)) => many.iter().filter_map(|one| one.as_str().map(str::to_string)).collect(),
        (None, None) => Vec::new(),
    };
    let authorities = document.get("ca").map(names).unwrap_or_default();
    Some(HostsToml {
        authorities: authorities.iter().map(|name| certs.path.join(name)).collect(),
        skip_verify: document.get("skip_verify").and_then(Item::as_bool).unwrap_or(false),
        plain: document.get("server").and_then(Item::as_str).is_some_and(|server| server.starts_with("http://")),
        elsewhere: document.get("host").and_then(Item::as_table_like).is_some_and(|hosts| !hosts.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::facts::CertsFile;

    fn read(text: &str) -> Option<HostsToml> {
        let file = CertsFile {
            name: NAME.into(),
            pem: Some(text.into()),
            unreadable: false,
            is_folder: false,
            missing: false,
        };
        of(&RegistryCerts {
            name: "reg.lan:5000".into(),
            path: "/c".into(),
            files: vec![file],
            unreadable: false,
            not_a_folder: false,
        })
    }

    #[test]
    fn says_what_counts() {
        let bare = HostsToml::default();
        let rows = [
            ("server = \"https://reg.lan:5000\"", Some(bare.clone())),
            ("server = \"http://reg.lan:5000\"", Some(HostsToml { plain: true, ..bare.clone() })),
            ("ca = \"ca.crt\"", Some(HostsToml { authorities: vec!["/c/ca.crt".into()], ..bare.clone() })),
            ("ca = [\"/etc/ca.crt\"]", Some(HostsToml { authorities: vec!["/etc/ca.crt".into()], ..bare.clone() })),
            ("skip_verify = true", Some(HostsToml { skip_verify: true, ..bare.clone() })),
            ("[host.\"https://mirror.lan\"]", Some(HostsToml { elsewhere: true, ..bare })),
            ("server = ", None),
        ];
        for (text, want) in rows {
            assert_eq!(read(text), want, "{text}");
        }
    }
}
