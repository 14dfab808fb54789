//! The laws every editor is held to: identity, meaning, locality, dress, idempotence, return.
//!
//! What a document means is told here by a reader of its own for each format, and what a change means by a model that
//! knows no text. `documents` generates what they are tried on; `fuzz` tries them on arbitrary bytes.

#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a panic here is a law that does not hold")]

#[cfg(test)]
mod documents;
mod env;
mod fuzz;
mod json;
mod toml;
mod tree;
mod unit;
mod yaml;

use std::fmt::Debug;
use std::ops::RangeInclusive;

pub use fuzz::fuzz;

use super::{EditError, Syntax, edit};
use crate::model::change::{Action, Change};

/// One format's side of the laws.
struct Format<M> {
    syntax: Syntax,
    /// What its readers make of a text. All of it, so that nothing else can change unseen.
    meaning: fn(&str) -> M,
    /// What a change should make of that.
    changed: fn(M, &Change) -> M,
    /// The change that leads back, if there is one.
    back: fn(&M, &Change) -> Option<Change>,
    same: fn(&M, &M) -> bool,
    /// The lines, counted from one, that a change may touch.
    touched: fn(&str, &Change) -> Vec<RangeInclusive<usize>>,
    /// How many other lines it may touch beside each: the one before loses or gets a comma in JSON.
    slack: usize,
}

/// What became of an edit that broke no law.
#[derive(Debug)]
enum Held {
    Edited,
    Refused(EditError),
    /// It was edited, and the way back is refused. Undo, which knows the old bytes, does not need it.
    OneWay(EditError),
}

/// An edit that was made.
struct Trial<'t, M> {
    old: &'t str,
    new: &'t str,
    change: &'t Change,
    before: M,
    after: M,
}

/// The law that does not hold, and what shows it.
type Broken = String;

impl<M: Clone + Debug + PartialEq> Format<M> {
    fn hold(&self, text: &str, change: &Change) -> Result<Held, Broken> {
        identity(self.syntax, text.as_bytes())?;
        let new = match self.edited(text, change) {
            Ok(new) => new,
            Err(refused) => return Ok(Held::Refused(refused)),
        };
        let (before, after) = ((self.meaning)(text), (self.meaning)(&new));
        let trial = Trial { old: text, new: &new, change, before, after };
        self.meaning(&trial)?;
        self.locality(&trial)?;
        self.dress(&trial)?;
        self.idempotence(&trial)?;
        self.inverse(&trial)
    }

    fn edited(&self, text: &str, change: &Change) -> Result<String, EditError> {
        let bytes = edit(self.syntax, text.as_bytes(), std::slice::from_ref(change))?;
        Ok(String::from_utf8(bytes).expect("a text stays a text"))
    }

    /// The result is the old document plus the change and nothing else.
    fn meaning(&self, trial: &Trial<'_, M>) -> Result<(), Broken> {
        let expected = (self.changed)(trial.before.clone(), trial.change);
        trial.demand((self.same)(&expected, &trial.after), "meaning", || format!("{expected:?}\n{:?}", trial.after))
    }

    /// Lines that the change has nothing to do with are there in the same order with the same bytes.
    fn locality(&self, trial: &Trial<'_, M>) -> Result<(), Broken> {
        // systemd also ends a line at a CR alone, which nobody writes: such lines are not counted here.
        if self.syntax == Syntax::Unit && trial.old.replace("\r\n", "").contains('\r') {
            return Ok(());
        }
        // A last line without an end gets one when another follows.
        let ended = trial.old.ends_with('\n');
        let bare = |line: &str| if ended { line.to_owned() } else { line.trim_end_matches('\r').to_owned() };
        let lines = |text: &str| text.split('\n').map(bare).collect::<Vec<String>>();
        let (old, new) = (lines(trial.old), lines(trial.new));
        let touched = (self.touched)(trial.old, trial.change);
        let slack = self.slack * touched.len().max(1);
        let touched = touched.into_iter().flat_map(|lines| lines.filter_map(|line| old.get(line.checked_sub(1)?)));
        let mut touched: Vec<&String> = touched.collect();
        let changes = similar::capture_diff_slices(similar::Algorithm::Lcs, &old, &new);
        let gone = changes.iter().filter(|change| change.tag() != similar::DiffTag::Equal);
        let mut lost: Vec<&String> = gone.flat_map(|change| &old[change.old_range()]).collect();
        lost.retain(|line| {
            // Of two equal lines the diff may name the other.
            let own = touched.iter().position(|touched| touched == line);
            own.map(|own| touched.swap_remove(own)).is_none() && !is_frame(line)
        });
        trial.demand(lost.len() <= slack, "locality", || format!("{lost:?}"))
    }

