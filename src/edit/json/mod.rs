//! The editor of daemon.json: jsonc-parser finds the spans, the bytes are spliced, and what Go would decode is judged.
//!
//! Keys are compared exactly: dockerd refuses `Insecure-Registries` as unknown although Go's decoder would take it.
//! Of duplicates Go keeps the last, so that one is edited (seen on 20.10, 28.5 and 29.7).

mod document;
mod go;

pub use document::{Document, Setting, parse};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use serde_json::Value as Json;

use self::document::{is_blank, located, split_mark, values};
use super::error::{EditError, Place};
use super::flow::{Held, New, Style, line_indent, quoted, remove};
use super::splice::{Splice, apply, newline, slice};
use super::tree;
use crate::model::change::{Action, Change, Value};

/// The text with one change made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, EditError> {
    if change.path.is_empty() {
        return Err(EditError::WrongPath { expected: "a key, or keys of nested objects", found: Vec::new() });
    }
    let old = values(text)?;
    let (mark, body) = split_mark(text);
    let body = with_object(body);
    let Some(ast::Value::Object(root)) = located(&body) else {
        return Err(EditError::Misread { reader: "jsonc-parser", expected: "an object".into(), found: "none".into() });
    };
    let splices = Target { text: &body, root: &root }.splices(change)?;
    if splices.is_empty() {
        return Ok(text.to_owned());
    }
    let result = format!("{mark}{}", apply(&body, &splices));
    let (expected, found) = (tree::changed(old, change), values(&result)?);
    if found != expected {
        let show = |map| Json::Object(map).to_string();
        return Err(EditError::Misread { reader: "Docker", expected: show(expected), found: show(found) });
    }
    Ok(result)
}

/// Docker takes a blank file and `null` for `{}`.
fn with_object(body: &str) -> String {
    if is_blank(body) {
        return format!("{{}}{}", newline(body));
    }
    if body.trim() == "null" { body.replace("null", "{}") } else { body.to_owned() }
}

fn object_held(object: &ast::Object<'_>) -> Held {
    held(object, object.properties.iter().map(Ranged::range))
}

fn list_held(list: &ast::Array<'_>) -> Held {
    held(list, list.elements.iter().map(Ranged::range))
}

fn held(outer: &impl Ranged, items: impl Iterator<Item = jsonc_parser::common::Range>) -> Held {
    let items = items.map(|range| range.start..range.end).collect();
    Held { inner: outer.start() + 1..outer.end().saturating_sub(1), items }
}

struct Target<'t> {
    text: &'t str,
    root: &'t ast::Object<'t>,
}

impl<'t> Target<'t> {
    fn splices(&self, change: &Change) -> Result<Vec<Splice>, EditError> {
        let mut object = self.root;
        let mut keys = change.path.as_slice();
        while let [key, deeper @ ..] = keys
            && !deeper.is_empty()
        {
            let members = members(object, key);
            match members.as_slice() {
                [] => break,
                [member] => match &member.value {
                    ast::Value::Object(inner) => object = inner,
                    ast::Value::NullKeyword(null) => return Ok(self.fill_null(object, null, deeper, &change.action)),
                    other => return Err(self.wrong_type(other, key, "an object")),
                },
                // Go decodes a repeated object into the same struct: the parts are merged.
                [.., last] => return Err(EditError::Divided { place: self.place(*last), path: key.clone() }),
            }
            keys = deeper;
        }
        match keys {
            [key] => self.at_key(object, key, &change.action),
            [key, deeper @ ..] => Ok(nested(deeper, &change.action)
                .map(|value| self.style(object).add_member(self.text, &object_held(object), key, &value))
                .into_iter()
                .collect()),
            [] => Ok(Vec::new()),
        }
    }

