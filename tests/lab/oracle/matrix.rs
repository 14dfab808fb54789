//! The answers as a table that can be read, and their count.

use std::time::Duration;

use super::judge::{Row, Seen};
use super::scenario::{Ground, Scenario};
use super::table;

pub struct Score {
    ground: String,
    rows: Vec<(&'static Scenario, Marks)>,
}

/// What was right; nothing where it was not asked.
struct Marks {
    pull: bool,
    push: bool,
    cause: bool,
    fixed: Option<bool>,
}

impl Score {
    pub fn new(ground: &Ground) -> Self {
        println!("\n{}\n{:34} {:14} {:14} cause", ground.name(), "scenario", "pull", "push");
        Self { ground: ground.name(), rows: Vec::new() }
    }

    /// Prints the row as it comes.
    pub fn add(&mut self, scenario: &'static Scenario, row: Result<Row, String>, took: Duration) {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                println!("{:34} could not be made: {error}", scenario.name);
                self.rows.push((scenario, Marks { pull: false, push: false, cause: false, fixed: None }));
                return;
            }
        };
        let told = &row.foretold;
        let first = told.causes.first().map(String::as_str);
        let works = row.pull.works && row.push.works;
        let marks = Marks {
            pull: told.pull == word(&row.pull),
            push: told.push == word(&row.push),
            // What is wrong with the host and does not reach this registry is told all the same.
            cause: if works {
                !told.of_registry || first.is_none()
            } else {
                first.is_some_and(|first| scenario.cause.contains(&first))
            },
            fixed: row.fixed.as_ref().map(Result::is_ok),
        };
        println!(
            "{:34} {:14} {:14} {} {}{} ({:.1} s)",
            scenario.name,
            cell(&told.pull, &row.pull),
            cell(&told.push, &row.push),
            if marks.cause { "✓" } else { "✗" },
            first.unwrap_or("-"),
            match &marks.fixed {
                None => "",
                Some(true) => " · fixed",
                Some(false) => " · NOT FIXED",
            },
            took.as_secs_f32()
        );
        if !marks.right() {
            explain(scenario, &row);
            if let Some(why) = table::known(&self.ground, scenario.name) {
                println!("      known: {why}");
            }
        }
        self.rows.push((scenario, marks));
    }

    pub fn print(&self) {
        let count = |of: fn(&Marks) -> bool| self.rows.iter().filter(|(_, marks)| of(marks)).count();
        let (all, asked) = (self.rows.len(), count(|marks| marks.fixed.is_some()));
        println!(
            "{}: pull {}/{all}, push {}/{all}, cause {}/{all}, fixed {}/{asked}",
            self.ground,
            count(|marks| marks.pull),
            count(|marks| marks.push),
            count(|marks| marks.cause),
            count(|marks| marks.fixed == Some(true)),
        );
    }

    /// The names of the rows that are not as they should be.
    pub fn wrong(&self) -> Vec<&'static str> {
        self.rows.iter().filter(|(_, marks)| !marks.right()).map(|(row, _)| row.name).collect()
    }

    /// Those of them of which nobody knew.
    pub fn news(&self) -> Vec<&'static str> {
        let wrong =
            self.rows.iter().filter(|(row, marks)| !marks.right() && table::known(&self.ground, row.name).is_none());
        wrong.map(|(row, _)| row.name).collect()
    }
}

impl Marks {
    fn right(&self) -> bool {
        self.pull && self.push && self.cause && self.fixed != Some(false)
    }
}

/// All daemons side by side; how many rows were right and how many were not.
pub fn summary(scores: &[Score]) -> (usize, usize) {
    let (mut passed, mut failed) = (0, 0);
    println!();
    for score in scores {
        let wrong = score.wrong();
        score.print();
        if !wrong.is_empty() {
            println!("    not as foretold: {}", wrong.join(", "));
        }
        failed += wrong.len();
        passed += score.rows.len() - wrong.len();
    }
    (passed, failed)
}

fn word(seen: &Seen) -> &'static str {
    if seen.works { "works" } else { "fails" }
}

fn cell(told: &str, seen: &Seen) -> String {
    let real = word(seen);
    if told == real { format!("✓ {real}") } else { format!("✗ {told}≠{real}") }
}

fn explain(scenario: &Scenario, row: &Row) {
    println!("      pull: {}\n      push: {}", row.pull.said, row.push.said);
    println!("      causes: {} (wanted: {})", row.foretold.causes.join(", "), scenario.cause.join(" or "));
    if let Some(Err(error)) = &row.fixed {
        println!("      {error}");
    }
}
