//! The laws for systemd units and drop-ins.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Format, dressed, flag_words};
use crate::edit::unit::{parse, split_exec_words};
use crate::edit::words::{find_entry, without};
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

/// Section, key, and the value; of a command, its words.
type Meaning = Vec<(String, String, Vec<String>)>;

const FORMAT: Format<Meaning> = Format {
    syntax: Syntax::Unit,
    meaning,
    changed,
    back,
    same: |left, right| sorted(left) == sorted(right),
    touched: |_, old, change| {
        let words = old.iter().filter(|entry| at(entry, change)).flat_map(|entry| entry.2.clone());
        let words = words.flat_map(|words| words.split(' ').map(str::to_owned).collect::<Vec<_>>());
        words.chain(flag_words(change)).filter(|word| !word.is_empty()).collect()
    },
    slack: 0,
    may_refuse: |refused| matches!(refused, EditError::NotSafelyEditable { .. } | EditError::Misread { .. }),
};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        FORMAT.hold(&text, &change)?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]S=\"' \\\\\r\n#;%a-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Unit, text.as_bytes(), &[change]);
        let _ = split_exec_words(&text);
    }
}

fn meaning(text: &str) -> Meaning {
    let entries = parse(text).into_iter().map(|entry| {
        let words = split_exec_words(&entry.value).filter(|words| entry.key == "ExecStart" && !words.is_empty());
        (entry.section, entry.key, words.unwrap_or_else(|| vec![entry.value]))
    });
    entries.collect()
}

/// The order of different keys means nothing, that of the same key does.
fn sorted(entries: &Meaning) -> Meaning {
    let mut entries = entries.clone();
    entries.sort_by(|left, right| (&left.0, &left.1).cmp(&(&right.0, &right.1)));
    entries
}

fn at(entry: &(String, String, Vec<String>), change: &Change) -> bool {
    entry.0 == change.path[0] && entry.1 == change.path[1]
}

fn changed(mut entries: Meaning, change: &Change) -> Meaning {
    let new = |value: Vec<String>| (change.path[0].clone(), change.path[1].clone(), value);
    let exec = change.path[1] == "ExecStart";
    let reset = entries.iter().rposition(|entry| at(entry, change) && entry.2 == [""]).map_or(0, |reset| reset + 1);
    let counts: Vec<usize> = (reset..entries.len()).filter(|index| at(&entries[*index], change)).collect();
    match &change.action {
        Action::Set(Value::Text(text)) => {
            let value = if exec { split_exec_words(text).expect("words") } else { vec![text.clone()] };
            match counts.split_last() {
                Some((last, before)) => {
                    entries[*last].2 = value;
                    before.iter().rev().for_each(|index| drop(entries.remove(*index)));
                }
                None => entries.push(new(value)),
            }
        }
        Action::Append(entry) if exec => {
            let words = &mut entries[counts[0]].2;
            if find_entry(words, entry).is_empty() {
                words.extend(entry.split_whitespace().map(str::to_owned));
            }
        }
        Action::Append(entry) if counts.iter().any(|index| entries[*index].2 == [entry.as_str()]) => {}
        Action::Append(entry) => entries.push(new(vec![entry.clone()])),
        Action::RemoveEntry(entry) if exec => {
            let words = &mut entries[counts[0]].2;
            *words = without(words, &find_entry(words, entry));
        }
        Action::RemoveEntry(entry) => entries.retain(|old| !at(old, change) || old.2 != [entry.as_str()]),
        Action::Remove => entries.retain(|entry| !at(entry, change)),
        Action::Set(_) => unreachable!("not generated"),
    }
    entries
}

fn back(old: &Meaning, change: &Change) -> Option<Change> {
    let values: Vec<&Vec<String>> = old.iter().filter(|entry| at(entry, change)).map(|entry| &entry.2).collect();
    let action = match (&change.action, values.as_slice()) {
        (Action::Append(_) | Action::Set(_), []) => Action::Remove,
        (Action::Append(entry), _) if change.path[1] != "ExecStart" => {
            let present = values.iter().any(|value| **value == [entry.as_str()]);
            return (!present)
                .then(|| Change { path: change.path.clone(), action: Action::RemoveEntry(entry.clone()) });
        }
        (Action::Append(entry), [words]) if find_entry(words, entry).is_empty() => Action::RemoveEntry(entry.clone()),
        (Action::Set(_), [value]) if value.len() == 1 && !value[0].is_empty() => {
            Action::Set(Value::Text(value[0].clone()))
        }
        _ => return None,
    };
    Some(Change { path: change.path.clone(), action })
}

fn change() -> impl Strategy<Value = Change> {
    let flags = select(vec!["--insecure-registry=reg:5000", "--insecure-registry reg:5000", "--debug", "-H fd://"]);
    let flag = prop_oneof![
        flags.clone().prop_map(|flag| Action::Append(flag.into())),
        flags.prop_map(|flag| Action::RemoveEntry(flag.into())),
        Just(Action::Set(Value::Text("/usr/bin/dockerd --x".into()))),
        Just(Action::Remove),
    ];
    let values = select(vec!["A=1", "\"B=x y\" C=2", "D=%i"]);
    let line = prop_oneof![
        2 => values.clone().prop_map(|value| Action::Append(value.into())),
        2 => values.clone().prop_map(|value| Action::RemoveEntry(value.into())),
        1 => values.prop_map(|value| Action::Set(Value::Text(value.into()))),
        1 => Just(Action::Remove),
    ];
    prop_oneof![
        flag.prop_map(|action| Change::new(&["Service", "ExecStart"], action)),
        (select(vec!["Service", "Unit"]), line)
            .prop_map(|(section, action)| Change::new(&[section, "Environment"], action)),
    ]
}

fn document() -> impl Strategy<Value = String> {
    let line = select(vec![
        "[Service]",
        "[Unit]",
        "[Service]",
        "ExecStart=",
        "ExecStart=/usr/bin/dockerd -H fd:// $OPTS",
        "Environment=A=1",
        "Environment=",
        "Environment = \"B=x y\" C=2",
        "User=x",
        "# note",
        "; note \\",
        "",
        "  Type = notify  ",
        "no equals",
        "a\\",
        "ExecStart=/usr/bin/dockerd \\\n  --debug \\\n  --insecure-registry  reg:5000 \\\n  -H fd://",
        "Environment=A=1 \\\n# c\n E=5",
        "ExecStart=/a \\\n# why\n  --debug \\\n --y",
        "ExecStart=/bin/sh -c '/a | b'",
        "ExecStart=/a 'b",
        "ExecStart=@/a \"b c\" \\x41 --debug",
        "Description=x\\\\",
    ]);
    dressed(vec(line, 0..10).prop_map(|lines| lines.join("\n")), true)
}
