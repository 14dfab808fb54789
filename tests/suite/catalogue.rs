//! The names of root causes are public: they stand in reports, scripts and people's notes, and none ever goes away.

use std::collections::BTreeSet;

use regdoctor::check::causes;

use crate::harness::Bench;

const NAMES: &str = include_str!("../../fixtures/causes.txt");

#[test]
fn no_name_goes_away_or_comes_unnoticed() {
    let known: BTreeSet<&str> = NAMES.lines().collect();
    let here: BTreeSet<&str> = causes().iter().map(|cause| cause.slug).collect();
    assert_eq!(here, known, "a new cause belongs into fixtures/causes.txt; a name that was published stays");
    assert_eq!(here.len(), causes().len());
}

#[test]
fn every_cause_is_explained_by_its_name() {
    let bench = Bench::new();
    for cause in causes() {
        let page = bench.run(&["explain", cause.slug]).ended(0).stdout;
        assert!(page.starts_with(&format!("# {}\n", cause.slug)), "{page}");
        assert!(!cause.seen_from.is_empty(), "{}", cause.slug);
    }
}
