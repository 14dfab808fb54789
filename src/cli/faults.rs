//! `--list-faults`: the vocabulary of the test registry, for people and for machines.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::registry::{KINDS, Kind, LIMITS};
use crate::report::{Style, wrap};

/// One paragraph a fault: its name and layer, what it does, its parameters with what they are if nothing is said.
pub fn human(style: Style) -> String {
    let mut text = String::new();
    for kind in kinds() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<36} {}", kind.name, kind.layer().name());
        wrap(&mut text, kind.summary, style.width);
        let parameters = kind.parameters();
        if !parameters.is_empty() {
            let shown: Vec<String> = parameters.iter().map(|(key, default)| format!("{key}={default}")).collect();
            wrap(&mut text, &shown.join("  "), style.width);
        }
    }
    text.push_str("\nEach takes limits as well, where they make sense:\n");
    for (key, meaning) in LIMITS {
        let _ = writeln!(text, "  {key:<8} {meaning}");
    }
    text.push_str("\n  --fault rate-limited:path=/v2/*/manifests/*,first=3,retry-after=5\n");
    text
}

/// One object, `regdoctor.faults/1`.
pub fn json() -> String {
    let faults: Vec<Value> = kinds()
        .map(|kind| {
            let parameters: Map<String, Value> =
                kind.parameters().into_iter().map(|(key, default)| (key.to_string(), default.into())).collect();
            json!({
                "name": kind.name,
                "layer": kind.layer().name(),
                "summary": kind.summary,
                "parameters": parameters,
            })
        })
        .collect();
    let limits: Map<String, Value> =
        LIMITS.iter().map(|(key, meaning)| ((*key).to_string(), (*meaning).into())).collect();
    format!("{:#}\n", json!({ "schema": "regdoctor.faults/1", "faults": faults, "limits": limits }))
}

fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().flatten()
}
