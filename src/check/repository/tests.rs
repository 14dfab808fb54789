use super::super::testing::{self, answer, meet, only, reached};
use super::*;
use crate::model::trace::{Auth, Trace};

fn bent(version: &str, change: impl FnOnce(&mut Trace)) -> Verdict {
    let mut facts = testing::healthy();
    facts.engines[0].effective.as_mut().unwrap().version = testing::version(version);
    let mut trace = testing::lab().trace;
    trace.repository = Some("team/app".into());
    change(&mut trace);
    meet(run, &facts, &trace)
}

fn with(status: u16, headers: &[(&str, &str)]) -> Verdict {
    bent("28.1.1", |trace| trace.manifest = reached(answer("https", status, headers, "")))
}

#[test]
fn a_healthy_registry_passes() {
    let media = ("content-type", "application/vnd.oci.image.index.v1+json");
    assert_eq!(with(200, &[media]), Verdict::Passed("reg.lan:5000/team/app:latest".into()));
    assert_eq!(meet(run, &testing::healthy(), &testing::lab().trace), Verdict::NotApplicable);
}

#[test]
fn every_answer_has_its_cause() {
    type Row<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);
    let rows: &[Row<'_>] = &[
        (404, &[], "tag-or-repo-missing"),
        (401, &[], "not-logged-in"),
        (403, &[], "not-logged-in"),
        (429, &[], "rate-limited"),
        (503, &[], "registry-unavailable"),
        (405, &[], "proxy-mishandles-registry-requests"),
        (200, &[("content-type", "text/plain")], "manifest-format-mismatch"),
    ];
    for (status, headers, slug) in rows {
        assert_eq!(only(with(*status, headers)).cause.slug, *slug, "{status}");
    }
    assert_eq!(only(with(401, &[])).remedy.commands, ["docker login reg.lan:5000"]);
    let closed = bent("28.1.1", |trace| trace.manifest = reached(Http::Closed("reset".into())));
    assert_eq!(only(closed).cause.slug, "connection-closed-by-peer");
}

#[test]
fn the_first_schema_depends_on_the_release() {
    let schema = |version: &str| {
        bent(version, |trace| trace.manifest = reached(answer("https", 200, &[("content-type", SCHEMA_1)], "")))
    };
    assert!(matches!(schema("20.10.24"), Verdict::Passed(_)));
    assert!(only(schema("26.1.5")).consequence.unwrap().contains("DOCKER_ENABLE_DEPRECATED"));
    assert!(only(schema("28.2.0")).consequence.unwrap().contains("has been removed"));
}

#[test]
fn a_registry_that_rejects_its_own_token() {
    let refused = [("www-authenticate", "Bearer realm=\"https://a\",error=\"invalid_token\"")];
    let finding = only(bent("28.1.1", |trace| {
        testing::asks_login(trace, Auth { anonymous_token: Some(TokenAnswer::Granted), ..Auth::default() });
        trace.manifest = reached(answer("https", 401, &refused, ""));
    }));
    assert_eq!(finding.cause.slug, "registry-auth-backend-fault");
}

#[test]
fn a_digest_is_written_with_its_sign() {
    let verdict = bent("28.1.1", |trace| {
        trace.reference = Some("sha256:ab".into());
        trace.manifest = reached(answer("https", 404, &[], ""));
    });
    assert_eq!(only(verdict).subject, "reg.lan:5000/team/app@sha256:ab");
}
