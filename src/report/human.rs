//! The report for people: one line a question, the most important line last.

use std::fmt::Write as _;

use colored::Colorize;

use super::sanitize::ascii;
use super::view::{FindingView, Line, Registry, Report, Status, VerdictView};
use super::wrap::{self, columns};
use crate::model::finding::Outcome;

/// How to draw, decided once in `cli`.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The terminal shows UTF-8.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Also the evidence of what passed.
    pub verbose: bool,
}

/// Where the second column begins.
const SECOND: usize = 39;

/// The report as text. Colour is decided by the caller through `colored`'s switch; it never carries meaning alone.
#[must_use]
pub fn render(report: &Report, style: Style) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", headline(report, style).bold());
    if !report.checks.is_empty() {
        let _ = writeln!(text, "This host");
        draw_all(&mut text, &report.checks, style);
    }
    let one_line = report.registries.len() > 1 && !style.verbose;
    for registry in &report.registries {
        if one_line && registry.is_well() {
            draw_well(&mut text, registry, style);
        } else {
            draw_registry(&mut text, registry, style);
        }
    }
    let _ = writeln!(text, "{}", last_line(report));
    if style.unicode { text } else { ascii(&text) }
}

fn headline(report: &Report, style: Style) -> String {
    let dot = if style.unicode { " · " } else { " - " };
    let host = &report.host;
    let mut parts = vec![host.distro.clone()];
    match host.enclosure.as_deref() {
        Some("root") => parts.push("a folder, not a machine".into()),
        other => {
            parts.push(host.init.to_string());
            parts.extend(other.map(str::to_string));
        }
    }
    match host.engines.first() {
        Some(engine) => {
            let mut words = vec![engine.title.clone()];
            words.extend(engine.version.clone());
            words.extend(Some(format!("({})", engine.packaging)).filter(|_| engine.packaging != UNKNOWN));
            parts.push(words.join(" "));
        }
        None => parts.push("no container engine".into()),
    }
    parts.join(dot)
}

/// A packaging that is not worth its place.
const UNKNOWN: &str = "unknown packaging";

/// One of many, about which there is nothing to say.
fn draw_well(text: &mut String, registry: &Registry, style: Style) {
    let verdicts: Vec<String> = registry.verdicts.values().map(verdict_line).collect();
    let right = if verdicts.is_empty() { "nothing wrong is seen from here".into() } else { verdicts.join("; ") };
    two_columns(text, (&full_name(registry), Status::Passed), &right, style);
}

/// With repository and tag, as it would be typed.
fn full_name(registry: &Registry) -> String {
    match (&registry.repository, &registry.reference) {
        (Some(repository), Some(reference)) => {
            let joint = if reference.contains(':') { "@" } else { ":" };
            format!("{}/{repository}{joint}{reference}", registry.registry)
        }
        (Some(repository), None) => format!("{}/{repository}", registry.registry),
        _ => registry.registry.clone(),
    }
}

fn draw_registry(text: &mut String, registry: &Registry, style: Style) {
    let _ = writeln!(text, "{}", full_name(registry));
    draw_all(text, &registry.checks, style);
    for verdict in registry.verdicts.values() {
        let line = verdict_line(verdict);
        let coloured = match (verdict.pull, verdict.push) {
            (Outcome::Works, Outcome::Works) => line.green(),
            (Outcome::Unknown, _) | (_, Outcome::Unknown) => line.normal(),
            _ => line.red(),
        };
        let _ = writeln!(text, "  {}", coloured.bold());
    }
}

fn verdict_line(verdict: &VerdictView) -> String {
    format!("{}: pull {}, push {}", verdict.title, word(verdict.pull), word(verdict.push))
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Works => "works",
        Outcome::Fails => "fails",
        Outcome::Unknown => "cannot be told",
    }
}

/// A reason that holds for several questions in a row is said once.
fn draw_all(text: &mut String, lines: &[Line], style: Style) {
    let same = |one: &Line, next: &Line| {
        (one.status, next.status) == (Status::Skipped, Status::Skipped) && one.detail == next.detail
    };
    for run in lines.chunk_by(same) {
        match run {
            [one] => draw(text, one, style),
            several => draw_skipped(text, several, style),
        }
    }
}

