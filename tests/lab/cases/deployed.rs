//! What `deploy` writes, run for real: Debian's docker-registry, nginx and Caddy from the generated files, started by the
//! very commands that it prints; Docker pushes and pulls through them, and `check` finds nothing.

use crate::bench::{Bench, holds};
use crate::machine::{Machine, Ran};
use crate::specs::DEPLOYED;

const PASSWORD: &str = "ecila-and-more";
/// The package's nginx and Caddy both begin with port 80; a registry of the package's own begins with 5000.
const QUIET: &str = "systemctl disable --now nginx caddy docker-registry 2>/dev/null; systemctl reset-failed";

/// On a machine of its own, with the packages.
pub fn everything(bench: &mut Bench) -> Result<(), String> {
    let machine = Machine::boot(&DEPLOYED)?;
    let mut server = Bench::new(machine, bench.binary())?;
    on_one_machine(&mut server).map_err(|error| format!("{error}\n{}", server.last_words()))
}

fn on_one_machine(bench: &mut Bench) -> Result<(), String> {
    bench.image()?;
    // Not loopback, where Docker verifies nothing.
    bench.must(&format!(
        "{QUIET}; docker tag lab-busybox:1 busybox \
         && echo \"$(hostname -I | cut -d' ' -f1) registry.lan\" >> /etc/hosts"
    ))?;
    direct(bench)?;
    behind(bench, 8443, "nginx")?;
    bench.must("systemctl stop nginx")?;
    behind(bench, 8444, "caddy")?;
    compose(bench)
}

/// TLS and passwords by the registry itself, on a port below 1024 and so with a capability.
fn direct(bench: &mut Bench) -> Result<(), String> {
    let deployed = deploy(bench, "registry.lan", "--run-by systemd")?;
    type_all(bench, &deployed)?;
    let stranger =
        bench.run("curl -sS --cacert /srv/tls/ca.crt -o /dev/null -w '%{http_code}' https://registry.lan/v2/");
    holds(&stranger.stdout, &["401"])?;
    bench.must(
        "! sudo -u alice cat /etc/docker-registry/config.yml && ! sudo -u alice cat /etc/docker-registry/htpasswd",
    )?;
    // Deletes are on.
    bench.must(&format!(
        "cd /tmp && A='-sS --fail --cacert /srv/tls/ca.crt -u alice:{PASSWORD}' M=https://registry.lan/v2/busybox/manifests \
         && T='Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' \
         && D=$(curl $A -I -H \"$T\" $M/latest | tr -d '\\r' | sed -n 's/^docker-content-digest: //Ip') \
         && curl $A -X DELETE $M/$D && ! curl $A -H \"$T\" $M/latest"
    ))
    .map(drop)
}

/// TLS by the front end on a port that is not the usual one: uploads go on at the same address, said relatively as the
/// files have it, and absolutely as well.
fn behind(bench: &mut Bench, port: u16, front: &str) -> Result<(), String> {
    let registry = format!("registry.lan:{port}");
    let deployed = deploy(bench, &registry, &format!("--run-by systemd --behind-proxy {front}"))?;
    type_all(bench, &deployed)?;
    bench.must(
        "ss -ltnH 'sport = :5000' | grep -q '127.0.0.1:5000' && ! ss -ltnH 'sport = :5000' | grep -v 127.0.0.1",
    )?;
    for (setting, location) in [("true", "/v2/"), ("false", &*format!("https://{registry}/v2/"))] {
        bench.must(&format!(
            "sed -i 's/relativeurls: .*/relativeurls: {setting}/' /etc/docker-registry/config.yml \
             && systemctl restart docker-registry && {} ",
            wait_for(&registry)
        ))?;
        let begun = bench.must(&format!(
            "curl -sS -i -X POST --cacert /srv/tls/ca.crt -u alice:{PASSWORD} https://{registry}/v2/a/blobs/uploads/"
        ))?;
        let said = begun.stdout.lines().find(|line| line.to_lowercase().starts_with("location: ")).unwrap_or_default();
        if !said.get(10..).is_some_and(|said| said.starts_with(location)) {
            return Err(format!("with relativeurls {setting}, {front} makes an upload go on at {said:?}"));
        }
    }
    bench.must(&format!("regdoctor check {registry}/busybox --push")).map(drop)
}

fn wait_for(registry: &str) -> String {
    let ask = format!("curl -sS --cacert /srv/tls/ca.crt -o /dev/null -w '%{{http_code}}' https://{registry}/v2/");
    format!("for i in $(seq 50); do [ \"$({ask})\" = 401 ] && break; sleep 0.1; done")
}

/// All in one folder: the authority stays, and with it what Docker trusts.
fn deploy(bench: &mut Bench, registry: &str, options: &str) -> Result<Ran, String> {
    let command =
        format!("echo {PASSWORD} | regdoctor deploy {registry} --out /srv --user alice --password-file - {options}");
    bench.must(&command)
}

/// Types what it printed, but for what it cannot know here: packages are there, and a password is typed.
fn type_all(bench: &mut Bench, deployed: &Ran) -> Result<(), String> {
    let commands: Vec<&str> = deployed.stdout.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let known = |command: &&str| !command.contains("apt-get install") && !command.contains("issue-cert");
    for command in commands.iter().filter(|command| known(command)) {
        let typed = match *command {
            login if login.starts_with("docker login ") => format!("echo {PASSWORD} | {login} --password-stdin"),
            // Root already; and sudo does not look where the lab has the program.
            trust if trust.contains("regdoctor trust ") => format!("{} --yes", trust.trim_start_matches("sudo ")),
            other => other.to_string(),
        };
        // The registry may need a moment after its start.
        let tried = if typed.contains("regdoctor") { patient(&typed) } else { typed };
        bench.must(&tried)?;
    }
    let image = commands.iter().find_map(|command| command.strip_prefix("docker push ")).ok_or("no push is printed")?;
    bench.must(&format!("docker rmi {image} && docker pull {image}"))?;
    let checked = bench.must(&format!("regdoctor check {image} --push"))?;
    holds(&checked.stdout, &["pull works, push works"])
}

fn patient(command: &str) -> String {
    format!("for i in 1 2 3 4 5; do {command} && break; [ $i -lt 5 ] && sleep 0.5; done")
}

/// Every form of compose.yaml is what `docker compose` takes.
fn compose(bench: &mut Bench) -> Result<(), String> {
    for version in ["2", "3"] {
        for front in ["", "--behind-proxy nginx", "--behind-proxy caddy", "--behind-proxy traefik"] {
            for tls in ["", "--http", "--cert /srv/tls/registry.lan.crt --key /srv/tls/registry.lan.key"] {
                bench.must(&format!(
                    "rm -rf /tmp/c && echo {PASSWORD} | regdoctor deploy registry.lan:5000 --out /tmp/c --password-file - \
                     --registry-version {version} {front} {tls} >/dev/null 2>&1 && docker compose -f /tmp/c/compose.yaml config -q"
                ))?;
            }
        }
    }
    Ok(())
}