    /// The mark, the kind of line ends and the end of the last line stay as they are.
    fn dress(&self, trial: &Trial<'_, M>) -> Result<(), Broken> {
        let Trial { old, new, .. } = trial;
        trial.demand(old.starts_with('\u{feff}') == new.starts_with('\u{feff}'), "dress: the mark", String::new)?;
        // A last line that is taken away leaves the one before as it was.
        let adds = matches!(trial.change.action, Action::Append(_) | Action::Set(_));
        if adds && !is_frame(&old.replace(['[', ']', '{', '}'], "x")) {
            // To systemd, a CR alone ends a line too.
            let ended = |text: &str| text.ends_with('\n') || (self.syntax == Syntax::Unit && text.ends_with('\r'));
            trial.demand(ended(old) == ended(new), "dress: the last line", String::new)?;
        }
        // New lines of env files end in LF: a shell takes a CR for part of the value.
        let only_crlf = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
        let crlf = old.contains('\n') && only_crlf(old) && self.syntax != Syntax::Env;
        trial.demand(!crlf || only_crlf(new), "dress: the line ends", String::new)
    }

    /// Twice is once, and what changes nothing keeps every byte.
    fn idempotence(&self, trial: &Trial<'_, M>) -> Result<(), Broken> {
        let again = self.edited(trial.new, trial.change);
        trial.demand(again.as_deref() == Ok(trial.new), "idempotence", || format!("{again:?}"))?;
        // Setting the same words of an env file with other blanks is a change of the value.
        let same_words = self.syntax == Syntax::Env && matches!(trial.change.action, Action::Set(_));
        let changed = same_words || trial.before != trial.after;
        trial.demand(changed || trial.old == trial.new, "idempotence: nothing to do, but done", String::new)
    }

    /// The inverse change means the old document.
    fn inverse(&self, trial: &Trial<'_, M>) -> Result<Held, Broken> {
        let Some(back) = (self.back)(&trial.before, trial.change) else { return Ok(Held::Edited) };
        let returned = match self.edited(trial.new, &back) {
            Ok(returned) => returned,
            Err(refused) => return Ok(Held::OneWay(refused)),
        };
        let found = (self.meaning)(&returned);
        let same = (self.same)(&trial.before, &found);
        trial.demand(same, "return", || format!("{back:?}\n{returned:?}\n{:?}\n{found:?}", trial.before))?;
        Ok(Held::Edited)
    }
}

impl<M> Trial<'_, M> {
    fn demand(&self, holds: bool, law: &str, shown: impl Fn() -> String) -> Result<(), Broken> {
        let Self { old, new, change, .. } = self;
        if holds { Ok(()) } else { Err(format!("{law}: {change:?}\n{old:?}\n{new:?}\n{}", shown())) }
    }
}

/// No changes, the same bytes, whatever they are.
fn identity(syntax: Syntax, text: &[u8]) -> Result<(), Broken> {
    if edit(syntax, text, &[]).as_deref() == Ok(text) { Ok(()) } else { Err(format!("identity: {text:?}")) }
}

/// Nothing but blanks, brackets and commas.
fn is_frame(line: &str) -> bool {
    line.chars().all(|character| character.is_whitespace() || "[]{},\u{feff}".contains(character))
}
