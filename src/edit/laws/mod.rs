//! The laws every editor is held to, over generated documents: identity, locality, meaning, idempotence, return.
//!
//! What a document means is told here by a reader of its own for each format, and what a change means by a model that
//! knows no text.

mod env;
mod json;
mod unit;

use std::fmt::Debug;

use proptest::prelude::*;

use super::{EditError, Syntax, edit};
use crate::model::change::{Action, Change, Value};

/// One format's side of the laws.
struct Format<M> {
    syntax: Syntax,
    /// What its readers make of a text. All of it, so that nothing else can change unseen.
    meaning: fn(&str) -> M,
    /// What a change should make of that.
    changed: fn(M, &Change) -> M,
    /// The change that leads back, if there is one, and whether it leads to this meaning.
    back: fn(&M, &Change) -> Option<Change>,
    same: fn(&M, &M) -> bool,
    /// Words in lines that a change may touch, other than its path and entry.
    touched: fn(&str, &M, &Change) -> Vec<String>,
    /// How many other lines it may touch: the one before loses or gets a comma in JSON.
    slack: usize,
    may_refuse: fn(&EditError) -> bool,
}

impl<M: Clone + Debug> Format<M> {
    fn hold(&self, text: &str, change: &Change) -> Result<(), TestCaseError> {
        let edited = |text: &str, change: &Change| {
            let bytes = edit(self.syntax, text.as_bytes(), std::slice::from_ref(change))?;
            Ok::<String, EditError>(String::from_utf8(bytes).expect("a text stays a text"))
        };
        prop_assert_eq!(edit(self.syntax, text.as_bytes(), &[]), Ok(text.as_bytes().to_vec()), "identity");
        let new = match edited(text, change) {
            Ok(new) => new,
            Err(refused) => {
                prop_assert!((self.may_refuse)(&refused), "refused: {}\n{}", refused, text);
                return Ok(());
            }
        };
        let old = (self.meaning)(text);
        let expected = (self.changed)(old.clone(), change);
        let found = (self.meaning)(&new);
        prop_assert!((self.same)(&expected, &found), "meaning: {expected:?}\n{found:?}\n{text:?}\n{new:?}");
        self.local(text, &new, &old, change)?;
        self.dress(text, &new, change)?;
        prop_assert_eq!(edited(&new, change), Ok(new.clone()), "idempotence: {:?}", text);
        // Setting the same words of an env file with other blanks is a change of the value.
        let same_words = self.syntax == Syntax::Env && matches!(change.action, Action::Set(_));
        if (self.same)(&old, &found) && !same_words {
            prop_assert_eq!(&new, text, "what changes nothing keeps every byte");
        }
        if let Some(back) = (self.back)(&old, change) {
            let returned = edited(&new, &back);
            let returned = returned.map_err(|refused| TestCaseError::fail(format!("return: {refused}\n{new:?}")))?;
            let meaning = (self.meaning)(&returned);
            prop_assert!((self.same)(&old, &meaning), "return: {old:?}\n{meaning:?}\n{text:?}\n{new:?}\n{returned:?}");
        }
        Ok(())
    }

    /// The mark, the kind of line ends and the end of the last line stay as they are.
    fn dress(&self, old: &str, new: &str, change: &Change) -> Result<(), TestCaseError> {
        prop_assert_eq!(old.starts_with('\u{feff}'), new.starts_with('\u{feff}'), "mark: {:?}\n{:?}", old, new);
        let bare = |text: &str| {
            text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}').is_empty()
        };
        // A last line that is taken away leaves the one before as it was.
        let adds = matches!(change.action, Action::Append(_) | Action::Set(_));
        if adds && !bare(old) {
            prop_assert_eq!(old.ends_with('\n'), new.ends_with('\n'), "last line: {:?}\n{:?}", old, new);
        }
        // New lines of env files end in LF: a shell takes a CR for part of the value.
        let only_crlf = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
        if old.contains('\n') && only_crlf(old) && self.syntax != Syntax::Env {
            prop_assert!(only_crlf(new), "line ends: {old:?}\n{new:?}");
        }
        Ok(())
    }

    /// Lines that have nothing to do with the change are there in the same order with the same bytes.
    fn local(&self, old: &str, new: &str, meaning: &M, change: &Change) -> Result<(), TestCaseError> {
        let mut touched = (self.touched)(old, meaning, change);
        touched.extend(change.path.iter().cloned());
        if let Action::Append(entry) | Action::RemoveEntry(entry) = &change.action {
            touched.push(entry.clone());
        }
        let apart = |line: &str| {
            let bare = line
                .trim_matches(|character: char| character.is_whitespace() || "[]{},\"'\\\u{feff}".contains(character));
            !bare.is_empty() && !touched.iter().any(|word| line.contains(word.as_str()))
        };
        // A last line without an end gets one when another follows.
        let ended = old.ends_with('\n');
        let bare = |line: &'_ str| if ended { line.to_owned() } else { line.trim_end_matches('\r').to_owned() };
        let lines = |text: &str| text.split('\n').map(bare).collect::<Vec<String>>();
        let (old_lines, new_lines) = (lines(old), lines(new));
        let changes = similar::capture_diff_slices(similar::Algorithm::Myers, &old_lines, &new_lines);
        let gone = changes.iter().filter(|change| change.tag() != similar::DiffTag::Equal);
        let lost: Vec<&String> =
            gone.flat_map(|change| &old_lines[change.old_range()]).filter(|line| apart(line)).collect();
        prop_assert!(lost.len() <= self.slack, "locality: {:?}\n{:?}\n{:?}", lost, old, new);
        Ok(())
    }
}

/// LF or CR LF, a mark or none, a last line end or none.
fn dressed(body: impl Strategy<Value = String>, mark: bool) -> impl Strategy<Value = String> {
    (body, any::<bool>(), any::<bool>(), prop::bool::weighted(if mark { 0.3 } else { 0.0 })).prop_map(
        |(body, crlf, last, mark)| {
            let body =
                if last { format!("{}\n", body.trim_end_matches('\n')) } else { body.trim_end_matches('\n').into() };
            let body = if crlf { body.replace('\n', "\r\n") } else { body };
            if mark { format!("\u{feff}{body}") } else { body }
        },
    )
}

fn flag_words(change: &Change) -> Vec<String> {
    match &change.action {
        Action::Append(entry) | Action::RemoveEntry(entry) => entry.split_whitespace().map(str::to_owned).collect(),
        Action::Set(Value::Text(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}
