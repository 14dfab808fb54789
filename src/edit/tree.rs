//! What a change means for settings that are a tree (JSON, TOML, YAML): the measure for the result of every edit. Knows
//! no text.

use serde_json::{Map, Value as Json};

use crate::model::change::{Action, Change, Value};

/// The settings after the change.
pub(super) fn changed(mut settings: Map<String, Json>, change: &Change) -> Map<String, Json> {
    change_at(&mut settings, &change.path, &change.action);
    settings
}

pub(super) fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Flag(flag) => Json::Bool(*flag),
        Value::List(entries) => Json::from(entries.as_slice()),
    }
}

/// `[key=value]` in a path: of a list of tables, the one where `key` is this text.
pub(super) fn selector(segment: &str) -> Option<(&str, &str)> {
    segment.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

fn change_at(object: &mut Map<String, Json>, path: &[String], action: &Action) {
    let adds = matches!(action, Action::Set(_) | Action::Append(_));
    match path {
        [] => {}
        [key] => change_key(object, key, action),
        [key, segment, deeper @ ..] if let Some(wanted) = selector(segment) => {
            if adds && object.get(key).is_none_or(Json::is_null) {
                object.insert(key.clone(), Json::Array(Vec::new()));
            }
            if let Some(Json::Array(elements)) = object.get_mut(key) {
                let before = elements.len();
                change_element(elements, wanted, deeper, action);
                if elements.is_empty() && before > 0 {
                    object.shift_remove(key);
                }
            }
        }
        [key, deeper @ ..] => {
            if adds && object.get(key).is_none_or(Json::is_null) {
                object.insert(key.clone(), Json::Object(Map::new()));
            }
            if let Some(Json::Object(inner)) = object.get_mut(key) {
                change_at(inner, deeper, action);
            }
        }
    }
}

/// The first element that is wanted, or a new one, where something is added and there is none; all that are, where they go.
fn change_element(elements: &mut Vec<Json>, (key, text): (&str, &str), path: &[String], action: &Action) {
    let found = elements.iter().position(|element| element.get(key).and_then(Json::as_str) == Some(text));
    match (found, action) {
        (Some(_), Action::Remove) if path.is_empty() => {
            elements.retain(|element| element.get(key).and_then(Json::as_str) != Some(text));
        }
        (None, Action::Remove | Action::RemoveEntry(_)) => {}
        (None, Action::Set(_) | Action::Append(_)) => {
            let mut element = Map::from_iter([(key.to_owned(), Json::from(text))]);
            change_at(&mut element, path, action);
            elements.push(Json::Object(element));
        }
        (Some(at), _) => {
            if let Some(Json::Object(element)) = elements.get_mut(at) {
                change_at(element, path, action);
            }
        }
    }
}

fn change_key(object: &mut Map<String, Json>, key: &str, action: &Action) {
    match (action, object.get_mut(key)) {
        (Action::Set(value), _) => {
            object.insert(key.to_owned(), json(value));
        }
        (Action::Remove, _) => {
            object.shift_remove(key);
        }
        (Action::Append(entry), Some(Json::Array(list))) => {
            if !list.iter().any(|old| old.as_str() == Some(entry)) {
                list.push(Json::from(entry.as_str()));
            }
        }
        (Action::Append(entry), _) => {
            object.insert(key.to_owned(), Json::from(vec![entry.as_str()]));
        }
        (Action::RemoveEntry(entry), Some(Json::Array(list))) => list.retain(|old| old.as_str() != Some(entry)),
        (Action::RemoveEntry(_), _) => {}
    }
}
