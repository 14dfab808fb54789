//! The editor of TOML: containerd's `config.toml` and `hosts.toml`, and `registries.conf`. toml_edit finds the spans, the
//! bytes are spliced, and what the result means is judged.
//!
//! A path is keys; of tables in double brackets `[key=value]` chooses one: `registry`, `[location=reg:5000]`, `insecure`.
//! The parser takes all of TOML 1.1; nothing is written that TOML 0.5 does not have, which old engines read.

mod document;
mod insert;
mod list;

use serde_json::{Map, Value as Json};
use toml_edit::{InlineTable, Value as Toml};

use self::document::{Document, Statement, Step, json, list_held, members_held};
use super::error::{EditError, Oddity};
use super::splice::{Splice, apply, slice};
use super::tree::{self, selector};
use crate::model::change::{Action, Change, Value};

const MARK: char = '\u{feff}';

/// What a document means, as far as JSON can say it. The order of its tables is kept.
pub fn parse(text: &str) -> Result<Map<String, Json>, EditError> {
    Ok(Document::read(text.trim_start_matches(MARK))?.tree())
}

/// The text with one change made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, EditError> {
    let body = text.strip_prefix(MARK).unwrap_or(text);
    let mark = slice(text, 0..text.len() - body.len());
    let path = &change.path;
    let whole = matches!(change.action, Action::Remove);
    if path.first().is_none_or(|key| selector(key).is_some())
        || (!whole && path.last().is_some_and(|last| selector(last).is_some()))
    {
        return Err(EditError::WrongPath { expected: "keys of tables", found: path.clone() });
    }
    let document = Document::read(body)?;
    let splices = Target { document: &document, action: &change.action }.splices(path)?;
    if splices.is_empty() {
        return Ok(text.to_owned());
    }
    let result = apply(body, &splices);
    let expected = tree::changed(document.tree(), change);
    let found = Document::read(&result).map(|document| document.tree());
    let same = |found: &Map<String, Json>| without_empty(found.clone(), path) == without_empty(expected.clone(), path);
    if !found.as_ref().is_ok_and(same) {
        let found = found.map_or_else(|refused| refused.to_string(), |found| Json::Object(found).to_string());
        return Err(EditError::Misread {
            reader: "a TOML reader",
            expected: Json::Object(expected).to_string(),
            found,
        });
    }
    Ok(format!("{mark}{result}"))
}

/// Without the tables on the path that nothing is left of: `[a.b]` alone makes `a`, and takes it along.
fn without_empty(mut tree: Map<String, Json>, path: &[String]) -> Map<String, Json> {
    if let Some((key, deeper)) = path.split_first()
        && let Some(Json::Object(inner)) = tree.get(key)
    {
        match without_empty(inner.clone(), deeper) {
            inner if inner.is_empty() => drop(tree.shift_remove(key)),
            inner => drop(tree.insert(key.clone(), Json::Object(inner))),
        }
    }
    tree
}

struct Target<'d, 't> {
    document: &'d Document<'t>,
    action: &'d Action,
}

impl Target<'_, '_> {
    fn splices(&self, path: &[String]) -> Result<Vec<Splice>, EditError> {
        let mut place = Vec::new();
        for (at, segment) in path.iter().enumerate() {
            let Some(step) = self.step(&place, segment)? else { return Ok(self.added(&place, path.get(at..))) };
            place.push(step);
            if let Some(pair) = self.pair(&place) {
                return self.at_pair(pair, path.get(at + 1..).unwrap_or_default());
            }
        }
        match self.action {
            Action::Remove => {
                let chosen = path.last().and_then(|last| selector(last)).zip(place.split_last());
                let places = match chosen {
                    Some((wanted, (_, list))) => self.chosen(list, wanted),
                    None => vec![place],
                };
                Ok(places.iter().flat_map(|place| insert::remove(self.document, place)).collect())
            }
            _ => Err(self.wrong_type(&place, path, "a value", "a table")),
        }
    }

    /// The next step, if there is anything.
    fn step(&self, place: &[Step], segment: &str) -> Result<Option<Step>, EditError> {
        let below =
            |step: Step| Some(step).filter(|step| self.document.has(&[place, std::slice::from_ref(step)].concat()));
        let listed = self.document.has(&[place, &[Step::Index(0)]].concat()) && !place.is_empty();
        match (selector(segment), listed) {
            (Some(wanted), true) => {
                Ok(self.chosen(place, wanted).into_iter().next().and_then(|mut chosen| chosen.pop()))
            }
            (None, true) => Err(self.wrong_type(
                place,
                &[segment.to_owned()],
                "one table, chosen by `[key=value]`,",
                "a list of tables",
            )),
            (Some(_), false) if self.document.has(place) => {
                Err(self.wrong_type(place, &[segment.to_owned()], "a list of tables", "a table"))
            }
            _ => Ok(below(Step::Key(segment.to_owned()))),
        }
    }

    /// The tables of a list where a key has this text.
    fn chosen(&self, list: &[Step], (key, text): (&str, &str)) -> Vec<Vec<Step>> {
        let elements = (0..).map(|index| [list, &[Step::Index(index)]].concat());
        let elements = elements.take_while(|element| self.document.has(element));
        let value = |element: &Vec<Step>| self.document.value(&[element, &[Step::Key(key.to_owned())][..]].concat());
        elements.filter(|element| value(element).and_then(Toml::as_str) == Some(text)).collect()
    }

