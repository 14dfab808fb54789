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
    /// What makes the rest unsure: `.`, `eval`, `exit`, `unset`, `${NAME:=x}` and the like, with their lines.
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
    let (lines, blocks, script) = (Lines::of(text), Blocks::default(), Script::default());
    let mut parser = Parser { text, lines, blocks, before: "", script };
    let mut command = Simple::default();
    for token in &tokens {
        let mark = slice(text, token.range.clone());
        match &token.kind {
            Kind::Word(_) if command.redirects => (command.redirects, command.redirected) = (false, true),
            Kind::Word(_) => command.words.push(token),
            Kind::Comment => {
                parser.comment(token, command.words.is_empty());
                command.note = true;
            }
            Kind::Operator if mark.starts_with(['<', '>']) => command.redirect(text, token),
            Kind::Operator | Kind::Newline => parser.command(&std::mem::take(&mut command), mark, token.range.start),
        }
    }
    if unread.is_none() {
        parser.command(&command, "\n", text.len());
    }
    parser.close(unread)
}

/// Commands that may set or unset a variable, or end the reading, out of our sight; some are known to some shells only.
const OBSCURING: [&str; 23] = [
    ".", "source", "eval", "unset", "read", "return", "exit", "exec", "alias", "readonly", "declare", "typeset",
    "local", "set", "shift", "trap", "time", "select", "function", "coproc", "[[", "]]", "let",
];
/// Commands whose operands are assignments.
const DECLARING: [&str; 5] = ["export", "readonly", "declare", "typeset", "local"];

/// Commands that keep the assignments before them, and that end a shell when they fail.
const SPECIAL: [&str; 9] = [":", ".", "eval", "exec", "export", "break", "continue", "times", "command"];

/// A simple command as it is gathered.
#[derive(Default)]
struct Simple<'t> {
    words: Vec<&'t Token>,
    /// `>` was seen, but not yet what it leads to.
    redirects: bool,
    redirected: bool,
    /// A comment ends the line.
    note: bool,
}

