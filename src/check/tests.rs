//! The catalogue: every cause is unique and explained, and healthy hosts and registries yield none.

use std::collections::BTreeSet;

use super::testing;
use super::*;
use crate::engine::{Access, Forecast};

const SECTIONS: [&str; 4] = ["## What this means", "## How it was recognised", "## Fix it", "## Example"];

fn all() -> impl Iterator<Item = &'static Check> {
    HOST.iter().chain(REGISTRY).copied()
}

#[test]
fn every_question_is_named_once() {
    let ids: BTreeSet<_> = all().map(|check| check.id).collect();
    assert_eq!(ids.len(), all().count());
    for check in all() {
        assert!(!check.causes.is_empty() && !check.passed.is_empty() && !check.topic.is_empty(), "{}", check.id);
        assert!(HOST.iter().any(|host| host.id == check.id) == matches!(check.run, Run::Host(_)), "{}", check.id);
    }
}

#[test]
fn every_cause_is_unique() {
    let mut seen: Vec<&Cause> = Vec::new();
    for cause in all().flat_map(|check| check.causes.iter().copied()).chain(catalogue::OTHERS.iter().copied()) {
        let lower = cause.slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(lower && !cause.slug.starts_with('-') && !cause.slug.ends_with('-'), "{}", cause.slug);
        assert!(!cause.summary.ends_with('.') && !cause.summary.contains('\n'), "{}", cause.slug);
        match seen.iter().find(|other| other.slug == cause.slug) {
            Some(other) => assert_eq!(*other, cause),
            None => seen.push(cause),
        }
    }
    assert_eq!(causes().len(), seen.len());
}

#[test]
fn every_page_has_its_sections() {
    for cause in causes() {
        let lines: Vec<&str> = cause.page.lines().collect();
        assert_eq!(lines.first(), Some(&format!("# {}", cause.slug).as_str()), "{}", cause.slug);
        let headings: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, SECTIONS, "{}", cause.slug);
        let empty =
            cause.page.split("\n## ").skip(1).any(|part| part.lines().skip(1).all(|line| line.trim().is_empty()));
        assert!(!empty && cause.page.ends_with('\n'), "{}", cause.slug);
        assert!(lines.iter().all(|line| line.chars().count() <= 120), "{}", cause.slug);
        assert_eq!(lines.iter().filter(|line| line.starts_with("```")).count() % 2, 0, "{}", cause.slug);
    }
}

#[test]
fn a_healthy_host_has_no_finding() {
    let facts = testing::healthy();
    for answered in diagnose_host(&facts) {
        assert!(matches!(answered.verdict, Verdict::Passed(_)), "{}: {:?}", answered.check.id, answered.verdict);
    }
}

#[test]
fn a_healthy_registry_has_no_finding() {
    let facts = testing::healthy();
    let lab = testing::lab();
    let meeting = |forecast: &Forecast| {
        let meeting =
            Meeting { facts: &facts, engine: facts.engines.first(), trace: &lab.trace, forecast: Some(forecast) };
        diagnose_registry(&meeting)
    };
    let insecure = testing::forecast(Access::Unverified { because: "reg.lan:5000 is listed as insecure".into() });
    for forecast in [testing::verified(), insecure] {
        let all = meeting(&forecast);
        assert_eq!(all.len(), 6);
        for answered in all {
            assert!(matches!(answered.verdict, Verdict::Passed(_)), "{}: {:?}", answered.check.id, answered.verdict);
        }
    }
}

#[test]
fn findings_name_only_causes_of_their_question() {
    let mut facts = testing::healthy();
    let engine = &mut facts.engines[0];
    testing::configure(engine, "{\"insecure-registry\": [\"a\"], \"insecure-registries\": \"b\"}");
    engine.certs.registries.push(testing::certs("my_reg", &[("ca.cert", "")]));
    engine.effective.as_mut().unwrap().https_proxy = Some("http://".into());
    for answered in diagnose_host(&facts) {
        if let Verdict::Found(found) = &answered.verdict {
            for finding in found {
                assert!(
                    answered.check.causes.contains(&finding.cause),
                    "{} in {}",
                    finding.cause.slug,
                    answered.check.id
                );
            }
        }
    }
}

#[test]
fn a_check_that_panics_says_so() {
    let answered = answered(&engine::CHECK, || panic!("ours")).unwrap();
    assert!(matches!(answered.verdict, Verdict::Broken(_)));
}

/// `docker` is podman, whatever dockerd runs beside it: what a person types goes there.
#[test]
fn what_another_engine_does_is_not_foretold() {
    use crate::engine::{Engine as _, Unusable, docker::Docker};
    use crate::model::facts::ClientVersion;
    use crate::model::finding::Outcome;
    let lab = testing::lab();
    let mut facts = testing::healthy();
    assert_eq!(Docker.foresee(&facts, &facts.engines[0], &lab.trace).unusable, None);
    facts.engines[0].client.as_mut().unwrap().version = ClientVersion::Posing("podman".into());
    let forecast = Docker.foresee(&facts, &facts.engines[0], &lab.trace);
    assert_eq!(forecast.unusable, Some(Unusable::Foreign("podman".into())));
    assert_eq!((forecast.pull, forecast.push), (Outcome::Unknown, Outcome::Unknown));
}
