//! What a single word of an env file is: an assignment, the name of a command, text with a value.

use std::ops::Range;

use super::super::error::Oddity;
use super::super::splice::{Lines, slice};
use super::systemd::is_name;
use super::token::{Kind, Piece, Token};

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

/// The word as an assignment, if it is one.
pub(super) fn assignment(text: &str, lines: &Lines, word: &Token) -> Option<Assignment> {
    let Kind::Word(pieces) = &word.kind else { return None };
    let (Piece::Plain(first), rest) = pieces.split_first()? else { return None };
    let (name, value) = slice(text, first.clone()).split_once('=')?;
    let (name, appended) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    if !is_name(name) {
        return None;
    }
    let value_range = first.end - value.len()..word.range.end;
    let mut pieces = rest.to_vec();
    if !value.is_empty() {
        pieces.insert(0, Piece::Plain(value_range.start..first.end));
    }
    let value_raw = slice(text, value_range.clone()).to_owned();
    let expands = pieces.iter().any(|piece| expands(text, piece));
    let mut oddities = Vec::new();
    oddities.extend(appended.then_some(Oddity::Appended));
    oddities.extend(expands.then_some(Oddity::Expands));
    oddities.extend(value_raw.contains('\n').then_some(Oddity::MultiLine));
    oddities.extend(value_raw.contains('\r').then_some(Oddity::CarriageReturn));
    let value = (!expands).then(|| characters(text, &pieces).map(|(character, _)| character).collect());
    let line = lines.line(word.range.start);
    let name = name.to_owned();
    Some(Assignment { name, line, value_raw, value, oddities, range: word.range.clone(), value_range, pieces })
}

/// Commands that keep the assignments before them, and that end a shell when they fail.
const SPECIAL: [&str; 9] = [":", ".", "eval", "exec", "export", "break", "continue", "times", "command"];

/// Whether assignments before this command may last: it may expand to nothing, or be one of the special commands.
pub(super) fn keeps_assignments(text: &str, command: &Token) -> bool {
    let Kind::Word(pieces) = &command.kind else { return false };
    let vanishes = pieces.iter().all(|piece| matches!(piece, Piece::Expansion(_) | Piece::Joined(_)));
    vanishes || SPECIAL.contains(&command_name(text, command).as_str())
}

/// A line break within a name: an assignment for a shell, but not for us.
pub(super) fn hides_name(text: &str, word: &Token) -> bool {
    let Kind::Word(pieces) = &word.kind else { return false };
    let [Piece::Plain(first), Piece::Joined(_), ..] = pieces.as_slice() else { return false };
    !slice(text, first.clone()).contains('=') && bare(text, word).contains('=')
}

/// The word with its quotes, without the line breaks that a backslash takes away.
pub(super) fn bare(text: &str, word: &Token) -> String {
    let Kind::Word(pieces) = &word.kind else { return String::new() };
    if pieces.iter().all(|piece| matches!(piece, Piece::Plain(_) | Piece::Joined(_))) {
        return characters(text, pieces).map(|(character, _)| character).collect();
    }
    slice(text, word.range.clone()).to_owned()
}

/// The word without quotes; with its dollar signs, if it has any.
pub(super) fn command_name(text: &str, word: &Token) -> String {
    let Kind::Word(pieces) = &word.kind else { return String::new() };
    let expands = pieces.iter().any(|piece| matches!(piece, Piece::Expansion(_)));
    if expands {
        return slice(text, word.range.clone()).to_owned();
    }
    characters(text, pieces).map(|(character, _)| character).collect()
}

fn expands(text: &str, piece: &Piece) -> bool {
    match piece {
        Piece::Expansion(_) => true,
        Piece::Plain(range) => {
            let plain = slice(text, range.clone());
            plain.contains(":~") || plain.starts_with('~')
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
