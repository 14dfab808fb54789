//! Generated units and drop-ins.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::unit::FORMAT;
use super::{dressed, held};
use crate::edit::unit::split_exec_words;
use crate::edit::{EditError, Syntax};
use crate::model::change::{Action, Change, Value};

proptest! {
    #[test]
    fn laws(text in document(), change in change()) {
        held(&FORMAT, &text, &change, |refused| {
            matches!(refused, EditError::NotSafelyEditable { .. } | EditError::Misread { .. })
        })?;
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]S=\"' \\\\\r\n#;%a-]*", change in change()) {
        let _ = crate::edit::edit(Syntax::Unit, text.as_bytes(), &[change]);
        let _ = split_exec_words(&text);
    }
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
