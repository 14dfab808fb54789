//! Whether all readers of an env file (three generations of systemd, a shell, `OpenRC`) understand the same. Writes nothing.

use super::super::error::{EditError, Oddity, Place};
use super::parse::{Script, parse};
use super::shell::{split_openrc_words, split_shell_words, value_in};
use super::systemd::{Pair, Release, pairs, split_systemd_words};
use super::word::Assignment;

/// What one variable is, to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    pub value: Option<String>,
    pub words: Vec<String>,
    /// Where `eval` would run something, nothing.
    openrc: Option<Vec<String>>,
}

/// What all readers agree on.
pub(super) fn read(text: &str, script: &Script, name: &str) -> Result<Reading, EditError> {
    let last = script.assignments.iter().rfind(|found| found.name == name);
    let refuse = |why| {
        let at = last.map_or_else(|| line_of(text, name), |last| last.range.start);
        Err(EditError::NotSafelyEditable { place: Place::at(text, at), why })
    };
    if text.trim_start_matches('\u{feff}').trim_start().starts_with(name) && text.starts_with('\u{feff}') {
        return refuse(Oddity::ByteOrderMark);
    }
    let shell = value_in(text, script, name)?;
    let words = shell.as_deref().map(split_shell_words).unwrap_or_default();
    for release in Release::ALL.into_iter().rev() {
        let systemd = pairs(text, release).into_iter().rfind(|pair| pair.name == name).map(|pair| pair.value);
        if systemd.as_deref().map(split_systemd_words).unwrap_or_default() != words
            || systemd.is_some() != shell.is_some()
        {
            return refuse(blame(last, release, systemd.as_deref(), shell.as_deref()));
        }
    }
    let openrc = split_openrc_words(shell.as_deref().unwrap_or_default());
    Ok(Reading { value: shell, words, openrc })
}

/// The most telling reason why the readers differ.
fn blame(last: Option<&Assignment>, release: Release, systemd: Option<&str>, shell: Option<&str>) -> Oddity {
    let plain = |oddity: &&Oddity| !matches!(oddity, Oddity::MultiLine);
    let show = |value: Option<&str>| value.map_or_else(|| "nothing".to_owned(), |value| format!("{value:?}"));
    let reader = match release {
        Release::UpTo240 => "systemd before 241",
        Release::UpTo253 => "systemd before 254",
        Release::Since254 => "systemd",
    };
    let named = last.and_then(|last| last.oddities.iter().find(plain)).cloned();
    named.unwrap_or_else(|| Oddity::ReadersDisagree { reader, systemd: show(systemd), shell: show(shell) })
}

fn line_of(text: &str, name: &str) -> usize {
    text.find(name).unwrap_or_default()
}

/// What a change should lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    Words(Vec<String>),
    Value(Option<String>),
}

/// Holds the new text to the old one: the variable is as expected, for every reader, and all others are as before.
pub(super) fn judge(old: &str, new: &str, name: &str, expected: &Expected) -> Result<(), EditError> {
    if new.starts_with('\u{feff}') && !old.starts_with('\u{feff}') {
        // It stood further down, where nothing was hidden by it.
        return Err(EditError::NotSafelyEditable { place: Place::at(new, 0), why: Oddity::ByteOrderMark });
    }
    let script = parse(new);
    let reading = read(new, &script, name)?;
    let misread = |reader, expected: String, found: String| Err(EditError::Misread { reader, expected, found });
    let show = |words: &[String]| format!("{words:?}");
    match expected {
        Expected::Value(value) if reading.value != *value => {
            return misread("a shell", format!("{value:?}"), format!("{:?}", reading.value));
        }
        Expected::Words(words) if reading.words != *words => {
            return misread("a shell", show(words), show(&reading.words));
        }
        // What `eval` would run before, it runs after: only a plain reading can be held to something.
        Expected::Words(words) if reading.openrc.as_ref().is_some_and(|openrc| openrc != words) => {
            return misread("OpenRC", show(words), show(&reading.openrc.unwrap_or_default()));
        }
        _ => {}
    }
    for release in Release::ALL {
        if others(old, name, release) != others(new, name, release) {
            return misread("systemd", "the other variables as before".into(), "a change".into());
        }
    }
    let before = parse(old);
    // A backslash at the very end joins the line that comes behind it, and `.\` becomes another command.
    let mut commands = before.obscuring.iter().map(|(command, _)| command);
    let no_new_commands = script.obscuring.iter().all(|(command, _)| commands.any(|old| old == command));
    if !no_new_commands || known(&before, name) != known(&script, name) {
        return misread("a shell", "the other variables as before".into(), "a change".into());
    }
    Ok(())
}

fn others(text: &str, name: &str, release: Release) -> Vec<(String, String)> {
    let pair = |pair: Pair| (pair.name != name).then_some((pair.name, pair.value));
    pairs(text, release).into_iter().filter_map(pair).collect()
}

fn known<'s>(script: &'s Script, name: &str) -> Vec<(&'s str, &'s str, &'s [Oddity])> {
    let others = script.assignments.iter().filter(|found| found.name != name);
    others.map(|found| (found.name.as_str(), found.value_raw.as_str(), found.oddities.as_slice())).collect()
}
