//! `regdoctor explain`: the page of a root cause, or what the text of an error can mean.

use super::arguments::{ExplainOptions, Format};
use super::failure::{Failure, Kind};
use super::screen::{self, Screen};
use super::{Ended, check as check_command};
use crate::check::{self, message};
use crate::model::entry_point;
use crate::model::finding::Cause;
use crate::report::{self, Report};

pub fn run(options: &ExplainOptions, screen: &Screen) -> Result<Ended, Failure> {
    let words = options.text.join(" ");
    let text = match words.trim() {
        "" => screen::piped(),
        "-" => screen::standard_input(),
        given => given.to_string(),
    };
    if text.trim().is_empty() && words.trim() != "-" {
        screen.answer(&all(options.format));
        return Ok(Ended::Well);
    }
    let text = text.trim();
    if is_a_name(text) { page(text, options, screen) } else { read(text, options, screen) }
}

/// One word that is no message: a name, or somebody's attempt at one.
fn is_a_name(text: &str) -> bool {
    let word = !text.contains(char::is_whitespace);
    word && (check::causes().iter().any(|cause| cause.slug == text) || message::read(text).suspects.is_empty())
}

fn all(format: Format) -> String {
    let causes = check::causes();
    let width = causes.iter().map(|cause| cause.slug.len()).max().unwrap_or(0);
    match format {
        Format::Human => causes.iter().map(|cause| format!("{:width$}  {}\n", cause.slug, cause.summary)).collect(),
        Format::Json => report::json(&report::of_all(&causes)),
    }
}

fn page(name: &str, options: &ExplainOptions, screen: &Screen) -> Result<Ended, Failure> {
    let causes = check::causes();
    let Some(cause) = causes.iter().find(|cause| cause.slug == name) else {
        let failure = Failure::new(Kind::Usage, format!("`{name}` is not the name of a root cause"));
        return Err(match nearest(name, &causes) {
            Some(near) => failure.hint(format!("regdoctor explain {near}")),
            None => failure,
        }
        .hint("`regdoctor explain` lists them all"));
    };
    screen.answer(&match options.format {
        Format::Human => report::page(cause.page, screen.style()),
        Format::Json => report::json(&report::of_cause(cause)),
    });
    Ok(Ended::Well)
}

/// The name that shares most of its words.
fn nearest(name: &str, causes: &[&'static Cause]) -> Option<&'static str> {
    let words: Vec<&str> = name.split('-').filter(|word| word.len() > 2).collect();
    let shared = |cause: &Cause| cause.slug.split('-').filter(|word| words.contains(word)).count();
    causes.iter().copied().max_by_key(|cause| shared(cause)).filter(|cause| shared(cause) > 0).map(|cause| cause.slug)
}

fn read(text: &str, options: &ExplainOptions, screen: &Screen) -> Result<Ended, Failure> {
    let reading = message::read(text);
    let report = if options.check { Some(checked(&reading, options)?) } else { None };
    let explanation = report::of_reading(&reading, report);
    screen.answer(&match options.format {
        Format::Human => {
            let checked = explanation.report.as_ref().map(|one| format!("{}\n", report::human(one, screen.style())));
            format!("{}{}", checked.unwrap_or_default(), report::explained(&explanation, screen.style()))
        }
        Format::Json => report::json(&explanation),
    });
    Ok(if explanation.recognised { Ended::Well } else { Ended::WithProblems })
}

/// The registry that the text names, looked at now.
fn checked(reading: &message::Reading, options: &ExplainOptions) -> Result<Report, Failure> {
    let Some(registry) = &reading.registry else {
        return Err(Failure::new(Kind::Usage, "the text names no registry that could be checked")
            .hint("regdoctor check HOST:PORT"));
    };
    check_command::of_one(&entry_point::parse(registry)?, options.timeout)
}
