//! A registry over plain HTTP: refused, trusted, used, and refused again with every file as it was.

use crate::bench::{Bench, holds};

pub fn over_http(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    let ran = bench.expect(1, &format!("check {registry}"))?;
    holds(&ran.stdout, &["http-registry-treated-as-https", "pull fails, push fails"])?;
    let pid = bench.machine.docker_pid();
    bench.expect(0, &format!("trust {registry} --yes"))?;
    if bench.machine.docker_pid() != pid {
        return Err("Docker was restarted, though it rereads a daemon.json that is new".into());
    }
    bench.works(&registry)?;
    let ran = bench.expect(0, &format!("check {registry}"))?;
    holds(&ran.stdout, &["pull works, push works"])?;
    holds(&bench.expect(0, "list")?.stdout, &[&registry, "in effect"])?;
    let again = bench.expect(0, &format!("trust {registry} --yes"))?;
    holds(&again.stdout, &["nothing to do"])?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

const RICH: &str = "{\r\n    \"log-driver\" : \"json-file\",\r\n    \"labels\": [\"a=b\",\"c=d\"],\r\n\r\n    \"insecure-registries\": [ \"other.lab:5000\" ],\r\n    \"debug\": false\r\n}";

pub fn rich_daemon_json(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    bench.write("/etc/docker/daemon.json", RICH)?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.container()?;
    let before = bench.tree()?;
    let pid = bench.machine.docker_pid();
    bench.expect(0, &format!("trust {registry} --yes"))?;
    bench.works(&registry)?;
    let text = bench.must("cat /etc/docker/daemon.json")?.stdout;
    holds(
        &text,
        &["\"log-driver\" : \"json-file\",\r\n", "\"labels\": [\"a=b\",\"c=d\"],\r\n\r\n", "other.lab:5000", &registry],
    )?;
    if bench.machine.docker_pid() != pid {
        return Err("Docker was restarted, and a reload is enough here".into());
    }
    bench.resident()?;
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    bench.same_tree(&before)?;
    if bench.machine.docker_pid() == pid { bench.resident() } else { Err("Docker was restarted by untrust".into()) }
}

pub fn two_registries(bench: &mut Bench) -> Result<(), String> {
    let (one, two) = (bench.serve(5000, None)?, bench.serve(5001, None)?);
    bench.image()?;
    let before = bench.tree()?;
    bench.expect(0, &format!("trust {one} --yes"))?;
    bench.expect(0, &format!("trust {two} --yes"))?;
    bench.works(&one)?;
    bench.works(&two)?;
    bench.expect(0, &format!("untrust {one} --yes"))?;
    bench.refused(&one)?;
    bench.works(&two)?;
    bench.expect(0, &format!("untrust {two} --yes"))?;
    bench.refused(&two)?;
    bench.same_tree(&before)
}

pub fn prove(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    let ran = bench.expect(0, &format!("trust {registry} --yes --prove"))?;
    holds(&ran.stderr, &["proved: pushed", "proved: pulled it back", "removed it on both sides"])?;
    let images = bench.machine.docker_get("/images/json")?;
    if images.contains("regdoctor-prove") { Err("the image stayed in Docker".into()) } else { Ok(()) }
}

pub fn range(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    let before = bench.tree()?;
    bench.refused(&registry)?;
    bench.expect(0, "trust 10.99.0.0/16 --yes")?;
    bench.works(&registry)?;
    let ran = bench.expect(0, &format!("check {registry}"))?;
    holds(&ran.stdout, &["10.99.0.0/16"])?;
    bench.expect(0, "untrust 10.99.0.0/16 --yes")?;
    bench.refused(&registry)?;
    bench.same_tree(&before)
}

/// Somebody wrote the entry by hand, with a scheme; Docker was started with it.
pub fn foreign_entry(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    bench.write("/etc/docker/daemon.json", &format!("{{\"insecure-registries\": [\"http://{registry}\"]}}\n"))?;
    bench.machine.restart_docker();
    bench.machine.wait_for_docker()?;
    bench.works(&registry)?;
    let pid = bench.machine.docker_pid();
    bench.expect(0, &format!("untrust {registry} --yes"))?;
    bench.refused(&registry)?;
    if bench.machine.docker_pid() != pid {
        return Err("Docker was restarted, and an empty list needs none".into());
    }
    let text = bench.must("cat /etc/docker/daemon.json")?.stdout;
    if text == "{\"insecure-registries\": []}\n" { Ok(()) } else { Err(format!("daemon.json is now {text:?}")) }
}
