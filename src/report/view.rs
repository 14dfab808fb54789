//! What a report holds, as data of its own: the public contract of `--format json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::sanitize::sanitize;
use crate::check::{self, Answered, Check};
use crate::engine::{Forecast, Unusable};
use crate::model::facts::{Daemon, Enclosure, EngineFacts, Facts};
use crate::model::finding::{Confidence, Finding, Outcome, Severity, Verdict};
use crate::model::trace::Trace;

/// Adding a field is free; anything else makes the next number.
pub const SCHEMA: &str = "regdoctor.report/1";

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    pub schema: &'static str,
    pub host: Host,
    /// The answers about the host, in the order of the questions.
    pub checks: Vec<Line>,
    pub registries: Vec<Registry>,
    pub summary: Summary,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Host {
    pub distro: String,
    pub init: &'static str,
    /// "container", "wsl2", "root": what this is inside of.
    pub enclosure: Option<String>,
    pub engines: Vec<Engine>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::struct_field_names, reason = "the names are the public contract")]
pub struct Engine {
    pub engine: &'static str,
    pub title: String,
    pub version: Option<String>,
    pub packaging: &'static str,
    pub running: bool,
    pub config_file: String,
}

/// One question with its answer.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line {
    pub check: &'static str,
    pub title: String,
    pub status: Status,
    /// What was seen, or why it was skipped.
    pub detail: String,
    /// How long the layer took; absent where nothing was waited for.
    pub duration_ms: Option<u64>,
    pub findings: Vec<FindingView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Warning,
    Failed,
    Skipped,
    /// The check itself failed: a fault of regdoctor.
    Broken,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[expect(clippy::struct_field_names, reason = "the names are the public contract")]
pub struct Registry {
    pub registry: String,
    pub repository: Option<String>,
    pub reference: Option<String>,
    pub checks: Vec<Line>,
    /// Every finding of its checks, the root cause first; before them, what keeps this person from the engine at all.
    pub findings: Vec<FindingView>,
    pub verdicts: BTreeMap<&'static str, VerdictView>,
    /// When the certificate that it showed ends, in seconds since 1970.
    pub certificate_not_after: Option<i64>,
    pub duration_ms: u64,
}

impl Registry {
    /// What everything else follows from: the first error that follows from no other.
    #[must_use]
    pub fn root(&self) -> Option<&FindingView> {
        self.findings.iter().find(|one| one.severity == Severity::Error && one.follows_from.is_none())
    }

    /// Whether every engine can pull and push, and nothing was found.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let fails = |verdict: &VerdictView| verdict.pull == Outcome::Fails || verdict.push == Outcome::Fails;
        self.findings.is_empty() && !self.verdicts.values().any(fails)
    }
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerdictView {
    pub title: String,
    pub pull: Outcome,
    pub push: Outcome,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingView {
    pub cause: &'static str,
    pub summary: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub subject: String,
    pub evidence: Vec<String>,
    pub leads_to: Option<String>,
    pub remedy: RemedyView,
    pub follows_from: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RemedyView {
    pub text: String,
    pub commands: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    pub problems: usize,
    pub warnings: usize,
    pub passed: usize,
    pub skipped: usize,
    pub broken: usize,
}

/// One registry with everything that was found out about it.
#[derive(Debug)]
pub struct Seen<'a> {
    pub trace: &'a Trace,
    pub answered: &'a [Answered],
    pub forecasts: &'a [Forecast],
}

/// Puts a report together.
#[must_use]
pub fn report(facts: &Facts, host: &[Answered], registries: &[Seen<'_>]) -> Report {
    let checks: Vec<Line> = host.iter().map(|one| line(one, None)).collect();
    let registries: Vec<Registry> = registries.iter().map(|seen| registry(seen, &checks)).collect();
    let summary = summary(checks.iter().chain(registries.iter().flat_map(|one| &one.checks)));
    Report { schema: SCHEMA, host: host_view(facts), checks, registries, summary }
}

fn host_view(facts: &Facts) -> Host {
    Host {
        distro: sanitize(&facts.distro.name),
        init: facts.init.name(),
        enclosure: facts.enclosure.as_ref().map(|enclosure| match enclosure {
            Enclosure::Container(_) => "container".into(),
            Enclosure::Wsl(version) => format!("wsl{version}"),
            Enclosure::Root => "root".into(),
        }),
        engines: facts.engines.iter().map(engine).collect(),
    }
}

fn engine(facts: &EngineFacts) -> Engine {
    Engine {
        engine: facts.engine,
        title: facts.title.to_string(),
        version: facts.version().map(|version| sanitize(&version.text)),
        packaging: facts.packaging.name(),
        running: matches!(facts.daemon, Daemon::Running(_)),
        config_file: facts.config.path.display().to_string(),
    }
}

/// Why this person's commands do not reach the engine at all: with any registry, nothing else matters before that.
fn in_the_way<'a>(forecasts: &[Forecast], host: &'a [Line]) -> impl Iterator<Item = &'a FindingView> {
    let unusable = forecasts.iter().filter_map(|forecast| forecast.unusable.as_ref());
    let causes: Vec<&str> = unusable.flat_map(causes_of).copied().collect();
    host.iter().flat_map(|line| &line.findings).filter(move |finding| causes.contains(&finding.cause))
}

