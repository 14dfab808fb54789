//! Who gets in, with real clients: passwords, tokens with rights, client certificates, and a registry that takes nothing.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use regdoctor::cert::issue::{Authority, ServerRequest, Usage};
use time::OffsetDateTime;

use super::clients;
use crate::bench::{Bench, holds};
use crate::clients::Clients;

/// Every password is the name backwards.
const USERS: &[(&str, &str)] = &[("alice", "ecila"), ("admin", "nimda")];
const RIGHTS: &str = "*  public/**  pull\nalice  team/**  pull,push\nadmin  **  *\n";

/// podman and skopeo with a password, after docker pushed.
const WITH_PASSWORD: &str = r#"
! skopeo inspect --tls-verify=$V "docker://$R/team/app:1"
! skopeo inspect --tls-verify=$V --creds alice:wrong "docker://$R/team/app:1"
! podman login --tls-verify=$V -u alice -p wrong "$R"
podman login --tls-verify=$V -u alice -p ecila "$R"
podman pull --tls-verify=$V "$R/team/app:1"
podman push --tls-verify=$V "$R/team/app:1" "$R/team/podman:1"
skopeo copy --src-tls-verify=$V --dest-tls-verify=$V "docker://$R/team/podman:1" "docker://$R/team/skopeo:1"
podman logout "$R"
! podman pull --tls-verify=$V "$R/team/podman:1"
"#;

/// The same with tokens: what Alice may do and what she may not, what everybody may, and what an administrator may.
const WITH_TOKENS: &str = r#"
! skopeo inspect "docker://$R/team/app:1"
skopeo inspect "docker://$R/public/app:1" >/dev/null
! skopeo delete "docker://$R/public/app:1"
podman login -u alice -p ecila "$R"
podman pull "$R/team/app:1"
podman push "$R/team/app:1" "$R/team/podman:1"
! podman push "$R/team/app:1" "$R/other/app:1"
skopeo copy "docker://$R/team/podman:1" "docker://$R/team/skopeo:1"
! skopeo copy "docker://$R/team/podman:1" "docker://$R/public/mine:1"
! skopeo delete "docker://$R/team/skopeo:1"
skopeo delete --creds admin:nimda "docker://$R/team/skopeo:1"
if command -v crane; then
    export SSL_CERT_FILE=/tmp/ca.crt
    crane auth login -u alice -p ecila "$R"
    crane copy "$R/team/app:1" "$R/team/crane:1"
    ! crane copy "$R/team/app:1" "$R/other/crane:1"
    echo note > /tmp/note
    cd /tmp
    oras push --ca-file ca.crt -u alice -p ecila "$R/team/oras:1" note:text/plain
    ! oras push --ca-file ca.crt -u alice -p ecila "$R/other/oras:1" note:text/plain
fi
"#;

const WITH_CERTIFICATE: &str = r#"
! skopeo inspect "docker://$R/team/app:1"
cp /tmp/client.* "/etc/containers/certs.d/$R/"
podman pull "$R/team/app:1"
skopeo copy "docker://$R/team/app:1" "docker://$R/team/skopeo:1"
"#;

const READ_ONLY: &str = r#"
podman pull --tls-verify=$V "$R/team/app:1"
! podman push --tls-verify=$V "$R/team/app:1" "$R/team/podman:2"
! skopeo delete --tls-verify=$V "docker://$R/team/app:1"
"#;

pub fn everybody(bench: &mut Bench) -> Result<(), String> {
    let folder = bench.machine.path("/root/authority");
    fs::create_dir_all(&folder).map_err(said)?;
    let files = Files(folder);
    files.lay()?;
    bench.image()?;
    with_password(bench, &files)?;
    read_only(bench, &files)?;
    with_tokens(bench, &files)?;
    with_certificate(bench, &files)
}

fn with_password(bench: &mut Bench, files: &Files) -> Result<(), String> {
    let (users, data) = (files.at("users"), files.at("data"));
    let registry = bench.serve_with(5000, None, &["--htpasswd", &users, "--data", &data])?;
    bench.expect(0, &format!("trust {registry} --insecure --yes"))?;
    refused(bench.push(&registry), "a push without a login")?;
    refused(login(bench, &registry, "alice", "wrong"), "a login with a wrong password")?;
    login(bench, &registry, "alice", "ecila")?;
    bench.works(&registry)?;
    run(bench, &registry, None, WITH_PASSWORD)?;
    bench.must(&format!("docker logout {registry}"))?;
    refused(bench.pull(&registry), "a pull after the logout")
}

/// What was pushed a moment ago can be pulled by everybody, and nothing can be added or taken away.
fn read_only(bench: &mut Bench, files: &Files) -> Result<(), String> {
    bench.must("cp -r authority/data authority/copy")?;
    let registry = bench.serve_with(5001, None, &["--read-only", "--data", &files.at("copy")])?;
    bench.expect(0, &format!("trust {registry} --insecure --yes"))?;
    bench.pull(&registry)?;
    refused(push_to(bench, &registry, "team/other"), "a push to a registry that is read only")?;
    run(bench, &registry, None, READ_ONLY)
}

