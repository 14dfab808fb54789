//! What a change means for the decoded settings: the measure for the result of every edit. Knows no text.

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

fn change_at(object: &mut Map<String, Json>, path: &[String], action: &Action) {
    let adds = matches!(action, Action::Set(_) | Action::Append(_));
    match path {
        [] => {}
        [key] => change_key(object, key, action),
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
