//! What daemon.json means, by serde_json, and where in it a change may touch.

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};

use super::{Format, tree};
use crate::edit::Syntax;
use crate::edit::json::{Setting, parse};
use crate::model::change::{Action, Change};

pub(super) const FORMAT: Format<Json> = Format {
    syntax: Syntax::Json,
    meaning,
    changed: tree::changed,
    back: tree::back,
    same: |left, right| left == right,
    touched,
    slack: 1,
};

pub(super) const PATHS: [&[&str]; 4] = [&["insecure-registries"], &["debug"], &["proxies", "no-proxy"], &["x"]];

fn meaning(text: &str) -> Json {
    let body = text.trim_start_matches('\u{feff}');
    let value = if body.trim().is_empty() { Json::Null } else { serde_json::from_str(body).expect("valid") };
    if value.is_null() { Json::Object(Map::new()) } else { value }
}

fn touched(text: &str, change: &Change) -> Vec<RangeInclusive<usize>> {
    let settings = parse(text).expect("valid").settings;
    let below = |at: usize| settings.get(at + 1).map_or(usize::MAX, |next| next.line).min(text.split('\n').count());
    let named = settings.iter().enumerate().filter(|(_, setting)| setting.key == change.path[0]);
    named.flat_map(|(at, setting)| within(setting, below(at), change)).collect()
}

/// The lines of a setting that a change may touch; `end` is its last.
fn within(setting: &Setting, end: usize, change: &Change) -> Vec<RangeInclusive<usize>> {
    let until = |lines: &[usize], at: usize| lines.get(at + 1).copied().unwrap_or(end);
    if let Some(key) = change.path.get(1) {
        let lines: Vec<usize> = setting.members.iter().map(|(_, line)| *line).collect();
        let named = setting.members.iter().enumerate().filter(|(_, (name, _))| name == key);
        return named.map(|(at, (_, line))| *line..=until(&lines, at)).collect();
    }
    match &change.action {
        Action::Append(_) => Vec::new(),
        Action::RemoveEntry(entry) => {
            let named = setting.entries().enumerate().filter(|(_, (old, _))| old.as_str() == Some(entry));
            named.map(|(at, (_, line))| line..=until(&setting.entry_lines, at)).collect()
        }
        Action::Set(_) | Action::Remove => vec![setting.line..=end],
    }
}
