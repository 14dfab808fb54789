//! The laws for env files.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Format, dressed, flag_words};
use crate::edit::env::{Release, pairs, parse, shell_value, split_shell_words, split_systemd_words};
use crate::edit::words::{find_entry, without};
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

/// For each generation of systemd, and a shell, the words of each variable.
type Meaning = Vec<BTreeMap<String, Vec<String>>>;

const FORMAT: Format<Meaning> = Format {
    syntax: Syntax::Env,
    meaning,
    changed,
    back,
    same: |left, right| left == right,
    touched: |text, _, change| {
        let found = parse(text).assignments.into_iter().filter(|found| found.name == change.path[0]);
        let words = found.flat_map(|found| split_shell_words(&found.value_raw.replace('\r', "")));
        words.chain(flag_words(change)).collect()
    },
    slack: 0,
    may_refuse: |refused| !matches!(refused, EditError::WrongPath { .. } | EditError::WrongValue { .. }),
};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        FORMAT.hold(&text, &change)?;
    }

    #[test]
    fn plain_files_are_never_refused(text in plain(), change in change()) {
        let refused = Format { may_refuse: |_| false, ..FORMAT };
        refused.hold(&text, &change)?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[OP=\"' \\\\\r\n#;&|()$`{}<>+~a-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Env, text.as_bytes(), &[change]);
        let _ = parse(&text);
    }
}

const NAMES: [&str; 3] = ["O", "P", "HTTP_PROXY"];

fn meaning(text: &str) -> Meaning {
    let systemd = Release::ALL.map(|release| {
        pairs(text, release).into_iter().map(|pair| (pair.name, split_systemd_words(&pair.value))).collect()
    });
    let known = |name: &&str| Some(((*name).to_owned(), split_shell_words(&shell_value(text, name).ok()??)));
    let shell = NAMES.iter().filter_map(known).collect();
    [systemd.to_vec(), vec![shell]].concat()
}

fn changed(mut old: Meaning, change: &Change) -> Meaning {
    let name = change.path[0].as_str();
    for reader in &mut old {
        let words = reader.get(name).cloned();
        let there = words.clone().unwrap_or_default();
        match &change.action {
            Action::Append(entry) if find_entry(&there, entry).is_empty() => {
                reader.insert(name.to_owned(), [there, split_shell_words(entry)].concat());
            }
            Action::Append(_) => {}
            Action::RemoveEntry(entry) => {
                let gone = find_entry(&there, entry);
                words.map(|words| reader.insert(name.to_owned(), without(&words, &gone)));
            }
            Action::Set(Value::Text(text)) => drop(reader.insert(name.to_owned(), split_shell_words(text))),
            Action::Remove => drop(reader.remove(name)),
            Action::Set(_) => unreachable!("not generated"),
        }
    }
    old
}

fn back(old: &Meaning, change: &Change) -> Option<Change> {
    let words = old.first()?.get(change.path.first()?);
    let action = match (&change.action, words) {
        (_, None) => Action::Remove,
        (Action::Append(entry), Some(words)) if find_entry(words, entry).is_empty() => {
            Action::RemoveEntry(entry.clone())
        }
        (_, Some(words)) if crate::edit::words::unsafe_character(&words.join(" ")).is_none() => {
            Action::Set(Value::Text(words.join(" ")))
        }
        _ => return None,
    };
    Some(Change { path: change.path.clone(), action })
}

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
