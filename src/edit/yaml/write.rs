//! Writes new keys and entries as the author of the file indents, and takes whole lines away. Decides nothing.

use std::ops::Range;

use super::node::{Kind, Member, Node, is_surely_text};
use crate::edit::flow::{Style, line_indent};
use crate::edit::splice::{Splice, line_end, line_start, newline, slice};
use crate::model::change::Value;

/// Always in quotes: no reader can take it for anything but text.
pub(super) fn quoted(text: &str) -> String {
    let mut written = String::new();
    for character in crate::edit::flow::quoted(text).chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                written.extend(format!("\\u{:04x}", u32::from(character)).chars());
            }
            _ => written.push(character),
        }
    }
    written
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Flag(flag) => flag.to_string(),
        Value::List(entries) => {
            format!("[{}]", entries.iter().map(|entry| quoted(entry)).collect::<Vec<_>>().join(", "))
        }
    }
}

fn key(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    if is_surely_text(name) && name.chars().all(plain) { name.to_owned() } else { quoted(name) }
}

pub(super) struct Writer<'t> {
    text: &'t str,
    newline: &'static str,
    /// One step of indentation.
    unit: String,
}

impl<'t> Writer<'t> {
    pub fn of(text: &'t str, root: &Node) -> Self {
        let inner = root.members().unwrap_or_default().iter().find_map(|member| {
            let first = member.node.members().filter(|_| matches!(member.node.kind, Kind::BlockMap(_)))?.first()?;
            let (outer, inner) = (line_indent(text, member.key_span.start), line_indent(text, first.key_span.start));
            inner.strip_prefix(outer)
        });
        Self { text, newline: newline(text), unit: inner.unwrap_or("  ").to_owned() }
    }

    /// A value at the end of a path, in a mapping that has other members.
    pub fn add(&self, node: &Node, members: &[Member], path: &[String], value: &Value) -> Splice {
        if matches!(node.kind, Kind::FlowMap(_)) {
            return self.style().add_entry(self.text, &node.held(), flow(path, value));
        }
        let indent = members.first().map_or("", |first| line_indent(self.text, first.key_span.start));
        let end = members.last().map_or(node.span.end, |last| last.node.span.end.max(last.key_span.end));
        self.lines_at(line_end(self.text, end), &self.lines(path, value, indent))
    }

    /// A value at the end of a path, in a mapping that is not there yet.
    pub fn below(&self, node: &Node, owner: Option<&Member>, path: &[String], value: &Value) -> Splice {
        match (&node.kind, owner) {
            (Kind::Nothing, Some(owner)) => {
                let indent = format!("{}{}", line_indent(self.text, owner.key_span.start), self.unit);
                self.lines_at(line_end(self.text, node.span.end), &self.lines(path, value, &indent))
            }
            (Kind::Nothing, None) => self.lines_at(self.text.len(), &self.lines(path, value, "")),
            _ => Splice::replace(node.span.clone(), format!("{{ {} }}", flow(path, value))),
        }
    }

    pub fn add_entry(&self, node: &Node, entries: &[Node], entry: &str) -> Splice {
        match entries.last() {
            Some(last) if matches!(node.kind, Kind::BlockList(_)) => {
                let start = line_start(self.text, last.span.start);
                // The indentation, the dash, and the blanks behind it.
                let before = slice(self.text, start..last.span.start);
                self.lines_at(line_end(self.text, last.span.end), &[format!("{before}{entry}")])
            }
            _ => self.style().add_entry(self.text, &node.held(), entry.to_owned()),
        }
    }

    /// Other entries in place of all; comments between them stay.
    pub fn rewrite_list(&self, old: &[Node], new: &[String]) -> Vec<Splice> {
        let Some((first, others)) = old.split_first() else { return Vec::new() };
        let before = slice(self.text, line_start(self.text, first.span.start)..first.span.start);
        let lines: Vec<String> = new.iter().map(|entry| quoted(entry)).collect();
        let lines = lines.join(&format!("{}{before}", self.newline));
        let rest = others.iter().map(|entry| self.cut(&entry.span));
        std::iter::once(Splice::replace(first.span.clone(), lines)).chain(rest).collect()
    }

    /// Takes whole lines away, with the line end before them, or behind them at the start of the text.
    pub fn cut(&self, span: &Range<usize>) -> Splice {
        let (start, end) = (line_start(self.text, span.start), line_end(self.text, span.end));
        if start == 0 {
            return Splice::remove(start..end);
        }
        let before = slice(self.text, 0..start);
        let before = before.strip_suffix("\r\n").or(before.strip_suffix('\n')).map_or(start, str::len);
        let content = slice(self.text, start..end).trim_end_matches(['\r', '\n']).len();
        Splice::remove(before..start + content)
    }

    pub fn behind_colon(&self, member: &Member) -> usize {
        let behind = slice(self.text, member.key_span.end..self.text.len());
        member.key_span.end + behind.find(':').map_or(0, |colon| colon + 1)
    }

    fn style(&self) -> Style {
        let (unit, colon) = (self.unit.clone(), ": ".to_owned());
        Style { newline: self.newline, unit, colon, spread: false, spread_lists: false }
    }

    fn lines_at(&self, at: usize, lines: &[String]) -> Splice {
        let lines = lines.join(self.newline);
        let before = slice(self.text, 0..at);
        let ended = before.is_empty() || before.ends_with('\n');
        Splice::insert(at, if ended { lines + self.newline } else { format!("{}{lines}", self.newline) })
    }

    fn lines(&self, path: &[String], value: &Value, indent: &str) -> Vec<String> {
        let Some((name, deeper)) = path.split_first() else { return Vec::new() };
        let name = key(name);
        let inner = format!("{indent}{}", self.unit);
        let below = match (deeper, value) {
            ([], Value::List(entries)) if !entries.is_empty() => {
                entries.iter().map(|entry| format!("{inner}- {}", quoted(entry))).collect()
            }
            ([], _) => return vec![format!("{indent}{name}: {}", inline(value))],
            _ => self.lines(deeper, value, &inner),
        };
        std::iter::once(format!("{indent}{name}:")).chain(below).collect()
    }
}

/// A member for a mapping in braces.
fn flow(path: &[String], value: &Value) -> String {
    let nested = |inner: String, name: &String| format!("{}: {inner}", key(name));
    let Some((last, parents)) = path.split_last() else { return String::new() };
    parents.iter().rev().fold(nested(inline(value), last), |inner, name| nested(format!("{{ {inner} }}"), name))
}
