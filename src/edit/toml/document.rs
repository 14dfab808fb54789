//! A TOML document as a flat list of statements in the order of the file, and as the tree that they mean. Changes nothing.

use std::ops::Range;

use serde_json::{Map, Number, Value as Json};
use toml_edit::{Array, Document as Parsed, InlineTable, Item, Table, TomlError, Value};

use crate::edit::error::{EditError, Place};
use crate::edit::splice::slice;

/// A step from a table to what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// Of the tables in double brackets, counted from zero.
    Index(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[a.b]` or `[[a.b]]`.
    Header,
    /// `key = value`; where the value is, and where the key ends.
    Pair { key_end: usize, value: Range<usize> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// Of a header the table, of a pair the value.
    pub place: Vec<Step>,
    /// A header with its brackets, or a key and its value. (Of a dotted key only the last part.)
    pub span: Range<usize>,
    pub kind: Kind,
}

/// A document that was read.
pub(super) struct Document<'t> {
    pub text: &'t str,
    parsed: Parsed<&'t str>,
    pub statements: Vec<Statement>,
}

impl<'t> Document<'t> {
    /// Reads a document without a byte order mark.
    pub fn read(text: &'t str) -> Result<Self, EditError> {
        let parsed = Parsed::parse(text).map_err(|error| malformed(text, &error))?;
        let mut statements = Vec::new();
        collect(parsed.as_table(), &mut Vec::new(), &mut statements);
        statements.sort_by_key(|statement| statement.span.start);
        Ok(Self { text, parsed, statements })
    }

    /// What it means.
    pub fn tree(&self) -> Map<String, Json> {
        table(self.parsed.as_table())
    }

    /// The value of a pair.
    pub fn value(&self, place: &[Step]) -> Option<&Value> {
        let mut item = self.parsed.as_item();
        for step in place {
            item = match step {
                Step::Key(key) => item.get(key)?,
                Step::Index(index) => item.get(*index)?,
            };
        }
        item.as_value()
    }

    /// Whether anything is there, or below.
    pub fn has(&self, place: &[Step]) -> bool {
        place.is_empty() || self.below(place).next().is_some()
    }

    /// The statements that make up what is at a place, with their numbers.
    pub fn below(&self, place: &[Step]) -> impl Iterator<Item = (usize, &Statement)> {
        self.statements.iter().enumerate().filter(move |(_, statement)| statement.place.starts_with(place))
    }

    /// The number of the last statement of the section that this one stands in.
    pub fn section_end(&self, at: usize) -> usize {
        let pairs = self.statements.iter().skip(at + 1).take_while(|next| next.is_pair()).count();
        at + pairs
    }

    pub fn at(&self, offset: usize) -> Place {
        Place::at(self.text, offset)
    }
}

impl Statement {
    pub fn is_pair(&self) -> bool {
        matches!(self.kind, Kind::Pair { .. })
    }
}

fn malformed(text: &str, error: &TomlError) -> EditError {
    let place = Place::at(text, error.span().map_or(0, |span| span.start));
    EditError::Malformed {
        place,
        format: "TOML",
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    }
}

fn collect(table: &Table, place: &mut Vec<Step>, found: &mut Vec<Statement>) {
    for (name, item) in table {
        place.push(Step::Key(name.to_owned()));
        match item {
            Item::Value(value) => {
                let key = table.key(name).and_then(toml_edit::Key::span).unwrap_or_default();
                let value = value.span().unwrap_or_default();
                let span = key.start..value.end;
                found.push(Statement { place: place.clone(), span, kind: Kind::Pair { key_end: key.end, value } });
            }
            Item::Table(inner) => {
                if !inner.is_implicit() && !inner.is_dotted() {
                    header(inner, place, found);
                }
                collect(inner, place, found);
            }
            Item::ArrayOfTables(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    place.push(Step::Index(index));
                    header(element, place, found);
                    collect(element, place, found);
                    place.pop();
                }
            }
            Item::None => {}
        }
        place.pop();
    }
}

fn header(table: &Table, place: &[Step], found: &mut Vec<Statement>) {
    let span = table.span().unwrap_or_default();
    found.push(Statement { place: place.to_vec(), span, kind: Kind::Header });
}

fn table(table: &Table) -> Map<String, Json> {
    let member = |(name, item): (&str, &Item)| {
        let value = match item {
            Item::Value(value) => json(value),
            Item::Table(inner) => Json::Object(self::table(inner)),
            Item::ArrayOfTables(elements) => elements.iter().map(|one| Json::Object(self::table(one))).collect(),
            Item::None => Json::Null,
        };
        (name.to_owned(), value)
    };
    table.iter().map(member).collect()
}

/// What JSON does not have becomes an object that no table can be: its key is no key.
pub(super) fn json(value: &Value) -> Json {
    let other = |kind: &str, text: String| Json::Object(Map::from_iter([(format!("\0{kind}"), Json::from(text))]));
    match value {
        Value::String(text) => Json::from(text.value().as_str()),
        Value::Integer(number) => Json::Number(Number::from(*number.value())),
        Value::Float(number) => other("float", number.value().to_string()),
        Value::Boolean(flag) => Json::Bool(*flag.value()),
        Value::Datetime(time) => other("time", time.value().to_string()),
        Value::Array(list) => list.iter().map(json).collect(),
        Value::InlineTable(inner) => inner.iter().map(|(key, value)| (key.to_owned(), json(value))).collect(),
    }
}

/// Where the entries of an array are.
pub(super) fn list_held(text: &str, list: &Array) -> crate::edit::flow::Held {
    let span = list.span().unwrap_or_default();
    let items = list.iter().filter_map(Value::span).collect();
    crate::edit::flow::Held { inner: inner(text, &span), items }
}

/// Where the members of an inline table are. `None` if some have dotted keys, whose beginnings are not known.
pub(super) fn members_held(text: &str, table: &InlineTable) -> Option<crate::edit::flow::Held> {
    let span = table.span().filter(|_| !table.is_dotted())?;
    let mut items = Vec::new();
    for (name, value) in table {
        let dotted = matches!(value, Value::InlineTable(inner) if inner.is_dotted());
        let (key, value) = (table.key(name)?.span()?, value.span().filter(|_| !dotted)?);
        items.push(key.start..value.end);
    }
    Some(crate::edit::flow::Held { inner: inner(text, &span), items })
}

fn inner(text: &str, span: &Range<usize>) -> Range<usize> {
    debug_assert!(slice(text, span.clone()).starts_with(['[', '{']), "a list or a table has brackets");
    span.start + 1..span.end.saturating_sub(1)
}
