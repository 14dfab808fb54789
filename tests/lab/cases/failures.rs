//! What goes wrong on the way: everything is put back, and Docker runs as before.

use crate::bench::{Bench, holds};
use crate::specs::Init;

pub fn daemon_cannot_start(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    // The flag lives in the default file, so trust must restart; a storage driver that does not exist keeps Docker from it.
    bench.write("/etc/default/docker", "DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\n")?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.must("cp /etc/default/docker /tmp/good")?;
    bench.write("/etc/docker/daemon.json", "{\n  \"storage-driver\": \"no-such-driver\"\n}\n")?;
    let before = bench.tree()?;
    let ran = bench.regdoctor(&format!("trust {registry} --yes --timeout 8"));
    // With the file still broken the old state does not start either: not everything could be put back, by name.
    if ran.status != 4 {
        return Err(format!("expected status 4, got {}", ran.status));
    }
    bench.same_tree(&before)?;
    // Once the file is mended, Docker comes up; then a change that breaks it is put back whole.
    bench.must("rm /etc/docker/daemon.json")?;
    if bench.machine.spec.init == Init::Systemd {
        bench.must("systemctl reset-failed docker.service docker.socket")?;
    }
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    let before = bench.tree()?;
    // dockerd itself stands in the way of its own start: a wrapper that refuses the new flag.
    bench.must(
        "real=$(command -v dockerd) && mv $real $real.real && printf '#!/bin/sh\\ncase \"$*\" in *reg.lab*) exit 1;; esac\\nexec '$real'.real \"$@\"\\n' > $real && chmod 755 $real",
    )?;
    let ran = bench.expect(3, &format!("trust {registry} --yes --timeout 8"))?;
    holds(&ran.stderr, &["put back"])?;
    bench.same_tree(&before)?;
    bench.machine.wait_for_docker()?;
    bench.refused(&registry)
}

pub fn registry_goes_away(bench: &mut Bench) -> Result<(), String> {
    // Nobody listens at this port: the list changes, Docker does not reach it, and the list is taken back.
    let before = bench.tree()?;
    let ran = bench.expect(1, "trust reg.lab:5999 --yes --insecure")?;
    holds(&ran.stdout, &["nothing-listening-at-port"])?;
    bench.same_tree(&before)?;
    bench.expect(0, "trust reg.lab:5999 --yes --insecure --force")?;
    holds(&bench.expect(0, "list")?.stdout, &["reg.lab:5999"])?;
    bench.expect(0, "untrust reg.lab:5999 --yes")?;
    bench.same_tree(&before)
}

pub fn interrupted(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.write("/etc/default/docker", "DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\n")?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    let before = bench.tree()?;
    // The signal comes as soon as the file has changed, while Docker restarts.
    let script = format!(
        "regdoctor trust {registry} --yes & pid=$!; while ! grep -q reg.lab /etc/default/docker; do sleep 0.01; done; \
         kill -INT $pid; wait $pid; echo status $?"
    );
    let ran = bench.must(&script)?;
    holds(&ran.stdout, &["status 130"])?;
    bench.same_tree(&before)?;
    bench.machine.wait_for_docker()?;
    let list = bench.expect(0, "list")?.stdout;
    if list.contains("reg.lab:5000") { Err(format!("it is still trusted:\n{list}")) } else { Ok(()) }
}
