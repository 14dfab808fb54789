//! What systemd makes of an env file (`EnvironmentFile=`) and of a variable as a word of its own in `ExecStart=`.
//! Follows `src/basic/env-file.c` and `extract-word.c` of systemd 252 and 257. It knows nothing of shells.

/// Releases that read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Up to 240: a backslash in quotes of either kind protects any character and is dropped.
    UpTo240,
    /// 241 to 253: a backslash in a comment swallows the line break.
    UpTo253,
    Since254,
}

impl Release {
    pub const ALL: [Self; 3] = [Self::UpTo240, Self::UpTo253, Self::Since254];
}

/// An assignment as systemd sees it. `line` is where the name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// What the newest systemd gives to the variable.
#[must_use]
pub fn systemd_value(text: &str, name: &str) -> Option<String> {
    pairs(text, Release::Since254).into_iter().rfind(|pair| pair.name == name).map(|pair| pair.value)
}

/// All assignments with a valid name, in order; the last of a name counts. Lines systemd ignores are not there.
#[must_use]
pub fn pairs(text: &str, release: Release) -> Vec<Pair> {
    let mut reader =
        Reader { release, state: State::BeforeKey, key: String::new(), value: String::new(), ..Reader::default() };
    for character in text.chars().take_while(|character| *character != '\0') {
        reader.take(character);
    }
    if !matches!(reader.state, State::BeforeKey | State::Key | State::Comment | State::CommentEscape) {
        reader.finish();
    }
    reader.pairs
}

/// The words of a value where `$NAME` stands as a word of its own: quotes and backslashes are taken off.
#[must_use]
pub fn split_systemd_words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ' | '\t' | '\n' | '\r') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == character => quote = None,
            (_, '\\') => word.get_or_insert_default().extend(characters.next()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    BeforeKey,
    Key,
    BeforeValue,
    Value,
    ValueEscape,
    Quoted(char),
    QuotedEscape(char),
    Comment,
    CommentEscape,
}

struct Reader {
    release: Release,
    state: State,
    key: String,
    value: String,
    /// How much of the value stays when blanks at its end are dropped.
    solid: usize,
    line: usize,
    key_line: usize,
    pairs: Vec<Pair>,
}

impl Default for Reader {
    fn default() -> Self {
        let (key, value) = (String::new(), String::new());
        Self {
            release: Release::Since254,
            state: State::BeforeKey,
            key,
            value,
            solid: 0,
            line: 1,
            key_line: 1,
            pairs: Vec::new(),
        }
    }
}

impl Reader {
    fn take(&mut self, character: char) {
        let newline = matches!(character, '\n' | '\r');
        match self.state {
            State::BeforeKey => self.before_key(character),
            State::Key if newline => self.forget(),
            State::Key if character == '=' => self.state = State::BeforeValue,
            State::Key => self.key.push(character),
            State::BeforeValue | State::Value if newline => self.finish(),
            State::BeforeValue if matches!(character, '\'' | '"') => self.state = State::Quoted(character),
            State::BeforeValue if is_blank(character) => {}
            State::BeforeValue | State::Value if character == '\\' => {
                self.state = State::ValueEscape;
                // Blanks before a backslash stay, even if nothing follows it.
                self.solid = self.value.len();
            }
            State::BeforeValue | State::Value => self.unquoted(character),
            State::ValueEscape => {
                self.state = State::Value;
                if !newline {
                    self.keep(character);
                }
                self.solid = self.value.len();
            }
            State::Quoted(quote) if character == quote => self.state = State::BeforeValue,
            State::Quoted(quote) if character == '\\' && self.escapes_in(quote) => {
                self.state = State::QuotedEscape(quote);
            }
            State::Quoted(_) => self.keep(character),
            State::QuotedEscape(quote) => self.quoted_escape(quote, character),
            State::Comment if newline => self.state = State::BeforeKey,
            State::Comment if character == '\\' => self.state = State::CommentEscape,
            State::Comment => {}
            State::CommentEscape if newline && self.release == Release::Since254 => self.state = State::BeforeKey,
            State::CommentEscape => self.state = State::Comment,
        }
        self.line += usize::from(character == '\n');
    }

    fn before_key(&mut self, character: char) {
        if matches!(character, '#' | ';') {
            self.state = State::Comment;
        } else if !is_blank(character) {
            self.state = State::Key;
            self.key.push(character);
            self.key_line = self.line;
        }
    }

    fn unquoted(&mut self, character: char) {
        self.state = State::Value;
        self.value.push(character);
        if !is_blank(character) {
            self.solid = self.value.len();
        }
    }

    fn keep(&mut self, character: char) {
        self.value.push(character);
        self.solid = self.value.len();
    }

    fn escapes_in(&self, quote: char) -> bool {
        quote == '"' || self.release == Release::UpTo240
    }

    fn quoted_escape(&mut self, quote: char, character: char) {
        self.state = State::Quoted(quote);
        if self.release == Release::UpTo240 {
            if !matches!(character, '\n' | '\r') {
                self.keep(character);
            }
        } else if matches!(character, '"' | '\\' | '`' | '$') {
            self.keep(character);
        } else if character != '\n' {
            self.keep('\\');
            self.keep(character);
        }
    }

    fn forget(&mut self) {
        self.key.clear();
        self.value.clear();
        self.solid = 0;
        self.state = State::BeforeKey;
    }

    fn finish(&mut self) {
        self.value.truncate(self.solid);
        let name = self.key.trim_end_matches(is_blank).to_owned();
        if is_name(&name) {
            self.pairs.push(Pair { name, value: self.value.clone(), line: self.key_line });
        }
        self.forget();
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// A name that systemd and every shell take.
pub(super) fn is_name(name: &str) -> bool {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.chars().all(word) && name.starts_with(|first: char| !first.is_ascii_digit())
}
