//! Where the setting lives already, where it is dead, and where it is broken.

use crate::bench::{Bench, holds};

const DEFAULT_FILE: &str = "/etc/default/docker";

pub fn flag_in_default_file(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    let old = bench.run(&format!("cat {DEFAULT_FILE}")).stdout;
    bench.write(
        DEFAULT_FILE,
        &format!("{old}\n# ours\nDOCKER_OPTS=\"--insecure-registry other.lab:5000 --label=a=b\"\n"),
    )?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.works(&registry)?;
    let text = bench.must(&format!("cat {DEFAULT_FILE}"))?.stdout;
    holds(&text, &["--insecure-registry other.lab:5000 --label=a=b", &format!("--insecure-registry={registry}")])?;
    // A flag and daemon.json together keep Docker from starting: `--in daemon-json` is refused here.
    let ran = bench.expect(1, "trust third.lab:5000 --insecure --force --yes --in daemon-json")?;
    holds(&ran.stderr, &["refuses to start"])?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

pub fn dead_default_file(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    // Upstream's unit in place of Debian's: it reads no file of variables.
    bench.must(
        "unit=$(systemctl show -P FragmentPath docker) && sed -e '/^EnvironmentFile/d' -e 's/ \\$DOCKER_OPTS//' \"$unit\" \
         > /etc/systemd/system/docker.service && systemctl daemon-reload && systemctl restart docker",
    )?;
    bench.write(DEFAULT_FILE, &format!("DOCKER_OPTS=\"--insecure-registry={registry}\"\n"))?;
    bench.machine.wait_for_docker()?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    let ran = bench.regdoctor("check");
    holds(&ran.stdout, &["docker-opts-ignored-systemd", DEFAULT_FILE])?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.works(&registry)?;
    holds(&bench.must("cat /etc/docker/daemon.json")?.stdout, &[&registry])?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

pub fn drop_in(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    let before = bench.tree()?;
    bench.expect(0, &format!("trust {registry} --yes --in drop-in"))?;
    bench.works(&registry)?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

pub fn broken_daemon_json(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.write("/etc/docker/daemon.json", "{\n  \"debug\": true,\n  \"labels\": [\"a=b\",]\n}\n")?;
    let before = bench.tree()?;
    let ran = bench.expect(1, &format!("trust {registry} --yes"))?;
    holds(&ran.stderr, &["daemon.json is broken", "line 3", "\"labels\": [\"a=b\",]"])?;
    let ran = bench.expect(1, "check")?;
    holds(&ran.stdout, &["daemon-json-unparsable", "line 3"])?;
    bench.same_tree(&before)
}

pub fn root_folder(bench: &mut Bench) -> Result<(), String> {
    bench.must("mkdir -p /srv/image/etc && cp /etc/os-release /srv/image/etc/")?;
    let before = bench.tree()?;
    let pid = bench.machine.docker_pid();
    bench.expect(0, "trust reg.lab:5000 --insecure --force --yes --root /srv/image")?;
    holds(&bench.must("cat /srv/image/etc/docker/daemon.json")?.stdout, &["reg.lab:5000"])?;
    bench.expect(0, "untrust reg.lab:5000 --yes --root /srv/image")?;
    bench.must("test ! -e /srv/image/etc/docker")?;
    if bench.machine.docker_pid() != pid {
        return Err("Docker was restarted for a folder".into());
    }
    bench.same_tree(&before)
}

pub fn save_and_replay(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    let live = bench.regdoctor(&format!("check {registry} --save /tmp/saved.json"));
    let replayed = bench.regdoctor("check --from /tmp/saved.json");
    holds(&live.stdout, &["http-registry-treated-as-https"])?;
    holds(&replayed.stdout, &["http-registry-treated-as-https", "pull fails, push fails"])
}

pub fn restart_names_containers(bench: &mut Bench) -> Result<(), String> {
    bench.write(DEFAULT_FILE, "DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\n")?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.image()?;
    bench.container()?;
    let ran = bench.expect(0, "trust reg.lab:5999 --insecure --force --dry-run")?;
    holds(&ran.stdout, &["this stops 1 container running: resident"])?;
    // With live-restore, which a reload switches on, the restart stops none.
    bench.write("/etc/docker/daemon.json", "{\"live-restore\": true}\n")?;
    bench.must("kill -HUP \"$(cat /run/docker.pid)\"; sleep 1")?;
    let ran = bench.expect(0, "trust reg.lab:5999 --insecure --force --dry-run")?;
    if ran.stdout.contains("this stops") {
        return Err(format!("containers live on under live-restore:\n{}", ran.stdout));
    }
    bench.expect(0, "trust reg.lab:5999 --insecure --force --yes")?;
    bench.resident()
}

pub fn dry_run_and_check(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    let before = bench.tree()?;
    let ran = bench.expect(0, &format!("trust {registry} --dry-run"))?;
    holds(&ran.stdout, &["+++ /etc/docker/daemon.json", &registry, "run: "])?;
    bench.expect(1, &format!("trust {registry} --check"))?;
    bench.same_tree(&before)?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.expect(0, &format!("trust {registry} --check"))?;
    bench.expect(1, &format!("untrust {registry} --check"))?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.expect(0, &format!("untrust {registry} --check"))?;
    bench.same_tree(&before)
}

/// `dockerd --validate` takes an entry with a path, and the next start does not.
pub fn malformed_entry(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.write("/etc/docker/daemon.json", "{\n  \"insecure-registries\": [\"other.lab:5000/path\"]\n}\n")?;
    let before = bench.tree()?;
    let ran = bench.expect(1, &format!("trust {registry} --yes"))?;
    holds(&ran.stderr, &["keeps Docker from its next start", "daemon.json line 2", "other.lab:5000/path"])?;
    holds(&bench.expect(1, "check")?.stdout, &["registry-entry-malformed"])?;
    bench.same_tree(&before)?;
    // The judge: Docker itself refuses to start with it.
    bench.machine.restart_docker();
    bench.must("sleep 3")?;
    let down = bench.run("! kill -0 $(cat /run/docker.pid)");
    if down.ok() { Ok(()) } else { Err("Docker started with an entry that we call malformed".into()) }
}

/// Another setting is given twice since Docker started: a restart would leave it down, so nothing is restarted.
pub fn collision_elsewhere(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.write(DEFAULT_FILE, "DOCKER_OPTS=\"--insecure-registry=other.lab:5000 --debug\"\n")?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.write("/etc/docker/daemon.json", "{\"debug\": true}\n")?;
    let before = bench.tree()?;
    let pid = bench.machine.docker_pid();
    let ran = bench.expect(1, &format!("trust {registry} --yes"))?;
    holds(&ran.stderr, &["`debug` is set twice", "daemon.json line 1", DEFAULT_FILE])?;
    bench.same_tree(&before)?;
    if bench.machine.docker_pid() == pid { Ok(()) } else { Err("Docker was restarted".into()) }
}

/// Somebody wrote an unknown key since Docker started: Docker itself is asked before it is restarted, and lives on.
pub fn unknown_key_elsewhere(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.write(DEFAULT_FILE, "DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\n")?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.write("/etc/docker/daemon.json", "{\"no-such-key\": true}\n")?;
    let before = bench.tree()?;
    let pid = bench.machine.docker_pid();
    let ran = bench.expect(3, &format!("trust {registry} --yes"))?;
    holds(&ran.stderr, &["no-such-key", "put back"])?;
    bench.same_tree(&before)?;
    if bench.machine.docker_pid() == pid { Ok(()) } else { Err("Docker was restarted".into()) }
}

/// Only the file changes; `check` and `list` say that it is not in effect, and the next trust makes it so.
pub fn no_reload(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    let before = bench.tree()?;
    bench.expect(0, &format!("trust {registry} --yes --no-reload"))?;
    bench.refused(&registry)?;
    holds(&bench.regdoctor("check").stdout, &["daemon-not-restarted-after-change", "daemon.json line 2"])?;
    holds(&bench.expect(0, "list")?.stdout, &[&registry, "NOT in effect"])?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.works(&registry)?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}