    fn at_key(&self, object: &'t ast::Object<'t>, key: &str, action: &Action) -> Result<Vec<Splice>, EditError> {
        let members = members(object, key);
        let Some(member) = members.last() else {
            let added = |value| self.style(object).add_member(self.text, &object_held(object), key, &value);
            return Ok(new_value(action).map(added).into_iter().collect());
        };
        match (action, &member.value) {
            (Action::Remove, _) => {
                let gone = |at: usize| object.properties.get(at).is_some_and(|member| member.name.as_str() == key);
                Ok(remove(self.text, &object_held(object), gone))
            }
            (Action::Set(value), old) => Ok(self.replaced(object, old, value)),
            (Action::Append(entry), ast::Value::Array(list)) if !list.elements.iter().any(|old| is(old, entry)) => {
                Ok(vec![self.style(object).add_entry(self.text, &list_held(list), quoted(entry))])
            }
            (Action::RemoveEntry(entry), ast::Value::Array(list)) => {
                let gone = |at: usize| list.elements.get(at).is_some_and(|old| is(old, entry));
                let any = list.elements.iter().any(|old| is(old, entry));
                Ok(if any { remove(self.text, &list_held(list), gone) } else { Vec::new() })
            }
            (Action::Append(_), ast::Value::NullKeyword(null)) => Ok(self.fill_null(object, null, &[], action)),
            (Action::Append(_), ast::Value::Array(_)) | (Action::RemoveEntry(_), ast::Value::NullKeyword(_)) => {
                Ok(Vec::new())
            }
            (_, old) => Err(self.wrong_type(old, key, "a list")),
        }
    }

    /// A new value in place of `null`, under the keys that are still to be written.
    fn fill_null(&self, object: &ast::Object<'t>, null: &impl Ranged, keys: &[String], action: &Action) -> Vec<Splice> {
        let value = nested(keys, action);
        let indent = line_indent(self.text, null.start());
        let text = value.map(|value| self.style(object).render(&value, indent));
        text.map(|text| Splice::replace(null.start()..null.end(), text)).into_iter().collect()
    }

    fn replaced(&self, object: &ast::Object<'t>, old: &ast::Value<'t>, value: &Value) -> Vec<Splice> {
        let new = tree::json(value);
        if serde_json::from_str::<Json>(old.text(self.text)).ok() == Some(new) {
            return Vec::new();
        }
        let mut style = self.style(object);
        if let ast::Value::Array(list) = old
            && !list.elements.is_empty()
        {
            style.spread_lists = slice(self.text, old.start()..old.end()).contains('\n');
        }
        let text = style.render(&written(value), line_indent(self.text, old.start()));
        vec![Splice::replace(old.start()..old.end(), text)]
    }

    fn style(&self, object: &ast::Object<'t>) -> Style {
        let lists = |object: &ast::Object<'t>| -> Vec<Held> {
            object.properties.iter().filter_map(|member| member.value.as_array()).map(list_held).collect()
        };
        let mut near = lists(self.root);
        near.extend(lists(object));
        let colon = object.properties.last().or(self.root.properties.last());
        let colon = colon.map(|member| slice(self.text, member.name.end()..member.value.start()));
        let root = object_held(self.root);
        let mut style = Style::of(self.text, &root, &object_held(object), colon, &near);
        style.spread |= root.items.is_empty();
        style
    }

    fn place(&self, at: &impl Ranged) -> Place {
        Place::at(self.text, at.start())
    }

    fn wrong_type(&self, value: &ast::Value<'_>, key: &str, expected: &'static str) -> EditError {
        let found = match value {
            ast::Value::StringLit(_) => "a string",
            ast::Value::NumberLit(_) => "a number",
            ast::Value::BooleanLit(_) => "true or false",
            ast::Value::Object(_) => "an object",
            ast::Value::Array(_) => "a list",
            ast::Value::NullKeyword(_) => "null",
        };
        EditError::WrongType { place: self.place(value), path: key.to_owned(), expected, found }
    }
}

fn members<'o, 't>(object: &'o ast::Object<'t>, key: &str) -> Vec<&'o ast::ObjectProp<'t>> {
    object.properties.iter().filter(|member| member.name.as_str() == key).collect()
}

fn is(value: &ast::Value<'_>, entry: &str) -> bool {
    value.as_string_lit().is_some_and(|text| text.value == entry)
}

/// What an action writes where there was nothing.
fn new_value(action: &Action) -> Option<New> {
    match action {
        Action::Set(value) => Some(written(value)),
        Action::Append(entry) => Some(New::List(vec![quoted(entry)])),
        Action::RemoveEntry(_) | Action::Remove => None,
    }
}

fn nested(keys: &[String], action: &Action) -> Option<New> {
    let value = new_value(action)?;
    Some(keys.iter().rev().fold(value, |value, key| New::Object { key: key.clone(), value: Box::new(value) }))
}

fn written(value: &Value) -> New {
    match value {
        Value::Text(text) => New::Plain(quoted(text)),
        Value::Flag(flag) => New::Plain(flag.to_string()),
        Value::List(entries) => New::List(entries.iter().map(|entry| quoted(entry)).collect()),
    }
}
