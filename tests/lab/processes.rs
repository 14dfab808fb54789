//! Finds processes through /proc: a machine's init among its keeper's descendants,
//! and a program inside a machine.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The first process of the machine's PID namespace, as this process sees it: two
/// namespaces below the keeper (its own, then the machine's) and number 1 there.
pub fn machine_init(keeper: i32) -> Option<i32> {
    let depth = numbers(keeper)?.len() + 2;
    let parents: HashMap<i32, i32> = running(Path::new("/proc"))
        .into_iter()
        .filter_map(|process| Some((process, field(process, "PPid:")?.parse().ok()?)))
        .collect();
    let below_keeper =
        |process: i32| std::iter::successors(Some(process), |at| parents.get(at).copied()).any(|at| at == keeper);
    parents.keys().copied().find(|&process| {
        numbers(process)
            .is_some_and(|numbers| numbers.len() == depth && numbers.last().is_some_and(|number| number == "1"))
            && below_keeper(process)
    })
}

/// Whether both have the same network; also when that cannot be seen.
pub fn share_network(one: i32, other: i32) -> bool {
    let network = |process: i32| fs::read_link(format!("/proc/{process}/ns/net")).ok();
    network(other).is_none_or(|other| network(one) == Some(other))
}

/// The oldest process of a name in a mounted /proc, by its number there.
pub fn find(proc: &Path, name: &str) -> Option<i32> {
    let mut found = running(proc);
    found.retain(|process| {
        fs::read_to_string(proc.join(process.to_string()).join("comm")).is_ok_and(|comm| comm.trim_end() == name)
    });
    found.into_iter().min()
}

fn running(proc: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir(proc) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Its number in each PID namespace, from this process's down to its own.
fn numbers(process: i32) -> Option<Vec<String>> {
    Some(field(process, "NSpid:")?.split_whitespace().map(str::to_owned).collect())
}

fn field(process: i32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}
