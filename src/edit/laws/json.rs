//! What daemon.json means, by serde_json, and what a change makes of that.

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};

use super::Format;
use crate::edit::Syntax;
use crate::edit::json::{Setting, parse};
use crate::model::change::{Action, Change, Value};

pub(super) const FORMAT: Format<Json> =
    Format { syntax: Syntax::Json, meaning, changed, back, same: |left, right| left == right, touched, slack: 1 };

pub(super) const PATHS: [&[&str]; 4] = [&["insecure-registries"], &["debug"], &["proxies", "no-proxy"], &["x"]];

fn meaning(text: &str) -> Json {
    let body = text.trim_start_matches('\u{feff}');
    let value = if body.trim().is_empty() { Json::Null } else { serde_json::from_str(body).expect("valid") };
    if value.is_null() { Json::Object(Map::new()) } else { value }
}

fn at<'j>(root: &'j Json, path: &[String]) -> &'j Json {
    path.iter().try_fold(root, |json, key| json.get(key)).unwrap_or(&Json::Null)
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

fn changed(mut root: Json, change: &Change) -> Json {
    let (key, parents) = change.path.split_last().expect("a path");
    let adds = matches!(change.action, Action::Set(_) | Action::Append(_));
    let mut object = &mut root;
    for parent in parents {
        if object.get(parent).is_none_or(Json::is_null) {
            if !adds {
                return root;
            }
            object[parent] = Json::Object(Map::new());
        }
        object = &mut object[parent];
    }
    let old = object.get(key).cloned().unwrap_or(Json::Null);
    let list = old.as_array().cloned().unwrap_or_default();
    match &change.action {
        Action::Set(Value::Text(text)) => object[key] = Json::from(text.as_str()),
        Action::Set(Value::Flag(flag)) => object[key] = Json::from(*flag),
        Action::Set(Value::List(entries)) => object[key] = Json::from(entries.clone()),
        Action::Append(entry) if list.contains(&Json::from(entry.as_str())) => {}
        Action::Append(entry) => object[key] = Json::from([list, vec![Json::from(entry.as_str())]].concat()),
        Action::RemoveEntry(entry) if old.is_array() => {
            object[key] = list.into_iter().filter(|old| old.as_str() != Some(entry)).collect();
        }
        Action::RemoveEntry(_) => {}
        Action::Remove => drop(object.as_object_mut().expect("an object").shift_remove(key)),
    }
    root
}

/// Back is to set what was, where a change can say that.
fn back(old: &Json, change: &Change) -> Option<Change> {
    let (_, parents) = change.path.split_last()?;
    let mut path = change.path.clone();
    if !parents.is_empty() && !at(old, parents).is_object() {
        path = parents.to_vec();
    }
    let holder = path.split_last().map_or(old, |(_, parents)| at(old, parents));
    let action = match at(old, &path) {
        Json::Null if holder.get(path.last()?).is_some() => return None,
        Json::Null => Action::Remove,
        Json::Bool(flag) => Action::Set(Value::Flag(*flag)),
        Json::String(text) => Action::Set(Value::Text(text.clone())),
        Json::Array(list) => {
            let entries: Option<Vec<String>> = list.iter().map(|entry| entry.as_str().map(str::to_owned)).collect();
            match &change.action {
                // The way back that undoing a trust takes.
                Action::Append(entry) if !list.contains(&Json::from(entry.as_str())) => {
                    Action::RemoveEntry(entry.clone())
                }
                _ => Action::Set(Value::List(entries?)),
            }
        }
        Json::Number(_) | Json::Object(_) => return None,
    };
    Some(Change { path, action })
}
