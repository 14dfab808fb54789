//! The assignments of an env file as a shell would make them, with all that makes one hard to know or to edit.

use std::ops::Range;

use super::super::error::Oddity;
use super::super::splice::{Lines, slice};
use super::block::Blocks;
use super::systemd::is_name;
use super::token::{Kind, Piece, Token, Unread, tokens};

/// One `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    pub line: usize,
    /// As it stands in the file, quotes and all.
    pub value_raw: String,
    /// As a shell sees it; not known if it expands something.
    pub value: Option<String>,
    pub oddities: Vec<Oddity>,
    pub(super) range: Range<usize>,
    pub(super) value_range: Range<usize>,
    pub(super) pieces: Vec<Piece>,
}

impl Assignment {
    #[must_use]
    pub fn has(&self, oddity: &Oddity) -> bool {
        self.oddities.contains(oddity)
    }
}

/// An env file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    pub assignments: Vec<Assignment>,
    /// Commands after which nothing is sure: `.`, `eval`, `exit`, `unset` and the like, with their lines.
    pub obscuring: Vec<(String, usize)>,
    pub(super) obscuring_at: Vec<usize>,
    /// Comments that stand outside of every block.
    pub(super) comments: Vec<Range<usize>>,
    pub(super) unread: Option<Unread>,
}

/// Reads an env file as a shell does.
#[must_use]
pub fn parse(text: &str) -> Script {
    let (tokens, unread) = tokens(text);
    let mut parser =
        Parser { text, lines: Lines::of(text), blocks: Blocks::default(), before: "", script: Script::default() };
    let mut words: Vec<&Token> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word(_) => words.push(token),
            Kind::Comment => parser.comment(token, words.is_empty()),
            Kind::Operator | Kind::Newline => {
                let mark = if token.kind == Kind::Newline { "\n" } else { slice(text, token.range.clone()) };
                if matches!(mark, ">" | "<" | ">>" | ">&" | "<&" | "<>" | ">|") {
                    continue;
                }
                let note =
                    at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|token| token.kind == Kind::Comment);
                parser.command(&words, mark, note);
                parser.end(&words, mark, token.range.start);
                words.clear();
            }
        }
    }
    let note = tokens.last().is_some_and(|token| token.kind == Kind::Comment);
    parser.command(&words, "\n", note);
    parser.close(unread)
}

/// Commands that may set or unset a variable, or end the reading, out of our sight.
const OBSCURING: [&str; 9] = [".", "source", "eval", "unset", "read", "return", "exit", "exec", "alias"];
/// Commands whose operands are assignments.
const DECLARING: [&str; 5] = ["export", "readonly", "declare", "typeset", "local"];

struct Parser<'t> {
    text: &'t str,
    lines: Lines,
    blocks: Blocks,
    /// The operator before the current command.
    before: &'t str,
    script: Script,
}

impl<'t> Parser<'t> {
    fn comment(&mut self, token: &Token, alone: bool) {
        if alone && self.blocks.is_empty() && self.before != "&&" && self.before != "||" && self.before != "|" {
            self.script.comments.push(token.range.clone());
        }
    }

    /// A simple command, without the operators around it.
    fn command(&mut self, words: &[&Token], after: &str, note: bool) {
        if after == ")" && self.blocks.in_pattern() {
            return;
        }
        let mut words = words;
        while let [first, rest @ ..] = words {
            let word = slice(self.text, first.range.clone());
            if matches!(word, "for" | "case" | "select" | "function") {
                self.blocks.reserved(word);
                let variable = rest.first().map(|variable| (*variable).clone());
                if let (Some(variable), "for" | "select") = (variable, word) {
                    self.loop_variable(&variable);
                }
                return;
            }
            if !self.blocks.reserved(word) {
                break;
            }
            words = rest;
        }
        let conditional =
            !self.blocks.is_empty() || matches!(self.before, "&&" | "||" | "|") || matches!(after, "|" | "&");
        let mut shared = Vec::new();
        shared.extend(conditional.then_some(Oddity::Conditional));
        shared.extend((after == "(").then_some(Oddity::Expands));
        shared.extend(note.then_some(Oddity::TrailingComment));
        self.simple(words, &shared);
    }

    fn simple(&mut self, words: &[&Token], shared: &[Oddity]) {
        let count = words.iter().take_while(|word| self.assignment(word).is_some()).count();
        let Some((assignments, rest)) = words.split_at_checked(count) else { return };
        let mut odd = shared.to_vec();
        odd.extend((!rest.is_empty()).then_some(Oddity::Temporary));
        for word in assignments {
            self.assign(word, &odd);
        }
        let Some((command, operands)) = rest.split_first() else { return };
        let name = slice(self.text, command.range.clone());
        if OBSCURING.contains(&name) {
            self.script.obscuring.push((name.to_owned(), self.lines.line(command.range.start)));
            self.script.obscuring_at.push(command.range.start);
        } else if DECLARING.contains(&name) {
            let mut odd = shared.to_vec();
            odd.push(Oddity::Exported);
            for word in operands {
                self.assign(word, &odd);
            }
        }
    }