fn with_tokens(bench: &mut Bench, files: &Files) -> Result<(), String> {
    let (users, rights) = (files.at("users"), files.at("rights"));
    let options = ["--htpasswd", &users, "--bearer", "--rights", &rights];
    let registry = bench.serve_with(5443, Some(&files.0), &options)?;
    bench.expect(0, &format!("trust {registry} --ca authority/ca.crt --yes"))?;
    refused(login(bench, &registry, "admin", "wrong"), "a login with a wrong password")?;
    login(bench, &registry, "admin", "nimda")?;
    push_to(bench, &registry, "public/app")?;
    push_to(bench, &registry, "private/app")?;
    login(bench, &registry, "alice", "ecila")?;
    bench.works(&registry)?;
    let again = format!("{registry}/team/second:1");
    let pushed = bench.must(&format!("docker tag lab-busybox:1 {again} && timeout 60 docker push {again}"))?;
    holds(&pushed.stdout, &["Mounted from team/app"])?;
    for name in ["public/app", "other/app"] {
        refused(push_to(bench, &registry, name), "a push without the right")?;
    }
    refused(pull_from(bench, &registry, "private/app"), "a pull without the right")?;
    bench.must(&format!("docker logout {registry}"))?;
    pull_from(bench, &registry, "public/app")?;
    refused(bench.pull(&registry), "a pull by nobody")?;
    containerd(bench, &registry)?;
    run(bench, &registry, Some(&files.0.join("ca.crt")), WITH_TOKENS)
}

/// `ctr` is given its password with each command.
fn containerd(bench: &mut Bench, registry: &str) -> Result<(), String> {
    let ctr = clients::ctr(bench, "pull", true);
    let mut pull =
        |user: &str, name: &str| docker(bench, &format!("{ctr} --user {user} {registry}/{name}:1 >/dev/null"));
    refused(pull("alice:wrong", "team/app"), "a pull by ctr with a wrong password")?;
    refused(pull("alice:ecila", "private/app"), "a pull by ctr without the right")?;
    pull("alice:ecila", "team/app")
}

fn with_certificate(bench: &mut Bench, files: &Files) -> Result<(), String> {
    let clients = files.at("clients.crt");
    let registry = bench.serve_with(5444, Some(&files.0), &["--client-ca", &clients])?;
    let place = format!("/etc/docker/certs.d/{registry}");
    bench.must(&format!("mkdir -p {place} && cp authority/ca.crt {place}/"))?;
    refused(bench.push(&registry), "a push without a certificate")?;
    bench.must(&format!("cp authority/client.cert authority/client.key {place}/"))?;
    bench.works(&registry)?;
    let read = |name: &str| fs::read_to_string(files.0.join(name)).map_err(said);
    let pair = format!(
        "cat > /tmp/client.cert <<'END'\n{}END\ncat > /tmp/client.key <<'END'\n{}END\n",
        read("client.cert")?,
        read("client.key")?
    );
    run(bench, &registry, Some(&files.0.join("ca.crt")), &(pair + WITH_CERTIFICATE))
}

/// The other clients, where this suite is the one for them.
fn run(bench: &Bench, registry: &str, authority: Option<&Path>, script: &str) -> Result<(), String> {
    if bench.machine.spec.suite != "forky" {
        return Ok(());
    }
    let clients = Clients::of(bench.machine.spec.suite)?;
    clients.must(&bench.machine, registry, authority, script).map(drop)
}

/// A folder inside the machine, which the registry and this process see, too.
struct Files(PathBuf);

impl Files {
    fn at(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Users, rights, and a client's certificate with the authority that it is of.
    fn lay(&self) -> Result<(), String> {
        let line = |(user, password): &(&str, &str)| {
            bcrypt::hash(password, 4).map(|hash| format!("{user}:{hash}\n")).map_err(said)
        };
        let users = USERS.iter().map(line).collect::<Result<String, _>>()?;
        let now = OffsetDateTime::now_utc();
        let clients = Authority::named("lab clients", now).map_err(said)?;
        let request = ServerRequest { usage: Usage::ClientOnly, ..ServerRequest::new(vec!["carol".into()], now) };
        let issued = clients.issue(&request).map_err(said)?;
        for (name, text) in [
            ("users", users.as_str()),
            ("rights", RIGHTS),
            ("clients.crt", clients.certificate_pem()),
            ("client.cert", &issued.chain_pem),
            ("client.key", &issued.key_pem),
        ] {
            fs::write(self.0.join(name), text).map_err(said)?;
        }
        Ok(())
    }
}

fn said(error: impl Display) -> String {
    error.to_string()
}

fn login(bench: &mut Bench, registry: &str, user: &str, password: &str) -> Result<(), String> {
    docker(bench, &format!("echo {password} | timeout 60 docker login -u {user} --password-stdin {registry}"))
}

fn push_to(bench: &mut Bench, registry: &str, name: &str) -> Result<(), String> {
    docker(
        bench,
        &format!("docker tag lab-busybox:1 {registry}/{name}:1 && timeout 60 docker push {registry}/{name}:1"),
    )
}

fn pull_from(bench: &mut Bench, registry: &str, name: &str) -> Result<(), String> {
    docker(bench, &format!("docker rmi {registry}/{name}:1; timeout 60 docker pull {registry}/{name}:1"))
}

fn docker(bench: &mut Bench, script: &str) -> Result<(), String> {
    let ran = bench.run(script);
    if ran.ok() { Ok(()) } else { Err(ran.stdout + &ran.stderr) }
}

/// It failed, and because the registry said no.
fn refused(outcome: Result<(), String>, what: &str) -> Result<(), String> {
    const NO: &[&str] = &[
        "unauthorized",
        "no basic auth credentials",
        "denied",
        "insufficient_scope",
        "read-only",
        "remote error: tls",
    ];
    match outcome {
        Ok(()) => Err(format!("{what} works, and should not")),
        Err(text) if NO.iter().any(|no| text.to_lowercase().contains(no)) => Ok(()),
        Err(text) => Err(format!("{what} failed for another reason: {text}")),
    }
}