    fn pair(&self, place: &[Step]) -> Option<&Statement> {
        self.document.statements.iter().find(|statement| statement.is_pair() && statement.place == place)
    }

    /// What is not there yet, from this place on.
    fn added(&self, place: &[Step], rest: Option<&[String]>) -> Vec<Splice> {
        let value = new_value(self.action).zip(rest);
        value.map(|(value, rest)| insert::add(self.document, place, rest, &value)).into_iter().collect()
    }

    fn at_pair(&self, pair: &Statement, deeper: &[String]) -> Result<Vec<Splice>, EditError> {
        let Some(value) = self.document.value(&pair.place) else { return Ok(Vec::new()) };
        match (self.action, deeper) {
            (Action::Remove, []) => Ok(insert::remove(self.document, &pair.place)),
            (_, []) => self.at_value(pair, value),
            _ => self.in_value(pair, value, deeper),
        }
    }

    /// Within an inline table.
    fn in_value(&self, pair: &Statement, value: &Toml, keys: &[String]) -> Result<Vec<Splice>, EditError> {
        let (Toml::InlineTable(table), Some((key, deeper))) = (value, keys.split_first()) else {
            return Err(self.wrong_type(&pair.place, keys, "a table", kind(value)));
        };
        match (table.get(key), deeper) {
            (None, _) => {
                let Some(value) = new_value(self.action) else { return Ok(Vec::new()) };
                let nested = |value: String, key: &String| format!("{{ {} = {value} }}", insert::key(key));
                let item = format!("{} = {}", insert::key(key), deeper.iter().rev().fold(value, nested));
                let held = members_held(self.document.text, table).ok_or_else(|| self.refused(pair))?;
                let blank = slice(self.document.text, held.inner.clone()).trim().is_empty();
                if blank {
                    return Ok(vec![Splice::replace(held.inner, format!(" {item} "))]);
                }
                Ok(list::add(self.document.text, &held, &item))
            }
            (Some(_), []) if *self.action == Action::Remove => self.without_member(pair, table, key),
            (Some(value), []) => self.at_value(pair, value),
            (Some(value), _) => self.in_value(pair, value, deeper),
        }
    }

    fn without_member(&self, pair: &Statement, table: &InlineTable, key: &str) -> Result<Vec<Splice>, EditError> {
        let held = members_held(self.document.text, table).ok_or_else(|| self.refused(pair))?;
        let keys: Vec<&str> = table.iter().map(|(key, _)| key).collect();
        list::take(self.document.text, &held, |at| keys.get(at) == Some(&key))
    }

    fn at_value(&self, pair: &Statement, old: &Toml) -> Result<Vec<Splice>, EditError> {
        let span = old.span().ok_or_else(|| self.refused(pair))?;
        let entry_of = |value: &Toml, entry: &str| value.as_str() == Some(entry);
        match (self.action, old) {
            (Action::Set(value), _) if json(old) == tree::json(value) => Ok(Vec::new()),
            // Its place is that of several keys.
            (Action::Set(_), Toml::InlineTable(table)) if table.is_dotted() => Err(self.refused(pair)),
            (Action::Set(value), _) => Ok(vec![Splice::replace(span, insert::written(value))]),
            (Action::Append(entry), Toml::Array(list)) => {
                let there = list.iter().any(|old| entry_of(old, entry));
                let held = list_held(self.document.text, list);
                Ok(if there { Vec::new() } else { list::add(self.document.text, &held, &insert::quoted(entry)) })
            }
            (Action::RemoveEntry(entry), Toml::Array(list)) => {
                let gone = |at: usize| list.get(at).is_some_and(|old| entry_of(old, entry));
                let held = list_held(self.document.text, list);
                if !(0..list.len()).any(gone) {
                    return Ok(Vec::new());
                }
                list::take(self.document.text, &held, gone)
            }
            _ => Err(self.wrong_type(&pair.place, &[], "a list", kind(old))),
        }
    }

    fn refused(&self, pair: &Statement) -> EditError {
        EditError::NotSafelyEditable { place: self.document.at(pair.span.start), why: Oddity::DottedKeys }
    }

    fn wrong_type(&self, place: &[Step], path: &[String], expected: &'static str, found: &'static str) -> EditError {
        let first = self.document.below(place).next().map_or(0, |(_, first)| first.span.start);
        let name = place.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.clone()),
            Step::Index(_) => None,
        });
        let path = name.or_else(|| path.last().cloned()).unwrap_or_default();
        EditError::WrongType { place: self.document.at(first), path, expected, found }
    }
}

/// What an action writes where there was nothing.
fn new_value(action: &Action) -> Option<String> {
    match action {
        Action::Set(value) => Some(insert::written(value)),
        Action::Append(entry) => Some(insert::written(&Value::List(vec![entry.clone()]))),
        Action::RemoveEntry(_) | Action::Remove => None,
    }
}

fn kind(value: &Toml) -> &'static str {
    match value {
        Toml::String(_) => "a string",
        Toml::Integer(_) | Toml::Float(_) => "a number",
        Toml::Boolean(_) => "true or false",
        Toml::Datetime(_) => "a time",
        Toml::Array(_) => "a list",
        Toml::InlineTable(_) => "a table",
    }
}
