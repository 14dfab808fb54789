//! One failure, one root cause: what only follows from a finding of an earlier line is marked so.

use super::Answered;
use crate::model::finding::{Severity, Verdict};

/// Root causes that explain every error of the lines below them: who answers is not who was meant.
const ROOTS: &[&str] = &[
    "daemon-resolver-stale-or-different",
    "name-resolves-to-wrong-host",
    "daemon-proxy-no-bypass",
    "proxy-denies",
    "image-name-missing-port",
];

/// Marks the errors behind a root cause. What was marked before keeps its cause.
pub(super) fn mark(answered: &mut [Answered]) {
    let mut root = None;
    for one in answered {
        let Verdict::Found(findings) = &mut one.verdict else { continue };
        for finding in findings {
            if finding.severity == Severity::Error && finding.follows_from.is_none() {
                finding.follows_from = root;
            }
            if root.is_none() && finding.severity == Severity::Error && ROOTS.contains(&finding.cause.slug) {
                root = Some(finding.cause.slug);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{name, port};
    use crate::model::finding::Finding;

    #[test]
    fn what_follows_is_no_second_root() {
        let found = |check, finding| Answered { check, verdict: Verdict::Found(vec![finding]) };
        let root = Finding::new(&name::NAME_RESOLVES_TO_WRONG_HOST, "reg.lan");
        let next = Finding::new(&port::NOTHING_LISTENING_AT_PORT, "reg.lan");
        let mut answered = vec![found(&name::CHECK, root), found(&port::CHECK, next.clone())];
        mark(&mut answered);
        let follows: Vec<_> = answered
            .iter()
            .map(|one| match &one.verdict {
                Verdict::Found(findings) => findings[0].follows_from,
                _ => None,
            })
            .collect();
        assert_eq!(follows, [None, Some("name-resolves-to-wrong-host")]);
        let mut alone = vec![found(&port::CHECK, next)];
        mark(&mut alone);
        assert!(matches!(&alone[0].verdict, Verdict::Found(found) if found[0].follows_from.is_none()));
    }
}
