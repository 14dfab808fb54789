//! Generated daemon.json texts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value as Json;

use super::super::json::FORMAT;
use super::{dressed, held};
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        held(&FORMAT, &text, &change, |refused| {
            matches!(refused, EditError::WrongType { .. } | EditError::Divided { .. })
        })?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]{},:\"\\\\ \r\nau0-9.eE+-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Json, text.as_bytes(), &[change]);
        let _ = crate::edit::json::parse(&text);
    }
}

const ENTRIES: [&str; 5] = ["reg:5000", "b.lan:1", "[::1]:5000", "é \"q\" \\ \u{7}", ""];

fn change() -> impl Strategy<Value = Change> {
    let entry = || select(&ENTRIES[..]).prop_map(str::to_owned);
    let value = prop_oneof![
        entry().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Flag),
        vec(entry(), 0..3).prop_map(Value::List),
    ];
    let action = prop_oneof![
        4 => entry().prop_map(Action::Append),
        3 => entry().prop_map(Action::RemoveEntry),
        2 => value.prop_map(Action::Set),
        1 => Just(Action::Remove),
    ];
    let path = select(vec![
        vec!["insecure-registries"],
        vec!["insecure-registries"],
        vec!["debug"],
        vec!["proxies", "no-proxy"],
    ]);
    (path, action).prop_map(|(path, action)| Change::new(&path, action))
}

/// JSON texts in an author's style, or in none.
fn document() -> impl Strategy<Value = String> {
    let styles = select(vec![
        Blanks { open: "\n", comma: "\n", colon: ": ", unit: "  " },
        Blanks { open: "\n", comma: "\n\n", colon: " : ", unit: "\t" },
        Blanks { open: " ", comma: " ", colon: ": ", unit: "" },
        Blanks { open: "", comma: "", colon: ":", unit: "" },
    ]);
    let pretty = (styles, object()).prop_map(|(style, tree)| style.render(&tree, 0));
    let odd = (object(), vec(select(vec!["", " ", "\n", "\n\n  ", "\t", "\n "]), 1..40));
    let odd = odd.prop_map(|(tree, blanks)| scattered(&tree, &mut blanks.iter().cycle()));
    let small = select(vec!["", "\n\n", "null", "{}", "{\n}", "{ }"]).prop_map(str::to_owned);
    dressed(prop_oneof![6 => pretty, 3 => odd, 1 => small], true)
}

#[derive(Debug, Clone)]
enum Tree {
    Leaf(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

fn object() -> impl Strategy<Value = Tree> {
    let text = || select(&ENTRIES[..]).prop_map(|entry| Tree::Leaf(Json::from(entry).to_string()));
    let leaf = prop_oneof![
        3 => text(),
        1 => select(vec!["true", "null", "1.5e3", "\"x\\u0041\\/\"", "[]", "{}"]).prop_map(|leaf| Tree::Leaf(leaf.into())),
    ];
    let list = vec(leaf.clone(), 0..5).prop_map(Tree::List);
    let keys =
        select(vec!["insecure-registries", "insecure\\u002dregistries", "debug", "proxies", "labels", "x", "Debug"]);
    let member = || select(vec!["no-proxy", "http-proxy"]).prop_map(str::to_owned);
    let inner = vec((member(), leaf.clone()), 0..3).prop_map(Tree::Object);
    let value = prop_oneof![2 => leaf, 3 => list, 1 => inner];
    vec((keys.prop_map(str::to_owned), value), 0..6).prop_map(Tree::Object)
}

#[derive(Debug, Clone)]
struct Blanks {
    open: &'static str,
    comma: &'static str,
    colon: &'static str,
    unit: &'static str,
}

impl Blanks {
    fn render(&self, tree: &Tree, depth: usize) -> String {
        let (brackets, items) = match tree {
            Tree::Leaf(text) => return text.clone(),
            Tree::List(items) => ("[]", items.iter().map(|item| self.render(item, depth + 1)).collect::<Vec<_>>()),
            Tree::Object(members) => {
                let member =
                    |(key, value): &(String, Tree)| format!("\"{key}\"{}{}", self.colon, self.render(value, depth + 1));
                ("{}", members.iter().map(member).collect())
            }
        };
        let (open, close) = brackets.split_at(1);
        if items.is_empty() {
            return brackets.to_owned();
        }
        let inner = self.unit.repeat(depth + 1);
        let items = items.join(&format!(",{}{inner}", self.comma));
        format!("{open}{}{inner}{items}{}{}{close}", self.open, self.open, self.unit.repeat(depth))
    }
}

/// The text with any blanks between its tokens.
fn scattered<'b>(tree: &Tree, blanks: &mut impl Iterator<Item = &'b &'static str>) -> String {
    let mut next = || blanks.next().copied().unwrap_or_default();
    let (before, after) = (next(), next());
    let inner = match tree {
        Tree::Leaf(text) => text.clone(),
        Tree::List(items) => {
            let items: Vec<String> = items.iter().map(|item| scattered(item, blanks)).collect();
            format!("[{}]", items.join(","))
        }
        Tree::Object(members) => {
            let mut member = |(key, value): &(String, Tree)| format!("\n\"{key}\":{}", scattered(value, blanks));
            let members: Vec<String> = members.iter().map(&mut member).collect();
            format!("{{{}}}", members.join(","))
        }
    };
    format!("{before}{inner}{after}")
}
