//! A machine's own configuration between two scenarios: prepared, and put back without a new boot.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scenario::{Ground, Scenario, Step, Store};
use super::served::{Names, Server};
use crate::bench::Bench;

const RELOAD_LIMIT: Duration = Duration::from_secs(5);
const DAEMON_JSON: &str = "/etc/docker/daemon.json";

/// Everything that a scenario may touch is kept once, and laid back after each.
const KEEP: &str = "mkdir -p /kept && for at in /etc/docker /etc/default /etc/hosts /etc/systemd/system /etc/nsswitch.conf \
    /etc/resolv.conf; do [ ! -e $at ] || cp -a --parents $at /kept; done; ls /root > /kept-root";

const LAY_BACK: &str = "cp /kept/etc/hosts /etc/hosts; cp /kept/etc/resolv.conf /etc/resolv.conf; rm -rf /etc/docker /etc/default; cp -a /kept/etc/docker /kept/etc/default /etc/; \
    rm -rf /root/.docker /home/alice/.docker /var/lib/regdoctor; \
    for pid in $(cat /run/lab-started 2>/dev/null); do kill $pid 2>/dev/null; done; rm -f /run/lab-started; \
    for file in $(ls /root); do grep -qx \"$file\" /kept-root || rm -rf \"/root/$file\"; done; \
    rm -f /usr/local/bin/docker /usr/local/bin/docker-credential-lab; gpasswd -d alice docker 2>/dev/null; iptables -F OUTPUT 2>/dev/null; ip route flush type prohibit; ip route flush type unreachable; true";

/// What only matters to a daemon that starts again.
const LAY_BACK_SERVICE: &str = "rm -rf /etc/systemd/system && cp -a /kept/etc/systemd/system /etc/systemd/; \
    if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then rm -f /usr/local/share/ca-certificates/*.crt; update-ca-certificates --fresh >/dev/null 2>&1; fi; \
    ! [ -d /run/systemd/system ] || { systemctl daemon-reload; systemctl reset-failed docker.service docker.socket 2>/dev/null; }; true";

/// Makes the machine the ground of many scenarios: the image store, an image, addresses of both kinds.
pub fn found(bench: &mut Bench, ground: &Ground) -> Result<(), String> {
    bench.machine.second_address()?;
    bench.must("mkdir -p /etc/docker")?;
    write_json(bench, ground, "{}")?;
    bench.must(KEEP)?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    let info = bench.machine.docker_get("/info")?;
    let containerd = info.contains("io.containerd.snapshotter.v1");
    if containerd != (ground.store == Store::Containerd) {
        return Err(format!("the image store is not {:?}", ground.store));
    }
    bench.image()
}

/// Lays the scenario's files and takes its steps.
pub fn prepare(bench: &mut Bench, ground: &Ground, scenario: &Scenario, names: &Names) -> Result<Vec<Server>, String> {
    let mut peers = Vec::new();
    for step in scenario.host {
        match step {
            Step::Run(script) => {
                bench.must(&names.fill(script))?;
            }
            Step::Json(text) => {
                write_json(bench, ground, &names.fill(text))?;
                reload(bench)?;
            }
            Step::Unread(text) => write_json(bench, ground, &names.fill(text))?,
            Step::Restart => restart(bench)?,
            Step::Peer(kind) => peers.push(Server::peer(&bench.machine, kind, &names.peer_address())?),
        }
    }
    Ok(peers)
}

/// Puts everything back; the daemon is started again only where a step did so, or where it does not run.
pub fn restore(bench: &mut Bench, scenario: &Scenario) -> Result<(), String> {
    bench.run(LAY_BACK);
    let restarted = scenario.host.iter().any(|step| matches!(step, Step::Restart));
    if restarted || bench.machine.docker_get("/_ping").is_err() {
        bench.run(LAY_BACK_SERVICE);
        return restart(bench);
    }
    // A stray service file would only matter later, and then to another scenario.
    if scenario.fix == super::scenario::Fix::Commands {
        bench.run(LAY_BACK_SERVICE);
    }
    reload(bench)
}

pub fn lay(bench: &Bench, folder: &str, files: &[(&'static str, Vec<u8>)]) -> Result<(), String> {
    for (name, bytes) in files {
        let path = bench.machine.path(&format!("{folder}/{name}"));
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn restart(bench: &mut Bench) -> Result<(), String> {
    bench.run("! [ -d /run/systemd/system ] || { systemctl daemon-reload; systemctl reset-failed docker.service docker.socket; }");
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()
}

/// The scenario's object, with what chooses the image store; a text that is no object stays as it is.
fn write_json(bench: &Bench, ground: &Ground, text: &str) -> Result<(), String> {
    let mut text = text.to_string();
    if let Ok(Value::Object(mut object)) = serde_json::from_str(&text) {
        if ground.store == Store::Containerd {
            object.insert("features".into(), json!({ "containerd-snapshotter": true }));
        }
        // Left out, a reload would keep the list of the scenario before.
        if !object.contains_key("insecure-registries") {
            object.insert("insecure-registries".into(), json!([]));
        }
        text = format!("{:#}\n", Value::Object(object));
    }
    write(bench, DAEMON_JSON, &text)
}

fn write(bench: &Bench, path: &str, text: &str) -> Result<(), String> {
    let path = bench.machine.path(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Sends SIGHUP and waits for the event that tells that it was taken up.
fn reload(bench: &mut Bench) -> Result<(), String> {
    let Some(pid) = bench.machine.docker_pid() else { return Ok(()) };
    let text = fs::read_to_string(bench.machine.path(DAEMON_JSON)).unwrap_or_default();
    bench.run(&format!("kill -HUP {pid}"));
    let Ok(wanted) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
    let wanted: Vec<String> = wanted
        .get("insecure-registries")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.as_str().map(str::to_string))
        .collect();
    let deadline = Instant::now() + RELOAD_LIMIT;
    while Instant::now() < deadline {
        if listed(bench)? == wanted.len() {
            return Ok(());
        }
        sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// How many entries the daemon has beside its own.
fn listed(bench: &Bench) -> Result<usize, String> {
    let info: Value = serde_json::from_str(&bench.machine.docker_get("/info")?).map_err(|error| error.to_string())?;
    let hosts = info.pointer("/RegistryConfig/IndexConfigs").and_then(Value::as_object).into_iter().flatten();
    let hosts = hosts.filter(|(_, index)| index.get("Secure") == Some(&json!(false))).count();
    let ranges = info.pointer("/RegistryConfig/InsecureRegistryCIDRs").and_then(Value::as_array).into_iter().flatten();
    let own = [json!("127.0.0.0/8"), json!("::1/128")];
    Ok(hosts + ranges.filter(|range| !own.contains(range)).count())
}
