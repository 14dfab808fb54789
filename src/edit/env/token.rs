//! The tokens of an env file.

use std::ops::Range;

use super::super::error::Oddity;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub range: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(Vec<Piece>),
    /// `;`, `&&`, `(` and the like.
    Operator,
    Newline,
    Comment,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Stands for itself, outside of quotes.
    Plain(Range<usize>),
    /// Stands for itself, inside of quotes.
    Quoted(Range<usize>),
    /// A backslash and the character it protects.
    Escaped(Range<usize>),
    /// A backslash and a line end: nothing.
    Joined(Range<usize>),
    /// An opening or closing quote.
    Quote(usize),
    /// `$…` or backticks: known only when it is run.
    Expansion(Range<usize>),
}

/// Where a shell cannot read on, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    pub at: usize,
    pub why: Oddity,
}
