//! Who runs it, and how many at once.

use crate::bench::{Bench, holds};

pub fn ordinary_user(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    let before = bench.tree()?;
    let ran = bench.machine.run_as("alice", &format!("regdoctor trust {registry} --yes --insecure"));
    if ran.status != 2 {
        return Err(format!("expected status 2, got {}: {}", ran.status, ran.stderr));
    }
    holds(&ran.stderr, &[&format!("sudo regdoctor trust {registry} --yes --insecure")])?;
    let ran = bench.machine.run_as("alice", "regdoctor check");
    holds(&ran.stdout, &["docker-socket-permission"])?;
    bench.same_tree(&before)?;
    // The same line with sudo, by its whole path: forky's sudo does not look in /usr/local/bin.
    let ran =
        bench.machine.run_as("alice", &format!("sudo /usr/local/bin/regdoctor trust {registry} --yes --insecure"));
    if !ran.ok() {
        return Err(format!("with sudo: {}{}", ran.stdout, ran.stderr));
    }
    bench.image()?;
    bench.works(&registry)?;
    let journal = bench.must("cat /var/lib/regdoctor/journal/*.json")?.stdout;
    holds(&journal, &["\"by\": \"alice\""])
}

pub fn two_at_once(bench: &mut Bench) -> Result<(), String> {
    let (one, two) = (bench.serve(5000, None)?, bench.serve(5001, None)?);
    bench.image()?;
    let before = bench.tree()?;
    let script = format!(
        "regdoctor trust {one} --yes > /tmp/one 2>&1 & a=$!; regdoctor trust {two} --yes > /tmp/two 2>&1 & b=$!; \
         wait $a || exit 1; wait $b || exit 2"
    );
    let ran = bench.run(&script);
    if !ran.ok() {
        let said = bench.must("cat /tmp/one /tmp/two")?.stdout;
        return Err(format!("one of two failed (status {}):\n{said}", ran.status));
    }
    bench.works(&one)?;
    bench.works(&two)?;
    bench.expect(0, &format!("untrust {two} --yes"))?;
    bench.expect(0, &format!("untrust {one} --yes"))?;
    bench.same_tree(&before)
}

pub fn demo_real(bench: &mut Bench) -> Result<(), String> {
    let before = bench.tree()?;
    let ran = bench.expect(0, "demo --real")?;
    holds(
        &ran.stdout,
        &["daemon-not-trusting-ca", "pull works, push works", "proved: pulled it back", "Everything was undone"],
    )?;
    bench.same_tree(&before)
}
