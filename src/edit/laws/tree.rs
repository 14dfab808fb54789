//! What a change makes of settings that are a tree, for JSON, TOML and YAML.

use serde_json::{Map, Value as Json};

use crate::edit::tree::selector;
use crate::model::change::{Action, Change, Value};

pub(super) fn changed(root: Json, change: &Change) -> Json {
    after(Some(root), &change.path, &change.action).expect("the root stays")
}

fn after(old: Option<Json>, path: &[String], action: &Action) -> Option<Json> {
    let adds = matches!(action, Action::Set(_) | Action::Append(_));
    let missing = old.as_ref().is_none_or(Json::is_null);
    match path {
        [] => leaf(old, action),
        [segment, deeper @ ..] if let Some((key, text)) = selector(segment) => {
            if missing && !adds {
                return old;
            }
            let mut list = if missing { Vec::new() } else { old?.as_array().expect("a list").clone() };
            if deeper.is_empty() && *action == Action::Remove {
                list.retain(|element| element.get(key).is_none_or(|found| found != text));
                return (!list.is_empty()).then_some(Json::Array(list));
            }
            match list.iter().position(|element| element.get(key).is_some_and(|found| found == text)) {
                Some(at) => {
                    let new = after(Some(list.remove(at)), deeper, action);
                    list.splice(at..at, new);
                }
                None if adds => list.extend(after(Some(Json::from_iter([(key, text)])), deeper, action)),
                None => {}
            }
            (!list.is_empty()).then_some(Json::Array(list))
        }
        [key, deeper @ ..] => {
            if missing && !adds {
                return old;
            }
            let mut map = if missing { Map::new() } else { old?.as_object().expect("an object").clone() };
            match after(map.get(key).cloned(), deeper, action) {
                Some(new) => drop(map.insert(key.clone(), new)),
                None => drop(map.shift_remove(key)),
            }
            Some(Json::Object(map))
        }
    }
}

fn leaf(old: Option<Json>, action: &Action) -> Option<Json> {
    let list = old.as_ref().and_then(Json::as_array).cloned().unwrap_or_default();
    match action {
        Action::Set(Value::Text(text)) => Some(Json::from(text.as_str())),
        Action::Set(Value::Flag(flag)) => Some(Json::from(*flag)),
        Action::Set(Value::List(entries)) => Some(Json::from(entries.clone())),
        Action::Append(entry) if list.contains(&Json::from(entry.as_str())) => old,
        Action::Append(entry) => Some(Json::from([list, vec![Json::from(entry.as_str())]].concat())),
        Action::RemoveEntry(entry) if old.as_ref().is_some_and(Json::is_array) => {
            Some(list.into_iter().filter(|old| old.as_str() != Some(entry)).collect())
        }
        Action::RemoveEntry(_) => old,
        Action::Remove => None,
    }
}

fn at<'j>(root: &'j Json, path: &[String]) -> Option<&'j Json> {
    path.iter().try_fold(root, |json, segment| match selector(segment) {
        Some((key, text)) => {
            json.as_array()?.iter().find(|element| element.get(key).is_some_and(|found| found == text))
        }
        None => json.get(segment),
    })
}

/// Back is to set what was, where a change can say that.
pub(super) fn back(old: &Json, change: &Change) -> Option<Change> {
    for length in 1..=change.path.len() {
        let path = change.path.get(..length)?;
        match at(old, path) {
            None => return Some(Change { path: path.to_vec(), action: Action::Remove }),
            Some(Json::Null) => return None,
            Some(_) => {}
        }
    }
    let action = match at(old, &change.path)? {
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
        Json::Null | Json::Number(_) | Json::Object(_) => return None,
    };
    Some(Change { path: change.path.clone(), action })
}
