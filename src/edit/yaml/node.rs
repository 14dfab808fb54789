//! A YAML document as nodes with their places, and as the tree that they mean.

use std::ops::Range;

use serde_json::{Map, Value as Json};

use super::scalar::beyond;
use crate::edit::error::EditError;
use crate::edit::flow::Held;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Of a block all its lines, without the end of the last; of nothing the place behind the colon.
    pub span: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `key:` and nothing.
    Nothing,
    Scalar {
        text: String,
        plain: bool,
    },
    BlockMap(Vec<Member>),
    FlowMap(Vec<Member>),
    /// The entries, without their dashes.
    BlockList(Vec<Node>),
    FlowList(Vec<Node>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub key: String,
    /// With its quotes, without its colon.
    pub key_span: Range<usize>,
    pub node: Node,
}

impl Member {
    /// Go's readers refuse a key that is given twice.
    pub fn into_members(self, text: &str, members: &mut Vec<Self>) -> Result<(), EditError> {
        if members.iter().any(|member| member.key == self.key) {
            return beyond(text, self.key_span.start, "a key for the second time");
        }
        members.push(self);
        Ok(())
    }
}

impl Node {
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().unwrap_or_default().iter().find(|member| member.key == key)
    }

    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            Kind::BlockMap(members) | Kind::FlowMap(members) => Some(members),
            _ => None,
        }
    }

    pub fn entries(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::BlockList(entries) | Kind::FlowList(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where the items of a flow list or mapping are.
    pub fn held(&self) -> Held {
        let items = match &self.kind {
            Kind::FlowMap(members) => {
                members.iter().map(|member| member.key_span.start..member.node.span.end).collect()
            }
            _ => self.entries().unwrap_or_default().iter().map(|entry| entry.span.clone()).collect(),
        };
        Held { inner: self.span.start + 1..self.span.end.saturating_sub(1), items }
    }

    pub fn is_text(&self, wanted: &str) -> bool {
        matches!(&self.kind, Kind::Scalar { text, .. } if text == wanted) && self.json() == wanted
    }

    pub fn is_null(&self) -> bool {
        self.json().is_null()
    }

    /// What it means. What readers of YAML 1.1 and 1.2 may take for different things is an object that no mapping can be.
    pub fn json(&self) -> Json {
        match &self.kind {
            Kind::Nothing => Json::Null,
            Kind::Scalar { text, plain: false } => Json::from(text.as_str()),
            Kind::Scalar { text, plain: true } => match text.as_str() {
                "null" | "~" => Json::Null,
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                text if is_surely_text(text) => Json::from(text),
                text => Json::Object(Map::from_iter([("\0plain".to_owned(), Json::from(text))])),
            },
            Kind::BlockMap(members) | Kind::FlowMap(members) => {
                members.iter().map(|member| (member.key.clone(), member.node.json())).collect()
            }
            Kind::BlockList(entries) | Kind::FlowList(entries) => entries.iter().map(Self::json).collect(),
        }
    }

    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Nothing => "null",
            Kind::Scalar { .. } => "a single value",
            Kind::BlockMap(_) | Kind::FlowMap(_) => "a mapping",
            Kind::BlockList(_) | Kind::FlowList(_) => "a list",
        }
    }
}

/// Words that some reader takes for true, false or nothing.
const WORDS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "null", "y"];

/// Begins like a name or a path, and is none of the words: then it is text for every reader.
pub(super) fn is_surely_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '_'))
        && !WORDS.contains(&lower.as_str())
        && lower != "n"
}
