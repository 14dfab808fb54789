//! Writes new members and entries the way the author of the file writes: their line breaks, indentation and spacing.

use super::Held;
use crate::edit::splice::{Splice, indent_before, line_start, newline, slice};

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edit) enum New {
    /// JSON text of a single value.
    Plain(String),
    /// JSON texts of the entries.
    List(Vec<String>),
    /// An object of one member.
    Object { key: String, value: Box<New> },
}

/// The author's habits, as far as the file shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::edit) struct Style {
    pub newline: &'static str,
    /// One step of indentation.
    pub unit: String,
    /// Between a key and its value.
    pub colon: String,
    /// Members on lines of their own.
    pub spread: bool,
    /// Entries of lists on lines of their own.
    pub spread_lists: bool,
}

impl Style {
    /// `object` is where something is written, `root` the whole document; either may be empty. `lists` are those beside
    /// the new one, nearest last.
    pub fn of(text: &str, root: &Held, object: &Held, colon: Option<&str>, lists: &[Held]) -> Self {
        let unit =
            root.items.first().and_then(|first| indent_before(text, first.start)).filter(|unit| !unit.is_empty());
        Self {
            newline: newline(text),
            unit: unit.unwrap_or("  ").to_owned(),
            colon: colon.filter(|colon| !colon.contains('\n')).unwrap_or(": ").to_owned(),
            spread: is_spread(text, if object.items.is_empty() { root } else { object }),
            spread_lists: lists.iter().rfind(|list| !list.items.is_empty()).is_some_and(|list| is_spread(text, list)),
        }
    }

    /// What parts two items on one line.
    fn comma(&self) -> &'static str {
        if self.colon.ends_with([' ', '\t']) { ", " } else { "," }
    }

    /// The value as text, for a line with this indentation.
    pub fn render(&self, value: &New, indent: &str) -> String {
        match value {
            New::Plain(text) => text.clone(),
            New::List(entries) if entries.is_empty() => "[]".into(),
            New::List(entries) if self.spread && self.spread_lists => {
                let deeper = format!("{}{indent}{}", self.newline, self.unit);
                format!("[{deeper}{}{}{indent}]", entries.join(&format!(",{deeper}")), self.newline)
            }
            New::List(entries) => format!("[{}]", entries.join(self.comma())),
            New::Object { key, value } if self.spread => {
                let deeper = format!("{indent}{}", self.unit);
                let member = self.member(key, value, &deeper);
                format!("{{{}{deeper}{member}{}{indent}}}", self.newline, self.newline)
            }
            New::Object { key, value } => format!("{{{}}}", self.member(key, value, indent)),
        }
    }

    /// A member as text.
    pub fn member(&self, key: &str, value: &New, indent: &str) -> String {
        format!("{}{}{}", quoted(key), self.colon, self.render(value, indent))
    }

    /// Puts a member at the end of an object.
    pub fn add_member(&self, text: &str, object: &Held, key: &str, value: &New) -> Splice {
        let indent = line_indent(text, object.items.last().map_or(object.inner.start, |last| last.start));
        let Some(last) = object.items.last() else {
            let whole = New::Object { key: key.into(), value: Box::new(value.clone()) };
            let whole = self.render(&whole, indent);
            return Splice::replace(object.inner.clone(), slice(&whole, 1..whole.len() - 1));
        };
        Splice::insert(last.end, self.separator(text, object) + &self.member(key, value, indent))
    }

    /// Puts an entry at the end of a list.
    pub fn add_entry(&self, text: &str, held: &Held, entry: String) -> Splice {
        let Some(end) = held.items.last().map(|last| last.end) else {
            let spread_lists = self.spread_lists || slice(text, held.inner.clone()).contains('\n');
            let style = Self { spread: self.spread || spread_lists, spread_lists, ..self.clone() };
            let whole = style.render(&New::List(vec![entry]), line_indent(text, held.inner.start));
            return Splice::replace(held.inner.clone(), slice(&whole, 1..whole.len() - 1));
        };
        Splice::insert(end, self.separator(text, held) + &entry)
    }

    /// The comma between the last item and a new one, with blanks and line breaks as between those that are there.
    fn separator(&self, text: &str, held: &Held) -> String {
        let [.., last] = held.items.as_slice() else { return String::new() };
        let Some(previous) = held.items.len().checked_sub(2).and_then(|at| held.items.get(at)) else {
            let before = slice(text, held.inner.start..last.start);
            return if before.contains('\n') { format!(",{}", one_break(before)) } else { self.comma().into() };
        };
        let between = slice(text, previous.end..last.start);
        let (before, after) = between.split_once(',').unwrap_or_default();
        format!("{},{}", one_break(before), one_break(after))
    }
}

pub(in crate::edit) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The blanks that begin the line of `at`.
pub(in crate::edit) fn line_indent(text: &str, at: usize) -> &str {
    let line = slice(text, line_start(text, at)..at);
    slice(line, 0..line.len() - line.trim_start_matches([' ', '\t']).len())
}

fn is_spread(text: &str, held: &Held) -> bool {
    let first = held.items.first().map_or(held.inner.end, |first| first.start);
    slice(text, held.inner.start..first).contains('\n')
}

/// Blanks without empty lines: the first line break and the last indentation.
fn one_break(blanks: &str) -> String {
    match (blanks.split_once('\n'), blanks.rsplit_once('\n')) {
        (Some((first, _)), Some((_, last))) => {
            format!("{}\n{last}", if first.ends_with('\r') { "\r" } else { "" })
        }
        _ => blanks.to_owned(),
    }
}
