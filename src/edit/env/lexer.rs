//! Cuts an env file into words as a POSIX shell does, with every byte accounted for. Decides nothing about assignments.

use super::super::error::Oddity;
use super::super::splice::slice;
use super::token::{Kind, Piece, Token, Unread};

/// The tokens up to the end, or to where a shell would give up.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Option<Unread>) {
    let mut lexer = Lexer { text, at: 0, depth: 0 };
    let mut tokens = Vec::new();
    loop {
        match lexer.token() {
            Ok(Some(token)) => tokens.push(token),
            Ok(None) => return (tokens, None),
            Err(unread) => return (tokens, Some(unread)),
        }
    }
}

const TWO: [&str; 9] = [";;", "&&", "||", ">>", "<<", "<&", ">&", "<>", ">|"];

/// Beyond this nobody nests.
const DEEPEST: usize = 40;

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// How many `$(` and `${` are open.
    depth: usize,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Option<Token>, Unread> {
        self.skip_blanks();
        let start = self.at;
        let Some(byte) = self.peek(0) else { return Ok(None) };
        let kind = match byte {
            b'\n' => {
                self.at += 1;
                Kind::Newline
            }
            b'#' => {
                self.at = self.find(b'\n').unwrap_or(self.text.len());
                Kind::Comment
            }
            b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => {
                let two = self.text.get(start..start + 2).is_some_and(|two| TWO.contains(&two));
                self.at += if two { 2 } else { 1 };
                if slice(self.text, start..self.at) == "<<" {
                    return Err(Unread { at: start, why: Oddity::HereDocument });
                }
                Kind::Operator
            }
            _ => Kind::Word(self.word()?),
        };
        Ok(Some(Token { range: start..self.at, kind }))
    }

    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b' ' | b'\t'), _) => self.at += 1,
                (Some(b'\\'), Some(b'\n')) => self.at += 2,
                _ => return,
            }
        }
    }

    fn word(&mut self) -> Result<Vec<Piece>, Unread> {
        let mut pieces = Vec::new();
        loop {
            let start = self.at;
            match self.peek(0) {
                None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') => {
                    return Ok(pieces);
                }
                Some(b'\'') => self.single(&mut pieces)?,
                Some(b'"') => self.double(&mut pieces)?,
                Some(b'\\') => pieces.push(self.backslash()),
                Some(b'`') => pieces.push(self.backticks()?),
                Some(b'$') if self.expands() || matches!(self.peek(1), Some(b'\'' | b'"')) => {
                    pieces.push(self.dollar()?);
                }
                Some(_) => {
                    self.at += 1;
                    self.run(|byte| !b" \t\n;&|<>()'\"\\`$".contains(&byte));
                    pieces.push(Piece::Plain(start..self.at));
                }
            }
        }
    }

    fn single(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Unread> {
        let open = self.at;
        self.at += 1;
        let close = self.find(b'\'').ok_or(Unread { at: open, why: Oddity::UnclosedQuote })?;
        pieces.push(Piece::Quote(open));
        if close > self.at {
            pieces.push(Piece::Quoted(self.at..close));
        }
        pieces.push(Piece::Quote(close));
        self.at = close + 1;
        Ok(())
    }

    fn double(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Unread> {
        let open = self.at;
        pieces.push(Piece::Quote(open));
        self.at += 1;
        loop {
            let start = self.at;
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Err(Unread { at: open, why: Oddity::UnclosedQuote }),
                (Some(b'"'), _) => {
                    pieces.push(Piece::Quote(start));
                    self.at += 1;
                    return Ok(());
                }
                (Some(b'\\'), Some(b'"' | b'\\' | b'`' | b'$' | b'\n')) => pieces.push(self.backslash()),
                (Some(b'`'), _) => pieces.push(self.backticks()?),
                (Some(b'$'), _) if self.expands() => pieces.push(self.dollar()?),
                _ => {
                    self.at += 1;
                    self.run(|byte| !b"\"\\`$".contains(&byte));
                    pieces.push(Piece::Quoted(start..self.at));
                }
            }
        }
    }

    fn backslash(&mut self) -> Piece {
        let start = self.at;
        let escaped = slice(self.text, start + 1..self.text.len()).chars().next();
        self.at += 1 + escaped.map_or(0, char::len_utf8);
        match escaped {
            Some('\n') => Piece::Joined(start..self.at),
            Some(_) => Piece::Escaped(start..self.at),
            None => Piece::Plain(start..self.at),
        }
    }

    fn backticks(&mut self) -> Result<Piece, Unread> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek(0) {
                None => return Err(Unread { at: start, why: Oddity::UnclosedQuote }),
                Some(b'`') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(Piece::Expansion(start..self.at))
    }

    /// Whether the `$` here begins an expansion.
    fn expands(&self) -> bool {
        self.peek(1).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_{([@*#?-$!".contains(&byte))
    }

    fn dollar(&mut self) -> Result<Piece, Unread> {
        let start = self.at;
        self.at += 1;
        match self.peek(0) {
            Some(b'{') => self.nested(b'{', b'}')?,
            Some(b'(') => self.nested(b'(', b')')?,
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            }
            // To bash this begins a sum, to others it is two characters.
            Some(b'[') => return Err(Unread { at: start, why: Oddity::SyntaxError }),
            // Only bash knows `$'…'`: the dollar is enough to know that the value is not known.
            Some(b'\'' | b'"') | None => {}
            Some(_) => self.at += 1,
        }
        Ok(Piece::Expansion(start..self.at))
    }

    /// Up to the bracket that closes this one, over quotes and inner brackets.
    fn nested(&mut self, open: u8, close: u8) -> Result<(), Unread> {
        let start = self.at;
        let unclosed = Unread { at: start, why: Oddity::UnclosedBlock };
        let mut depth = 0_usize;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(unclosed);
        }
        loop {
            match self.peek(0).ok_or_else(|| unclosed.clone())? {
                b'\\' => self.at += 1,
                b'"' if open == b'(' => self.double(&mut Vec::new()).map(|()| self.at -= 1)?,
                b'\'' if open == b'(' => self.single(&mut Vec::new()).map(|()| self.at -= 1)?,
                byte if byte == open => depth += 1,
                byte if byte == close => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                self.depth -= 1;
                return Ok(());
            }
        }
    }

    /// Goes on as long as the bytes are wanted. All the bytes that stop it are ASCII, so characters stay whole.
    fn run(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn find(&self, byte: u8) -> Option<usize> {
        slice(self.text, self.at..self.text.len()).find(char::from(byte)).map(|found| self.at + found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        tokens(text).0.into_iter().map(|token| &text[token.range]).collect()
    }

    #[test]
    fn words_and_operators() {
        let text = "A=\"x y\" B='#' # note \\\n\\\nC=$(a 'b)' (c)) && d\\\ne;;`f \\` g`${H:-\"}\\}\"}";
        let expected = [
            "A=\"x y\"",
            "B='#'",
            "# note \\",
            "\n",
            "C=$(a 'b)' (c))",
            "&&",
            "d\\\ne",
            ";;",
            "`f \\` g`${H:-\"}\\}\"}",
        ];
        assert_eq!(shown(text)[..8], expected[..8]);
    }

    #[test]
    fn every_byte_is_in_one_piece() {
        for text in ["a'b c'\\d\"e$F`g`\\\"\\q\"h$'i'é\\é", "\\", "a\\\nb$", "\"$\"", "'\u{e9}'"] {
            let (tokens, unread) = tokens(text);
            assert_eq!(unread, None);
            let [Token { kind: Kind::Word(pieces), .. }] = tokens.as_slice() else { panic!("{tokens:?}") };
            let mut at = 0;
            for piece in pieces {
                let (Piece::Plain(range)
                | Piece::Quoted(range)
                | Piece::Escaped(range)
                | Piece::Joined(range)
                | Piece::Expansion(range)) = piece
                else {
                    at += 1;
                    continue;
                };
                assert_eq!(range.start, at, "{text}");
                at = range.end;
            }
            assert_eq!(at, text.len(), "{text}");
        }
    }

    #[test]
    fn unread_places() {
        for (text, at, why) in [
            ("a 'b", 2, Oddity::UnclosedQuote),
            ("\"a", 0, Oddity::UnclosedQuote),
            ("`a\\", 0, Oddity::UnclosedQuote),
            ("a$(b", 2, Oddity::UnclosedBlock),
            ("cat <<E", 4, Oddity::HereDocument),
        ] {
            assert_eq!(tokens(text).1, Some(Unread { at, why }), "{text}");
        }
    }
}