fn draw_skipped(text: &mut String, lines: &[Line], style: Style) {
    let topics: Vec<&str> = lines.iter().map(|line| line.title.as_str()).collect();
    let why = lines.first().map_or("", |line| line.detail.as_str());
    let first = format!("  {} ", symbol(Status::Skipped, style));
    let next = " ".repeat(columns(&first));
    let mut whole = String::new();
    wrap::wrap(&mut whole, &format!("{}: skipped, {why}", topics.join(", ")), (&first, &next), style.width);
    for line in whole.lines() {
        let _ = writeln!(text, "{}", paint(line, Status::Skipped));
    }
}

fn draw(text: &mut String, line: &Line, style: Style) {
    let right = match line.status {
        Status::Skipped => format!("skipped: {}", line.detail),
        Status::Broken => format!("{}; please report this", line.detail),
        Status::Passed => line.detail.clone(),
        Status::Warning | Status::Failed => {
            roots(line).next().map(|finding| finding.cause.to_string()).unwrap_or_default()
        }
    };
    two_columns(text, (&line.title, line.status), &right, style);
    for (number, finding) in roots(line).enumerate() {
        if number > 0 {
            two_columns(text, (finding.summary, line.status), finding.cause, style);
        }
        details(text, finding, style);
    }
}

/// A sign and a sentence, and what belongs to it on the right, broken below itself where it is long.
fn two_columns(text: &mut String, (left, status): (&str, Status), right: &str, style: Style) {
    let left = format!("  {} {left}", symbol(status, style));
    let padding = " ".repeat(SECOND.saturating_sub(columns(&left)).max(2));
    let room = " ".repeat(columns(&left) + columns(&padding));
    // A path that is too long for the column is not helped by a line of its own.
    let fits = right.split(' ').all(|word| columns(word) + SECOND <= style.width);
    let width = if fits { style.width } else { usize::MAX };
    let mut whole = String::new();
    wrap::wrap(&mut whole, right, (&room, &" ".repeat(SECOND)), width);
    let (first, rest) = whole.split_once('\n').unwrap_or((&whole, ""));
    let first = format!("{}{padding}{}", paint(&left, status), first.trim_start());
    let _ = write!(text, "{}\n{rest}", first.trim_end());
}

/// What follows from no other finding.
fn roots(line: &Line) -> impl Iterator<Item = &FindingView> {
    line.findings.iter().filter(|finding| finding.follows_from.is_none())
}

/// What was seen, what it leads to, and the way out.
fn details(text: &mut String, finding: &FindingView, style: Style) {
    for sentence in finding.evidence.iter().chain(finding.leads_to.as_ref()) {
        wrap(text, sentence, style.width);
    }
    if !finding.remedy.text.is_empty() {
        wrap(text, &finding.remedy.text, style.width);
    }
    for command in &finding.remedy.commands {
        let _ = writeln!(text, "      fix: {}", command.bold());
    }
}

/// Six spaces in.
pub fn wrap(text: &mut String, sentence: &str, width: usize) {
    wrap::wrap(text, sentence, ("      ", "      "), width);
}

fn symbol(status: Status, style: Style) -> &'static str {
    match (status, style.unicode) {
        (Status::Passed, true) => "✓",
        (Status::Passed, false) => "ok  ",
        (Status::Warning, true) => "!",
        (Status::Warning, false) => "warn",
        (Status::Failed | Status::Broken, true) => "✗",
        (Status::Failed | Status::Broken, false) => "FAIL",
        (Status::Skipped, true) => "-",
        (Status::Skipped, false) => "skip",
    }
}

fn paint(text: &str, status: Status) -> String {
    match status {
        Status::Passed => text.green().to_string(),
        Status::Warning => text.yellow().to_string(),
        Status::Failed | Status::Broken => text.red().to_string(),
        Status::Skipped => text.dimmed().to_string(),
    }
}

fn last_line(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = Vec::new();
    let mut part = |count: usize, one: &str, many: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    part(summary.problems, "problem", "problems");
    part(summary.warnings, "warning", "warnings");
    part(summary.passed, "passed", "passed");
    part(summary.skipped, "skipped", "skipped");
    part(summary.broken, "broken check", "broken checks");
    let lines = report.checks.iter().chain(report.registries.iter().flat_map(|one| &one.checks));
    let mut findings: Vec<&FindingView> = lines.flat_map(roots).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let more =
        findings.first().map(|finding| format!(" More: regdoctor explain {}", finding.cause)).unwrap_or_default();
    let of = match report.registries.len() {
        0 | 1 => String::new(),
        count => {
            let well = report.registries.iter().filter(|one| one.is_well()).count();
            format!("{count} registries, {well} without a fault: ")
        }
    };
    format!("{of}{}.{more}", if parts.is_empty() { "Nothing to check".to_string() } else { parts.join(", ") })
}
