//! The lab: boots real Debian machines with real Docker daemons and runs cases on
//! them. Names on the command line choose the machines whose name contains one of
//! them; `--list` only lists.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the lab acts on the host itself and prints its results; it is no part of the program"
)]

mod keeper;
mod machine;
mod network;
mod processes;
mod roots;
mod snapshot;
mod specs;

use std::time::Instant;

use machine::Machine;
use specs::{MACHINES, Spec};

fn main() {
    let (options, filters): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let chosen: Vec<&'static Spec> = MACHINES
        .iter()
        .filter(|spec| filters.is_empty() || filters.iter().any(|filter| spec.name.contains(filter)))
        .collect();
    if options.iter().any(|option| option == "--list") {
        for spec in chosen {
            println!("{}: test", spec.name);
        }
        return;
    }
    if let Err(reason) = roots::can_run() {
        eprintln!("the lab cannot run: {reason}");
        std::process::exit(1);
    }
    let (mut passed, mut failed) = (0, 0);
    for spec in chosen {
        let started = Instant::now();
        match smoke(spec) {
            Ok(version) => {
                passed += 1;
                println!("{}: Docker {version} ({:.1} s)", spec.name, started.elapsed().as_secs_f32());
            }
            Err(error) => {
                failed += 1;
                println!("{}: FAILED: {error}", spec.name);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}

/// Boots a machine and asks its engine who it is.
fn smoke(spec: &'static Spec) -> Result<String, String> {
    let machine = Machine::boot(spec)?;
    let answer = machine.docker_get("/version")?;
    // An engine names its components' versions too, in an order of its own.
    let versions: Vec<&str> =
        answer.split("\"Version\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    if !versions.iter().any(|version| version.starts_with(spec.docker_version)) {
        return Err(format!("expected Docker {}, found {versions:?}", spec.docker_version));
    }
    let command = machine.run("command -v docker").ok();
    if command != spec.docker_command {
        return Err(format!("a docker command was found: {command}"));
    }
    Ok(spec.docker_version.to_owned())
}
