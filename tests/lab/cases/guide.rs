//! The README's guide, typed: each `$` line of it runs, in order, and what it prints is what the README shows.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::bench::Bench;
use crate::machine::Machine;
use crate::specs::DEPLOYED;

const HEADING: &str = "## From nothing to a push";
const PASSWORD: &str = "correct horse";

/// A command, and the lines below it.
struct Typed {
    command: String,
    shown: Vec<String>,
}

/// One machine is the server and its own client: its name leads to its address, which is not loopback.
pub fn typed(bench: &mut Bench) -> Result<(), String> {
    let machine = Machine::boot(&DEPLOYED)?;
    let mut bench = Bench::new(machine, bench.binary())?;
    bench.image()?;
    bench.must(&format!(
        "systemctl disable --now nginx caddy docker-registry 2>/dev/null; docker tag lab-busybox:1 busybox:latest; \
         echo \"$(hostname -I | cut -d' ' -f1) registry.lan\" >> /etc/hosts; echo {PASSWORD} > /root/password; sleep 5.2"
    ))?;
    let (mut differences, mut transcript) = (Vec::new(), Vec::new());
    for typed in guide()? {
        // Root already; and sudo does not look where the lab has the program.
        let command = typed.command.replace("sudo regdoctor", "regdoctor");
        let ran = bench.run(&format!("cd /root; {command} 2>&1"));
        transcript.push(format!("    $ {}\n{}", typed.command, indented(&ran.stdout)));
        let may_fail = typed.shown.iter().any(|line| line.contains('✗'));
        if ran.ok() == may_fail {
            differences.push(format!("{}: status {}", typed.command, ran.status));
        }
        let (shown, real) = (typed.shown.iter().map(|line| plain(line)).collect::<Vec<_>>(), plain(&ran.stdout));
        let mut rest = real.lines();
        for line in shown.iter().filter(|line| !line.trim().is_empty()) {
            if !rest.any(|one| one.trim() == line.trim()) {
                differences.push(format!("{}: does not print\n    {line}", typed.command));
                break;
            }
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nwhat is true:\n{}", differences.join("\n"), transcript.concat()))
}

/// The lines of the guide that begin with `$`, each with what stands below it. `…` alone on a line leaves lines out.
fn guide() -> Result<Vec<Typed>, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let section = text.split(HEADING).nth(1).and_then(|rest| rest.split("\n## ").next());
    let mut all: Vec<Typed> = Vec::new();
    for line in section.ok_or("the README has no guide")?.lines() {
        let Some(line) = line.strip_prefix("    ") else { continue };
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Typed { command: command.to_string(), shown: Vec::new() });
        } else if let Some(last) = all.last_mut().filter(|_| line.trim() != "…") {
            last.shown.push(line.to_string());
        }
    }
    if all.is_empty() { Err("the guide has no commands".into()) } else { Ok(all) }
}

/// What is another one each time looks the same.
fn plain(text: &str) -> String {
    let one = |pattern: &str, text: &str, word: &str| {
        Regex::new(pattern).map_or_else(|_| text.to_string(), |found| found.replace_all(text, word).into_owned())
    };
    let text = one(r"sha256:[0-9a-f]+…?", text, "sha256:HASH");
    let text = one(r"\b[0-9a-f]{8}\b", &text, "HASH");
    let text = one(r"\d{4}-\d\d-\d\d", &text, "DATE");
    let text = one(r"\d+(\.\d+){3}", &text, "ADDRESS");
    let text = one(r"\d+(\.\d+)? (ms|s|MiB/s)\b", &text, "TIME");
    one(r"/root/", &text, "")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
