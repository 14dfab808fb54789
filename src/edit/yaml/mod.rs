//! The editor of YAML: `registries.yaml` of k3s and RKE2. A small parser of our own finds the places, the bytes are spliced,
//! and what the result means is judged.
//!
//! It knows the YAML that such files are written in and no more: what it does not know is refused by name, never guessed.

mod node;
mod parse;
mod scalar;
mod write;

use serde_json::{Map, Value as Json};

use self::node::{Kind, Member, Node};
use self::write::{Writer, inline, quoted};
use super::error::{EditError, Place};
use super::flow::remove;
use super::splice::{Splice, apply, slice};
use super::tree;
use crate::model::change::{Action, Change, Value};

const MARK: char = '\u{feff}';

/// What a document means. Nothing is an empty mapping.
pub fn parse(text: &str) -> Result<Map<String, Json>, EditError> {
    Ok(meaning(&parse::read(text.strip_prefix(MARK).unwrap_or(text))?))
}

fn meaning(root: &Node) -> Map<String, Json> {
    match root.json() {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// The text with one change made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, EditError> {
    if change.path.is_empty() {
        return Err(EditError::WrongPath { expected: "a key, or keys of nested mappings", found: Vec::new() });
    }
    let body = text.strip_prefix(MARK).unwrap_or(text);
    let mark = slice(text, 0..text.len() - body.len());
    let root = parse::read(body)?;
    let target = Target { text: body, action: &change.action, writer: Writer::of(body, &root) };
    let splices = target.within(&root, None, &change.path)?;
    if splices.is_empty() {
        return Ok(text.to_owned());
    }
    let mut result = apply(body, &splices);
    if !body.trim().is_empty() && !body.ends_with('\n') {
        // Where the last lines went, the one before becomes the last, and ends like them.
        result.truncate(result.trim_end_matches(['\r', '\n']).len());
    }
    let (expected, found) = (tree::changed(meaning(&root), change), parse(&result));
    if found.as_ref() != Ok(&expected) {
        let found = found.map_or_else(|refused| refused.to_string(), |found| Json::Object(found).to_string());
        return Err(EditError::Misread {
            reader: "a YAML reader",
            expected: Json::Object(expected).to_string(),
            found,
        });
    }
    Ok(format!("{mark}{result}"))
}

struct Target<'t> {
    text: &'t str,
    action: &'t Action,
    writer: Writer<'t>,
}

