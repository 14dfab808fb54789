//! Adds a flag to a systemd command line, takes one off, and writes the drop-in for a unit that must not be edited.

use super::super::error::{EditError, Oddity, Place};
use super::super::words::{find_entry, unsafe_character};
use super::words::{Word, is_separator, located};

/// A command line of one program that is no shell, so that a flag at its end is that program's.
#[derive(Debug)]
pub(super) struct Command {
    pub words: Vec<Word>,
}

impl Command {
    pub fn of(value: &str, place: impl Fn() -> Place) -> Result<Self, EditError> {
        let refuse = |why| Err(EditError::NotSafelyEditable { place: place(), why });
        let Some(words) = located(value) else { return refuse(Oddity::UnclosedQuote) };
        if words.iter().any(|word| is_separator(value, word)) {
            return refuse(Oddity::SeveralCommands);
        }
        let Some(first) = words.first() else { return refuse(Oddity::NoCommand) };
        let program = first.text.trim_start_matches(['-', '@', ':', '+', '!', '|']);
        let program = program.rsplit('/').next().unwrap_or_default();
        if SHELLS.contains(&program) && words.iter().any(|word| word.text.starts_with("-c") || word.text == "-lc") {
            return refuse(Oddity::ShellCommand);
        }
        Ok(Self { words })
    }

    /// The runs of words that are this entry.
    pub fn find(&self, entry: &str) -> Vec<std::ops::Range<usize>> {
        let words: Vec<String> = self.words.iter().map(|word| word.text.replace("%%", "%")).collect();
        find_entry(&words, entry)
    }
}

const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"];

/// A flag as it is written in a unit.
pub(super) fn written(entry: &str) -> Result<String, EditError> {
    if let Some(character) = unsafe_character(entry) {
        return Err(EditError::UnsafeText { text: entry.to_owned(), character });
    }
    Ok(entry.split_whitespace().collect::<Vec<_>>().join(" ").replace('%', "%%"))
}

/// The text of a drop-in that starts the same program with one more flag. `old_exec_start` is the effective value as it
/// stands in the unit, variables and specifiers included (not what `systemctl show` prints).
pub fn drop_in_with_exec_start(old_exec_start: &str, flag: &str) -> Result<String, EditError> {
    let old = old_exec_start.trim();
    let place = || Place { line: 1, column: 1, snippet: old.chars().take(160).collect() };
    if old.contains(['\n', '\r', '\0']) || old.ends_with('\\') {
        return Err(EditError::NotSafelyEditable { place: place(), why: Oddity::ControlCharacter });
    }
    let present = !Command::of(old, place)?.find(flag).is_empty();
    let flag = if present { String::new() } else { format!(" {}", written(flag)?) };
    Ok(format!("[Service]\nExecStart=\nExecStart={old}{flag}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_ins_start_the_same_with_a_flag() {
        let flag = "--insecure-registry=reg:5000";
        let start = "/usr/bin/dockerd -H fd:// $DOCKER_OPTS";
        let expected = format!("[Service]\nExecStart=\nExecStart={start} {flag}\n");
        assert_eq!(drop_in_with_exec_start(start, flag), Ok(expected.clone()));
        assert_eq!(drop_in_with_exec_start(&format!("{start} {flag}"), flag), Ok(expected));
        assert!(drop_in_with_exec_start(start, "--x=%41").is_ok_and(|text| text.ends_with(" --x=%%41\n")));
    }

    #[test]
    fn commands_that_take_no_flag() {
        for (start, why) in [
            ("/bin/sh -c 'exec dockerd 2>&1 | forward-journald'", Oddity::ShellCommand),
            ("-/bin/bash -c dockerd", Oddity::ShellCommand),
            ("/a ; /b", Oddity::SeveralCommands),
            ("/a 'b", Oddity::UnclosedQuote),
            (" ", Oddity::NoCommand),
            ("/a \\", Oddity::ControlCharacter),
        ] {
            let refused = drop_in_with_exec_start(start, "--b").unwrap_err();
            assert!(matches!(refused, EditError::NotSafelyEditable { why: found, .. } if found == why), "{start}");
        }
        assert!(matches!(drop_in_with_exec_start("/a", "--b=$X"), Err(EditError::UnsafeText { character: '$', .. })));
    }
}
