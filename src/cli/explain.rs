//! `regdoctor explain CAUSE`: the page of one root cause.

use super::Ended;
use super::arguments::ExplainOptions;
use super::failure::{Failure, Kind};
use super::screen::Screen;
use crate::check;

pub fn run(options: &ExplainOptions, screen: &Screen) -> Result<Ended, Failure> {
    let causes = check::causes();
    let Some(wanted) = &options.cause else {
        let width = causes.iter().map(|cause| cause.slug.len()).max().unwrap_or(0);
        let lines: String = causes.iter().map(|cause| format!("{:width$}  {}\n", cause.slug, cause.summary)).collect();
        screen.answer(&lines);
        return Ok(Ended::Well);
    };
    match causes.iter().find(|cause| cause.slug == wanted.trim()) {
        Some(cause) => {
            screen.answer(cause.page);
            Ok(Ended::Well)
        }
        None => Err(Failure::new(Kind::Usage, format!("`{wanted}` is not the name of a root cause"))
            .hint("`regdoctor explain` lists them all")),
    }
}
