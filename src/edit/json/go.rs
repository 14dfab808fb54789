//! Reads JSON as Go's `encoding/json` does, and complains in its words, so that what a person sees here is what they
//! find in Docker's log. Follows `scanner.go` of Go 1.15 to 1.27 (the messages have not changed). Builds no values.

/// The first byte that Go refuses, and its words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub at: usize,
    pub message: String,
}

/// Go gives up beyond this.
const DEEPEST: usize = 10_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Object,
    Array,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    Next,
}

/// Whether Go takes this text for one JSON value.
pub(super) fn check(text: &str) -> Result<(), Complaint> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, inside: Vec::new() };
    let mut expect = Expect::Value;
    loop {
        scanner.skip_blanks();
        let Some(byte) = scanner.peek() else { break };
        expect = scanner.step(expect, byte)?;
    }
    if expect == Expect::Next && scanner.inside.is_empty() { Ok(()) } else { Err(scanner.ended()) }
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    inside: Vec<Inside>,
}

impl Scanner<'_> {
    fn step(&mut self, expect: Expect, byte: u8) -> Result<Expect, Complaint> {
        match (expect, byte) {
            (Expect::ValueOrEnd, b']') | (Expect::KeyOrEnd, b'}') => self.close(),
            (Expect::Value | Expect::ValueOrEnd, _) => self.value(byte),
            (Expect::Key | Expect::KeyOrEnd, b'"') => self.string().map(|()| Expect::Colon),
            (Expect::Key | Expect::KeyOrEnd, _) => Err(self.unexpected("looking for beginning of object key string")),
            (Expect::Colon, b':') => self.pass(Expect::Value),
            (Expect::Colon, _) => Err(self.unexpected("after object key")),
            (Expect::Next, _) => self.next(byte),
        }
    }

    fn next(&mut self, byte: u8) -> Result<Expect, Complaint> {
        match (self.inside.last(), byte) {
            (Some(Inside::Object), b',') => self.pass(Expect::Key),
            (Some(Inside::Array), b',') => self.pass(Expect::Value),
            (Some(Inside::Object), b'}') | (Some(Inside::Array), b']') => self.close(),
            (Some(Inside::Object), _) => Err(self.unexpected("after object key:value pair")),
            (Some(Inside::Array), _) => Err(self.unexpected("after array element")),
            (None, _) => Err(self.unexpected("after top-level value")),
        }
    }

    fn value(&mut self, byte: u8) -> Result<Expect, Complaint> {
        match byte {
            b'{' => self.open(Inside::Object, Expect::KeyOrEnd),
            b'[' => self.open(Inside::Array, Expect::ValueOrEnd),
            b'"' => self.string().map(|()| Expect::Next),
            b'-' | b'0'..=b'9' => self.number().map(|()| Expect::Next),
            b't' => self.literal("true").map(|()| Expect::Next),
            b'f' => self.literal("false").map(|()| Expect::Next),
            b'n' => self.literal("null").map(|()| Expect::Next),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn open(&mut self, inside: Inside, expect: Expect) -> Result<Expect, Complaint> {
        self.inside.push(inside);
        if self.inside.len() > DEEPEST {
            return Err(Complaint { at: self.at, message: "exceeded max depth".into() });
        }
        self.pass(expect)
    }

    fn close(&mut self) -> Result<Expect, Complaint> {
        self.inside.pop();
        self.pass(Expect::Next)
    }

    // The caller has seen the byte; `Result` lets it stand in a `match` beside those that can fail.
    #[expect(clippy::unnecessary_wraps, reason = "one shape for all arms of `step`")]
    fn pass(&mut self, expect: Expect) -> Result<Expect, Complaint> {
        self.at += 1;
        Ok(expect)
    }

    fn string(&mut self) -> Result<(), Complaint> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.ended()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..=0x1f) => return Err(self.unexpected("in string literal")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Complaint> {
        self.at += 1;
        match self.peek() {
            None => Err(self.ended()),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                (0..4).try_for_each(|_| self.demand(u8::is_ascii_hexdigit, "in \\u hexadecimal character escape"))
            }
            Some(_) => Err(self.unexpected("in string escape code")),
        }
    }

    fn number(&mut self) -> Result<(), Complaint> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        self.demand(u8::is_ascii_digit, "in numeric literal")?;
        if !leading_zero {
            self.skip_digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.demand(u8::is_ascii_digit, "after decimal point in numeric literal")?;
            self.skip_digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.demand(u8::is_ascii_digit, "in exponent of numeric literal")?;
            self.skip_digits();
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Complaint> {
        for expected in word.bytes() {
            let context = format!("in literal {word} (expecting '{}')", char::from(expected));
            self.demand(|byte| *byte == expected, &context)?;
        }
        Ok(())
    }

    fn demand(&mut self, wanted: impl Fn(&u8) -> bool, context: &str) -> Result<(), Complaint> {
        match self.peek() {
            None => Err(self.ended()),
            Some(byte) if wanted(&byte) => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.unexpected(context)),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, context: &str) -> Complaint {
        let shown = self.peek().map(quoted).unwrap_or_default();
        Complaint { at: self.at, message: format!("invalid character {shown} {context}") }
    }

    fn ended(&self) -> Complaint {
        Complaint { at: self.bytes.len(), message: "unexpected end of JSON input".into() }
    }
}

/// Go shows a single byte, taken for a code point: the first byte of a mark is `'ï'`.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".into(),
        b'\\' => r"'\\'".into(),
        7 => r"'\a'".into(),
        8 => r"'\b'".into(),
        b'\t' => r"'\t'".into(),
        b'\n' => r"'\n'".into(),
        11 => r"'\v'".into(),
        12 => r"'\f'".into(),
        b'\r' => r"'\r'".into(),
        0..=0x1f | 0x7f => format!(r"'\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!(r"'\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, offset and the words of Go; those of docker-daemon.md were seen on real daemons.
    const REFUSED: &[(&str, usize, &str)] = &[
        ("", 0, "unexpected end of JSON input"),
        ("{\"a\": 1,}", 8, "invalid character '}' looking for beginning of object key string"),
        ("{\"a\": [1,]}", 9, "invalid character ']' looking for beginning of value"),
        ("{ // x\n}", 2, "invalid character '/' looking for beginning of object key string"),
        ("// x\n{}", 0, "invalid character '/' looking for beginning of value"),
        ("{}x", 2, "invalid character 'x' after top-level value"),
        ("\u{feff}{}", 0, "invalid character 'ï' looking for beginning of value"),
        ("{\"a\" 1}", 5, "invalid character '1' after object key"),
        ("{\"a\": 1 \"b\": 2}", 8, "invalid character '\"' after object key:value pair"),
        ("[1 2]", 3, "invalid character '2' after array element"),
        ("[tru]", 4, "invalid character ']' in literal true (expecting 'e')"),
        ("[01]", 2, "invalid character '1' after array element"),
        ("[1.]", 3, "invalid character ']' after decimal point in numeric literal"),
        ("[1e]", 3, "invalid character ']' in exponent of numeric literal"),
        ("[-]", 2, "invalid character ']' in numeric literal"),
        ("[\"a\tb\"]", 3, "invalid character '\\t' in string literal"),
        ("[\"\\q\"]", 3, "invalid character 'q' in string escape code"),
        ("[\"\\u12g4\"]", 6, "invalid character 'g' in \\u hexadecimal character escape"),
        ("{'a': 1}", 1, "invalid character '\\'' looking for beginning of object key string"),
        ("{\"a\": \"b", 8, "unexpected end of JSON input"),
        ("[1}", 2, "invalid character '}' after array element"),
    ];

    #[test]
    fn refused_in_the_words_of_go() {
        for (text, at, message) in REFUSED {
            assert_eq!(check(text), Err(Complaint { at: *at, message: (*message).into() }), "{text}");
        }
    }

    #[test]
    fn accepted() {
        for text in
            ["{}", " [ ] ", "null", "-0.5e+7", "{\"a\":{\"b\":[true,false,null,\"\\u00e9\\n\"]}}\r\n", "\"\u{7f}é\""]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn depth_has_a_limit() {
        assert!(check(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))).is_ok());
        assert!(check(&"[".repeat(10_001)).is_err());
    }
}
