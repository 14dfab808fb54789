//! What each reader makes of a line: the table of cases, and the same asked of the shells of this machine.
//!
//! The words in the table were seen on systemd 252 and 262, dash 0.5.12, bash 5.2 and busybox ash 1.35.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Words of systemd, of a shell, of `OpenRC`. `None`: cannot be known without running it, or nothing is read at all.
type Row = (&'static str, &'static [&'static str], Option<&'static [&'static str]>, Option<&'static [&'static str]>);

const TABLE: &[Row] = &[
    ("O=\"--a --b\"", &["--a", "--b"], Some(&["--a", "--b"]), Some(&["--a", "--b"])),
    ("O='--a --b'", &["--a", "--b"], Some(&["--a", "--b"]), Some(&["--a", "--b"])),
    ("O=--a --b", &["--a", "--b"], Some(&[]), Some(&[])),
    ("O = \"--a\"", &["--a"], Some(&[]), Some(&[])),
    ("export O=\"--a\"", &[], Some(&["--a"]), Some(&["--a"])),
    ("O=--x\nO+=\" --c\"", &["--x"], None, None),
    ("O=\"--a\" # note", &["--a#", "note"], Some(&["--a"]), Some(&["--a"])),
    ("O=\"$X --a\"", &["$X", "--a"], None, None),
    ("O=\"--a=\\\"x y\\\"\"", &["--a=x y"], Some(&["--a=\"x", "y\""]), Some(&["--a=x y"])),
    ("O=\"--a \\\n --b\"", &["--a", "--b"], Some(&["--a", "--b"]), Some(&["--a", "--b"])),
    ("O='--a \\\n --b'", &["--a", "\n", "--b"], Some(&["--a", "\\", "--b"]), Some(&["--a", " --b"])),
    ("O=\"--a\n--b\"", &["--a", "--b"], Some(&["--a", "--b"]), Some(&["--a", "--b"])),
    ("O=\"a\\\\b\"", &["ab"], Some(&["a\\b"]), Some(&["ab"])),
    ("O=\"--a\"\r\n", &["--a"], Some(&["--a\r"]), Some(&["--a\r"])),
    ("O=\"--a \\\r\n --b\"\r\n", &["--a", "\r", "--b"], Some(&["--a", "\\\r", "--b\r"]), Some(&["--a", "\r", "--b\r"])),
    ("# text \\\nO=--a", &["--a"], Some(&["--a"]), Some(&["--a"])),
    (";O=1", &[], None, None),
    ("\u{feff}O=--a", &[], Some(&[]), Some(&[])),
    ("O='--a;x&y(`z`$w'", &["--a;x&y(`z`$w"], Some(&["--a;x&y(`z`$w"]), None),
    ("O='--a # --b'", &["--a", "#", "--b"], Some(&["--a", "#", "--b"]), Some(&["--a"])),
    ("O=\"--a=[::1]:5000\"", &["--a=[::1]:5000"], Some(&["--a=[::1]:5000"]), Some(&["--a=[::1]:5000"])),
    ("O=\"--a\nP=1\n", &["--a", "P=1"], None, None),
    ("O=1\n. /x", &["1"], None, None),
    ("if :; then O=1; fi", &[], None, None),
];

#[test]
fn readers_differ_as_seen() {
    for (text, systemd, shell, openrc) in TABLE {
        let words = systemd_value(text, "O").as_deref().map(split_systemd_words).unwrap_or_default();
        assert_eq!(words, *systemd, "systemd: {text:?}");
        let value = shell_value(text, "O").ok();
        let words = value.clone().map(|value| value.as_deref().map(split_shell_words).unwrap_or_default());
        assert_eq!(words, shell.map(|words| words.iter().map(|word| (*word).to_owned()).collect()), "shell: {text:?}");
        let words = value.and_then(|value| split_openrc_words(value.as_deref().unwrap_or_default()));
        assert_eq!(
            words,
            openrc.map(|words| words.iter().map(|word| (*word).to_owned()).collect()),
            "openrc: {text:?}"
        );
    }
}

/// Found by comparing generated files with real shells: what looks harmless and is not.
#[rustfmt::skip]
const UNKNOWN: &[&str] = &[
    "O=1 $P", "O=1 export P", "O+= O=2", "export O+=2", "O+= export O=2", "case x in (esac\nO=1", "unset \u{e9}\nO=",
    "\\readonly P\nO=1", "x $(#)\nO=1", "x $((1/0))\nO=1", "!\\\n", "]]\nO=1", "O=\"$[\"", "x &&", "x &&\n# c\n",
    "( O=1", "fi\nO=1", "if :; fi", "{ O=1; }", "for O in 1; do :; done", "f() O=1", "O=(1 2)", "O=1 | x", "O=1 &",
    "x <<E\nO=1\nE\n", "x >\nO=1", "O\\\n=1", ": ${O:=1}", "x ${P?}", "exit\nO=1", "O=~/x", "O=\\\n~", "O=$'x'",
    "case x in x) O=1 ;; esac", "while :; do O=1; done", "x ;; O=1", "; O=1", ") O=1", "fi x", "x[}\nO=1", "time O=1",
];

#[test]
fn what_cannot_be_known_is_not_claimed() {
    for text in UNKNOWN {
        assert!(shell_value(text, "O").is_err(), "{text:?}");
    }
}

#[test]
fn generations_of_systemd_differ() {
    let value = |text, release| pairs(text, release).pop().map(|pair| pair.value);
    for (text, oldest, older, newest) in [
        ("# c \\\nO=1", None, None, Some("1")),
        ("# c \\\r\nO=1", Some("1"), Some("1"), Some("1")),
        ("O='a\\b'", Some("ab"), Some("a\\b"), Some("a\\b")),
        ("O=\"a\\b\\\nc\\\"\"", Some("abc\""), Some("a\\bc\""), Some("a\\bc\"")),
        ("O= a\\ \\\n  b  \n", Some("a   b"), Some("a   b"), Some("a   b")),
        ("O=\"a  \" b\tc # d ", Some("a  b\tc # d"), Some("a  b\tc # d"), Some("a  b\tc # d")),
        ("O=a \\", Some("a "), Some("a "), Some("a ")),
        ("1O=x\nO P=y\nO", None, None, None),
    ] {
        let found = Release::ALL.map(|release| value(text, release));
        assert_eq!(found, [oldest, older, newest].map(|value| value.map(str::to_owned)), "{text:?}");
    }
}

const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "ash"]];

/// Reads the file without a way to run anything, in an empty folder, and prints the value and its words, twice evaluated too.
const SCRIPT: &str = r#"
PATH=/nonexistent; w() { for x; do printf '%s\0' "$x"; done; }
. "$1" >/dev/null 2>&1 </dev/null
printf '%s\0' "${O+set}" "$O"; w $O; printf '=\0'"#;

#[expect(clippy::disallowed_methods, reason = "asks the shells of this machine")]
fn ask(shell: &[&str], folder: &Path, text: &str) -> Option<Vec<String>> {
    let file = folder.join("../file");
    std::fs::write(&file, text).unwrap();
    let (program, options) = shell.split_first().unwrap();
    let mut command = Command::new(program);
    command
        .args(options)
        .args(["-c", SCRIPT, "sh"])
        .arg(&file)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    let Output { stdout, .. } = command.output().ok()?;
    Some(String::from_utf8(stdout).unwrap().split_terminator('\0').map(str::to_owned).collect())
}

/// The shells that are here, and an empty folder.
#[expect(clippy::disallowed_methods, reason = "asks the shells of this machine")]
fn shells() -> (Vec<&'static [&'static str]>, tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let empty = root.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let here = |shell: &&&[&str]| {
        let found = ask(shell, &empty, "O=1\n").is_some_and(|answer| answer == ["set", "1", "1", "="]);
        if !found {
            // Not `eprintln`: the test harness would keep that to itself.
            let note = format!("SKIPPED: there is no {} here, so nothing was compared with it\n", shell.join(" "));
            std::io::stderr().write_all(note.as_bytes()).unwrap();
        }
        found
    };
    (SHELLS.iter().filter(here).copied().collect(), root, empty)
}

/// What the reader here says, in the form of an answer. `None` if it makes no claim.
fn claimed(text: &str) -> Option<Vec<String>> {
    let value = shell_value(text, "O").ok()?;
    let set = if value.is_some() { "set" } else { "" };
    let value = value.unwrap_or_default();
    let words = split_shell_words(&value);
    Some([vec![set.to_owned(), value], words, vec!["=".to_owned()]].concat())
}

#[test]
fn the_table_holds_in_real_shells() {
    let (shells, _root, empty) = shells();
    for (text, ..) in TABLE {
        let Some(claimed) = claimed(text) else { continue };
        for shell in &shells {
            assert_eq!(ask(shell, &empty, text).as_ref(), Some(&claimed), "{shell:?} {text:?}");
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]
fn edited_files_mean_the_same_to_real_shells() {
    let (shells, _root, empty) = shells();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/edits/env").read_dir().unwrap();
    for case in cases.map(|case| case.unwrap().path().join("want")).filter(|want| want.exists()) {
        let text = std::fs::read_to_string(&case).unwrap();
        let text = text.replace("DOCKER_OPTS=", "O=").replace("OPTIONS=", "O=");
        let claimed = claimed(&text).expect("an edited file is understood");
        for shell in &shells {
            assert_eq!(ask(shell, &empty, &text).as_ref(), Some(&claimed), "{shell:?} {}", case.display());
        }
    }
}

/// What generated files are made of.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "O=", "O+=", "P=", "\"", "'", "\\", "\n", "\n", "\n", " ", "#", "--a", "x", ";", "export ", "if :; then\n",
    "fi\n", "$P", "\r\n", "&&", "||", "{ ", "}\n", "case x in ", "x) ", ";;", "esac\n", "for O in 1; do ", "done\n",
    "é", "[", "]", "=", "~", "~/", ":", "!", "\"--a --b\"", "'--c'", "\\\n", "f() {", "while false; do ", "(", ")",
    "readonly ", "unset O", "$", "${P:-\"x\"}", "\t", "O", "else ", "then ",
];

#[test]
fn generated_files_mean_the_same_to_real_shells() {
    let (shells, _root, empty) = shells();
    let parts = select(PARTS);
    let text = prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat());
    let cases = ProptestConfig::default().cases / 4;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let held = runner.run(&text, |text| {
        let Some(claimed) = claimed(&text) else { return Ok(()) };
        for shell in &shells {
            let answer = ask(shell, &empty, &text);
            prop_assert_eq!(answer.as_ref(), Some(&claimed), "{:?} {:?}", shell, text);
        }
        Ok(())
    });
    held.unwrap();
}
