//! The oracle: what `check` foretells, against what a real Docker then does. The judge is Docker.
//!
//! A machine is booted once, and every scenario is prepared on it, checked, pulled, pushed, mended by the commands of the
//! first finding where it can be, and put back. The answers are printed as a matrix, and counted.

mod host;
mod judge;
mod matrix;
mod peer;
mod scenario;
mod served;
mod table;
mod workshop;

use std::path::Path;
use std::time::Instant;

use crate::bench::Bench;
use crate::machine::Machine;
use crate::specs::MACHINES;
use judge::Row;
use matrix::Score;
use scenario::{Ground, Scenario};
use served::Names;

pub use peer::serve as peer;
pub use scenario::Store;

/// Ports of scenarios: each has its own, and two more beside it.
const FIRST_PORT: u16 = 5000;
const PORTS_EACH: u16 = 4;

/// Every daemon that is asked. The containerd image store came with 24.
fn grounds() -> Vec<Ground> {
    let machines = MACHINES.iter().filter(|spec| spec.docker_command);
    let both = machines.flat_map(|spec| [Store::Classic, Store::Containerd].map(|store| Ground { spec, store }));
    both.filter(|ground| ground.store == Store::Classic || ground.major() >= 26).collect()
}

/// The whole table, or what the filters leave of `machine/store/subject/scenario`; the exit status.
pub fn all(binary: &Path, filters: &[String]) -> i32 {
    let mut scores = Vec::new();
    for ground in grounds() {
        let label = format!("{}/{:?}", ground.spec.name, ground.store).to_lowercase();
        let wanted = |subject: &str, scenario: &Scenario| {
            let name = format!("{label}/{subject}/{}", scenario.name);
            (scenario.on)(&ground) && filters.iter().all(|filter| name.contains(filter.as_str()))
        };
        let all = table::all().enumerate().filter(|(_, (subject, scenario))| wanted(subject, scenario));
        let scenarios: Vec<(usize, &Scenario)> = all.map(|(number, (_, scenario))| (number, scenario)).collect();
        if scenarios.is_empty() {
            continue;
        }
        match ask(binary, &ground, &scenarios) {
            Ok(score) => scores.push(score),
            Err(error) => {
                println!("{label}: {error}\n0 passed, 1 failed, 0 skipped");
                return 1;
            }
        }
    }
    let (passed, failed) = matrix::summary(&scores);
    println!("{passed} passed, {failed} failed, 0 skipped");
    i32::from(failed > 0)
}

/// How often a wrong row is asked again: Docker's first retry counts as a failure, and a busy machine can cause one.
const ASKED_AGAIN: usize = 2;

/// As one case of the lab: every scenario on a machine that is booted already.
pub fn case(bench: &mut Bench, store: Store) -> Result<(), String> {
    let ground = Ground { spec: bench.machine.spec, store };
    let all = table::all().enumerate().map(|(number, (_, scenario))| (number, scenario));
    let mut scenarios: Vec<(usize, &Scenario)> = all.filter(|(_, scenario)| (scenario.on)(&ground)).collect();
    let mut news = run(bench, &ground, &scenarios)?.news();
    for _ in 0..ASKED_AGAIN {
        scenarios.retain(|(_, scenario)| news.contains(&scenario.name));
        if !scenarios.is_empty() {
            news = run(bench, &ground, &scenarios)?.news();
        }
    }
    if news.is_empty() { Ok(()) } else { Err(format!("not as foretold: {}", news.join(", "))) }
}

fn ask(binary: &Path, ground: &Ground, scenarios: &[(usize, &'static Scenario)]) -> Result<Score, String> {
    let mut bench = Bench::new(Machine::boot(ground.spec)?, binary)?;
    run(&mut bench, ground, scenarios)
}

fn run(bench: &mut Bench, ground: &Ground, scenarios: &[(usize, &'static Scenario)]) -> Result<Score, String> {
    host::found(bench, ground)?;
    let mut score = Score::new(ground);
    for (number, scenario) in scenarios {
        let port = FIRST_PORT + PORTS_EACH * u16::try_from(*number).unwrap_or_default();
        let started = Instant::now();
        let row = one(bench, ground, scenario, port);
        let restored = host::restore(bench, scenario);
        score.add(scenario, row, started.elapsed());
        restored.map_err(|error| format!("after {}: {error}", scenario.name))?;
    }
    score.print();
    Ok(score)
}

fn one(bench: &mut Bench, ground: &Ground, scenario: &Scenario, port: u16) -> Result<Row, String> {
    let names = Names::new(scenario, bench.machine.registry_ip(), port);
    let site = served::open(&bench.machine, bench.binary(), scenario, &names)?;
    host::lay(bench, "/root", &site.files)?;
    site.copy_data(&bench.machine.path("/root/data"))?;
    let _peers = host::prepare(bench, ground, scenario, &names)?;
    Ok(judge::compare(bench, scenario, &names))
}
