//! What fits on a line of YAML: scalars in and without quotes, flow lists and flow mappings, with their places.

use std::ops::Range;

use super::node::{Kind, Member, Node};
use crate::edit::error::{EditError, Oddity, Place};
use crate::edit::splice::slice;

/// Beyond this nobody nests.
pub(super) const DEEPEST: usize = 40;

pub(super) fn beyond<T>(text: &str, at: usize, what: &'static str) -> Result<T, EditError> {
    Err(EditError::NotSafelyEditable { place: Place::at(text, at), why: Oddity::Beyond { what } })
}

/// Where a plain scalar stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Block,
    Flow,
}

/// Reads one line, up to its end.
pub(super) struct Cursor<'t> {
    pub text: &'t str,
    pub at: usize,
    pub end: usize,
}

impl Cursor<'_> {
    /// A value in a block: it must be all of the line but for a comment.
    pub fn value(&mut self) -> Result<Node, EditError> {
        let node = self.node(Within::Block, 0)?;
        self.skip_blanks();
        if self.is_over() { Ok(node) } else { beyond(self.text, self.at, "text behind a value") }
    }

    /// A key with its colon.
    pub fn key(&mut self, flow: bool) -> Result<(String, Range<usize>), EditError> {
        let start = self.at;
        let quoted = matches!(self.peek(), Some('"' | '\''));
        let key = if quoted {
            self.quoted()?
        } else {
            let end = self.plain_end(if flow { Within::Flow } else { Within::Block }, true)?;
            let key = slice(self.text, start..end).to_owned();
            self.at = end;
            key
        };
        let span = start..self.at;
        self.skip_blanks();
        let closed = self.rest().strip_prefix(':').is_some_and(|after| after.is_empty() || after.starts_with(' '));
        if key == "<<" || !closed || span.is_empty() {
            return beyond(self.text, start, "a line that is no `key: value`");
        }
        self.at += 1;
        Ok((key, span))
    }

    pub fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    /// Nothing more, or a comment.
    pub fn is_over(&self) -> bool {
        self.rest().is_empty() || (self.rest().starts_with('#') && slice(self.text, 0..self.at).ends_with([' ', '\n']))
    }

    fn node(&mut self, within: Within, depth: usize) -> Result<Node, EditError> {
        let start = self.at;
        if depth > DEEPEST {
            return beyond(self.text, start, "nesting beyond all use");
        }
        let kind = match self.peek() {
            Some('"' | '\'') => Kind::Scalar { text: self.quoted()?, plain: false },
            Some('[') => self.list(depth)?,
            Some('{') => self.mapping(depth)?,
            _ => {
                let end = self.plain_end(within, false)?;
                self.at = end;
                Kind::Scalar { text: slice(self.text, start..end).to_owned(), plain: true }
            }
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn list(&mut self, depth: usize) -> Result<Kind, EditError> {
        let mut items = Vec::new();
        self.at += 1;
        while self.goes_on(']')? {
            items.push(self.node(Within::Flow, depth + 1)?);
            self.comma(']')?;
        }
        Ok(Kind::FlowList(items))
    }

    fn mapping(&mut self, depth: usize) -> Result<Kind, EditError> {
        let mut members = Vec::new();
        self.at += 1;
        while self.goes_on('}')? {
            let (key, key_span) = self.key(true)?;
            self.skip_blanks();
            let node = self.node(Within::Flow, depth + 1)?;
            Member { key, key_span, node }.into_members(self.text, &mut members)?;
            self.comma('}')?;
        }
        Ok(Kind::FlowMap(members))
    }

    /// Whether an item comes; otherwise takes the bracket.
    fn goes_on(&mut self, close: char) -> Result<bool, EditError> {
        self.skip_blanks();
        match self.peek() {
            Some(found) if found == close => {
                self.at += 1;
                Ok(false)
            }
            Some('#') | None => beyond(self.text, self.at, "a list or mapping in brackets over several lines"),
            Some(_) => Ok(true),
        }
    }

    fn comma(&mut self, close: char) -> Result<(), EditError> {
        self.skip_blanks();
        match self.peek() {
            Some(',') => self.at += 1,
            Some(found) if found == close => {}
            Some('#') | None => return beyond(self.text, self.at, "a list or mapping in brackets over several lines"),
            Some(_) => return beyond(self.text, self.at, "something other than a comma"),
        }
        Ok(())
    }

    /// Where a scalar without quotes ends.
    fn plain_end(&self, within: Within, key: bool) -> Result<usize, EditError> {
        let rest = self.rest();
        let special = rest
            .starts_with(['?', ':', ',', ']', '}', '&', '*', '!', '|', '>', '%', '@', '`', '#', '[', '{', '"', '\'']);
        let dash =
            rest.strip_prefix('-').is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()));
        if special || dash || rest.starts_with("...") {
            return beyond(self.text, self.at, "an anchor, an alias, a tag, a block of text or the like");
        }
        let mut before = ' ';
        let mut characters = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let parts = character == ':'
                && next.is_none_or(|next| next == ' ' || (within == Within::Flow && ",[]{}".contains(next)));
            let bracket = within == Within::Flow && ",[]{}".contains(character);
            if parts && !key {
                return beyond(self.text, self.at + at, "a colon in a value without quotes");
            }
            if parts || bracket || (character == '#' && before == ' ') {
                end = at;
                break;
            }
            before = character;
        }
        Ok(self.at + rest.get(..end).unwrap_or_default().trim_end_matches(' ').len())
    }

    /// A scalar in quotes, on one line.
    fn quoted(&mut self) -> Result<String, EditError> {
        let (start, quote) = (self.at, self.peek());
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(character) = self.peek() else {
                return beyond(self.text, start, "a quote that is not closed on its line");
            };
            self.at += character.len_utf8();
            match character {
                '\'' if quote == Some('\'') && self.peek() == Some('\'') => {
                    self.at += 1;
                    text.push('\'');
                }
                _ if Some(character) == quote => return Ok(text),
                '\\' if quote == Some('"') => text.push(self.escape()?),
                _ => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Result<char, EditError> {
        let unknown = || beyond(self.text, self.at, "an escape");
        let Some(letter) = self.peek() else { return unknown() };
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let simple = match letter {
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            ' ' | '"' | '/' | '\\' => letter,
            _ if digits > 0 => {
                let number =
                    self.rest().get(1..=digits).filter(|number| number.chars().all(|digit| digit.is_ascii_hexdigit()));
                let code = number.and_then(|number| u32::from_str_radix(number, 16).ok());
                let Some(character) = code.and_then(char::from_u32) else { return unknown() };
                character
            }
            _ => return unknown(),
        };
        self.at += 1 + digits;
        Ok(simple)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        slice(self.text, self.at..self.end)
    }
}
