//! The named cases in `fixtures/edits/<format>/<case>/`: `in`, `change`, and `want` or `refused` (the words of the refusal).

use std::path::{Path, PathBuf};

use super::{Syntax, edit};
use crate::model::change::{Action, Change, Value};

#[test]
fn json_cases() {
    run("json", Syntax::Json, 15);
}

#[test]
fn env_cases() {
    run("env", Syntax::Env, 20);
}

#[test]
fn toml_cases() {
    run("toml", Syntax::Toml, 20);
}

#[test]
fn unit_cases() {
    run("unit", Syntax::Unit, 8);
}

#[test]
fn yaml_cases() {
    run("yaml", Syntax::Yaml, 12);
}

fn run(format: &str, syntax: Syntax, least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edits").join(format);
    let mut cases: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= least, "{} cases in {}", cases.len(), folder.display());
    let failed: Vec<String> = cases.iter().filter_map(|case| check(case, syntax).err()).collect();
    assert!(failed.is_empty(), "{} of {} cases failed\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn check(case: &Path, syntax: Syntax) -> Result<(), String> {
    let text = read(&case.join("in")).unwrap();
    let change = String::from_utf8(read(&case.join("change")).unwrap()).unwrap();
    let changes: Vec<Change> = change.lines().map(change_of).collect();
    let (expected, found) = match (read(&case.join("want")), edit(syntax, &text, &changes)) {
        (Some(want), Ok(found)) => (want, found),
        (Some(want), Err(refused)) => (want, refused.to_string().into_bytes()),
        (None, Err(refused)) => (read(&case.join("refused")).unwrap(), format!("{refused}\n").into_bytes()),
        (None, Ok(found)) => (read(&case.join("refused")).unwrap(), found),
    };
    if expected == found {
        return Ok(());
    }
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{}:\n want {:?}\n found {:?}", case.display(), show(&expected), show(&found)))
}

#[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
fn read(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// `append PATH ENTRY`, `remove-entry PATH ENTRY`, `remove PATH`, `set PATH text|flag|list VALUE`; a path has slashes, and
/// `\/` is one that a key has.
fn change_of(line: &str) -> Change {
    let mut parts = line.splitn(3, ' ');
    let (verb, path, rest) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap_or_default());
    let action = match verb {
        "append" => Action::Append(rest.into()),
        "remove-entry" => Action::RemoveEntry(rest.into()),
        "remove" => Action::Remove,
        "set" => Action::Set(match rest.split_once(' ').unwrap() {
            ("text", value) => Value::Text(value.into()),
            ("flag", value) => Value::Flag(value == "true"),
            ("list", value) => Value::List(value.split(' ').map(str::to_owned).collect()),
            _ => panic!("{line}"),
        }),
        _ => panic!("{line}"),
    };
    let path = path.replace("\\/", "\0");
    let path: Vec<String> = path.split('/').map(|key| key.replace('\0', "/")).collect();
    Change { path, action }
}
