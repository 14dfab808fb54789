//! Why a text was not edited: always with the place, and never a guess. Nothing here decides anything.

use std::fmt;

/// The longest part of a line that is shown to a person.
const SNIPPET: usize = 160;

/// A place in a text, counted from one, with the line that is there (cut to a readable length).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    /// In characters, as an editor on the screen counts.
    pub column: usize,
    pub snippet: String,
}

impl Place {
    #[must_use]
    pub fn at(text: &str, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = text.split_at(offset);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = after.find('\n').map_or(text.len(), |at| offset + at);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(start..).unwrap_or_default().chars().count() + 1,
            snippet: text.get(start..end).unwrap_or_default().trim_end_matches('\r').chars().take(SNIPPET).collect(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text is not the JSON object that Docker wants. `message` is in Docker's own words where they are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct JsonProblem {
    pub place: Place,
    pub message: String,
    /// Docker reads this, only we do not: a lone surrogate, or nesting beyond all use.
    pub docker_accepts: bool,
}

/// An edit that was not made. The text is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("{place}: the file is not UTF-8 text")]
    NotUtf8 { place: Place },
    #[error(transparent)]
    NotJson(#[from] JsonProblem),
    #[error("{place}: the file is not {format}: {message}")]
    Malformed { place: Place, format: &'static str, message: String },
    #[error("{place}: `{path}` is {found}, but {expected} is needed")]
    WrongType { place: Place, path: String, expected: &'static str, found: &'static str },
    #[error("{place}: `{path}` is given more than once, and Docker merges the parts")]
    Divided { place: Place, path: String },
    #[error("{place}: {why}")]
    NotSafelyEditable { place: Place, why: Oddity },
    #[error("`{text}` cannot be written here so that every reader understands the same, because of {character:?}")]
    UnsafeText { text: String, character: char },
    #[error("{expected} is needed as path, not {found:?}")]
    WrongPath { expected: &'static str, found: Vec<String> },
    #[error("{value} cannot be stored in this kind of file")]
    WrongValue { value: &'static str },
    /// The judge's veto: the result would be read as something else than the old text plus the change.
    #[error("after the change {reader} would read {found}, not {expected}")]
    Misread { reader: &'static str, expected: String, found: String },
}

/// What makes a line mean different things to different readers, or something that cannot be known from the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    Exported,
    Appended,
    Conditional,
    /// `NAME=a b`: a shell gives the variable to the command `b` only.
    Temporary,
    Expands,
    MultiLine,
    TrailingComment,
    CarriageReturn,
    ByteOrderMark,
    ControlCharacter,
    UnclosedQuote,
    UnclosedBlock,
    SyntaxError,
    HereDocument,
    /// A command that may set, unset or skip the variable.
    Obscured {
        command: String,
    },
    /// Other commands stand on the same line.
    SharedLine,
    ReadersDisagree {
        /// The newest systemd that differs: `systemd`, or `systemd before` a release.
        reader: &'static str,
        systemd: String,
        shell: String,
    },
    /// `ExecStart=/bin/sh -c '…'`: the flag would go to the shell.
    ShellCommand,
    SeveralCommands,
    NoCommand,
    NoSection,
    /// A comment of its own would be lost with the entries beside it.
    CommentBetween,
    /// `{ a.b = 1 }` of TOML.
    DottedKeys,
    /// YAML that is not known here.
    Beyond {
        what: &'static str,
    },
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exported => "the variable is exported; systemd ignores such a line",
            Self::Appended => "`+=` is understood by bash only",
            Self::Conditional => {
                "the assignment is inside a condition, loop or function; systemd ignores the condition"
            }
            Self::Temporary => "the value is not in quotes, so a shell takes its second word for a command",
            Self::Expands => "the value uses `$` or a command; systemd takes that literally",
            Self::MultiLine => "the value spans several lines",
            Self::TrailingComment => "systemd takes the comment after the value for part of it",
            Self::CarriageReturn => "the line ends in CR LF; a shell takes the CR for part of the value",
            Self::ByteOrderMark => "the file begins with a byte order mark, which hides the first variable",
            Self::ControlCharacter => "there is a control character",
            Self::UnclosedQuote => "a quote is not closed",
            Self::UnclosedBlock => "a block, such as `if` or `(`, is not closed",
            Self::SyntaxError => "a shell cannot read this line",
            Self::HereDocument => "there is a here-document",
            Self::Obscured { command } => {
                return write!(formatter, "`{command}` may change the variable in a way that cannot be seen here");
            }
            Self::SharedLine => "other commands stand on the same line",
            Self::ReadersDisagree { reader, systemd, shell } => {
                return write!(formatter, "{reader} reads {systemd} here, a shell {shell}");
            }
            Self::ShellCommand => "the command is run by a shell",
            Self::SeveralCommands => "there are several commands",
            Self::NoCommand => "there is no command",
            Self::NoSection => "the setting is outside of a section",
            Self::CommentBetween => "a comment stands between the entries, and would be lost",
            Self::Beyond { what } => return write!(formatter, "there is {what} here, which regdoctor does not edit"),
            Self::DottedKeys => "an inline table has dotted keys",
        })
    }
}
