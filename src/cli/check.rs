//! `regdoctor check`: is this host sound, and what would each engine do with this registry.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arguments::{CheckOptions, FailOn, ReportFormat};
use super::failure::{Failure, Kind};
use super::look::{Viewpoint, look_now};
use super::many::{self, Vantage};
use super::screen::{self, Screen};
use super::{Ended, machine, prove};
use crate::check::{self, Answered, Meeting};
use crate::engine::{self, Forecast};
use crate::facts;
use crate::host::{self, Host, Recorded};
use crate::model::entry_point::{self, Pasted};
use crate::model::facts::Facts;
use crate::model::observations::Observations;
use crate::model::trace::Trace;
use crate::probe::{self, Limits, Target};
use crate::report::{self, Report, Seen};

/// What `--save` writes.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    schema: String,
    /// It was a folder that stands for a machine: an engine may come later, and nothing ran.
    #[serde(default)]
    folder: bool,
    host: Observations,
    traces: Vec<Trace>,
}

const SAVED: &str = "regdoctor.saved/1";

pub fn run(options: &CheckOptions, screen: &Screen) -> Result<Ended, Failure> {
    let pasted = references(options)?;
    for dropped in pasted.iter().flat_map(|pasted| &pasted.dropped) {
        screen.say(&format!("left out `{dropped}`: not part of an entry point"));
    }
    if options.push {
        has_repositories(&pasted)?;
    }
    let looked = observe(options, &pasted)?;
    let facts = &looked.facts;
    if let Some(path) = &options.save {
        save(path, &looked)?;
        screen.say(&format!("wrote {} without passwords and keys", path.display()));
    }
    let with_host = pasted.is_empty() || options.from.is_some();
    let report = judge(facts, &looked.traces, if with_host { OfHost::Everything } else { OfHost::Faults });
    print(&report, options, screen)?;
    let mut proved = true;
    for one in pasted.iter().filter(|_| options.via.is_some()) {
        if let Some(repository) = one.repository.as_deref() {
            proved &= by_docker(one, repository, facts.now, screen)?;
        }
    }
    Ok(if proved { ended(&report, options.fail_on) } else { Ended::WithProblems })
}

fn print(report: &Report, options: &CheckOptions, screen: &Screen) -> Result<(), Failure> {
    if options.output.is_some() {
        screen.plain();
    }
    let text = match options.format {
        ReportFormat::Human => report::human(report, screen.style()),
        ReportFormat::Json => report::json(report),
        ReportFormat::Prometheus => report::prometheus(report),
    };
    let Some(path) = &options.output else {
        screen.answer(&text);
        return Ok(());
    };
    let hint = "--output takes a file in a folder that is there and may be written";
    machine::replace_text(path, &text).map_err(|failure| failure.hint(hint))
}

/// A push goes somewhere: asked before anything runs.
fn has_repositories(pasted: &[Pasted]) -> Result<(), Failure> {
    let without = |one: &&Pasted| one.repository.is_none();
    let problem = match pasted.iter().find(without) {
        Some(one) => format!("--push needs a repository, and `{}` names none", one.entry_point),
        None if pasted.is_empty() => "--push needs a registry and a repository".to_string(),
        None => return Ok(()),
    };
    let registry = pasted.iter().find(without).map_or("HOST:PORT".to_string(), |one| one.entry_point.to_string());
    Err(Failure::new(Kind::Usage, problem).hint(format!("regdoctor check {registry}/REPOSITORY --push")))
}

/// Docker's own push and pull; whether they worked.
fn by_docker(pasted: &Pasted, repository: &str, now: i64, screen: &Screen) -> Result<bool, Failure> {
    let registry = pasted.entry_point.to_string();
    let host = machine::live(None)?;
    let proved = prove::prove_in(&host, (&registry, repository), now, &|line| screen.say(line));
    if let Err(why) = &proved {
        screen.warning(&format!("Docker itself could not: {why}"));
    }
    Ok(proved.is_ok())
}

/// The registries that were typed, then those of the list, each as often as it was given.
fn references(options: &CheckOptions) -> Result<Vec<Pasted>, Failure> {
    let typed = options.registries.iter().map(|text| entry_point::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let Some(path) = &options.file else { return Ok(typed) };
    let text = if path.as_os_str() == "-" { screen::standard_input() } else { machine::read_text(path)? };
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, without_comment(line)));
    let listed = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| {
        let unusable = |error: entry_point::EntryPointError| {
            Failure::file("use", path, format!("line {number}: {error}"))
                .hint("one registry a line, like registry.lan:5000 or registry.lan:5000/team/app:tag")
        };
        entry_point::parse(line).map_err(unusable)
    });
    let listed = listed.collect::<Result<Vec<_>, _>>()?;
    if listed.is_empty() && typed.is_empty() {
        return Err(Failure::file("use", path, "it names no registry").hint("one registry a line"));
    }
    Ok([typed, listed].concat())
}

/// No reference has a `#` in it.
fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

/// One registry and this host, for a command that needs only the report.
pub fn of_one(pasted: &Pasted, timeout: u64) -> Result<Report, Failure> {
    let host = machine::live(None)?;
    let (seen, facts) = machine::look(&host);
    let limit = Duration::from_secs(timeout);
    let trace = look_now(Viewpoint { host: &host, seen: &seen, facts: &facts, limit, push: false }, pasted);
    Ok(judge(&facts, &[trace], OfHost::Faults))
}

