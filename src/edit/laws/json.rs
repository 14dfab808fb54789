//! The laws for daemon.json.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json};

use super::{Format, dressed};
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

const FORMAT: Format<Json> = Format {
    syntax: Syntax::Json,
    meaning,
    changed,
    back,
    same: |left, right| left == right,
    touched,
    slack: 1,
    may_refuse: |refused| matches!(refused, EditError::WrongType { .. } | EditError::Divided { .. }),
};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        FORMAT.hold(&text, &change)?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]{},:\"\\\\ \r\nau0-9.eE+-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Json, text.as_bytes(), &[change]);
        let _ = crate::edit::json::parse(&text);
    }
}

fn meaning(text: &str) -> Json {
    let body = text.trim_start_matches('\u{feff}');
    let value = if body.trim().is_empty() { Json::Null } else { serde_json::from_str(body).expect("valid") };
    if value.is_null() { Json::Object(Map::new()) } else { value }
}

fn at<'j>(root: &'j Json, path: &[String]) -> &'j Json {
    path.iter().try_fold(root, |json, key| json.get(key)).unwrap_or(&Json::Null)
}

fn strings(json: &Json) -> Vec<String> {
    match json {
        Json::Array(list) => list.iter().flat_map(strings).collect(),
        Json::Object(map) => map.iter().flat_map(|(key, value)| [vec![key.clone()], strings(value)].concat()).collect(),
        Json::Null => Vec::new(),
        Json::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn touched(text: &str, old: &Json, change: &Change) -> Vec<String> {
    let settings = crate::edit::json::parse(text).expect("valid").settings;
    let of_key = settings.iter().filter(|setting| setting.key == change.path[0] && change.path.len() == 1);
    let mut words: Vec<String> = of_key.clone().flat_map(|setting| strings(&setting.value)).collect();
    // Of members given twice only one is in the value.
    if of_key.clone().any(|setting| setting.members.len() > setting.value.as_object().map_or(0, Map::len)) {
        words.extend(ENTRIES.map(str::to_owned));
    }
    words.extend(strings(at(old, &change.path)));
    words.extend(words.clone().iter().map(|word| Json::from(word.as_str()).to_string().trim_matches('"').to_owned()));
    words.extend([r"insecure\u002dregistries", r"x\u0041\/", "null", "1.5e3"].map(str::to_owned));
    words.retain(|word| !word.is_empty());
    words
}

fn changed(mut root: Json, change: &Change) -> Json {
    let (key, parents) = change.path.split_last().expect("a path");
    let adds = matches!(change.action, Action::Set(_) | Action::Append(_));
    let mut object = &mut root;
    for parent in parents {
        if object.get(parent).is_none_or(Json::is_null) {
            if !adds {
                return root;
            }
            object[parent] = Json::Object(Map::new());
        }
        object = &mut object[parent];
    }
    let old = object.get(key).cloned().unwrap_or(Json::Null);
    let list = old.as_array().cloned().unwrap_or_default();
    match &change.action {
        Action::Set(Value::Text(text)) => object[key] = Json::from(text.as_str()),
        Action::Set(Value::Flag(flag)) => object[key] = Json::from(*flag),
        Action::Set(Value::List(entries)) => object[key] = Json::from(entries.clone()),
        Action::Append(entry) if list.contains(&Json::from(entry.as_str())) => {}
        Action::Append(entry) => object[key] = Json::from([list, vec![Json::from(entry.as_str())]].concat()),
        Action::RemoveEntry(entry) if old.is_array() => {
            object[key] = list.into_iter().filter(|old| old.as_str() != Some(entry)).collect();
        }
        Action::RemoveEntry(_) => {}
        Action::Remove => drop(object.as_object_mut().expect("an object").shift_remove(key)),
    }
    root
}

/// Back is to set what was, where a change can say that.
fn back(old: &Json, change: &Change) -> Option<Change> {
    let (_, parents) = change.path.split_last()?;
    let mut path = change.path.clone();
    if !parents.is_empty() && !at(old, parents).is_object() {
        path = parents.to_vec();
    }
    let holder = path.split_last().map_or(old, |(_, parents)| at(old, parents));
    let action = match at(old, &path) {
        Json::Null if holder.get(path.last()?).is_some() => return None,
        Json::Null => Action::Remove,
        Json::Bool(flag) => Action::Set(Value::Flag(*flag)),
        Json::String(text) => Action::Set(Value::Text(text.clone())),
        Json::Array(list) => {
            let entries: Option<Vec<String>> = list.iter().map(|entry| entry.as_str().map(str::to_owned)).collect();
            match &change.action {
                // The way back that undoing a trust takes.
                Action::Append(entry) if !list.contains(&Json::from(entry.as_str())) => {
                    Action::RemoveEntry(entry.clone())
                }
                _ => Action::Set(Value::List(entries?)),
            }
        }
        Json::Number(_) | Json::Object(_) => return None,
    };
    Some(Change { path, action })
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
