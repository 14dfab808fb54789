//! Reads the YAML that people write for engines: block mappings, block lists of single values, scalars and flow collections on
//! one line, comments. All else (anchors, tags, text over lines, several documents) is refused by name.

use std::ops::Range;

use super::node::{Kind, Member, Node};
use super::scalar::{Cursor, DEEPEST, beyond};
use crate::edit::error::EditError;
use crate::edit::splice::slice;

/// A line that is neither blank nor a comment, without its end.
struct Line {
    span: Range<usize>,
    indent: usize,
}

/// Reads a document without a byte order mark. Its root is a block mapping, or nothing.
pub(super) fn read(text: &str) -> Result<Node, EditError> {
    let odd = |character: char| {
        let control = character.is_control() && !matches!(character, '\n' | '\r');
        control || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    if let Some(at) = text.find(odd) {
        return beyond(text, at, "a tab or another control character");
    }
    if let Some(at) = text.replace("\r\n", "  ").find('\r') {
        return beyond(text, at, "a line end that is only CR");
    }
    let mut parser = Parser { text, lines: lines(text), at: 0 };
    if parser.line().is_some_and(|line| slice(text, line.span.clone()).trim_end() == "---") {
        parser.at += 1;
    }
    let root = match parser.line() {
        None => Node { span: text.len()..text.len(), kind: Kind::Nothing },
        Some(line) => parser.mapping(line.indent, 0)?,
    };
    match parser.line() {
        None => Ok(root),
        Some(line) => beyond(text, line.span.start, "an indentation that fits to nothing"),
    }
}

fn lines(text: &str) -> Vec<Line> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let inner = content.trim_start_matches(' ');
        if !inner.is_empty() && !inner.starts_with('#') {
            lines.push(Line { span: at..at + content.len(), indent: content.len() - inner.len() });
        }
        at += line.len();
    }
    lines
}

struct Parser<'t> {
    text: &'t str,
    lines: Vec<Line>,
    at: usize,
}

impl<'t> Parser<'t> {
    fn line(&self) -> Option<&Line> {
        self.lines.get(self.at)
    }

    /// Takes the line, from behind its indentation.
    fn cursor(&self, line: &Line) -> Cursor<'t> {
        Cursor { text: self.text, at: line.span.start + line.indent, end: line.span.end }
    }

    fn is_dash(&self, line: &Line) -> bool {
        let content = slice(self.text, line.span.start + line.indent..line.span.end);
        content == "-" || content.starts_with("- ")
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Result<Node, EditError> {
        let mut members = Vec::new();
        let start = self.line().map_or(0, |line| line.span.start);
        let mut end = start;
        if depth > DEEPEST {
            return beyond(self.text, start, "nesting beyond all use");
        }
        while let Some(line) = self.line().filter(|line| line.indent == indent && !self.is_dash(line)) {
            let mut cursor = self.cursor(line);
            let (key, key_span) = cursor.key(false)?;
            let node = self.value(cursor, indent, depth)?;
            end = node.span.end.max(self.lines.get(self.at - 1).map_or(0, |line| line.span.end));
            Member { key, key_span, node }.into_members(self.text, &mut members)?;
        }
        match self.line() {
            Some(line) if members.is_empty() || line.indent > indent => {
                beyond(self.text, line.span.start + line.indent, "an indentation that fits to nothing")
            }
            _ => Ok(Node { span: start..end, kind: Kind::BlockMap(members) }),
        }
    }

    /// What stands behind a colon, or below.
    fn value(&mut self, mut cursor: Cursor<'t>, indent: usize, depth: usize) -> Result<Node, EditError> {
        let behind = cursor.at;
        cursor.skip_blanks();
        let inline = if cursor.is_over() { None } else { Some(cursor.value()?) };
        self.at += 1;
        let below = self.line().map(|line| (line.indent, self.is_dash(line)));
        match (inline, below) {
            (Some(_), Some((deeper, _))) if deeper > indent => {
                beyond(self.text, self.line().map_or(0, |line| line.span.start), "a value over several lines")
            }
            (Some(node), _) => Ok(node),
            (None, Some((deeper, true))) if deeper >= indent => self.list(deeper),
            (None, Some((deeper, false))) if deeper > indent => self.mapping(deeper, depth + 1),
            (None, _) => Ok(Node { span: behind..behind, kind: Kind::Nothing }),
        }
    }

    fn list(&mut self, indent: usize) -> Result<Node, EditError> {
        let mut entries = Vec::new();
        let start = self.line().map_or(0, |line| line.span.start);
        let mut end = start;
        while let Some(line) = self.line().filter(|line| line.indent == indent && self.is_dash(line)) {
            let mut cursor = self.cursor(line);
            end = line.span.end;
            cursor.at += 1;
            cursor.skip_blanks();
            if cursor.is_over() {
                return beyond(self.text, cursor.at, "an entry below its dash");
            }
            entries.push(cursor.value()?);
            self.at += 1;
        }
        match self.line() {
            Some(line) if line.indent > indent => {
                beyond(self.text, line.span.start + line.indent, "an entry over several lines")
            }
            _ => Ok(Node { span: start..end, kind: Kind::BlockList(entries) }),
        }
    }
}
