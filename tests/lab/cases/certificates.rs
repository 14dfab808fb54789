//! A registry over TLS from a private authority: trusted in certs.d without a restart, by fingerprint, system-wide.

use std::path::PathBuf;

use crate::bench::{Bench, holds};

/// A folder inside the machine where the registry's authority is written; the test process sees it, too.
fn authority(bench: &Bench) -> Result<PathBuf, String> {
    let folder = bench.machine.path("/root/authority");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

pub fn certs_d(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    bench.image()?;
    bench.container()?;
    let before = bench.tree()?;
    let pid = bench.machine.docker_pid();
    bench.refused(&registry)?;
    let ran = bench.expect(1, &format!("check {registry}"))?;
    holds(&ran.stdout, &["daemon-not-trusting-ca", "pull fails, push fails"])?;
    bench.expect(0, &format!("trust {registry} --ca authority/ca.crt --yes"))?;
    bench.works(&registry)?;
    holds(&bench.expect(0, &format!("check {registry}"))?.stdout, &["pull works, push works"])?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)?;
    if bench.machine.docker_pid() != pid {
        return Err("Docker was restarted for a certificate in certs.d".into());
    }
    bench.resident()
}

pub fn fingerprint(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    bench.image()?;
    let before = bench.tree()?;
    // Without a terminal and without the fingerprint nothing is trusted; the hint tells the fingerprint that was seen.
    let ran = bench.expect(2, &format!("trust {registry} --yes"))?;
    let seen = ran
        .stderr
        .split("--fingerprint ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("no fingerprint was told")?
        .to_string();
    bench.same_tree(&before)?;
    let wrong = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    bench.expect(1, &format!("trust {registry} --yes --fingerprint {wrong}"))?;
    bench.same_tree(&before)?;
    bench.expect(0, &format!("trust {registry} --yes --fingerprint {seen}"))?;
    bench.works(&registry)?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

pub fn system_store(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    bench.image()?;
    bench.must("mkdir -p /usr/local/share/ca-certificates")?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    bench.expect(0, &format!("trust {registry} --ca authority/ca.crt --system-store --yes"))?;
    bench.works(&registry)?;
    bench.must(&format!("curl -sSf https://{registry}/v2/"))?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

pub fn wrong_authority(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    let other = folder.join("other");
    bench.serve(5444, Some(&other))?;
    let before = bench.tree()?;
    let ran = bench.expect(1, &format!("trust {registry} --ca authority/other/ca.crt --yes"))?;
    holds(&ran.stderr, &["Docker would still refuse", "x509"])?;
    bench.same_tree(&before)
}

pub fn client_certificate(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    bench.image()?;
    bench.expect(0, &format!("trust {registry} --ca authority/ca.crt --yes"))?;
    // The authority is a certificate with a key like any other; this registry does not ask for one.
    let pair = "--client-cert authority/ca.crt --client-key authority/ca.key";
    let ran = bench.expect(0, &format!("trust {registry} {pair} --yes"))?;
    if ran.stderr.contains("PRIVATE KEY") {
        return Err("the key was shown".into());
    }
    bench.works(&registry)?;
    let modes = bench.must(&format!("stat -c '%a %n' /etc/docker/certs.d/{registry}/*"))?.stdout;
    holds(
        &modes,
        &["600 /etc/docker/certs.d/reg.lab:5443/client.key", "644 /etc/docker/certs.d/reg.lab:5443/client.cert"],
    )?;
    let journal = bench.must("cat /var/lib/regdoctor/journal/*.json")?.stdout;
    if journal.contains("PRIVATE KEY") { Err("the key is in the journal".into()) } else { Ok(()) }
}

/// TLS that nobody verifies: only when it is said.
pub fn insecure(bench: &mut Bench) -> Result<(), String> {
    let folder = authority(bench)?;
    let registry = bench.serve(5443, Some(&folder))?;
    bench.image()?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    bench.expect(0, &format!("trust {registry} --insecure --yes --prove"))?;
    bench.works(&registry)?;
    holds(&bench.expect(0, &format!("check {registry}"))?.stdout, &["pull works, push works"])?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}