/// All that was seen, and what is known of the host from it.
struct Looked {
    seen: Observations,
    facts: Facts,
    traces: Vec<Trace>,
    /// A folder that stands for a machine.
    folder: bool,
}

impl Looked {
    fn of(seen: Observations, traces: Vec<Trace>, folder: bool) -> Self {
        Self { facts: facts::derive(&seen, folder), seen, traces, folder }
    }
}

/// The host first: it decides how its engine goes to the registries.
fn observe(options: &CheckOptions, pasted: &[Pasted]) -> Result<Looked, Failure> {
    if let Some(path) = &options.from {
        return replay(path);
    }
    let host = machine::live(options.root.as_deref())?;
    let (seen, facts) = machine::look(&host);
    let folder = host.is_folder();
    let limit = Duration::from_secs(options.timeout);
    let push = options.push && options.via.is_none();
    let vantage = Arc::new(Vantage { host, seen, facts, limit, push });
    let traces = many::look_at_all(&vantage, pasted, options.jobs.into());
    Ok(Looked { seen: vantage.seen.clone(), facts: vantage.facts.clone(), traces, folder })
}

/// One registry, seen as an insecure one would be: https first, then plain http.
pub fn look_at(pasted: &Pasted, limit: Duration) -> Trace {
    let target = Target {
        repository: pasted.repository.clone(),
        reference: pasted.reference.clone(),
        accept_plain_http: true,
        ..Target::new(pasted.entry_point.clone())
    };
    probe::trace(&target, &Limits { total: limit, ..Limits::default() })
}

fn replay(path: &std::path::Path) -> Result<Looked, Failure> {
    if path.is_dir() {
        let recorded = Recorded::folder(path)?;
        return Ok(Looked::of(host::observe(&recorded, &facts::asks), Vec::new(), false));
    }
    let hint = "`regdoctor check --save FILE` writes such a file";
    let text = machine::read_text(path).map_err(|failure| failure.hint(hint))?;
    let saved: Saved =
        serde_json::from_str(&text).map_err(|error| Failure::file("use", path, error.to_string()).hint(hint))?;
    if saved.schema != SAVED {
        let reason = format!("its schema is {}, and this regdoctor reads {SAVED}", saved.schema);
        return Err(Failure::file("use", path, reason).hint("use the regdoctor that wrote it"));
    }
    Ok(Looked::of(saved.host, saved.traces, saved.folder))
}

fn save(path: &std::path::Path, looked: &Looked) -> Result<(), Failure> {
    let Looked { seen, traces, folder, .. } = looked;
    let saved = Saved { schema: SAVED.into(), folder: *folder, host: seen.redacted(), traces: traces.clone() };
    let text = serde_json::to_string_pretty(&saved).map_err(|error| Failure::file("write", path, error.to_string()))?;
    machine::write_text(path, &format!("{text}\n"))
        .map_err(|failure| failure.hint("--save takes a file in a folder that is there and may be written"))
}

/// What a report says of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfHost {
    Everything,
    /// With a registry, only what is wrong with the host is worth a line.
    Faults,
    /// For who goes to a registry without the engine that is here.
    Nothing,
}

/// The questions about the host, and all about each registry as each engine would meet it.
pub fn judge(facts: &Facts, traces: &[Trace], of_host: OfHost) -> Report {
    let host = match of_host {
        OfHost::Everything => check::diagnose_host(facts),
        OfHost::Faults => faults_only(check::diagnose_host(facts)),
        OfHost::Nothing => Vec::new(),
    };
    let met: Vec<(&Trace, Vec<Answered>, Vec<Forecast>)> = traces.iter().map(|trace| meet(facts, trace)).collect();
    let seen: Vec<Seen<'_>> =
        met.iter().map(|(trace, answered, forecasts)| Seen { trace, answered, forecasts }).collect();
    report::report(facts, &host, &seen)
}

fn faults_only(all: Vec<Answered>) -> Vec<Answered> {
    use crate::model::finding::Verdict;
    all.into_iter().filter(|one| matches!(one.verdict, Verdict::Found(_) | Verdict::Broken(_))).collect()
}

fn meet<'t>(facts: &Facts, trace: &'t Trace) -> (&'t Trace, Vec<Answered>, Vec<Forecast>) {
    let forecasts: Vec<Forecast> =
        facts.engines.iter().filter_map(|one| Some(engine::named(one.engine)?.foresee(facts, one, trace))).collect();
    let meeting = Meeting { facts, engine: facts.engines.first(), trace, forecast: forecasts.first() };
    let answered = check::diagnose_registry(&meeting);
    (trace, answered, forecasts)
}

fn ended(report: &Report, fail_on: FailOn) -> Ended {
    let summary = &report.summary;
    let bad = match fail_on {
        FailOn::Never => false,
        FailOn::Error => summary.problems > 0,
        FailOn::Warning => summary.problems + summary.warnings > 0,
    };
    if bad { Ended::WithProblems } else { Ended::Well }
}
