//! What is said at the end: what was made, and what to type next on the server and on each client.

use std::fmt::Write as _;
use std::path::{Path, absolute};

use serde::Serialize;

use super::order::{Prepared, Turn};
use crate::cert::issue::{Served, day};
use crate::cli::failure::quoted;

pub fn human(prepared: &Prepared, turn: Turn, again: &str) -> String {
    let mut text = made(prepared, turn);
    match turn {
        Turn::First => {
            text.push_str(&configuration(prepared));
            text.push_str(&trust(prepared));
            let name = quoted(&prepared.names.served().first().map(ToString::to_string).unwrap_or_default());
            let end = day(prepared.certificate.not_after);
            let _ = writeln!(text, "\nBefore {end}: {again} {name}");
        }
        Turn::Renewal => text.push_str(
            "\nClients need nothing. The server has to read it: restart the registry, or `nginx -s reload`.\n",
        ),
    }
    text
}

fn made(prepared: &Prepared, turn: Turn) -> String {
    let (signer, certificate) = (&prepared.signer, &prepared.certificate);
    let mut text = String::new();
    if let Some(own) = signer.authority.line().first().filter(|_| !signer.files.is_empty()) {
        let reach = if own.extensions.constraints.is_some() { "for these names alone" } else { "for any name" };
        let _ = writeln!(text, "made \"{}\", {reach}, until {}", signer.authority.name(), day(own.not_after));
        line(&mut text, &signer.key, "keep it secret: who has it can sign");
    }
    let verb = if turn == Turn::Renewal { "renewed" } else { "made" };
    let end = day(certificate.not_after);
    let _ = writeln!(
        text,
        "{verb} a certificate for {}, until {end} ({}, signed by \"{}\")",
        listed(prepared.names.served()),
        certificate.key,
        signer.authority.name()
    );
    if certificate.not_after == signer.authority.ends() {
        let _ = writeln!(text, "it ends as early as that because its authority does");
    }
    line(&mut text, &prepared.chain, "for the server");
    line(&mut text, &prepared.key, "its key, for the server alone");
    match &prepared.ca {
        Some(ca) if turn == Turn::First => line(&mut text, ca, "for every client"),
        _ => {}
    }
    text
}

fn listed(served: &[Served]) -> String {
    served.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn line(text: &mut String, path: &Path, what: &str) {
    let _ = writeln!(text, "  {:<28}{what}", path.display());
}

/// As registries and front ends want to be told.
fn configuration(prepared: &Prepared) -> String {
    let (chain, key) = (whole(&prepared.chain), whole(&prepared.key));
    format!(
        "\nThe registry's config.yml, version 2 and 3:\n\
         \x20 http:\n\
         \x20   tls:\n\
         \x20     certificate: {chain}\n\
         \x20     key: {key}\n\
         or nginx in front of it:\n\
         \x20 ssl_certificate {chain};\n\
         \x20 ssl_certificate_key {key};\n\
         A registry that does not run as root has to be let in: sudo chown docker-registry {}\n",
        quoted(&key)
    )
}

/// One line a client, to be typed where that client runs.
fn trust(prepared: &Prepared) -> String {
    let Some(entry_point) = prepared.names.entry_points.first() else { return String::new() };
    let ca = prepared.ca.as_ref().map_or_else(|| "ROOT.crt".to_string(), |ca| quoted(&ca.display().to_string()));
    let ca_path = prepared.ca.as_deref().map_or_else(|| "/etc/ROOT.crt".to_string(), whole);
    let registry = quoted(&entry_point.to_string());
    let folder = |folder: &str| quoted(&format!("{folder}/certs.d/{entry_point}/ca.crt"));
    let store = quoted(&format!("/usr/local/share/ca-certificates/{}.crt", entry_point.host().replace(':', "-")));
    let mut text = String::from("\nTo make clients trust it, with ");
    text.push_str(match &prepared.ca {
        Some(_) => "that ca.crt:\n",
        None => "the root of your authority as ROOT.crt:\n",
    });
    for (client, command) in [
        ("Docker", format!("sudo regdoctor trust {registry} --ca {ca}")),
        ("podman, skopeo", format!("sudo install -Dm644 {ca} {}", folder("/etc/containers"))),
        ("containerd, nerdctl", format!("sudo install -Dm644 {ca} {}", folder("/etc/containerd"))),
        ("k3s: registries.yaml", format!("configs: {{\"{entry_point}\": {{tls: {{ca_file: {ca_path}}}}}}}")),
        ("Debian, Ubuntu", format!("sudo install -m644 {ca} {store} && sudo update-ca-certificates")),
        ("curl", format!("curl --cacert {ca} {}", quoted(&format!("https://{entry_point}/v2/")))),
    ] {
        let _ = writeln!(text, "  {client:<21}{command}");
    }
    text
}

fn whole(path: &Path) -> String {
    absolute(path).unwrap_or_else(|_| path.to_path_buf()).display().to_string()
}

#[derive(Serialize)]
struct View {
    schema: &'static str,
    names: Vec<String>,
    certificate: String,
    key: String,
    ca: Option<String>,
    authority: String,
    authority_made: bool,
    fingerprint: String,
    not_after: i64,
}

pub fn json(prepared: &Prepared) -> String {
    let view = View {
        schema: "regdoctor.certificate/1",
        names: prepared.names.served().iter().map(ToString::to_string).collect(),
        certificate: whole(&prepared.chain),
        key: whole(&prepared.key),
        ca: prepared.ca.as_deref().map(whole),
        authority: prepared.signer.authority.name().to_string(),
        authority_made: !prepared.signer.files.is_empty(),
        fingerprint: prepared.certificate.fingerprint_sha256(),
        not_after: prepared.certificate.not_after,
    };
    serde_json::to_string_pretty(&view).map_or_else(|_| String::new(), |text| format!("{text}\n"))
}
