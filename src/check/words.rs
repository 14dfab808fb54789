//! The words that findings share: commands as they are typed, days, and how Docker's own words are quoted.
//!
//! Decides nothing about a host.

use std::path::Path;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::model::facts::{EngineFacts, Facts, Packaging};
use crate::model::finding::{Finding, Verdict};
use crate::model::printable::printable;

/// Text from outside is cut to this.
const SHOWN: usize = 120;

/// What was found, or that nothing was.
pub(super) fn verdict(found: Vec<Finding>, passed: impl FnOnce() -> String) -> Verdict {
    if found.is_empty() { Verdict::Passed(passed()) } else { Verdict::Found(found) }
}

/// A line of this program, with `sudo` where the change needs it.
pub(super) fn regdoctor(facts: &Facts, engine: Option<&EngineFacts>, arguments: &[&str]) -> String {
    let line = std::iter::once("regdoctor").chain(arguments.iter().copied());
    format!("{}{}", sudo(facts, engine), joined(line))
}

/// Looks at another registry; everybody may.
pub(super) fn recheck(registry: &str) -> String {
    joined(["regdoctor", "check", registry].into_iter())
}

/// A line of the system, as root unless the engine is the person's own.
pub(super) fn as_root<S: AsRef<str>>(facts: &Facts, engine: Option<&EngineFacts>, words: &[S]) -> String {
    format!("{}{}", sudo(facts, engine), joined(words.iter().map(AsRef::as_ref)))
}

/// Opens a file in the person's editor.
pub(super) fn edit(facts: &Facts, engine: &EngineFacts, path: &Path) -> String {
    // The shell that the line is pasted into knows EDITOR, which sudo would drop.
    format!("{}${{EDITOR:-vi}} {}", sudo(facts, Some(engine)), quoted(&path.display().to_string()))
}

/// Starts Docker, again or at all, in the service manager's words; `None` when nothing manages it. The commands before
/// the last one only prepare, and may fail.
pub(super) fn start_again(facts: &Facts, engine: &EngineFacts) -> Option<String> {
    let lines = engine.service.restart.iter().map(|words| as_root(facts, Some(engine), words));
    Some(lines.collect::<Vec<_>>().join("; ")).filter(|line| !line.is_empty())
}

/// Adds the command that starts Docker again, where there is one.
pub(super) fn with_restart(finding: Finding, facts: &Facts, engine: &EngineFacts) -> Finding {
    match start_again(facts, engine) {
        Some(line) => finding.fix(line),
        None => finding,
    }
}

pub(super) fn docker_says(message: impl AsRef<str>) -> String {
    format!("Docker says: {}", message.as_ref())
}

/// Text from outside, in one harmless line.
pub(super) fn shown(text: &str) -> String {
    printable(text.trim(), SHOWN)
}

/// `2027-01-15`.
pub(super) fn day(seconds: i64) -> String {
    let day = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = day.and_then(|day| day.format(format_description!("[year]-[month]-[day]")).ok());
    text.unwrap_or_else(|| seconds.to_string())
}

/// `2027-01-15 08:00 UTC`.
pub(super) fn moment(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    moment.and_then(|moment| moment.format(form).ok()).unwrap_or_else(|| seconds.to_string())
}

/// `1 entry`, `2 entries`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// A rootless engine belongs to its person, and root needs no `sudo`, which may not be there.
fn sudo(facts: &Facts, engine: Option<&EngineFacts>) -> &'static str {
    let own = engine.is_some_and(|engine| engine.service.user || engine.packaging == Packaging::Rootless);
    let already_root = facts.identity.is_root() && facts.identity.sudo.is_none();
    if own || already_root { "" } else { "sudo " }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// A word that a shell leaves alone stays as it is. Only a NUL cannot be quoted, and no word here has one.
pub(super) fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_string(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn commands_fit_the_person_and_the_engine() {
        let mut facts = testing::healthy();
        let mut engine = testing::engine();
        assert_eq!(regdoctor(&facts, Some(&engine), &["trust", "[::1]:5000"]), "sudo regdoctor trust '[::1]:5000'");
        assert_eq!(start_again(&facts, &engine).unwrap(), "sudo systemctl restart docker");
        let path = Path::new("/etc/docker/my file");
        assert_eq!(edit(&facts, &engine, path), "sudo ${EDITOR:-vi} '/etc/docker/my file'");
        engine.service.user = true;
        assert_eq!(regdoctor(&facts, Some(&engine), &["check"]), "regdoctor check");
        engine.service.user = false;
        facts.identity.uid = 0;
        assert_eq!(regdoctor(&facts, Some(&engine), &["check"]), "regdoctor check");
        engine.service.restart.clear();
        assert_eq!(start_again(&facts, &engine), None);
    }

    #[test]
    fn days_are_written_so_that_they_sort() {
        assert_eq!((day(testing::NOW).as_str(), moment(testing::NOW).as_str()), ("2027-01-15", "2027-01-15 08:00 UTC"));
    }
}
