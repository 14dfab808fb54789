use super::super::testing::{self, answer, meet, only, reached};
use super::*;
use crate::cert::Refusal;
use crate::engine::Blocked;

fn with(http: Http) -> Verdict {
    let mut trace = testing::lab().trace;
    trace.http = reached(http);
    meet(run, &testing::healthy(), &trace)
}

#[test]
fn a_healthy_registry_passes() {
    let json = ("content-type", "application/json; charset=utf-8");
    let passed = with(answer("https", 200, &[json], "{}"));
    assert_eq!(passed, Verdict::Passed("`/v2/` answers 200 OK, application/json".into()));
    assert!(matches!(with(answer("https", 401, &[], "")), Verdict::Passed(_)));
}

#[test]
fn without_trust_nothing_is_said() {
    let lab = testing::lab();
    let facts = testing::healthy();
    let refusal = Refusal::UnknownAuthority { subject: "a".into(), issuer: "b".into(), hint: None };
    let forecast = testing::blocked(Blocked::Certificate(refusal));
    let meeting =
        Meeting { facts: &facts, engine: facts.engines.first(), trace: &lab.trace, forecast: Some(&forecast) };
    assert_eq!(run(&meeting), Verdict::Skipped("no trusted connection".into()));
}

#[test]
fn every_answer_has_its_cause() {
    let html = ("content-type", "text/html");
    let rows = [
        (answer("https", 503, &[], ""), "registry-unavailable"),
        (answer("https", 500, &[], ""), "registry-unavailable"),
        (Http::TimedOut, "registry-unavailable"),
        (
            answer("https", 404, &[html, ("server", "nginx")], "<title>404 Not Found</title>"),
            "not-a-registry-at-this-address",
        ),
        (answer("https", 200, &[html], "<html>"), "not-a-registry-at-this-address"),
        (answer("https", 403, &[], ""), "not-a-registry-at-this-address"),
        (Http::Malformed("invalid HTTP version".into()), "not-a-registry-at-this-address"),
        (answer("https", 404, &[("x-docker-registry-version", "0.9.1")], ""), "registry-v1-only"),
        (answer("https", 429, &[("retry-after", "60")], ""), "rate-limited"),
        (Http::Closed("connection reset by peer".into()), "connection-closed-by-peer"),
    ];
    for (http, slug) in rows {
        assert_eq!(only(with(http.clone())).cause.slug, slug, "{http:?}");
    }
}

#[test]
fn shows_what_answered() {
    let page = answer(
        "https",
        404,
        &[("content-type", "text/html"), ("server", "nginx")],
        "<TITLE>Not\u{1b}[31m here</TITLE>",
    );
    let finding = only(with(page));
    assert_eq!(
        finding.evidence,
        ["`/v2/` answers 404 Not Found, text/html, from nginx", "the page is titled \"Not\u{fffd}[31m here\""]
    );
}

#[test]
fn a_redirect_names_the_other_registry() {
    let away = only(with(answer("https", 301, &[("location", "https://registry.lan/v2/")], "")));
    assert_eq!(away.remedy.commands, ["regdoctor check registry.lan"]);
    let login = only(with(answer("https", 302, &[("location", "/login?next=/v2/")], "")));
    assert!(login.remedy.commands.is_empty());
}

#[test]
fn the_old_protocol_and_the_wrong_one() {
    let mut trace = testing::lab().trace;
    trace.http = reached(answer("https", 404, &[], ""));
    trace.v1 = reached(answer("https", 200, &[("x-docker-registry-version", "0.9.1")], "true"));
    assert_eq!(only(meet(run, &testing::healthy(), &trace)).cause.slug, "registry-v1-only");
    let words = "Client sent an HTTP request to an HTTPS server.";
    assert_eq!(only(with(answer("http", 400, &[], words))).cause.slug, "client-plain-http-to-https-port");
}
