//! daemon.json as data: its settings with their lines, and what Docker would object to. Changes nothing.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Value};

use super::go;
use crate::edit::error::{JsonProblem, Place};
use crate::edit::splice::{Lines, slice};

/// The byte order mark. dockerd takes it since 23.0 and refuses it before.
const MARK: char = '\u{feff}';

/// A daemon.json that Docker can read.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// In the order of the file, overridden ones included.
    pub settings: Vec<Setting>,
    pub byte_order_mark: bool,
    /// Nothing but blanks: dockerd takes that for `{}` since 23.0 and refuses it before.
    pub blank: bool,
}

/// One top-level key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub key: String,
    pub line: usize,
    pub value: Value,
    /// The line of each entry, if the value is a list.
    pub entry_lines: Vec<usize>,
    /// Key and line of each member, if the value is an object.
    pub members: Vec<(String, usize)>,
}

impl Document {
    /// The setting that counts: of several, the last.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    /// Keys that are given more than once, each with all its lines. Docker keeps the last and says nothing.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(&str, Vec<usize>)> {
        let mut by_key: Vec<(&str, Vec<usize>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for setting in &self.settings {
            let place = *places.entry(setting.key.as_str()).or_insert(by_key.len());
            match by_key.get_mut(place) {
                Some((_, lines)) => lines.push(setting.line),
                None => by_key.push((&setting.key, vec![setting.line])),
            }
        }
        by_key.retain(|(_, lines)| lines.len() > 1);
        by_key
    }
}

impl Setting {
    /// The entries of a list with their lines.
    pub fn entries(&self) -> impl Iterator<Item = (&Value, usize)> {
        self.value.as_array().into_iter().flatten().zip(self.entry_lines.iter().copied())
    }
}

/// Reads a daemon.json as Docker does.
pub fn parse(text: &str) -> Result<Document, JsonProblem> {
    let (mark, body) = split_mark(text);
    values(text)?;
    let lines = Lines::of(body);
    let settings = match located(body) {
        Some(ast::Value::Object(root)) => root.properties.iter().map(|member| setting(body, &lines, member)).collect(),
        _ => Vec::new(),
    };
    Ok(Document { settings, byte_order_mark: !mark.is_empty(), blank: is_blank(body) })
}

/// The settings as Docker decodes them, or its objection. Later duplicates replace earlier ones.
pub(super) fn values(text: &str) -> Result<Map<String, Value>, JsonProblem> {
    let (mark, body) = split_mark(text);
    if is_blank(body) {
        return Ok(Map::new());
    }
    let problem = |at: usize, message: String, docker_accepts| {
        let place = Place::at(text, mark.len() + at);
        JsonProblem { place, message, docker_accepts }
    };
    go::check(body).map_err(|complaint| problem(complaint.at, complaint.message, false))?;
    let value: Value = serde_json::from_str(body).map_err(|error| {
        let before: usize = body.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let message = format!("valid for Docker, but regdoctor does not read it: {error}");
        problem(before + error.column().saturating_sub(1), message, true)
    })?;
    let found = match value {
        Value::Object(map) => return Ok(map),
        Value::Null => return Ok(Map::new()),
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
    };
    let at = body.len() - body.trim_start().len();
    let message = format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}");
    Err(problem(at, message, false))
}

/// The spans of everything in a text that `values` has accepted. (The parser is too lenient to judge.)
pub(super) fn located(body: &str) -> Option<ast::Value<'_>> {
    parse_to_ast(body, &CollectOptions::default(), &ParseOptions::default()).ok()?.value
}

pub(super) fn split_mark(text: &str) -> (&str, &str) {
    let body = text.strip_prefix(MARK).unwrap_or(text);
    (slice(text, 0..text.len() - body.len()), body)
}

/// Only what JSON calls white space.
pub(super) fn is_blank(body: &str) -> bool {
    body.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

fn setting(body: &str, lines: &Lines, member: &ast::ObjectProp<'_>) -> Setting {
    let line_of = |at: &dyn Ranged| lines.line(at.start());
    Setting {
        key: member.name.as_str().to_owned(),
        line: line_of(member),
        value: serde_json::from_str(member.value.text(body)).unwrap_or_default(),
        entry_lines: match &member.value {
            ast::Value::Array(list) => list.elements.iter().map(|entry| line_of(entry)).collect(),
            _ => Vec::new(),
        },
        members: match &member.value {
            ast::Value::Object(object) => {
                object.properties.iter().map(|member| (member.name.as_str().to_owned(), line_of(member))).collect()
            }
            _ => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_lines() {
        let text = "\u{feff}{\r\n  \"a\": [\r\n    \"x\",\r\n    \"y\"\r\n  ],\r\n  \"b\": {\"c\": 1,\r\n \"d\": 2}, \"a\": null }";
        let document = parse(text).unwrap();
        assert!(document.byte_order_mark && !document.blank);
        let lines: Vec<_> = document.settings.iter().map(|setting| (setting.key.as_str(), setting.line)).collect();
        assert_eq!(lines, [("a", 2), ("b", 6), ("a", 7)]);
        assert_eq!(document.settings[0].entry_lines, [3, 4]);
        assert_eq!(document.settings[0].entries().last(), Some((&Value::from("y"), 4)));
        assert_eq!(document.settings[1].members, [("c".to_owned(), 6), ("d".to_owned(), 7)]);
        assert_eq!(document.setting("a").map(|setting| &setting.value), Some(&Value::Null));
        assert_eq!(document.duplicates(), [("a", vec![2, 7])]);
    }

    #[test]
    fn problems_name_the_place() {
        for (text, line, column, snippet) in [
            ("\u{feff}{\r\n  \"a\": [\"é\",],\r\n}", 2, 13, "  \"a\": [\"é\",],"),
            ("{\n}\n[]", 3, 1, "[]"),
            ("\n  [1]", 2, 3, "  [1]"),
            ("{\"a\":\n\"\\ud800\"}", 2, 8, "\"\\ud800\"}"),
            ("{", 1, 2, "{"),
        ] {
            let problem = parse(text).unwrap_err();
            let place = Place { line, column, snippet: snippet.into() };
            assert_eq!((problem.place, problem.docker_accepts), (place, text.contains("ud800")), "{text}");
        }
    }

    #[test]
    fn blank_and_null_are_empty() {
        for text in ["", " \r\n", "null", "\u{feff}"] {
            assert_eq!(parse(text).map(|document| document.settings), Ok(vec![]), "{text:?}");
        }
    }
}