    fn assign(&mut self, word: &Token, odd: &[Oddity]) {
        let Some(mut assignment) = self.assignment(word) else { return };
        assignment.oddities.splice(0..0, odd.iter().cloned());
        self.script.assignments.push(assignment);
    }

    /// The word as an assignment, if it is one.
    fn assignment(&self, word: &Token) -> Option<Assignment> {
        let Kind::Word(pieces) = &word.kind else { return None };
        let (Piece::Plain(first), rest) = pieces.split_first()? else { return None };
        let (name, value) = slice(self.text, first.clone()).split_once('=')?;
        let (name, appended) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
        if !is_name(name) {
            return None;
        }
        let value_range = first.end - value.len()..word.range.end;
        let mut pieces = rest.to_vec();
        if !value.is_empty() {
            pieces.insert(0, Piece::Plain(value_range.start..first.end));
        }
        let value_raw = slice(self.text, value_range.clone()).to_owned();
        let expands = pieces.iter().any(|piece| expands(self.text, piece, value_range.start));
        let mut oddities = Vec::new();
        oddities.extend(appended.then_some(Oddity::Appended));
        oddities.extend(expands.then_some(Oddity::Expands));
        oddities.extend(value_raw.contains('\n').then_some(Oddity::MultiLine));
        oddities.extend(value_raw.contains('\r').then_some(Oddity::CarriageReturn));
        let value = (!expands).then(|| characters(self.text, &pieces).map(|(character, _)| character).collect());
        let line = self.lines.line(word.range.start);
        let name = name.to_owned();
        Some(Assignment { name, line, value_raw, value, oddities, range: word.range.clone(), value_range, pieces })
    }

    fn loop_variable(&mut self, word: &Token) {
        let name = slice(self.text, word.range.clone()).to_owned();
        let (line, end) = (self.lines.line(word.range.start), word.range.end);
        let oddities = vec![Oddity::Conditional, Oddity::Expands];
        let (value_raw, value, pieces) = (String::new(), None, Vec::new());
        let range = word.range.clone();
        let loop_variable = Assignment { name, line, value_raw, value, oddities, range, value_range: end..end, pieces };
        self.script.assignments.push(loop_variable);
    }

    /// The operator or line end behind a command.
    fn end(&mut self, words: &[&Token], mark: &'t str, at: usize) {
        let operator = mark != "\n";
        let empty = words.is_empty() && self.before != ")";
        let fits = match mark {
            "(" => self.blocks.open_bracket(),
            ")" => self.blocks.close_bracket(),
            ";;" => self.blocks.end_of_case(),
            _ => !operator || !empty,
        };
        if !fits {
            self.script.unread.get_or_insert(Unread { at, why: Oddity::SyntaxError });
        }
        // A line break after `&&`, `||` or `|` does not end anything.
        if operator || !(words.is_empty() && matches!(self.before, "&&" | "||" | "|")) {
            self.before = mark;
        }
    }

    fn close(mut self, unread: Option<Unread>) -> Script {
        let end = self.text.len();
        let open = (!self.blocks.is_empty()).then_some(Unread { at: end, why: Oddity::UnclosedBlock });
        let astray = self.blocks.astray.then_some(Unread { at: 0, why: Oddity::SyntaxError });
        self.script.unread = self.script.unread.or(unread).or(open).or(astray);
        self.script
    }
}

fn expands(text: &str, piece: &Piece, value_start: usize) -> bool {
    match piece {
        Piece::Expansion(_) => true,
        Piece::Plain(range) => {
            let plain = slice(text, range.clone());
            plain.contains(":~") || (range.start == value_start && plain.starts_with('~'))
        }
        _ => false,
    }
}

/// The characters of a static word, each with where it comes from.
pub(super) fn characters<'t>(text: &'t str, pieces: &'t [Piece]) -> impl Iterator<Item = (char, Range<usize>)> + 't {
    pieces.iter().flat_map(|piece| {
        let range = match piece {
            Piece::Plain(range) | Piece::Quoted(range) => range.clone(),
            Piece::Escaped(range) => range.start + 1..range.end,
            Piece::Joined(_) | Piece::Quote(_) | Piece::Expansion(_) => 0..0,
        };
        let escaped = usize::from(matches!(piece, Piece::Escaped(_)));
        slice(text, range.clone()).char_indices().map(move |(at, character)| {
            let at = range.start + at;
            (character, at - escaped..at + character.len_utf8())
        })
    })
}
