//! Rules as they are written in `marks.txt` and the `.signs` files, and what they make of a text.
//!
//! A mark is a name and a pattern. A sign is `says` or `when`, a weight, and conditions joined by ` & `, each of them
//! alternatives of patterns and @marks, turned round by a leading `!`. `says` is what a program says; `when` are
//! circumstances, which alone count less, and nothing at all where no failure is told of.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::super::catalogue::causes;
use crate::model::finding::Cause;

pub static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);

const MARKS: &str = include_str!("marks.txt");

/// The mark of a text that tells of a failure at all.
const FAILURE: &str = "failure";
/// Circumstances without a word of a program count so much less.
const ALONE: i32 = 4;

#[derive(Debug)]
pub struct Rules {
    marks: Vec<(&'static str, Regex)>,
    pub signs: Vec<Signs>,
}

/// What betrays one cause.
#[derive(Debug)]
pub struct Signs {
    pub cause: &'static Cause,
    signs: Vec<Sign>,
}

#[derive(Debug)]
struct Sign {
    says: bool,
    weight: i32,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    holds: bool,
    marks: Vec<&'static str>,
    pattern: Option<Regex>,
}

impl Rules {
    fn read() -> Self {
        let marks = MARKS.lines().filter_map(mark).collect();
        Self { marks, signs: causes().into_iter().map(Signs::of).collect() }
    }

    /// Everything in the files that is no rule, for the test of the catalogue.
    #[cfg(test)]
    pub fn mistakes() -> Vec<String> {
        let computed = [super::addresses::MARKS, super::dates::MARKS, super::places::MARKS].concat();
        let known = |name: &str| computed.contains(&name) || RULES.marks.iter().any(|(mark, _)| *mark == name);
        let lines = MARKS.lines().filter(|line| is_rule(line) && mark(line).is_none());
        let mut mistakes: Vec<String> = lines.map(|line| format!("marks.txt: {line}")).collect();
        for signs in &RULES.signs {
            let slug = signs.cause.slug;
            let lines = signs.cause.signs.lines().skip(1).filter(|line| is_rule(line));
            mistakes.extend(lines.filter(|line| sign(line).is_none()).map(|line| format!("{slug}: {line}")));
            let names = signs.signs.iter().flat_map(|sign| &sign.conditions).flat_map(|one| &one.marks);
            mistakes.extend(names.filter(|name| !known(name)).map(|name| format!("{slug}: @{name}")));
            if signs.cause.tell_apart().is_empty() {
                mistakes.push(format!("{slug}: nothing tells it apart"));
            }
        }
        mistakes
    }
}

impl Signs {
    fn of(cause: &'static Cause) -> Self {
        Self { cause, signs: cause.signs.lines().filter_map(sign).collect() }
    }
}

fn is_rule(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

fn mark(line: &'static str) -> Option<(&'static str, Regex)> {
    let (name, pattern) = line.split_once(' ').filter(|_| is_rule(line))?;
    Some((name, compiled(pattern.trim())?))
}

fn sign(line: &'static str) -> Option<Sign> {
    let (kind, rest) = line.split_once(' ')?;
    let says = match kind {
        "says" => true,
        "when" => false,
        _ => return None,
    };
    let (weight, rest) = rest.trim_start().split_once(' ')?;
    let conditions = rest.trim().split(" & ").map(condition).collect::<Option<_>>()?;
    Some(Sign { says, weight: weight.parse().ok()?, conditions })
}

fn condition(text: &'static str) -> Option<Condition> {
    let (holds, text) = text.strip_prefix('!').map_or((true, text), |rest| (false, rest));
    let (marks, patterns): (Vec<&str>, Vec<&str>) =
        alternatives(text).into_iter().partition(|one| one.starts_with('@'));
    let pattern = if patterns.is_empty() { None } else { Some(compiled(&patterns.join("|"))?) };
    Some(Condition { holds, marks: marks.into_iter().map(|mark| mark.trim_start_matches('@')).collect(), pattern })
}

/// `^` and `$` are the ends of a line.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).multi_line(true).build().ok()
}

/// `a|b(c|d)` in two: what stands in brackets is one.
fn alternatives(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut escaped, mut found) = (0_usize, 0, false, Vec::new());
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                found.extend(text.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found
}

/// A text with the marks that it bears, and the words that bear them.
pub struct Seen<'t> {
    text: &'t str,
    marks: HashMap<&'static str, &'t str>,
}

impl<'t> Seen<'t> {
    pub fn new(rules: &'static Rules, text: &'t str, computed: impl Iterator<Item = &'static str>) -> Self {
        let found = rules.marks.iter().filter_map(|(name, pattern)| Some((*name, pattern.find(text)?.as_str())));
        Self { text, marks: found.chain(computed.map(|name| (name, ""))).collect() }
    }

    /// The weight of all signs that hold, with the words of the program that say it; circumstances alone count less, and
    /// then the words are theirs.
    pub fn score(&self, signs: &Signs) -> Option<(i32, Vec<String>)> {
        let (mut score, mut said, mut words, mut around) = (0, 0, Vec::new(), Vec::new());
        for sign in &signs.signs {
            let Some(found) = sign.conditions.iter().map(|one| self.holds(one)).collect::<Option<Vec<&str>>>() else {
                continue;
            };
            score += sign.weight;
            said += if sign.says { sign.weight } else { 0 };
            let list = if sign.says { &mut words } else { &mut around };
            list.extend(found.into_iter().filter(|word| !word.is_empty()).map(str::to_string));
        }
        let (score, mut words) = match said {
            1.. => (score, words),
            _ if self.marks.contains_key(FAILURE) => (score - ALONE, around),
            _ => return None,
        };
        words.sort();
        words.dedup();
        (said > 0 || score >= super::LEAST).then_some((score, words))
    }

    /// The words by which a condition holds; empty ones for what is computed or absent.
    fn holds(&self, condition: &Condition) -> Option<&'t str> {
        let by_mark = condition.marks.iter().find_map(|name| self.marks.get(name).copied());
        let found = by_mark.or_else(|| Some(condition.pattern.as_ref()?.find(self.text)?.as_str()));
        if condition.holds { found } else { found.is_none().then_some("") }
    }
}
