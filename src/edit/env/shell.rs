//! What a shell makes of an env file: sourced (sysvinit, runit and others), and sourced and passed through `eval` (`OpenRC`).
//! Only what can be known without running anything.

use super::super::error::{EditError, Oddity, Place};
use super::lexer::tokens;
use super::parse::{Script, parse};
use super::token::{Kind, Piece};
use super::word::characters;

/// The value that a shell which sources the file gives to the variable. An error where only running it could tell.
pub fn shell_value(text: &str, name: &str) -> Result<Option<String>, EditError> {
    value_in(text, &parse(text), name)
}

pub(super) fn value_in(text: &str, script: &Script, name: &str) -> Result<Option<String>, EditError> {
    let refuse = |at: usize, why: Oddity| Err(EditError::NotSafelyEditable { place: Place::at(text, at), why });
    if let Some(unread) = &script.unread {
        return refuse(unread.at, unread.why.clone());
    }
    let lasting = |oddities: &[Oddity]| !oddities.contains(&Oddity::Temporary);
    let last = script.assignments.iter().rfind(|found| found.name == name && lasting(&found.oddities));
    let before = |at: usize| last.is_some_and(|last| at < last.range.start);
    for ((command, _), at) in script.obscuring.iter().zip(&script.obscuring_at) {
        if !before(*at) || ends(command) {
            return refuse(*at, Oddity::Obscured { command: command.clone() });
        }
    }
    let Some(last) = last else { return Ok(None) };
    let unknown = |oddity: &&Oddity| matches!(oddity, Oddity::Conditional | Oddity::Appended | Oddity::Expands);
    match last.oddities.iter().find(unknown) {
        Some(why) => refuse(last.range.start, why.clone()),
        None => Ok(last.value.clone()),
    }
}

/// Whether a shell may never get to what follows.
fn ends(command: &str) -> bool {
    !matches!(command, "." | "source" | "eval" | "unset" | "read" | "alias" | "declare" | "typeset" | "let")
}

/// The words of a value where a script says `$NAME` without quotes. (Words that match file names would be replaced.)
#[must_use]
pub fn split_shell_words(value: &str) -> Vec<String> {
    value.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words where `OpenRC` evaluates `$NAME` once more. `None` if that would run or expand something.
#[must_use]
pub fn split_openrc_words(value: &str) -> Option<Vec<String>> {
    let joined = split_shell_words(value).join(" ");
    let (tokens, unread) = tokens(&joined);
    if unread.is_some() {
        return None;
    }
    let mut words = Vec::new();
    for token in tokens {
        match token.kind {
            Kind::Word(pieces) => {
                let tilde = joined.get(token.range).is_some_and(|word| word.starts_with('~'));
                if tilde || pieces.iter().any(|piece| matches!(piece, Piece::Expansion(_))) {
                    return None;
                }
                words.push(characters(&joined, &pieces).map(|(character, _)| character).collect());
            }
            Kind::Comment => {}
            Kind::Operator | Kind::Newline => return None,
        }
    }
    Some(words)
}
