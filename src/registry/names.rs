//! Names in requests, each with the grammar of the distribution specification.
//!
//! A value of these types is safe to build a path from: no part of it is empty, `.` or `..`, or starts with a dot.

use std::fmt;

use super::digest::Digest;

const REPOSITORY_LIMIT: usize = 255;
const TAG_LIMIT: usize = 128;

/// `team/app`: lower-case words joined by `.`, `_`, `__` or hyphens, in parts joined by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// What stands after `manifests/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Tag(Tag),
    Digest(Digest),
}

impl Repository {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() <= REPOSITORY_LIMIT && text.split('/').all(is_component);
        valid.then(|| Self(text.to_string()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the slashes.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl Tag {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let valid = text.len() <= TAG_LIMIT
            && text.bytes().next().is_some_and(word)
            && text.bytes().all(|b| word(b) || b == b'.' || b == b'-');
        valid.then(|| Self(text.to_string()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(formatter),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let edges = text.as_bytes().first().is_some_and(word) && text.as_bytes().last().is_some_and(word);
    edges && text.as_bytes().split(word).all(is_separator)
}

/// The bytes between two words; nothing between two letters of one word.
fn is_separator(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"." | b"_" | b"__") || bytes.iter().all(|b| *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_follow_the_grammar() {
        let rows = [
            ("app", true),
            ("team/app", true),
            ("a.b/c_d/e__f/g---h/0", true),
            ("library/manifests/blobs", true),
            ("", false),
            ("App", false),
            ("a//b", false),
            ("/a", false),
            ("a/", false),
            ("..", false),
            ("a/../b", false),
            ("a..b", false),
            ("a___b", false),
            ("a.-b", false),
            ("-a", false),
            ("a_", false),
            ("_uploads", false),
            ("a b", false),
            ("ä", false),
        ];
        for (text, want) in rows {
            assert_eq!(Repository::parse(text).is_some(), want, "{text}");
        }
        assert!(Repository::parse(&"a".repeat(255)).is_some());
        assert!(Repository::parse(&"a".repeat(256)).is_none());
    }

    #[test]
    fn tags_follow_the_grammar() {
        let rows = [
            ("latest", true),
            ("_1.0-RC", true),
            ("", false),
            (".x", false),
            ("-x", false),
            ("a/b", false),
            ("a:b", false),
        ];
        for (text, want) in rows {
            assert_eq!(Tag::parse(text).is_some(), want, "{text}");
        }
        assert!(Tag::parse(&"a".repeat(129)).is_none());
    }
}
