//! What another program's message can mean: the root causes that it betrays, best first.
//!
//! This is the one place where text decides, so everything that it says is likely at best. The knowledge lies in the
//! `.signs` file beside each cause's page, and in `marks.txt`, which holds the words of every release of every program
//! under one name; here is only the arithmetic. No rule knows a host, a person or one single message.

mod addresses;
mod dates;
mod names;
mod places;
mod rules;
mod text;

use crate::model::finding::Cause;
use rules::{RULES, Seen};

/// What a text can mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Best first; empty when nothing in the text is known.
    pub suspects: Vec<Suspect>,
    /// The registry that the text is about, as it would be typed.
    pub registry: Option<String>,
}

/// A root cause that a text can mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    pub cause: &'static Cause,
    /// Between 0 and 1; those of all suspects and of something unknown are 1 together.
    pub confidence: f64,
    /// The words of the text that betray it.
    pub words: Vec<String>,
}

/// Less than this is no message that we know.
const LEAST: i32 = 6;
/// So much more makes a cause e times as likely.
const STEP: f64 = 4.0;

/// Reads a message, or a whole log.
#[must_use]
pub fn read(text: &str) -> Reading {
    let text = text::tidy(text);
    let found = addresses::read(&text);
    let seen = Seen::new(&RULES, &text, found.marks.into_iter().chain(dates::read(&text)));
    let mut scored: Vec<(i32, Suspect)> = RULES
        .signs
        .iter()
        .filter_map(|signs| {
            let (score, words) = seen.score(signs)?;
            Some((score, Suspect { cause: signs.cause, confidence: 0.0, words }))
        })
        .filter(|(score, _)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    if scored.first().is_none_or(|(best, _)| *best < LEAST) {
        scored.clear();
    }
    Reading { suspects: weighed(scored), registry: found.registry }
}

/// Scores as shares of one.
fn weighed(scored: Vec<(i32, Suspect)>) -> Vec<Suspect> {
    let weight = |score: i32| (f64::from(score) / STEP).exp();
    let all: f64 = weight(LEAST) + scored.iter().map(|(score, _)| weight(*score)).sum::<f64>();
    let share = |score: i32| (weight(score) / all * 100.0).round() / 100.0;
    scored.into_iter().map(|(score, suspect)| Suspect { confidence: share(score), ..suspect }).collect()
}

#[cfg(test)]
mod tests;
