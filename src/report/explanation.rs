//! What a message can mean, for people and as the public contract of `explain --format json`.

use std::fmt::Write as _;

use colored::Colorize;
use serde::Serialize;

use super::human::Style;
use super::sanitize::{ascii, sanitize};
use super::view::Report;
use super::wrap::wrap;
use crate::check::message::{Reading, Suspect};
use crate::model::finding::{Cause, Severity, Sight};

/// Adding a field is free; anything else makes the next number.
pub const EXPLANATION: &str = "regdoctor.explain/1";

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Explanation {
    pub schema: &'static str,
    /// Something in the text is known.
    pub recognised: bool,
    /// The registry that the text is about.
    pub registry: Option<String>,
    /// The cause that a check of that registry found.
    pub settled: Option<&'static str>,
    /// Best first.
    pub causes: Vec<CauseView>,
    /// What to type next.
    pub next: Vec<String>,
    /// What `--check` saw.
    pub report: Option<Report>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CauseView {
    pub cause: &'static str,
    pub summary: &'static str,
    pub severity: Severity,
    pub seen_from: &'static [Sight],
    /// Between 0 and 1.
    pub confidence: f64,
    /// What would show that it is this one and no other.
    pub tell_apart: String,
    /// The words of the text that betray it.
    pub words: Vec<String>,
    /// The explanation page, when it was asked for by name.
    pub page: Option<&'static str>,
}

/// The page of one cause.
#[must_use]
pub fn of_cause(cause: &'static Cause) -> Explanation {
    let view = CauseView { page: Some(cause.page), ..cause_view(&certain(cause)) };
    Explanation { causes: vec![view], recognised: true, ..nothing() }
}

/// Every cause, without its page.
#[must_use]
pub fn of_all(causes: &[&'static Cause]) -> Explanation {
    let causes = causes.iter().map(|cause| cause_view(&certain(cause))).collect();
    Explanation { causes, recognised: true, ..nothing() }
}

/// What a text can mean; with a report, what of it is so.
#[must_use]
pub fn of_reading(reading: &Reading, report: Option<Report>) -> Explanation {
    let mut causes: Vec<CauseView> = reading.suspects.iter().map(cause_view).collect();
    if let Some(registry) = &reading.registry {
        for view in &mut causes {
            view.tell_apart = about(&view.tell_apart, registry);
        }
    }
    let settled = report.as_ref().and_then(root_cause);
    if let Some(found) = settled {
        if let Some(at) = causes.iter().position(|view| view.cause == found.slug) {
            let view = causes.remove(at);
            causes.insert(0, view);
        } else {
            causes.insert(0, cause_view(&certain(found)));
        }
        for view in &mut causes {
            view.confidence = if view.cause == found.slug { 1.0 } else { 0.0 };
        }
    }
    Explanation {
        recognised: !causes.is_empty(),
        registry: reading.registry.as_deref().map(sanitize),
        settled: settled.map(|cause| cause.slug),
        next: next(reading, report.is_some()),
        causes,
        report,
        ..nothing()
    }
}

fn nothing() -> Explanation {
    Explanation {
        schema: EXPLANATION,
        recognised: false,
        registry: None,
        settled: None,
        causes: Vec::new(),
        next: Vec::new(),
        report: None,
    }
}

fn certain(cause: &'static Cause) -> Suspect {
    Suspect { cause, confidence: 1.0, words: Vec::new() }
}

fn cause_view(suspect: &Suspect) -> CauseView {
    let cause = suspect.cause;
    CauseView {
        cause: cause.slug,
        summary: cause.summary,
        severity: cause.severity,
        seen_from: cause.seen_from,
        confidence: suspect.confidence,
        tell_apart: cause.tell_apart().to_string(),
        words: suspect.words.iter().map(|words| sanitize(words)).collect(),
        page: None,
    }
}

/// The sentence for this registry, so that its commands can be pasted.
fn about(sentence: &str, registry: &str) -> String {
    let parts = registry.rsplit_once(':').filter(|_| !registry.ends_with(']'));
    let (host, port) = parts.unwrap_or((registry, "443"));
    let whole = sentence.replace("HOST:PORT", registry).replace("//HOST", &format!("//{registry}"));
    whole.replace("HOST PORT", &format!("{host} {port}")).replace("HOST", host)
}

/// The first error of the registry, or of the host, that follows from no other.
fn root_cause(report: &Report) -> Option<&'static Cause> {
    let of_registries = report.registries.iter().flat_map(|one| &one.findings);
    let of_host = report.checks.iter().flat_map(|line| &line.findings);
    let mut roots =
        of_registries.chain(of_host).filter(|one| one.severity == Severity::Error && one.follows_from.is_none());
    let slug = roots.next()?.cause;
    crate::check::causes().into_iter().find(|cause| cause.slug == slug)
}

fn next(reading: &Reading, checked: bool) -> Vec<String> {
    let registry = reading.registry.as_deref().unwrap_or("HOST:PORT");
    let check = (!checked).then(|| format!("regdoctor check {registry}"));
    let page = reading.suspects.first().map(|suspect| format!("regdoctor explain {}", suspect.cause.slug));
    check.into_iter().chain(page).collect()
}

/// So many are shown with all that is known of them.
const SHOWN: usize = 4;
/// What is less likely is only named.
const LEAST: f64 = 0.03;

/// As text.
#[must_use]
pub fn render(explanation: &Explanation, style: Style) -> String {
    let mut text = String::new();
    if explanation.recognised {
        draw(&mut text, explanation, style);
    } else {
        text.push_str("Not recognised: no message that regdoctor knows is in this text.\n");
        text.push_str("The way to find out:\n");
        let registry = explanation.registry.as_deref().unwrap_or("HOST:PORT");
        for (what, how) in route(registry) {
            wrap(&mut text, &format!("{what}: {how}"), ("  ", "    "), style.width);
        }
    }
    if style.unicode { text } else { ascii(&text) }
}

/// What helps with any failure, in the order in which it costs least.
fn route(registry: &str) -> [(&'static str, String); 4] {
    [
        ("see what each layer says, from here", format!("regdoctor check {registry}")),
        ("the same request without Docker", format!("curl -v https://{registry}/v2/")),
        ("Docker's own words at that minute", "journalctl -u docker --since -5min".to_string()),
        ("a report for somebody else, without passwords", format!("regdoctor check {registry} --save report.json")),
    ]
}

fn draw(text: &mut String, explanation: &Explanation, style: Style) {
    // Writing to a String cannot fail.
    let _ = match explanation.settled {
        Some(slug) => writeln!(text, "The check found it: {}", slug.bold()),
        None if explanation.report.is_some() => {
            writeln!(text, "The check found no fault from here. What the message can mean, most likely first:")
        }
        None => writeln!(text, "What this can mean, most likely first:"),
    };
    let (shown, rest): (Vec<_>, Vec<_>) = explanation
        .causes
        .iter()
        .enumerate()
        .partition(|(index, view)| *index == 0 || *index < SHOWN && view.confidence >= LEAST);
    let settled = explanation.settled.is_some();
    for (_, view) in shown {
        let share = (view.confidence * 100.0).round();
        let share = if settled { String::new() } else { format!("  {share} %") };
        let _ = writeln!(text, "  {}{share}", view.cause.bold());
        wrap(text, view.summary, ("      ", "      "), style.width);
        if !view.words.is_empty() {
            wrap(text, &format!("by the words: {}", quoted(&view.words)), ("      ", "      "), style.width);
        }
        if !settled {
            wrap(text, &format!("it is this one if: {}", view.tell_apart), ("      ", "      "), style.width);
        }
    }
    let rest: Vec<&str> = rest.iter().take(SHOWN).map(|(_, view)| view.cause).collect();
    if !settled && !rest.is_empty() {
        wrap(text, &format!("less likely: {}", rest.join(", ")), ("  ", "    "), style.width);
    }
    for command in &explanation.next {
        let _ = writeln!(text, "next: {}", command.bold());
    }
}

/// At most three, so that the line stays one.
fn quoted(words: &[String]) -> String {
    words.iter().take(3).map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
