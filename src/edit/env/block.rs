//! Which blocks of shell code are open: `if`, loops, `case`, braces and brackets. Only whether, never what they do.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    If,
    Loop,
    Case,
    Brace,
    Bracket,
}

#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
    /// Something was closed that was not open: a shell stops there.
    pub astray: bool,
}

impl Blocks {
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes note of a word at the start of a command. False if it is an ordinary word.
    pub fn reserved(&mut self, word: &str) -> bool {
        match word {
            "if" => self.open.push(Block::If),
            "for" | "while" | "until" | "select" => self.open.push(Block::Loop),
            "case" => self.open.push(Block::Case),
            "{" => self.open.push(Block::Brace),
            "fi" => self.close(Block::If),
            "done" => self.close(Block::Loop),
            "esac" => self.close(Block::Case),
            "}" => self.close(Block::Brace),
            "then" | "else" | "elif" => self.inside(Block::If),
            "do" => self.inside(Block::Loop),
            "!" | "time" | "function" => {}
            _ => return false,
        }
        true
    }

    /// A `)` now ends a pattern of a `case`.
    pub fn in_pattern(&self) -> bool {
        self.open.last() == Some(&Block::Case)
    }

    pub fn open_bracket(&mut self) -> bool {
        if !self.in_pattern() {
            self.open.push(Block::Bracket);
        }
        true
    }

    pub fn close_bracket(&mut self) -> bool {
        match self.open.last() {
            Some(Block::Case) => true,
            Some(Block::Bracket) => self.open.pop().is_some(),
            _ => false,
        }
    }

    pub fn end_of_case(&self) -> bool {
        self.in_pattern()
    }

    fn close(&mut self, block: Block) {
        self.astray |= self.open.pop() != Some(block);
    }

    fn inside(&mut self, block: Block) {
        self.astray |= self.open.last() != Some(&block);
    }
}