impl Simple<'_> {
    fn redirect(&mut self, text: &str, operator: &Token) {
        let number = |word: &&Token| {
            let digits = slice(text, word.range.clone()).bytes().all(|byte| byte.is_ascii_digit());
            digits && word.range.end == operator.range.start
        };
        if self.words.last().is_some_and(number) {
            self.words.pop();
        }
        self.redirected = self.redirects;
        self.redirects = true;
    }
}

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
        if alone && self.blocks.is_empty() && !self.blocks.is_hanging() {
            self.script.comments.push(token.range.clone());
        }
    }

    /// A simple command and the operator or line end behind it.
    fn command(&mut self, command: &Simple<'_>, after: &'t str, at: usize) {
        let names: Vec<String> = command.words.iter().map(|word| self.bare(word)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let in_block = !self.blocks.is_empty();
        let taken = self.blocks.enter(&names, after, command.redirected);
        self.loop_variable(&command.words, &names);
        let words = command.words.get(taken..).unwrap_or_default();
        let conditional = in_block
            || !self.blocks.is_empty()
            || matches!(self.before, "&&" | "||" | "|")
            || matches!(after, "|" | "&");
        let mut shared = Vec::new();
        shared.extend(conditional.then_some(Oddity::Conditional));
        shared.extend(command.note.then_some(Oddity::TrailingComment));
        self.simple(words, &shared);
        self.blocks.end(after, words.len());
        self.blocks.broken |= command.redirects;
        if self.blocks.broken {
            self.script.unread.get_or_insert(Unread { at, why: Oddity::SyntaxError });
        }
        // A line break after `&&`, `||` or `|` does not end anything.
        if after != "\n" || !command.words.is_empty() {
            self.before = after;
        }
    }

    fn simple(&mut self, words: &[&Token], shared: &[Oddity]) {
        let count = words.iter().take_while(|word| self.assignment(word).is_some()).count();
        let Some((assignments, rest)) = words.split_at_checked(count) else { return };
        let mut odd = shared.to_vec();
        odd.extend((!rest.is_empty()).then_some(if self.keeps(rest) {
            Oddity::Conditional
        } else {
            Oddity::Temporary
        }));
        // To dash, `P+=x` is a command, and what stands before it is for that command.
        let appends = |word: &&Token| self.assignment(word).is_some_and(|found| found.has(&Oddity::Appended));
        if count > 1 && assignments.iter().any(appends) {
            odd.push(Oddity::Appended);
        }
        for word in assignments {
            self.assign(word, &odd);
        }
        for word in words {
            self.expansions(word);
            if self.assignment(word).is_none() && self.bare(word).contains('=') && Self::is_broken(word) {
                self.obscure("\\", word.range.start);
            }
        }
        let Some((command, operands)) = rest.split_first() else { return };
        let name = self.command_name(command);
        let declares = DECLARING.contains(&name.as_str());
        let assigns = |word: &Token| self.assignment(word).is_some_and(|found| !found.has(&Oddity::Appended));
        let plain = |word: &Token| is_name(slice(self.text, word.range.clone())) || (declares && assigns(word));
        if (declares || name == "unset") && !operands.iter().all(|word| plain(word)) {
            // A bad name ends dash.
            self.obscure(&format!("{name} …"), command.range.start);
        } else if OBSCURING.contains(&name.as_str()) || name.contains(['$', '`']) {
            self.obscure(&name, command.range.start);
        }
        if declares {
            odd = shared.to_vec();
            odd.push(Oddity::Exported);
            for word in operands {
                self.assign(word, &odd);
            }
        }
    }

    /// A line break within a name: an assignment for a shell, but not for us.
    fn is_broken(word: &Token) -> bool {
        matches!(&word.kind, Kind::Word(pieces) if matches!(pieces.as_slice(), [Piece::Plain(_), Piece::Joined(_), ..]))
    }

    /// The word with its quotes, without the line breaks that a backslash takes away.
    fn bare(&self, word: &Token) -> String {
        let Kind::Word(pieces) = &word.kind else { return String::new() };
        if pieces.iter().all(|piece| matches!(piece, Piece::Plain(_) | Piece::Joined(_))) {
            return characters(self.text, pieces).map(|(character, _)| character).collect();
        }
        slice(self.text, word.range.clone()).to_owned()
    }

    /// The word without quotes; with its dollar signs, if it has any.
    fn command_name(&self, word: &Token) -> String {
        let Kind::Word(pieces) = &word.kind else { return String::new() };
        let expands = pieces.iter().any(|piece| matches!(piece, Piece::Expansion(_)));
        if expands {
            return slice(self.text, word.range.clone()).to_owned();
        }
        characters(self.text, pieces).map(|(character, _)| character).collect()
    }

    /// Whether an assignment before these words may last: they may expand to nothing, or be one of the special commands.
    fn keeps(&self, words: &[&Token]) -> bool {
        let vanishes = |word: &&Token| match &word.kind {
            Kind::Word(pieces) => pieces.iter().all(|piece| matches!(piece, Piece::Expansion(_) | Piece::Joined(_))),
            _ => false,
        };
        let first = words.first().map(|word| self.command_name(word));
        words.first().is_some_and(vanishes) || first.is_some_and(|name| SPECIAL.contains(&name.as_str()))
    }

    /// Some expansions assign (`${O:=x}`), or end the shell (`${O:?}`, `${}`).
    fn expansions(&mut self, word: &Token) {
        let Kind::Word(pieces) = &word.kind else { return };
        for piece in pieces {
            if let Piece::Expansion(range) = piece {
                let expansion = slice(self.text, range.clone());
                let harmless = expansion.strip_prefix("${").map_or(!expansion.starts_with("$(("), |inner| {
                    let rest = inner.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
                    let named = is_name(slice(inner, 0..inner.len() - rest.len()));
                    let plain = ["}", ":-", ":+", "-", "+"].iter().any(|operator| rest.starts_with(operator));
                    named && plain && !rest.contains(['$', '`'])
                });
                if !harmless {
                    self.obscure(expansion, range.start);
                }
            }
        }
    }

    fn obscure(&mut self, command: &str, at: usize) {
        self.script.obscuring.push((command.to_owned(), self.lines.line(at)));
        self.script.obscuring_at.push(at);
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

    /// `for NAME in …` sets a variable as well.
    fn loop_variable(&mut self, words: &[&Token], names: &[&str]) {
        let header = names.iter().position(|name| *name == "for").map(|at| at + 1);
        let Some((word, name)) = header.and_then(|at| words.get(at).zip(names.get(at))) else { return };
        let (name, line) = ((*name).to_owned(), self.lines.line(word.range.start));
        let oddities = vec![Oddity::Conditional, Oddity::Expands];
        let (range, value_range) = (word.range.clone(), word.range.end..word.range.end);
        let (value_raw, value, pieces) = (String::new(), None, Vec::new());
        let variable = Assignment { name, line, value_raw, value, oddities, range, value_range, pieces };
        self.script.assignments.push(variable);
    }

    fn close(mut self, unread: Option<Unread>) -> Script {
        let end = self.text.len();
        let open = !self.blocks.is_empty() || self.blocks.is_hanging();
        let open = open.then_some(Unread { at: end, why: Oddity::UnclosedBlock });
        self.script.unread = self.script.unread.or(unread).or(open);
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
