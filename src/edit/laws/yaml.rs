//! What a YAML document means, and where in it a change may touch.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use super::{Format, tree};
use crate::edit::Syntax;
use crate::edit::splice::Lines;
use crate::edit::yaml::{parse, places};
use crate::model::change::{Action, Change};

pub(super) const FORMAT: Format<Json> = Format {
    syntax: Syntax::Yaml,
    meaning: |text| Json::Object(parse(text).expect("valid")),
    changed: tree::changed,
    back: tree::back,
    same: |left, right| left == right,
    touched,
    // The line that says `[]` or `{}` where nothing is left, or gets a comma.
    slack: 1,
};

pub(super) const PATHS: [&[&str]; 5] = [
    &["mirrors", "reg:5000", "endpoint"],
    &["configs", "reg:5000", "tls", "insecure_skip_verify"],
    &["configs", "reg:5000"],
    &["mirrors"],
    &["x"],
];

fn touched(text: &str, change: &Change) -> Vec<RangeInclusive<usize>> {
    let lines = Lines::of(text);
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let spans = match &change.action {
        Action::Append(_) => Vec::new(),
        Action::RemoveEntry(entry) => places(text, &change.path, Some(entry)),
        Action::Set(_) | Action::Remove => places(text, &change.path, None),
    };
    spans.into_iter().map(|span| lines.line(span.start + mark)..=lines.line(span.end + mark)).collect()
}
