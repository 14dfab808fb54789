//! The editor of env files: `/etc/default/docker`, `/etc/sysconfig/docker`, `/etc/conf.d/docker`.
//!
//! Nobody can tell from the file who reads it: systemd's own parser, a shell, or a shell and `eval`. So it is edited only
//! where they agree before and after, and refused with the reason otherwise.

mod block;
mod expansion;
mod judge;
mod lexer;
mod parse;
#[cfg(test)]
mod readers;
mod shell;
mod systemd;
mod token;
mod word;
mod write;

pub use parse::{Script, parse};
pub use shell::{shell_value, split_openrc_words, split_shell_words};
pub use systemd::{Pair, Release, pairs, split_systemd_words, systemd_value};
pub use word::Assignment;

use self::judge::{Expected, Reading, judge};
use super::error::{EditError, Oddity, Place};
use super::splice::{Splice, apply};
use super::words::{self, find_entry, unsafe_character, without};
use crate::model::change::{Action, Change, Value};

/// The text with one change made to one variable.
pub(super) fn edit(text: &str, change: &Change) -> Result<String, EditError> {
    let name = match change.path.as_slice() {
        [name] if systemd::is_name(name) => name,
        path => return Err(EditError::WrongPath { expected: "the name of a variable", found: path.to_vec() }),
    };
    if let Some(at) = text.find('\0') {
        return Err(EditError::NotSafelyEditable { place: Place::at(text, at), why: Oddity::ControlCharacter });
    }
    let script = parse(text);
    let editor = Editor { text, name, reading: judge::read(text, &script, name)?, script };
    match &change.action {
        Action::Append(entry) => editor.append(entry),
        Action::RemoveEntry(entry) => editor.remove_entry(entry),
        Action::Set(Value::Text(value)) => editor.set(value),
        Action::Set(Value::List(words)) => editor.set(&words.join(" ")),
        Action::Set(Value::Flag(_)) => Err(EditError::WrongValue { value: "true or false" }),
        Action::Remove => editor.remove(),
    }
}

struct Editor<'t> {
    text: &'t str,
    name: &'t str,
    script: Script,
    /// What all readers agree on. Where they do not, there is no editor.
    reading: Reading,
}

impl Editor<'_> {
    fn append(self, entry: &str) -> Result<String, EditError> {
        let reading = &self.reading;
        let added: Vec<String> = split_shell_words(entry);
        if added.is_empty() || !find_entry(&reading.words, entry).is_empty() {
            return Ok(self.text.to_owned());
        }
        let entry = added.join(" ");
        check(&entry)?;
        let words = words::with(&reading.words, &entry)?;
        let expected = Expected::Words(words.clone());
        let Some(last) = self.last() else { return self.add(&entry, &expected) };
        match write::append(self.text, last, &entry) {
            Some(splice) => self.judged(&[splice], &expected),
            None => self.rewrite(last, &words.join(" "), &expected),
        }
    }

    fn remove_entry(self, entry: &str) -> Result<String, EditError> {
        let reading = &self.reading;
        let gone = find_entry(&reading.words, entry);
        let (Some(last), false) = (self.last(), gone.is_empty()) else { return Ok(self.text.to_owned()) };
        let words = without(&reading.words, &gone);
        let expected = Expected::Words(words.clone());
        if last.value_raw.starts_with(['"', '\'']) {
            let located = write::located_words(self.text, last);
            self.judged(&write::remove(&located, &gone), &expected)
        } else {
            self.rewrite(last, &words.join(" "), &expected)
        }
    }

    fn set(self, value: &str) -> Result<String, EditError> {
        let expected = Expected::Value(Some(value.to_owned()));
        if self.reading.value.as_deref() == Some(value) {
            return Ok(self.text.to_owned());
        }
        check(value)?;
        match self.last() {
            Some(last) => self.rewrite(last, value, &expected),
            None => self.add(value, &expected),
        }
    }

    fn remove(self) -> Result<String, EditError> {
        let mut splices = Vec::new();
        for assignment in self.script.assignments.iter().filter(|found| found.name == self.name) {
            let own = write::own_lines(self.text, assignment).filter(|_| !assignment.has(&Oddity::Conditional));
            splices.push(own.ok_or_else(|| self.refused(assignment))?);
        }
        self.judged(&splices, &Expected::Value(None))
    }

    fn last(&self) -> Option<&Assignment> {
        self.script.assignments.iter().rfind(|found| found.name == self.name)
    }

    fn refused(&self, assignment: &Assignment) -> EditError {
        let conditional = assignment.has(&Oddity::Conditional);
        let why = if conditional { Oddity::Conditional } else { Oddity::SharedLine };
        EditError::NotSafelyEditable { place: Place::at(self.text, assignment.range.start), why }
    }

    fn rewrite(&self, assignment: &Assignment, value: &str, expected: &Expected) -> Result<String, EditError> {
        check(value)?;
        let splice = Splice::replace(write::own_value(self.text, assignment), write::safe_form(value));
        self.judged(&[splice], expected)
    }

    /// A new assignment at the best place where every reader sees it.
    fn add(&self, value: &str, expected: &Expected) -> Result<String, EditError> {
        let tried = write::places(self.text, &self.script, self.name, value).into_iter();
        let mut tried = tried.map(|splice| self.judged(&[splice], expected));
        let first = tried.next().unwrap_or_else(|| Ok(self.text.to_owned()));
        if first.is_ok() { first } else { tried.find(Result::is_ok).unwrap_or(first) }
    }

    fn judged(&self, splices: &[Splice], expected: &Expected) -> Result<String, EditError> {
        let result = apply(self.text, splices);
        judge(self.text, &result, self.name, expected)?;
        Ok(result)
    }
}

/// Only what needs no quoting for anybody may be written.
fn check(text: &str) -> Result<(), EditError> {
    match unsafe_character(text) {
        Some(character) => Err(EditError::UnsafeText { text: text.to_owned(), character }),
        None => Ok(()),
    }
}
