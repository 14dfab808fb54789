//! `regdoctor generate`: the manual and the completions, as the packages call it.

use std::fs;
use std::process::Command;

use crate::harness::Bench;

fn names(bench: &Bench, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(bench.path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_manual_has_a_page_for_every_command_that_help_names() {
    let bench = Bench::new();
    let ran = bench.run(&["generate", "man", "--out", &bench.at("man/man1")]).ended(0);
    let names = names(&bench, "man/man1");
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr),
        ("", format!("wrote {} files to {}\n", names.len(), bench.at("man/man1")))
    );
    let help = bench.run(&["--help"]).ended(0).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"check") && commands.contains(&"generate"), "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(names.contains(&format!("regdoctor-{command}.1")), "{command}: {names:?}");
    }
    let all = bench.run(&["generate", "man"]).ended(0).stdout;
    assert!(all.starts_with(&bench.read("man/man1/regdoctor.1")), "the program's own page comes first");
    assert_eq!(all.matches("\n.TH ").count(), names.len());
}

#[test]
fn every_shell_has_a_script_under_the_name_that_it_looks_for() {
    let bench = Bench::new();
    for (shell, name, words) in [
        ("bash", "regdoctor", "complete -F _regdoctor"),
        ("zsh", "_regdoctor", "#compdef regdoctor"),
        ("fish", "regdoctor.fish", "complete -c regdoctor"),
    ] {
        bench.run(&["generate", shell, "--out", &bench.at(shell)]).ended(0);
        assert_eq!(names(&bench, shell), [name]);
        let script = bench.read(&format!("{shell}/{name}"));
        assert!(script.contains(words) && script.contains("serve-test-registry"), "{script}");
        assert_eq!(bench.run(&["generate", shell]).ended(0).stdout, script);
    }
}

/// Bash itself, asked what comes next.
#[test]
fn bash_completes_commands_and_values() {
    let bench = Bench::new();
    bench.run(&["generate", "bash", "--out", &bench.at("bash")]).ended(0);
    for (words, wanted) in [("regdoctor un", "undo untrust"), ("regdoctor check --format j", "json")] {
        let last = words.split(' ').count() - 1;
        let script = format!(
            "source {}; COMP_WORDS=({words}) COMP_CWORD={last}; _regdoctor regdoctor ${{COMP_WORDS[{last}]}} \
             ${{COMP_WORDS[{last}-1]}}; printf '%s\\n' \"${{COMPREPLY[@]}}\" | sort | xargs",
            bench.at("bash/regdoctor")
        );
        let ran = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), wanted, "{words}: {ran:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    let file = bench.lay("file", "");
    let ran = bench.run(&["generate", "man", "--out", &file]).ended(2);
    assert!(ran.stderr.contains(&format!("cannot make {file}")) && ran.stderr.contains("hint: --out"), "{ran}");
}
