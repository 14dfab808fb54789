//! Many at once: other regdoctors, and an editor that saves at the worst moment.

use std::time::Duration;

use serde_json::Value;

use crate::bench::{Bench, holds};

const JSON: &str = "/etc/docker/daemon.json";
const LONG: Duration = Duration::from_secs(400);

/// Fifty registries are trusted at the same time, and taken back one by one.
pub fn fifty_at_once(bench: &mut Bench) -> Result<(), String> {
    bench.must("mkdir -p /etc/docker /root/said")?;
    bench.write(JSON, "{\n  \"debug\": false\n}\n")?;
    bench.must("kill -HUP $(cat /run/docker.pid)")?;
    let before = bench.tree()?;
    let script = "for i in $(seq 50); do (regdoctor trust r$i.lab:5000 --insecure --force --yes > /root/said/$i 2>&1; \
                  echo status $? >> /root/said/$i) & done; wait; tail -qn1 /root/said/* | sort | uniq -c";
    let ran = bench.machine.run_limited("root", script, LONG);
    if ran.stdout.trim() != "50 status 0" {
        let said = bench.must("grep -L 'status 0' /root/said/* | head -n 2 | xargs cat")?.stdout;
        return Err(format!("{}{said}", ran.stdout));
    }
    bench.must(&format!("dockerd --validate --config-file {JSON}"))?;
    let (text, info) = (bench.must(&format!("cat {JSON}"))?.stdout, bench.machine.docker_get("/info")?);
    for number in 1..=50 {
        holds(&text, &[&format!("\"r{number}.lab:5000\"")])?;
        holds(&info, &[&format!("\"r{number}.lab:5000\"")])?;
    }
    let history: Value =
        serde_json::from_str(&bench.expect(0, "history --format json")?.stdout).map_err(|error| error.to_string())?;
    let changes = history.get("changes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let numbers: Vec<u64> = changes.iter().filter_map(|one| one["number"].as_u64()).collect();
    if numbers != (1..=50).collect::<Vec<u64>>() || !changes.iter().all(|one| one["result"] == "done") {
        return Err(format!("the history is {history}"));
    }
    let ran = bench.machine.run_limited("root", "for i in $(seq 50); do regdoctor undo --yes || exit 1; done", LONG);
    if !ran.ok() {
        return Err(format!("undo failed:\n{}", ran.stderr));
    }
    bench.same_tree(&before)
}

/// Whatever regdoctor is doing when the file is saved: what was saved is there afterwards.
pub fn editor_in_between(bench: &mut Bench) -> Result<(), String> {
    bench.must("mkdir -p /etc/docker")?;
    let by_rename = format!("sed 's/false/true/' {JSON} > {JSON}.ed && mv {JSON}.ed {JSON}");
    let in_place = format!("text=$(sed 's/false/true/' {JSON}) && printf '%s\\n' \"$text\" > {JSON}");
    // The calls that make the record and the new file last, that exchange the names, and that throw the old file away.
    let moments =
        ["fsync:1", "fsync:2", "fsync:3", "renameat2:2", "fsync:4", "unlinkat:3", "renameat2:3", "renameat2:4"];
    let (mut refused, mut merged) = (0, 0);
    for (moment, editor) in moments.iter().flat_map(|moment| [(moment, &by_rename), (moment, &in_place)]) {
        bench.write(JSON, "{\n  \"debug\": false,\n  \"insecure-registries\": []\n}\n")?;
        bench.must("rm -rf /var/lib/regdoctor; kill -HUP $(cat /run/docker.pid); regdoctor list >/dev/null")?;
        let (name, number) = moment.split_once(':').unwrap_or_default();
        let paths = "-P /etc/docker -P /etc/docker/.regdoctor-new -P /var/lib/regdoctor/journal \
                     -P /var/lib/regdoctor/journal/.regdoctor-new";
        // The editor saves while that call is held up for a second and a half.
        let script = format!(
            "strace -qq -o /root/log {paths} -e trace={name} -e inject={name}:delay_enter=1500000:when={number} \
             regdoctor trust new.lab:5000 --insecure --force --yes > /root/said 2>&1 & pid=$!; \
             while kill -0 $pid && ! ls -A /var/lib/regdoctor/journal | grep -q .; do sleep 0.02; done 2>/dev/null; \
             sleep 0.4; {editor}; wait $pid; echo status $?; cat /root/said"
        );
        let ran = bench.must(&script)?;
        let text = bench.must(&format!("cat {JSON}"))?.stdout;
        if !text.contains("true") {
            return Err(format!("at {moment} `{editor}` was lost:\n{text}\n{}", ran.stdout));
        }
        bench.must(&format!("dockerd --validate --config-file {JSON}"))?;
        match ran.stdout.lines().next() {
            Some("status 0") => merged += 1,
            Some("status 1" | "status 3") if !text.contains("new.lab") => refused += 1,
            other => return Err(format!("at {moment} it ended with {other:?}:\n{text}\n{}", ran.stdout)),
        }
    }
    println!(
        "    an editor saved at {} moments: refused {refused} times, kept beside the change {merged} times",
        refused + merged
    );
    Ok(())
}
