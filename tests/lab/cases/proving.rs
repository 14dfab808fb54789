//! `check --push` and `--via docker`: that a registry takes images is proved, and nothing of the proof is left.

use crate::bench::{Bench, holds};

pub fn by_pushing(bench: &mut Bench) -> Result<(), String> {
    let registry = bench.serve(5000, None)?;
    bench.image()?;
    bench.expect(0, &format!("trust {registry} --yes"))?;
    let image = format!("{registry}/team/proof:1");
    bench.must(&format!("docker tag lab-busybox:1 {image} && docker push -q {image}"))?;
    let ran = bench.expect(0, &format!("check {image} --push"))?;
    holds(&ran.stdout, &["pull works, push works"])?;
    nothing_left(bench, &registry)?;
    let before = bench.must("docker images --all --quiet | sort")?.stdout;
    let ran = bench.expect(0, &format!("check {image} --push --via docker"))?;
    holds(&ran.stdout, &["docker"])?;
    nothing_left(bench, &registry)?;
    if bench.must("docker images --all --quiet | sort")?.stdout != before {
        return Err("an image was left in Docker".into());
    }
    refused(bench)
}

/// A front end that takes 1 MiB, as nginx does unless it is told otherwise: only a push of more shows it.
fn refused(bench: &mut Bench) -> Result<(), String> {
    let limited = bench.serve_with(5001, None, &["--fault", "proxy-body-size-limit:after=1048576"])?;
    bench.expect(0, &format!("trust {limited} --yes"))?;
    let image = format!("{limited}/team/proof:1");
    holds(&bench.run(&format!("regdoctor check {image}")).stdout, &["push works"])?;
    let ran = bench.expect(1, &format!("check {image} --push"))?;
    holds(&ran.stdout, &["proxy-body-size-limit", "push fails"])?;
    nothing_left(bench, &limited)
}

/// No tag but the one that was there before.
fn nothing_left(bench: &mut Bench, registry: &str) -> Result<(), String> {
    let tags = bench.must(&format!("curl -s http://{registry}/v2/team/proof/tags/list"))?.stdout;
    if tags.contains("\"tags\":[\"") && !tags.contains("\"tags\":[\"1\"]") {
        Err(format!("a tag was left: {tags}"))
    } else {
        Ok(())
    }
}