/// The causes with which the questions about the host say the same.
fn causes_of(unusable: &Unusable) -> &'static [&'static str] {
    match unusable {
        Unusable::NotRunning => &["engine-not-running", "engine-not-installed"],
        Unusable::Denied => &["docker-socket-permission"],
        Unusable::Foreign(_) => &["engine-config-elsewhere"],
    }
}

fn registry(seen: &Seen<'_>, host: &[Line]) -> Registry {
    let trace = seen.trace;
    let checks: Vec<Line> = seen.answered.iter().map(|one| line(one, Some(trace))).collect();
    let mut findings: Vec<FindingView> = checks.iter().flat_map(|line| line.findings.iter().cloned()).collect();
    findings.sort_by_key(|finding| (finding.follows_from.is_some(), std::cmp::Reverse(finding.severity)));
    let findings: Vec<FindingView> = in_the_way(seen.forecasts, host).cloned().chain(findings).collect();
    let verdicts = seen.forecasts.iter().map(|forecast| {
        let view = VerdictView { title: forecast.title.clone(), pull: forecast.pull, push: forecast.push };
        (forecast.engine, view)
    });
    Registry {
        registry: trace.registry.to_string(),
        repository: trace.repository.clone(),
        reference: trace.reference.clone(),
        findings,
        verdicts: verdicts.collect(),
        certificate_not_after: check::certificate_ends(trace),
        checks,
        duration_ms: trace.took_ms,
    }
}

fn line(answered: &Answered, trace: Option<&Trace>) -> Line {
    let check = answered.check;
    let (title, status, detail, findings) = match &answered.verdict {
        Verdict::Passed(detail) => (check.passed, Status::Passed, detail.clone(), Vec::new()),
        Verdict::Skipped(why) => (check.topic, Status::Skipped, why.clone(), Vec::new()),
        Verdict::Broken(why) => (check.topic, Status::Broken, why.clone(), Vec::new()),
        Verdict::NotApplicable => (check.topic, Status::Skipped, String::new(), Vec::new()),
        Verdict::Found(findings) => found(check, findings),
    };
    let duration_ms = trace.and_then(|trace| duration(check.id, trace));
    Line { check: check.id, title: title.to_string(), status, detail: sanitize(&detail), duration_ms, findings }
}

/// What only follows from another cause is no fault of its own: a line of nothing else is one that was passed over.
fn found<'a>(check: &'a Check, findings: &'a [Finding]) -> (&'a str, Status, String, Vec<FindingView>) {
    let views = findings.iter().map(finding_view).collect();
    let mut roots = findings.iter().filter(|finding| finding.follows_from.is_none()).peekable();
    let Some(first) = roots.peek() else {
        let from = findings.first().and_then(|finding| finding.follows_from).unwrap_or_default();
        return (check.topic, Status::Skipped, format!("follows from {from}"), views);
    };
    let title = first.cause.summary;
    let failed = roots.any(|finding| finding.severity == Severity::Error);
    (title, if failed { Status::Failed } else { Status::Warning }, String::new(), views)
}

/// The layer that a question about a registry waited for.
fn duration(check: &str, trace: &Trace) -> Option<u64> {
    match check {
        "name" => trace.dns.took_ms(),
        "port" => trace.tcp.took_ms(),
        "tls" => trace.tls.took_ms(),
        "registry" => trace.http.took_ms(),
        "sign-in" => trace.auth.took_ms(),
        "repository" => trace.manifest.took_ms(),
        _ => None,
    }
}

fn finding_view(finding: &Finding) -> FindingView {
    FindingView {
        cause: finding.cause.slug,
        summary: finding.cause.summary,
        severity: finding.severity,
        confidence: finding.confidence,
        subject: sanitize(&finding.subject),
        evidence: finding.evidence.iter().map(|text| sanitize(text)).collect(),
        leads_to: finding.consequence.as_deref().map(sanitize),
        remedy: RemedyView { text: sanitize(&finding.remedy.text), commands: finding.remedy.commands.clone() },
        follows_from: finding.follows_from,
    }
}

fn summary<'a>(lines: impl Iterator<Item = &'a Line>) -> Summary {
    let mut summary = Summary::default();
    for line in lines {
        match line.status {
            Status::Passed => summary.passed += 1,
            Status::Skipped => summary.skipped += 1,
            Status::Broken => summary.broken += 1,
            Status::Warning | Status::Failed => {
                let roots = line.findings.iter().filter(|finding| finding.follows_from.is_none());
                let (errors, others): (Vec<_>, Vec<_>) = roots.partition(|one| one.severity == Severity::Error);
                summary.problems += errors.len();
                summary.warnings += others.len();
            }
        }
    }
    summary
}
