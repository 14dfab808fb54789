//! The report as Prometheus text, for the textfile folder of node_exporter.

use std::fmt::Write as _;

use super::view::{FindingView, Registry, Report};
use crate::model::finding::{Outcome, Severity};

/// One gauge, with every line that it has.
struct Gauge {
    name: &'static str,
    help: &'static str,
    lines: Vec<String>,
}

/// The report as text exposition format 0.0.4: a gauge without a line is left out.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for gauge in [works(report), findings(report), expiry(report), durations(report)] {
        if gauge.lines.is_empty() {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} gauge", gauge.name, gauge.help, gauge.name);
        for line in &gauge.lines {
            let _ = writeln!(text, "{}{line}", gauge.name);
        }
    }
    text
}

fn works(report: &Report) -> Gauge {
    let mut lines = Vec::new();
    for registry in &report.registries {
        let cause = registry.root().map_or("", |finding| finding.cause);
        for (engine, verdict) in &registry.verdicts {
            for (action, outcome) in [("pull", verdict.pull), ("push", verdict.push)] {
                let (value, cause) = match outcome {
                    Outcome::Works => ("1", ""),
                    Outcome::Fails => ("0", cause),
                    Outcome::Unknown => ("NaN", cause),
                };
                let labels = [("registry", name(registry)), ("engine", engine), ("action", action), ("cause", cause)];
                lines.push(sample(&labels, value));
            }
        }
    }
    let help = "Whether the engine can do this with the registry: 1 it works, 0 it fails, NaN cannot be told.";
    Gauge { name: "regdoctor_works", help, lines }
}

fn findings(report: &Report) -> Gauge {
    let of_host = report.checks.iter().flat_map(|line| &line.findings).map(|finding| ("", finding));
    let of_registries =
        report.registries.iter().flat_map(|one| one.findings.iter().map(move |found| (name(one), found)));
    let line = |(registry, finding): (&str, &FindingView)| {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        sample(&[("registry", registry), ("cause", finding.cause), ("severity", severity)], "1")
    };
    let mut lines: Vec<String> = of_host.chain(of_registries).map(line).collect();
    // A sample may be there only once.
    lines.sort();
    lines.dedup();
    let help = "What was found, by root cause; without a registry it is about the host.";
    Gauge { name: "regdoctor_finding", help, lines }
}

fn expiry(report: &Report) -> Gauge {
    let line = |one: &Registry| Some(sample(&[("registry", name(one))], &one.certificate_not_after?.to_string()));
    let help = "When the registry's certificate ends, in seconds since 1970.";
    let lines = report.registries.iter().filter_map(line).collect();
    Gauge { name: "regdoctor_certificate_expiry_timestamp_seconds", help, lines }
}

fn durations(report: &Report) -> Gauge {
    let line = |one: &Registry| {
        let (seconds, rest) = (one.duration_ms / 1000, one.duration_ms % 1000);
        sample(&[("registry", name(one))], &format!("{seconds}.{rest:03}"))
    };
    let help = "How long all looking at the registry took.";
    let lines = report.registries.iter().map(line).collect();
    Gauge { name: "regdoctor_duration_seconds", help, lines }
}

fn name(registry: &Registry) -> &str {
    &registry.registry
}

fn sample(labels: &[(&str, &str)], value: &str) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}} {value}", labels.join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(sample(&[("registry", "a\"b\\c\nd"), ("cause", "")], "1"), r#"{registry="a\"b\\c\nd",cause=""} 1"#);
    }
}
