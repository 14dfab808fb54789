//! What a restart costs, and what stops it half way.

use crate::bench::{Bench, holds};

const OPTIONS: &str = "DOCKER_OPTS=\"--insecure-registry=other.lab:5000\"\n";

/// A container that nothing restarts is named after the restart that stopped it.
pub fn lost_containers(bench: &mut Bench) -> Result<(), String> {
    bench.write("/etc/default/docker", OPTIONS)?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.image()?;
    bench.container()?;
    let ran = bench.expect(0, "trust new.lab:5000 --insecure --force --yes")?;
    holds(&ran.stderr, &["have not come back: resident", "docker start resident"])?;
    bench.must("docker start resident")?;
    // A certificate restarts nothing, and nothing is said.
    bench.must(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out /root/ca.crt -days 9 -subj /CN=lab 2>&1",
    )?;
    let ran = bench.expect(0, "trust new.lab:5000 --ca /root/ca.crt --force --yes")?;
    if ran.stderr.contains("resident") {
        Err("a container is named, and none was stopped".into())
    } else {
        bench.resident()
    }
}

/// SIGTERM, and the SIGHUP of a terminal that goes away, while Docker restarts: all is put back.
pub fn signals(bench: &mut Bench) -> Result<(), String> {
    bench.write("/etc/default/docker", OPTIONS)?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    let before = bench.tree()?;
    for signal in ["TERM", "HUP"] {
        let script = format!(
            "regdoctor trust new.lab:5000 --insecure --force --yes & pid=$!; \
             while ! grep -q new.lab /etc/default/docker; do sleep 0.01; done; kill -{signal} $pid; wait $pid; echo status $?"
        );
        let ran = bench.must(&script)?;
        holds(&ran.stdout, &["status 130"])?;
        bench.same_tree(&before)?;
        bench.machine.wait_for_docker()?;
        let history = bench.expect(0, "history")?.stdout;
        holds(history.lines().last().unwrap_or_default(), &["put back", "new.lab:5000"])?;
    }
    Ok(())
}
