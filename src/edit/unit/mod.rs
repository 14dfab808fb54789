//! The editor of systemd units and drop-ins.
//!
//! `Append` and `RemoveEntry` mean flags of the command for `Exec…` keys, and lines of their own for all others, since
//! systemd adds up what is given several times. Values are unit text: quotes and `%` are the caller's, flags are not.

mod command;
mod merge;
mod parse;
mod words;

pub use command::drop_in_with_exec_start;
pub use merge::{Origin, merge};
pub use parse::{Entry, parse};
pub use words::split_exec_words;

use std::ops::Range;

use self::command::{Command, written};
use self::parse::{BLANKS, Unit, read};
use super::error::{EditError, Oddity, Place};
use super::splice::{Splice, apply, newline, slice};
use super::words::{with, without};
use crate::model::change::{Action, Change, Value};

/// The text with one change made.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, EditError> {
    let [section, key] = change.path.as_slice() else {
        return Err(EditError::WrongPath { expected: "a section and a key", found: change.path.clone() });
    };
    let name = |name: &str| {
        !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
    };
    if !name(section) || !name(key) {
        return Err(EditError::WrongPath { expected: "a section and a key", found: change.path.clone() });
    }
    let editor = Editor { text, section, key, unit: read(text) };
    let old = editor.values();
    let (splices, expected) = match (&change.action, key.starts_with("Exec")) {
        (Action::Set(value), _) => editor.set(value)?,
        (Action::Append(flag), true) => editor.append_flag(flag)?,
        (Action::RemoveEntry(flag), true) => editor.remove_flag(flag)?,
        (Action::Append(value), false) => editor.append(value)?,
        (Action::RemoveEntry(value), false) => editor.remove(|old| old == value),
        (Action::Remove, _) => editor.remove(|_| true),
    };
    if splices.is_empty() {
        return Ok(text.to_owned());
    }
    let result = apply(text, &splices);
    let judge = Editor { text: &result, section, key, unit: read(&result) };
    let (found, expected) = (judge.values(), expected.unwrap_or(old));
    if found != expected || judge.others() != editor.others() {
        let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
        return Err(EditError::Misread { reader: "systemd", expected, found });
    }
    Ok(result)
}

/// The splices, and the values they should lead to (none: the old ones).
type Edits = (Vec<Splice>, Option<Vec<String>>);

struct Editor<'t> {
    text: &'t str,
    section: &'t str,
    key: &'t str,
    unit: Unit,
}

