//! The same folder under the three parts of dockerd that read it, as each real daemon did (lab `--oracle`).

use super::super::fetcher::Fetcher::{self, Classic, Hosts, Resolver};
use super::super::folder;
use super::*;

const PEM: &str = "-----BEGIN CERTIFICATE-----\n";

/// A file by its name and text; `/` at the end makes it a folder, `!` a link that leads nowhere.
fn file(name: &str, text: &str) -> CertsFile {
    CertsFile {
        name: name.trim_end_matches(['/', '!']).into(),
        pem: (!name.ends_with(['/', '!'])).then(|| text.to_string()),
        unreadable: false,
        is_folder: name.ends_with('/'),
        missing: name.ends_with('!'),
    }
}

fn certs(files: &[(&str, &str)]) -> RegistryCerts {
    RegistryCerts {
        name: REGISTRY.into(),
        path: "/c".into(),
        files: files.iter().map(|(name, text)| file(name, text)).collect(),
        unreadable: false,
        not_a_folder: false,
    }
}

/// What it is, its files, and which of Docker's parts stumble over it: classic (28.5.2), resolver (26.1.5), hosts (28.5.2).
type Row = (&'static str, &'static [(&'static str, &'static str)], [bool; 3]);

#[test]
fn each_reader_stumbles_over_its_own() {
    let rows: &[Row] = &[
        ("no authority", &[("ca.crt", "a text")], [false, false, true]),
        ("a folder beside", &[("old.crt/", "")], [true, true, false]),
        ("a link to nothing", &[("ca.crt!", "")], [true, true, true]),
        ("a key alone", &[("client.key", "")], [true, false, false]),
        ("a certificate alone", &[("client.cert", PEM)], [true, true, true]),
        ("a pair", &[("client.cert", PEM), ("client.key", "")], [false, false, false]),
        ("no pair", &[("client.cert", "no"), ("client.key", "")], [true, true, true]),
        (
            "hosts.toml beside nonsense",
            &[("ca.crt", "no"), ("hosts.toml", "server = \"https://a\"")],
            [false, false, false],
        ),
    ];
    let engine = engine();
    for (name, files, want) in rows {
        let stumbles = |fetcher: Fetcher| folder::fault(&engine, &certs(files), fetcher).is_some();
        assert_eq!([Classic, Resolver, Hosts].map(stumbles), *want, "{name}");
    }
}

#[test]
fn containerd_looks_under_other_names_too() {
    let mut engine = engine();
    engine.certs.registries =
        ["_default", "reg.lan_5000_"].map(|name| RegistryCerts { name: name.into(), ..certs(&[]) }).to_vec();
    let found = |fetcher| folder::of(&engine, REGISTRY, fetcher).map(|certs| certs.name.clone());
    assert_eq!(found(Hosts).as_deref(), Some("reg.lan_5000_"));
    assert_eq!((found(Classic), found(Resolver)), (None, None));
}
