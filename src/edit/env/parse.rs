//! The assignments of an env file as a shell would make them, with all that makes one hard to know or to edit.

use std::ops::Range;

use super::super::error::Oddity;
use super::super::splice::{Lines, slice};
use super::block::Blocks;
use super::expansion::{self, Effect};
use super::lexer::tokens;
use super::systemd::is_name;
use super::token::{Kind, Piece, Token, Unread};
use super::word::{Assignment, assignment, bare, command_name, hides_name, keeps_assignments};

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

/// `NAME[`: bash looks for the other bracket, over lines and all.
fn is_element(word: &str) -> bool {
    word.split_once('[').is_some_and(|(name, _)| is_name(name))
}

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
        let names: Vec<String> = command.words.iter().map(|word| bare(self.text, word)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let in_block = !self.blocks.is_empty();
        for word in &command.words {
            self.expansions(word);
        }
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
        if let Some(command) = rest.first() {
            let keeps = keeps_assignments(self.text, command);
            odd.push(if keeps { Oddity::Conditional } else { Oddity::Temporary });
        }
        // To dash, `P+=x` is a command: what stands before it is for that command, what follows are its operands.
        let appends = |word: &&Token| self.assignment(word).is_some_and(|found| found.has(&Oddity::Appended));
        let appends = words.len() > 1 && assignments.iter().any(appends);
        odd.extend(appends.then_some(Oddity::Appended));
        for word in assignments {
            self.assign(word, &odd);
        }
        for word in words.iter().filter(|word| hides_name(self.text, word)) {
            self.obscure("\\", word.range.start);
        }
        if let Some((command, operands)) = rest.split_first() {
            let shared = if appends { odd.as_slice() } else { shared };
            self.run(command, operands, shared);
        }
    }

    /// A command, as far as it is about variables.
    fn run(&mut self, command: &Token, operands: &[&Token], shared: &[Oddity]) {
        let name = command_name(self.text, command);
        let declares = DECLARING.contains(&name.as_str());
        let assigns = |word: &Token| self.assignment(word).is_some_and(|found| !found.has(&Oddity::Appended));
        let plain = |word: &Token| is_name(slice(self.text, word.range.clone())) || (declares && assigns(word));
        if (declares || name == "unset") && !operands.iter().all(|word| plain(word)) {
            // A bad name ends dash.
            self.obscure(&format!("{name} …"), command.range.start);
        } else if OBSCURING.contains(&name.as_str()) || name.contains(['$', '`']) || is_element(&name) {
            self.obscure(&name, command.range.start);
        }
        if declares {
            let odd = [shared, &[Oddity::Exported]].concat();
            for word in operands {
                self.assign(word, &odd);
            }
        }
    }

    fn assignment(&self, word: &Token) -> Option<Assignment> {
        assignment(self.text, &self.lines, word)
    }

    fn expansions(&mut self, word: &Token) {
        let Kind::Word(pieces) = &word.kind else { return };
        for piece in pieces {
            if let Piece::Expansion(range) = piece {
                let expansion = slice(self.text, range.clone());
                match expansion::effect(expansion) {
                    Effect::None => {}
                    Effect::Obscuring => self.obscure(expansion, range.start),
                    Effect::Unreadable => self.blocks.broken = true,
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