impl Editor<'_> {
    fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.unit.entries.iter().filter(|entry| entry.section == self.section && entry.key == self.key)
    }

    fn values(&self) -> Vec<String> {
        self.entries().map(|entry| entry.value.clone()).collect()
    }

    fn others(&self) -> Vec<(&str, &str, &str)> {
        let others = self.unit.entries.iter().filter(|entry| entry.section != self.section || entry.key != self.key);
        others.map(|entry| (entry.section.as_str(), entry.key.as_str(), entry.value.as_str())).collect()
    }

    /// Those that count: behind the last empty one.
    fn effective(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries().rev().take_while(|entry| !entry.value.is_empty()).collect();
        entries.reverse();
        entries
    }

    /// The only value there is, or one after what empties the list.
    fn set(&self, value: &Value) -> Result<Edits, EditError> {
        let value = match value {
            Value::Text(text) => text.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(_) => return Err(EditError::WrongValue { value: "a list" }),
        };
        check(&value)?;
        if value.is_empty() {
            // To systemd, that is not a value but the end of all before it.
            return Err(EditError::WrongValue { value: "an empty value" });
        }
        let effective = self.effective();
        if effective.iter().map(|entry| entry.value.as_str()).eq([value.as_str()]) {
            return Ok((Vec::new(), None));
        }
        let Some((last, before)) = effective.split_last() else { return Ok(self.add(&value)) };
        let mut splices: Vec<Splice> = before.iter().flat_map(|entry| removed(entry)).collect();
        let range = last.in_text(0)..last.end();
        self.holds_no_comment(last, range.clone())?;
        splices.push(Splice::replace(range, value.clone()));
        let mut values = self.values();
        values.truncate(values.len() - effective.len());
        values.push(value);
        Ok((splices, Some(values)))
    }

    fn append(&self, value: &str) -> Result<Edits, EditError> {
        check(value)?;
        let present = value.is_empty() || self.effective().iter().any(|entry| entry.value == value);
        Ok(if present { (Vec::new(), None) } else { self.add(value) })
    }

    fn remove(&self, gone: impl Fn(&str) -> bool) -> Edits {
        let splices = self.entries().filter(|entry| gone(&entry.value)).flat_map(removed);
        (splices.collect(), Some(self.values().into_iter().filter(|value| !gone(value)).collect()))
    }

    fn append_flag(&self, flag: &str) -> Result<Edits, EditError> {
        let (entry, command) = self.command()?;
        if flag.trim().is_empty() || !command.find(flag).is_empty() {
            return Ok((Vec::new(), None));
        }
        let flag = written(flag)?;
        let value = format!("{} {flag}", entry.value);
        let words: Vec<String> = command.words.iter().map(|word| word.text.clone()).collect();
        same_words(&value, &with(&words, &flag)?)?;
        let splice = Splice::insert(entry.end(), format!(" {flag}"));
        Ok((vec![splice], Some(self.with_last(value))))
    }

    fn remove_flag(&self, flag: &str) -> Result<Edits, EditError> {
        let (entry, command) = self.command()?;
        let (mut splices, mut inner) = (Vec::new(), Vec::new());
        let runs = command.find(flag);
        for run in &runs {
            let before = run.start.checked_sub(1).and_then(|before| command.words.get(before));
            let last = run.end.checked_sub(1).and_then(|last| command.words.get(last));
            let (Some(before), Some(last)) = (before, last) else { continue };
            let range = entry.in_text(before.range.end)..entry.in_text(last.range.end);
            self.holds_no_comment(entry, range.clone())?;
            inner.push(Splice::remove(before.range.end..last.range.end));
            splices.push(Splice::remove(range));
        }
        let value = apply(&entry.value, &inner).trim_end_matches(BLANKS).to_owned();
        let words: Vec<String> = command.words.into_iter().map(|word| word.text).collect();
        same_words(&value, &without(&words, &runs))?;
        Ok((splices, Some(self.with_last(value))))
    }

    /// Comments may stand between continued lines: they are not thrown away.
    fn holds_no_comment(&self, entry: &Entry, range: Range<usize>) -> Result<(), EditError> {
        let mut lines = slice(self.text, range).split(['\n', '\r']).skip(1);
        if lines.any(|line| line.trim_start().starts_with(['#', ';'])) {
            return Err(self.refused(entry, Oddity::MultiLine));
        }
        Ok(())
    }

    /// The one command line that counts.
    fn command(&self) -> Result<(&Entry, Command), EditError> {
        match self.effective().as_slice() {
            [entry] => {
                let place = || Place::at(self.text, entry.start());
                Ok((entry, Command::of(&entry.value, place)?))
            }
            [] => {
                let place = Place::at(self.text, self.entries().last().map_or(0, Entry::start));
                Err(EditError::NotSafelyEditable { place, why: Oddity::NoCommand })
            }
            [entry, ..] => Err(self.refused(entry, Oddity::SeveralCommands)),
        }
    }

    fn refused(&self, entry: &Entry, why: Oddity) -> EditError {
        EditError::NotSafelyEditable { place: Place::at(self.text, entry.start()), why }
    }

    fn with_last(&self, value: String) -> Vec<String> {
        let mut values = self.values();
        values.pop();
        values.push(value);
        values
    }

    /// A new line: behind the last of its kind, or of its section; or a new section at the end.
    fn add(&self, value: &str) -> Edits {
        let in_section = |entry: &&Entry| entry.section == self.section;
        let neighbour = self.entries().next_back().or_else(|| self.unit.entries.iter().rfind(in_section));
        let header = self.unit.headers.iter().rfind(|(name, _)| name == self.section).map(|(_, end)| *end);
        let equals =
            neighbour.filter(|entry| !entry.value.is_empty()).map(|entry| slice(self.text, entry.equals.clone()));
        let equals = equals.filter(|equals| !equals.contains(['\n', '\r', '\\'])).unwrap_or("=");
        let line = format!("{}{equals}{value}", self.key);
        let newline = newline(self.text);
        // A header behind the last entry of its name begins an empty section of the same name: either will do.
        let at = neighbour.map(Entry::below).or(header);
        let splice = match at {
            Some(at) if slice(self.text, 0..at).ends_with(['\n', '\r']) => Splice::insert(at, line + newline),
            Some(at) => Splice::insert(at, format!("{newline}{line}")),
            None => Splice::insert(self.text.len(), self.new_section(&line, newline)),
        };
        let mut values = self.values();
        values.push(value.to_owned());
        (vec![splice], Some(values))
    }

    fn new_section(&self, line: &str, newline: &str) -> String {
        let section = self.section;
        let body = self.text.trim_start_matches('\u{feff}');
        if body.is_empty() {
            return format!("[{section}]{newline}{line}{newline}");
        }
        if body.ends_with(['\n', '\r']) {
            return format!("{newline}[{section}]{newline}{line}{newline}");
        }
        format!("{newline}{newline}[{section}]{newline}{line}")
    }
}

/// The splices for a whole setting; comments between its lines stay.
fn removed(entry: &Entry) -> Vec<Splice> {
    entry.rows.iter().cloned().map(Splice::remove).collect()
}

/// The judge of command lines: a backslash before the blank where a flag is put makes one word of two.
fn same_words(value: &str, expected: &[String]) -> Result<(), EditError> {
    match split_exec_words(value) {
        Some(found) if found == expected => Ok(()),
        found => Err(EditError::Misread {
            reader: "systemd",
            expected: format!("{expected:?}"),
            found: format!("{:?}", found.unwrap_or_default()),
        }),
    }
}

/// A value that is one line and means itself.
fn check(value: &str) -> Result<(), EditError> {
    let control = value.chars().find(|character| character.is_control());
    let blank = Some(' ').filter(|_| value != value.trim_matches(BLANKS));
    let backslash = Some('\\').filter(|_| value.ends_with('\\'));
    match control.or(blank).or(backslash) {
        Some(character) => Err(EditError::UnsafeText { text: value.to_owned(), character }),
        None => Ok(()),
    }
}
