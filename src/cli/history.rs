//! `regdoctor history`: the changes that regdoctor made on this host.

use std::path::PathBuf;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::arguments::{Format, ListOptions};
use super::failure::Failure;
use super::screen::Screen;
use super::{Ended, machine};
use crate::model::ask::{Answer, Ask};
use crate::model::facts::Facts;
use crate::model::record::{JOURNAL, Record, State};
use crate::report::sanitize;

#[derive(Debug, Serialize)]
struct History {
    schema: &'static str,
    changes: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    number: u64,
    started: String,
    by: String,
    title: String,
    result: Ending,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_by: Option<u64>,
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Done,
    Undone,
    PutBack,
    NotPutBack,
    Unfinished,
    UnderWay,
}

impl Ending {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Undone => "undone",
            Self::PutBack => "put back",
            Self::NotPutBack => "NOT PUT BACK",
            Self::Unfinished => "UNFINISHED",
            Self::UnderWay => "under way",
        }
    }
}

pub fn run(options: &ListOptions, screen: &Screen) -> Result<Ended, Failure> {
    let host = machine::live(options.root.as_deref())?;
    let (seen, facts) = machine::look(&host);
    if matches!(seen.answer(&Ask::dir(JOURNAL)), Some(Answer::Denied)) {
        return Err(Failure::needs_root_to("the history is readable by root alone", &machine::command_line()));
    }
    machine::warn_of_leftovers(&facts, screen);
    let changes: Vec<Entry> = facts.history.iter().map(|record| entry(record, &facts)).collect();
    screen.answer(&match options.format {
        Format::Json => json(changes),
        Format::Human if changes.is_empty() => "regdoctor has changed nothing on this machine\n".into(),
        Format::Human => table(&facts, &changes),
    });
    Ok(Ended::Well)
}

fn entry(record: &Record, facts: &Facts) -> Entry {
    let undone_by = record.undone_by(&facts.history).map(|other| other.id);
    let mut files: Vec<PathBuf> = record.originals().map(|file| file.path.clone()).collect();
    files.sort();
    Entry {
        number: record.id,
        started: moment(record.started, &Rfc3339),
        by: record.by.clone(),
        title: record.title.clone(),
        result: match record.state {
            State::Done if undone_by.is_some() => Ending::Undone,
            State::Done => Ending::Done,
            State::PutBack => Ending::PutBack,
            State::Stuck => Ending::NotPutBack,
            State::Running if facts.changing => Ending::UnderWay,
            State::Running => Ending::Unfinished,
        },
        undoes: record.undoes,
        undone_by,
        files,
    }
}

/// One object, as every answer to programs.
fn json(changes: Vec<Entry>) -> String {
    let view = History { schema: "regdoctor.history/1", changes };
    // Every field is text or a number, so this cannot fail.
    format!("{}\n", serde_json::to_string_pretty(&view).unwrap_or_default())
}

/// Oldest first, so that the last line is the last change.
fn table(facts: &Facts, changes: &[Entry]) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let width = |texts: &mut dyn Iterator<Item = usize>, least: usize| texts.max().unwrap_or(0).max(least);
    let people = width(&mut changes.iter().map(|one| one.by.chars().count()), 2);
    let results = width(&mut changes.iter().map(|one| one.result.name().len()), 6);
    let mut text = format!("{:>6}  {:<20}  {:<people$}  {:<results$}  what\n", "number", "when", "by", "result");
    for (one, record) in changes.iter().zip(&facts.history) {
        let when = moment(record.started, &form);
        let line = format!(
            "{:>6}  {when:<20}  {:<people$}  {:<results$}  {}",
            one.number,
            sanitize(&one.by),
            one.result.name(),
            sanitize(&one.title)
        );
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn moment(seconds: i64, form: &(impl time::formatting::Formattable + ?Sized)) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.format(form).ok()).unwrap_or_else(|| seconds.to_string())
}
