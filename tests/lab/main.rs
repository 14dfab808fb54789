//! The lab: boots real Debian machines with real Docker daemons and runs the table of cases on them.
//!
//! Names on the command line choose the machines and cases whose name contains one of them; `--list` only lists,
//! `--packages` prints what the host needs, `--can-run` says why the lab cannot run here (status 3), `--bench` measures
//! with `tests/bench` inside the machines, `--bench-push` with `tests/bench-push` (on `forky-deployed` against skopeo as
//! well), `--sweep` kills it at every system call that changes something (names choose the scenarios), `--oracle` compares
//! what `check` foretells with what every Docker then does.
//! `REGDOCTOR_LAB_BINARY` names a program to test instead of building one.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the lab acts on the host itself and prints its results; it is no part of the program"
)]

mod bench;
mod calls;
mod cases;
mod clients;
mod dice;
mod docker;
mod keeper;
mod machine;
mod network;
mod oracle;
mod processes;
mod roots;
mod snapshot;
mod specs;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bench::Bench;
use cases::{ALL, Case};
use machine::Machine;
use specs::{DEPLOYED, MACHINES, Spec};

fn main() {
    let (options, filters): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let asked = |name: &str| options.iter().any(|option| option == name);
    if asked("--packages") {
        println!("{}", roots::HOST_PACKAGES.join(" "));
        return;
    }
    if asked("--list") {
        for (spec, case) in pairs(&filters) {
            println!("{}/{}: test", spec.name, case.name);
        }
        return;
    }
    if let [kind, address] = &filters[..]
        && asked("--peer")
    {
        std::process::exit(i32::from(oracle::peer(kind, address).is_err()));
    }
    if let Err(reason) = roots::can_run() {
        println!("the lab cannot run: {reason}");
        std::process::exit(3);
    }
    if asked("--can-run") {
        return;
    }
    let binary = match binary() {
        Ok(binary) => binary,
        Err(error) => {
            println!("the program could not be built: {error}\n0 passed, 1 failed, 0 skipped");
            std::process::exit(1);
        }
    };
    for (option, script) in [("--bench", "tests/bench"), ("--bench-push", "tests/bench-push")] {
        if asked(option) {
            std::process::exit(measure(&binary, script, &filters));
        }
    }
    if asked("--sweep") {
        std::process::exit(sweep(&binary, &filters));
    }
    if asked("--oracle") {
        std::process::exit(oracle::all(&binary, &filters));
    }
    std::process::exit(run(&binary, &filters));
}

/// The whole of what the case `crash-sample` takes a sample of.
fn sweep(binary: &Path, filters: &[String]) -> i32 {
    let machine =
        MACHINES.iter().find(|spec| cases::is_swept(spec)).ok_or_else(|| "there is no such machine".to_string());
    let outcome = machine.and_then(Machine::boot).and_then(|machine| {
        let mut bench = Bench::new(machine, binary)?;
        cases::sweep(&mut bench, filters)
    });
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            println!("{error}");
            1
        }
    }
}

/// A gigabyte is pushed several times.
const MEASURING: Duration = Duration::from_secs(1200);

/// Runs a script that measures inside the machines that have a docker command.
fn measure(binary: &Path, script: &str, filters: &[String]) -> i32 {
    let wanted = |spec: &&Spec| spec.docker_command && filters.iter().all(|filter| spec.name.contains(filter.as_str()));
    for spec in MACHINES.iter().chain([&DEPLOYED]).filter(wanted) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let outcome = Machine::boot(spec).and_then(|machine| {
            let bench = Bench::new(machine, binary)?;
            std::fs::copy(&script, bench.machine.path("/root/bench")).map_err(|error| error.to_string())?;
            Ok(bench.machine.run_limited("root", "bash /root/bench /usr/local/bin/regdoctor", MEASURING))
        });
        match outcome {
            Ok(ran) => println!("{}\n{}{}", spec.name, ran.stdout, ran.stderr),
            Err(error) => {
                println!("{}: {error}", spec.name);
                return 1;
            }
        }
    }
    0
}

fn binary() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("REGDOCTOR_LAB_BINARY") {
        return Ok(PathBuf::from(path));
    }
    let started = Instant::now();
    let path = roots::build_binary(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    println!("built the program in the oldest root ({:.0} s)", started.elapsed().as_secs_f32());
    Ok(path)
}

/// Every case on every machine that it is for and that the filters leave.
fn pairs(filters: &[String]) -> Vec<(&'static Spec, &'static Case)> {
    let all = MACHINES.iter().flat_map(|spec| ALL.iter().map(move |case| (spec, case)));
    let wanted = |name: String| filters.is_empty() || filters.iter().all(|filter| name.contains(filter.as_str()));
    all.filter(|(spec, case)| (case.on)(spec) && wanted(format!("{}/{}", spec.name, case.name))).collect()
}

fn run(binary: &Path, filters: &[String]) -> i32 {
    let (mut passed, mut failed) = (0, 0);
    for (spec, case) in pairs(filters) {
        let started = Instant::now();
        let name = format!("{}/{}", spec.name, case.name);
        let outcome = Machine::boot(spec).and_then(|machine| {
            let mut bench = Bench::new(machine, binary)?;
            (case.run)(&mut bench).map_err(|error| format!("{error}\n{}", bench.last_words()))
        });
        let seconds = started.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => {
                passed += 1;
                println!("test {name} ... ok ({seconds:.1} s)");
            }
            Err(error) => {
                failed += 1;
                println!("test {name} ... FAILED ({seconds:.1} s)\n    {}", error.replace('\n', "\n    "));
            }
        }
    }
    println!("{passed} passed, {failed} failed, 0 skipped");
    i32::from(failed > 0)
}