impl Target<'_> {
    /// `owner` is whose value the node is.
    fn within(&self, node: &Node, owner: Option<&Member>, path: &[String]) -> Result<Vec<Splice>, EditError> {
        let Some((key, deeper)) = path.split_first() else { return Ok(Vec::new()) };
        if node.is_null() {
            let value = new_value(self.action);
            return Ok(value.map(|value| self.writer.below(node, owner, path, &value)).into_iter().collect());
        }
        let Some(members) = node.members() else { return Err(self.wrong_type(node, owner, "a mapping")) };
        match (node.member(key), deeper) {
            (None, _) => {
                let value = new_value(self.action);
                Ok(value.map(|value| self.writer.add(node, members, path, &value)).into_iter().collect())
            }
            (Some(member), []) if *self.action == Action::Remove => Ok(self.without(node, owner, member)),
            (Some(member), []) => self.at(member),
            (Some(member), _) => self.within(&member.node, Some(member), deeper),
        }
    }

    fn at(&self, member: &Member) -> Result<Vec<Splice>, EditError> {
        let node = &member.node;
        match (self.action, node.entries()) {
            (Action::Set(value), _) if node.json() == tree::json(value) => Ok(Vec::new()),
            (Action::Set(value), _) => self.set(member, value),
            (Action::Append(entry), Some(entries)) if entries.iter().any(|old| old.is_text(entry)) => Ok(Vec::new()),
            (Action::Append(entry), Some(entries)) => Ok(vec![self.writer.add_entry(node, entries, &quoted(entry))]),
            (Action::Append(entry), None) if node.is_null() => self.set(member, &Value::List(vec![entry.clone()])),
            (Action::RemoveEntry(entry), Some(entries)) => Ok(self.without_entry(member, entries, entry)),
            (Action::RemoveEntry(_), None) if node.is_null() => Ok(Vec::new()),
            _ => Err(self.wrong_type(node, Some(member), "a list")),
        }
    }

    fn set(&self, member: &Member, value: &Value) -> Result<Vec<Splice>, EditError> {
        let node = &member.node;
        match (&node.kind, value) {
            (Kind::Nothing, _) => Ok(vec![Splice::insert(node.span.start, format!(" {}", inline(value)))]),
            (Kind::BlockList(old), Value::List(new)) if !new.is_empty() => Ok(self.writer.rewrite_list(old, new)),
            (Kind::BlockList(old), _) => {
                let behind = Splice::insert(self.writer.behind_colon(member), format!(" {}", inline(value)));
                Ok(std::iter::once(behind).chain(old.iter().map(|entry| self.writer.cut(&entry.span))).collect())
            }
            (Kind::BlockMap(_), _) => Err(self.wrong_type(node, Some(member), "a single value or a list")),
            _ => Ok(vec![Splice::replace(node.span.clone(), inline(value))]),
        }
    }

    fn without_entry(&self, member: &Member, entries: &[Node], entry: &str) -> Vec<Splice> {
        let gone = |at: usize| entries.get(at).is_some_and(|old| old.is_text(entry));
        if !(0..entries.len()).any(gone) {
            return Vec::new();
        }
        if matches!(member.node.kind, Kind::FlowList(_)) {
            return remove(self.text, &member.node.held(), gone);
        }
        let all = (0..entries.len()).all(gone);
        let empty = all.then(|| Splice::insert(self.writer.behind_colon(member), " []"));
        let lines = entries.iter().filter(|old| old.is_text(entry)).map(|old| self.writer.cut(&old.span));
        empty.into_iter().chain(lines).collect()
    }

    fn without(&self, node: &Node, owner: Option<&Member>, member: &Member) -> Vec<Splice> {
        let members = node.members().unwrap_or_default();
        if matches!(node.kind, Kind::FlowMap(_)) {
            return remove(self.text, &node.held(), |at| members.get(at) == Some(member));
        }
        let empty = owner.filter(|_| members.len() == 1);
        let empty = empty.map(|owner| Splice::insert(self.writer.behind_colon(owner), " {}"));
        let span = member.key_span.start..member.node.span.end.max(member.key_span.end);
        empty.into_iter().chain([self.writer.cut(&span)]).collect()
    }

    fn wrong_type(&self, node: &Node, owner: Option<&Member>, expected: &'static str) -> EditError {
        let at = owner.map_or(node.span.start, |owner| owner.key_span.start);
        let path = owner.map_or_else(String::new, |owner| owner.key.clone());
        EditError::WrongType { place: Place::at(self.text, at), path, expected, found: node.describe() }
    }
}

/// What an action writes where there was nothing.
fn new_value(action: &Action) -> Option<Value> {
    match action {
        Action::Set(value) => Some(value.clone()),
        Action::Append(entry) => Some(Value::List(vec![entry.clone()])),
        Action::RemoveEntry(_) | Action::Remove => None,
    }
}

/// Where in the text, without its mark, the value at a path is with its key; or such entries of the list there.
#[cfg(any(test, fuzzing))]
pub(super) fn places(text: &str, path: &[String], entry: Option<&str>) -> Vec<std::ops::Range<usize>> {
    let mut node =
        parse::read(text.strip_prefix(MARK).unwrap_or(text)).unwrap_or(Node { span: 0..0, kind: Kind::Nothing });
    let mut span = 0..0;
    for key in path {
        let Some(member) = node.member(key).cloned() else { return Vec::new() };
        span = member.key_span.start..member.node.span.end.max(member.key_span.end);
        node = member.node;
    }
    match entry {
        None => vec![span],
        Some(entry) => {
            let entries = node.entries().unwrap_or_default().iter();
            entries.filter(|old| old.is_text(entry)).map(|old| old.span.clone()).collect()
        }
    }
}
