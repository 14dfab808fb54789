//! What a TOML document means, and where in it a change may touch.

use std::ops::RangeInclusive;

use serde_json::{Map, Value as Json};
use toml_edit::{Document, Item, Key, Table};

use super::{Format, tree};
use crate::edit::Syntax;
use crate::edit::splice::Lines;
use crate::edit::toml::parse;
use crate::edit::tree::selector;
use crate::model::change::{Action, Change};

pub(super) const FORMAT: Format<Json> = Format {
    syntax: Syntax::Toml,
    meaning: |text| Json::Object(parse(text).expect("valid")),
    changed: tree::changed,
    back: tree::back,
    // containerd tries the hosts in the order of the file. A table may go with all that is in it.
    same: |left, right| full(left) == full(right) && hosts(&full(left)) == hosts(&full(right)),
    touched,
    slack: 1,
};

pub(super) const PATHS: [&[&str]; 7] = [
    &["server"],
    &["host", "http://reg:5000", "capabilities"],
    &["plugins", "io.containerd.grpc.v1.cri", "registry", "config_path"],
    &["registry", "[location=reg:5000]", "insecure"],
    &["registry", "[location=reg:5000]"],
    &["unqualified-search-registries"],
    &["registry"],
];

fn full(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let members = map.iter().map(|(key, value)| (key.clone(), full(value)));
            Json::Object(members.filter(|(_, value)| value.as_object().is_none_or(|inner| !inner.is_empty())).collect())
        }
        Json::Array(list) => list.iter().map(full).collect(),
        other => other.clone(),
    }
}

fn hosts(json: &Json) -> Option<Vec<&String>> {
    json.get("host").and_then(Json::as_object).map(Map::keys).map(Iterator::collect)
}

fn touched(text: &str, change: &Change) -> Vec<RangeInclusive<usize>> {
    let body = text.trim_start_matches('\u{feff}');
    let document = Document::parse(body).expect("valid");
    let (mut item, mut key) = (document.as_item(), None);
    for segment in &change.path {
        let next = match (selector(segment), item) {
            (Some((name, text)), Item::ArrayOfTables(list)) => {
                let chosen = list.iter().position(|one| one.get(name).and_then(Item::as_str) == Some(text));
                chosen.and_then(|at| item.get(at))
            }
            _ => item.get(segment),
        };
        if item.as_table().is_some() {
            key = item.as_table().and_then(|table| table.key(segment));
        }
        match next {
            Some(next) => item = next,
            None if item.is_value() => break,
            None => return Vec::new(),
        }
    }
    let mut spans = Vec::new();
    if change.action == Action::Remove || !matches!(change.action, Action::Append(_)) {
        below(key, item, &mut spans);
    } else if item.is_value() {
        // The line where an entry gets a comma.
        spans.extend(item.span().map(|span| span.end - 1..span.end));
    }
    let lines = Lines::of(body);
    spans.into_iter().map(|span| lines.line(span.start)..=lines.line(span.end.saturating_sub(1))).collect()
}

/// Each table from its header to its last pair; comments between them go along.
fn below(key: Option<&Key>, item: &Item, spans: &mut Vec<std::ops::Range<usize>>) {
    let table = |table: &Table, spans: &mut Vec<_>| {
        let header = table.span().filter(|_| !table.is_implicit() && !table.is_dotted());
        let pairs = table.iter().filter(|(_, item)| item.is_value()).filter_map(|(_, item)| item.span());
        let end = pairs.map(|pair| pair.end).max();
        spans.extend(header.map(|header| header.start..end.unwrap_or(header.end)));
        for (name, item) in table {
            below(table.key(name), item, spans);
        }
    };
    match item {
        Item::Value(value) => {
            let value = value.span().unwrap_or_default();
            spans.push(key.and_then(Key::span).map_or(value.start, |key| key.start)..value.end);
        }
        Item::Table(inner) => table(inner, spans),
        Item::ArrayOfTables(list) => list.iter().for_each(|one| table(one, spans)),
        Item::None => {}
    }
}
