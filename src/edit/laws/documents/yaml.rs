//! Generated registries.yaml.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::yaml::{FORMAT, PATHS};
use super::{actions, dressed, held};
use crate::edit::{EditError, Syntax};
use crate::model::change::Change;

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        held(&FORMAT, &text, &change, |refused| {
            matches!(refused, EditError::NotSafelyEditable { .. } | EditError::WrongType { .. })
        })?;
    }

    #[test]
    fn usual_files_are_never_refused(text in usual(), change in change()) {
        held(&FORMAT, &text, &change, |refused| matches!(refused, EditError::WrongType { .. }))?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]{}:,#\"' \\\\\r\nab0-9&*!|>-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Yaml, text.as_bytes(), &[change]);
    }
}

fn change() -> impl Strategy<Value = Change> {
    let action = actions(&["http://reg:5000", "https://b.lan", "/etc/x", "yes", "é \"q\" \\ \u{85}"]);
    let more = vec![&["a", "b"][..], &["a"], &["configs", "reg:5000", "auth", "username"]];
    (select([PATHS.to_vec(), more].concat()), action).prop_map(|(path, action)| Change::new(path, action))
}

/// Files as people write them.
fn usual() -> impl Strategy<Value = String> {
    let list = select(vec![
        "\n      - \"http://reg:5000\"\n      - 'https://b.lan' # second",
        "\n    - http://reg:5000",
        " []",
        "",
        " [\"http://reg:5000\", https://b.lan]",
        "\n    # first\n    - https://b.lan\n\n    -   http://reg:5000",
        " null",
    ]);
    let name = select(vec!["\"reg:5000\"", "docker.io", "reg:5000", "'*'"]);
    let mirrors = vec((name.clone(), list), 0..3).prop_map(|mirrors| {
        let mut seen = std::collections::HashSet::new();
        let mirrors = mirrors.into_iter().filter(|(name, _)| seen.insert(name.trim_matches('"').to_owned()));
        format!(
            "mirrors:\n{}",
            mirrors.map(|(name, list)| format!("  {name}: # about\n    endpoint:{list}\n")).collect::<String>()
        )
    });
    let tls = select(vec![
        "\n      insecure_skip_verify: true\n      ca_file: /etc/ca.pem",
        " { insecure_skip_verify: false }",
        "",
        " {}",
    ]);
    let configs = (name, tls).prop_map(|(name, tls)| {
        format!("# who\nconfigs:\n  {name}:\n    auth:\n      username: x # me\n    tls:{tls}\n")
    });
    let (mirrors, configs) = (prop_oneof![mirrors, Just(String::new())], prop_oneof![configs, Just(String::new())]);
    let body = (select(vec!["", "---\n", "# top\n\n"]), mirrors, configs)
        .prop_map(|(top, mirrors, configs)| format!("{top}{mirrors}{configs}"));
    dressed(body, true)
}

/// The same and worse, put together at random.
fn document() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a:",
        "a: 1",
        "a:  \"x\"  # note",
        "  b: yes",
        "  b:",
        "    c: {}",
        "  - x",
        "- x",
        "    - http://reg:5000 # one",
        "  - \"a: b\"",
        "x: [a, b]",
        "x: [ \"http://reg:5000\" ,b, ]",
        "x: {a: 1, b: [c]}",
        "# note",
        "",
        "  # deep",
        "mirrors:",
        "  \"reg:5000\":",
        "    endpoint:",
        "configs:",
        "'q': 'it''s'",
        "x: &anchor y",
        "x: |\n  text",
        "? x",
        "x: - y",
        "- a: b",
        "x: 'open",
        "x: http://a#b",
        "x:y",
        "\"a\\u0041\" : z",
        "<<: x",
        "...",
        "---",
        "x: \"a\\\n  b\"",
        "a: b\n  c",
        "  b : x",
        "x: null",
        "a: ~ # none",
        "mirrors: {}",
        "x: []",
    ]);
    dressed(prop_oneof![1 => usual(), 2 => vec(part, 0..9).prop_map(|parts| parts.join("\n"))], true)
}
