//! Generated env files.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::env::FORMAT;
use super::{dressed, held};
use crate::edit::env::parse;
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        held(&FORMAT, &text, &change, |refused| {
            !matches!(refused, EditError::WrongPath { .. } | EditError::WrongValue { .. })
        })?;
    }

    #[test]
    fn plain_files_are_never_refused(text in plain(), change in change()) {
        held(&FORMAT, &text, &change, |_| false)?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[OP=\"' \\\\\r\n#;&|()$`{}<>+~a-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Env, text.as_bytes(), &[change]);
        let _ = parse(&text);
    }
}

const NAMES: [&str; 3] = ["O", "P", "HTTP_PROXY"];

const FLAGS: [&str; 5] =
    ["--insecure-registry=reg:5000", "--insecure-registry reg:5000", "--debug", "-H fd://", "--a=[::1]:5000"];

fn change() -> impl Strategy<Value = Change> {
    let flag = || select(&FLAGS[..]).prop_map(str::to_owned);
    let action = prop_oneof![
        3 => flag().prop_map(Action::Append),
        3 => flag().prop_map(Action::RemoveEntry),
        1 => flag().prop_map(|text| Action::Set(Value::Text(text))),
        1 => Just(Action::Remove),
    ];
    (select(&NAMES[..]), action).prop_map(|(name, action)| Change::new(&[name], action))
}

/// Files as packages and careful people write them.
fn plain() -> impl Strategy<Value = String> {
    let words = vec(select(&FLAGS[..]), 0..4);
    let shape = (words, select(vec![" ", "  ", " \\\n  ", "\n", "\t"]), select(vec!["\"\"", "\" \"", "\" \\\n\""]));
    let double = shape.prop_map(|(words, gap, ends)| {
        let (open, close) = ends.split_at(1);
        format!("{open}{}{close}", words.join(gap))
    });
    let value = prop_oneof![4 => double, 1 => select(vec!["'--debug  -H fd://'", "''", "", "--debug", "/x:1"]).prop_map(str::to_owned)];
    let line = prop_oneof![
        3 => (select(&NAMES[..]), value).prop_map(|(name, value)| format!("{name}={value}")),
        2 => select(vec!["", "# note", "#O=\"--example\"", "  # indented é", "# export P=\"x\"", "\t"]).prop_map(str::to_owned),
        1 => select(vec!["if true; then\n  Q=1\nfi", "export R=1", "case a in a) S=1 ;; esac", "f() { T=1; }"]).prop_map(str::to_owned),
    ];
    let last = any::<bool>();
    (vec(line, 0..8), last).prop_map(|(lines, last)| if last { lines.join("\n") + "\n" } else { lines.join("\n") })
}

/// The same, and everything that makes a file hard to edit.
fn document() -> impl Strategy<Value = String> {
    let hard = select(vec![
        "export O=\"--debug\"",
        "O+=\" --debug\"",
        "O=\"--debug\" # note",
        "O=\"$P --debug\"",
        "O=--debug --x",
        "O = \"--debug\"",
        "if true; then\n  O=\"--debug\"\nfi",
        "O=\"--x=\\\"y z\\\"\"",
        "O='--debug \\\n --x'",
        "# c \\",
        "; c",
        "O=\"--debug # x\"",
        "O=\"a\\\\b\"",
        "P=1; O=\"--debug\"",
        "[ -f /x ] && O=--debug",
        "O=\"--debug\"; ",
        "  O=\"--debug\"",
        "unset P",
        "O='it'\\''s'",
        "O=\"--a\"'--b'",
        "O=~/x",
        "O=*",
        "O=\"--debug;x&y\"",
        "O=\"\u{e9}\"",
        "O=\\\n--debug",
        "O=`x`",
        "O=\"open",
        "fi",
    ]);
    let mixed = (plain(), vec(hard, 0..3), plain())
        .prop_map(|(before, hard, after)| format!("{before}\n{}\n{after}", hard.join("\n")));
    dressed(mixed, true)
}
