//! The grammar of compound commands: which blocks are open, and whether a shell would take what comes. It is stricter than
//! any shell: what dash, bash and busybox do not all take is refused.

use super::systemd::is_name;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    If,
    Then,
    Else,
    /// `while` or `until`, before `do`.
    While,
    /// `for`, before `do`.
    For,
    Do,
    Pattern,
    Case,
    Brace,
    Bracket,
    /// The brackets behind a function's name.
    Parens,
    /// Before the body of a function.
    Function,
}

/// What stands before the place that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Before {
    /// A separator.
    #[default]
    Nothing,
    /// A word such as `then`, `!` or `&&`: a command must follow.
    Opening,
    /// `fi`, `)` and the like: no word may follow.
    Closing,
    /// A command.
    Command,
}

#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
    before: Before,
    /// A command must come before the list can end.
    wanting: bool,
    /// A shell would stop here.
    pub broken: bool,
}

impl Blocks {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub fn is_hanging(&self) -> bool {
        self.wanting
    }

    pub fn in_pattern(&self) -> bool {
        self.top() == Some(Block::Pattern)
    }

    /// Takes what a command begins with: how many of its words are no part of a simple command. `after` is what ends it.
    pub fn enter(&mut self, words: &[&str], after: &str, redirected: bool) -> usize {
        let mut taken = 0;
        while let Some(rest) = words.get(taken..)
            && !self.in_pattern_with(rest)
            && let Some(count) = self.reserved(rest, after)
        {
            taken += count;
        }
        let rest = words.len() - taken.min(words.len());
        if self.in_pattern() {
            self.broken |= match after {
                ")" | "|" => rest != 1,
                "\n" | "(" => rest != 0,
                _ => true,
            };
            return words.len();
        }
        if rest > 0 || redirected {
            self.broken |= self.before == Before::Closing
                || matches!(self.top(), Some(Block::For | Block::Function | Block::Parens));
            self.before = Before::Command;
            self.wanting = false;
        }
        taken
    }

    /// Takes the operator or line end behind a command. `words` is how many ordinary words stand before it.
    pub fn end(&mut self, after: &str, words: usize) {
        let full = matches!(self.before, Before::Command | Before::Closing);
        match after {
            "\n" if self.before == Before::Opening || !full => {}
            "\n" => self.before = Before::Nothing,
            ";" | "&" => self.demand(full, Before::Nothing),
            "|" if self.in_pattern() => {}
            "&&" | "||" | "|" => {
                self.demand(full, Before::Opening);
                self.wanting = true;
            }
            ";;" => {
                self.turn(&[Block::Case], Block::Pattern);
                self.before = Before::Nothing;
            }
            "(" => self.bracket(words),
            ")" => self.unbracket(),
            _ => self.broken = true,
        }
    }

    fn demand(&mut self, full: bool, next: Before) {
        self.broken |= !full || self.in_pattern();
        self.before = next;
    }

    fn bracket(&mut self, words: usize) {
        match (self.top(), self.before, words) {
            (Some(Block::Pattern), _, _) => self.broken = true,
            (Some(Block::Function), _, 0) => {
                self.open.pop();
                self.push(Block::Bracket);
            }
            (top, Before::Nothing | Before::Opening, 0) if top != Some(Block::For) => self.push(Block::Bracket),
            (_, Before::Command, 1) => self.push(Block::Parens),
            _ => self.broken = true,
        }
    }

    fn unbracket(&mut self) {
        match self.top() {
            Some(Block::Pattern) => {
                self.turn(&[Block::Pattern], Block::Case);
                self.wanting = false;
                self.before = Before::Nothing;
            }
            Some(Block::Parens) if self.before == Before::Opening => self.turn(&[Block::Parens], Block::Function),
            _ => self.close(&[Block::Bracket]),
        }
    }

    /// In a `case`, all words are patterns but `esac`.
    fn in_pattern_with(&self, words: &[&str]) -> bool {
        self.in_pattern() && words.first() != Some(&"esac")
    }

    fn reserved(&mut self, words: &[&str], after: &str) -> Option<usize> {
        let (word, rest) = words.split_first()?;
        match *word {
            "if" => self.push(Block::If),
            "then" => self.turn(&[Block::If], Block::Then),
            "elif" => self.turn(&[Block::Then], Block::If),
            "else" => self.turn(&[Block::Then], Block::Else),
            "fi" => self.close(&[Block::Then, Block::Else]),
            "while" | "until" => self.push(Block::While),
            "do" => self.turn(&[Block::While, Block::For], Block::Do),
            "done" => self.close(&[Block::Do]),
            "esac" => self.close(&[Block::Pattern, Block::Case]),
            "}" => self.close(&[Block::Brace]),
            "{" => {
                if self.top() == Some(Block::Function) {
                    self.open.pop();
                }
                self.push(Block::Brace);
            }
            "!" => {
                self.broken |= self.before != Before::Nothing || rest.is_empty() || rest.first() == Some(&"!");
                self.wanting = true;
                self.before = Before::Opening;
            }
            "for" => return Some(self.header_of_for(rest, after)),
            "case" => return Some(self.header_of_case(rest)),
            _ => return None,
        }
        Some(1)
    }

    fn header_of_for(&mut self, rest: &[&str], after: &str) -> usize {
        let named = rest.first().is_some_and(|name| is_name(name)) && rest.get(1).is_none_or(|word| *word == "in");
        self.push(Block::For);
        self.broken |= !named || !matches!(after, ";" | "\n");
        self.before = Before::Command;
        rest.len() + 1
    }

    fn header_of_case(&mut self, rest: &[&str]) -> usize {
        self.push(Block::Pattern);
        self.broken |= rest.get(1) != Some(&"in");
        self.wanting = false;
        self.before = Before::Nothing;
        3.min(rest.len() + 1)
    }

    fn push(&mut self, block: Block) {
        self.broken |=
            self.before == Before::Closing || matches!(self.top(), Some(Block::For | Block::Function | Block::Parens));
        self.open.push(block);
        self.opened();
    }

    /// The middle of a block, such as `then`.
    fn turn(&mut self, from: &[Block], to: Block) {
        self.broken |= self.wanting && !matches!(self.top(), Some(Block::For | Block::Parens | Block::Pattern));
        self.broken |= self.before == Before::Command && self.top() != Some(Block::Case);
        match self.open.last_mut().filter(|top| from.contains(top)) {
            Some(top) => *top = to,
            None => self.broken = true,
        }
        self.opened();
        if matches!(to, Block::Pattern | Block::Case) {
            self.wanting = false;
        }
    }

    fn close(&mut self, blocks: &[Block]) {
        self.broken |= self.wanting || !self.top().is_some_and(|top| blocks.contains(&top));
        self.open.pop();
        self.before = Before::Closing;
    }

    fn opened(&mut self) {
        self.wanting = true;
        self.before = Before::Opening;
    }

    fn top(&self) -> Option<Block> {
        self.open.last().copied()
    }
}
