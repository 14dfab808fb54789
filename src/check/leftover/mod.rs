//! Did an earlier change of regdoctor's own not end?

use super::words;
use super::{Check, Run};
use crate::model::facts::{EngineFacts, Facts};
use crate::model::finding::{Cause, Finding, Severity, Sight, Verdict};
use crate::model::record::{Record, State};

pub const CHECK: Check = Check {
    id: "changes-ended",
    passed: "every change of regdoctor ended",
    topic: "regdoctor's own changes",
    causes: &[&CHANGE_LEFT_UNFINISHED],
    run: Run::Host(run),
};

pub const CHANGE_LEFT_UNFINISHED: Cause = Cause {
    slug: "change-left-unfinished",
    summary: "a change of regdoctor was cut short",
    severity: Severity::Warning,
    seen_from: &[Sight::Host],
    page: include_str!("change-left-unfinished.md"),
    signs: include_str!("change-left-unfinished.signs"),
};

/// Most hosts were never changed, or every change ended: that is worth no line.
fn run(facts: &Facts, engine: Option<&EngineFacts>) -> Verdict {
    let found: Vec<Finding> = facts.leftovers().map(|record| finding(facts, engine, record)).collect();
    if found.is_empty() { Verdict::NotApplicable } else { Verdict::Found(found) }
}

fn finding(facts: &Facts, engine: Option<&EngineFacts>, record: &Record) -> Finding {
    let began = words::moment(record.started);
    let how = match record.state {
        State::Stuck => "it failed, and not everything could be put back",
        _ => "it was killed, or the machine went down",
    };
    let finding = Finding::new(&CHANGE_LEFT_UNFINISHED, format!("change {}", record.id))
        .evidence(format!(
            "change {} by {} at {began}: {}",
            record.id,
            words::shown(&record.by),
            words::shown(&record.title)
        ))
        .evidence(how);
    let touched = record.originals().map(|file| file.path.display().to_string()).collect::<Vec<_>>();
    let finding =
        if touched.is_empty() { finding } else { finding.evidence(format!("it changed {}", touched.join(", "))) };
    finding
        .leads_to("the machine may be between its old state and the new one")
        .advice("this puts the old state back")
        .fix(words::regdoctor(facts, engine, &["undo", "--recover"]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, only};
    use super::*;

    fn with(state: State, changing: bool) -> Verdict {
        let mut facts = testing::healthy();
        facts.history.push(Record { id: 7, state, by: "alice".into(), ..Record::default() });
        facts.changing = changing;
        run(&facts, facts.engines.first())
    }

    #[test]
    fn a_change_that_did_not_end() {
        for (state, changing) in [(State::Running, false), (State::Stuck, false), (State::Stuck, true)] {
            let finding = only(with(state, changing));
            assert_eq!(finding.cause.slug, "change-left-unfinished");
            assert_eq!(finding.remedy.commands, ["sudo regdoctor undo --recover"]);
        }
    }

    #[test]
    fn changes_that_ended_or_are_under_way() {
        for (state, changing) in [(State::Done, false), (State::PutBack, false), (State::Running, true)] {
            assert_eq!(with(state, changing), Verdict::NotApplicable);
        }
    }
}
