//! Certificates that `issue-cert` wrote, before everybody who has to accept them: Docker, skopeo, curl, OpenSSL, and our
//! own `check`. Each is served at a port of its own.

use crate::bench::{Bench, holds};
use crate::clients::Clients;

/// A certificate: the folder for it, what is typed (`IP` is the registry's address), and how clients reach it.
struct Variant {
    folder: &'static str,
    typed: &'static str,
    reached: &'static str,
    port: u16,
}

const VARIANTS: &[Variant] = &[
    Variant { folder: "both", typed: "https://reg.lab:5443/v2/ IP", reached: "reg.lab", port: 5443 },
    Variant { folder: "address", typed: "IP", reached: "IP", port: 5444 },
    Variant { folder: "rsa", typed: "reg.lab IP --any-name --rsa", reached: "IP", port: 5445 },
    Variant { folder: "own", typed: "reg.lab --ca-cert own.pem --ca-key own.key", reached: "reg.lab", port: 5446 },
];

/// A root and an authority below it, whose names have several values of one type, as those of directories have.
const OWN: &str = r#"
openssl genrsa -out root.key 2048
openssl req -x509 -new -key root.key -sha256 -days 900 -subj "/DC=lab/DC=example/OU=One/OU=Two/CN=Example Root" -addext keyUsage=critical,keyCertSign -out root.pem
openssl ecparam -name secp384r1 -genkey -out own.key
openssl req -new -key own.key -subj "/DC=lab/DC=example/CN=Example Issuing" -out own.csr
printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n' > own.ext
openssl x509 -req -in own.csr -CA root.pem -CAkey root.key -set_serial 2 -days 300 -sha256 -extfile own.ext -out own.pem
cat root.pem >> own.pem
"#;

pub fn everybody(bench: &mut Bench) -> Result<(), String> {
    bench.image()?;
    bench.must(OWN)?;
    let suite = bench.machine.spec.suite;
    let clients = if suite == "bookworm" { None } else { Some(Clients::of(suite)?) };
    for variant in VARIANTS {
        let registry = served(bench, variant)?;
        bench.refused(&registry)?;
        bench.expect(0, &format!("trust {registry} --ca {}/ca.crt --yes", variant.folder))?;
        bench.works(&registry)?;
        holds(&bench.expect(0, &format!("check {registry}"))?.stdout, &["pull works, push works"])?;
        bench.must(&format!("curl -sSf --cacert {}/ca.crt https://{registry}/v2/", variant.folder))?;
        if let Some(clients) = &clients {
            let ca = bench.machine.path(&format!("/root/{}/ca.crt", variant.folder));
            clients.must(&bench.machine, &registry, Some(&ca), "skopeo inspect docker://$R/team/app:1 >/dev/null")?;
        }
    }
    renewed(bench)?;
    held_to_its_names(bench)
}

/// Writes the certificate, lets OpenSSL verify it for each of its names, and serves it.
fn served(bench: &mut Bench, variant: &Variant) -> Result<String, String> {
    let (ip, folder) = (bench.machine.registry_ip(), variant.folder);
    let own = if folder == "own" { String::new() } else { format!(" --ca-dir {folder}/authority") };
    let typed = variant.typed.replace("IP", &ip);
    let said = bench.expect(0, &format!("issue-cert {typed} --out {folder}{own}"))?.stdout;
    let host = variant.reached.replace("IP", &ip);
    let first = typed.split_whitespace().next().unwrap_or_default();
    let stem = if first.starts_with("https") { "reg.lab" } else { first };
    let verify = format!("openssl verify -x509_strict -CAfile {folder}/ca.crt -untrusted {folder}/{stem}.crt");
    let flag = if host == ip { "-verify_ip" } else { "-verify_hostname" };
    bench.must(&format!("{verify} {flag} {host} {folder}/{stem}.crt"))?;
    holds(&said, &["sudo regdoctor trust", &format!("ssl_certificate /root/{folder}/{stem}.crt;")])?;
    let file = |end: &str| bench.machine.path(&format!("/root/{folder}/{stem}.{end}")).display().to_string();
    let (certificate, key) = (file("crt"), file("key"));
    bench.serve_with(variant.port, None, &["--certificate", &certificate, "--key", &key])?;
    Ok(format!("{host}:{}", variant.port))
}

/// Under a registry that runs: it shows the new one, and no client has to do anything.
fn renewed(bench: &mut Bench) -> Result<(), String> {
    let shown = "openssl s_client -connect reg.lab:5443 </dev/null 2>/dev/null | openssl x509 -noout -serial";
    let before = bench.must(shown)?.stdout;
    bench.expect(0, "issue-cert --renew reg.lab --out both --ca-dir both/authority")?;
    if bench.must(shown)?.stdout == before {
        return Err("the registry still shows the old certificate".into());
    }
    bench.works("reg.lab:5443")
}

/// Whoever steals the authority's key has no use of it for other names.
fn held_to_its_names(bench: &mut Bench) -> Result<(), String> {
    let forge = |names: &str, folder: &str| {
        format!(
            "openssl req -newkey rsa:2048 -nodes -keyout forged.key -subj /O=forged -out forged.csr 2>/dev/null \
             && echo subjectAltName={names} > forged.ext \
             && openssl x509 -req -in forged.csr -CA {folder}/ca.crt -CAkey {folder}/authority/ca.key -set_serial 9 \
                -days 9 -extfile forged.ext -out forged.pem 2>/dev/null && openssl verify -CAfile {folder}/ca.crt forged.pem"
        )
    };
    let rows =
        [("both", "DNS:other.lab"), ("both", "IP:192.0.2.1"), ("address", "DNS:reg.lab"), ("address", "IP:fd00::7")];
    for (folder, names) in rows {
        let ran = bench.run(&forge(names, folder));
        let said = ran.stdout + &ran.stderr;
        if ran.status == 0 || !(said.contains("permitted subtree") || said.contains("excluded subtree")) {
            return Err(format!("{names} of the authority in {folder}: {said}"));
        }
    }
    let ran = bench.run(&forge("DNS:other.lab", "rsa"));
    if ran.ok() { Ok(()) } else { Err(format!("one for any name does not sign for any: {}", ran.stderr)) }
}
