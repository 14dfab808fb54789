//! Mirrors and caches of Docker Hub.

mod causes;

pub use causes::MIRROR_OR_CACHE_MISCONFIGURED;

use super::reach;
use super::tls::CLIENT_PLAIN_HTTP_TO_HTTPS_PORT;
use super::words;
use super::{Check, Meeting, Run};
use crate::model::entry_point;
use crate::model::finding::{Cause, Finding, Severity, Verdict};
use crate::model::trace::Tls;

pub const CHECK: Check = Check {
    id: "mirror",
    passed: "Docker can use it as a mirror",
    topic: "its use as a mirror",
    causes: &[&MIRROR_OR_CACHE_MISCONFIGURED, &CLIENT_PLAIN_HTTP_TO_HTTPS_PORT],
    run: Run::Registry(run),
};

/// Only for a registry that is in the list of mirrors. Docker leaves a mirror that fails without a word and asks Docker
/// Hub itself.
fn run(meeting: &Meeting<'_>) -> Verdict {
    let mirrors = meeting.engine.and_then(|engine| engine.effective.as_ref()).map(|one| one.mirrors.as_slice());
    let ours = |url: &&String| entry_point::authority_of(url).is_some_and(|one| one == meeting.trace.registry);
    let Some(url) = mirrors.unwrap_or_default().iter().find(ours) else { return Verdict::NotApplicable };
    if let Some(why) = reach::unconnected(meeting) {
        return Verdict::Skipped(why);
    }
    let tls = matches!(meeting.trace.tls.seen(), Some(Tls::Handshake(_)));
    let found = |finding: Finding| Verdict::Found(vec![finding]);
    match (url.starts_with("http://"), tls, reach::base(meeting)) {
        (true, true, _) => found(
            new(meeting, url, &CLIENT_PLAIN_HTTP_TO_HTTPS_PORT)
                .evidence("at that port it speaks TLS")
                .leads_to(words::docker_says("Client sent an HTTP request to an HTTPS server, in its log alone"))
                .advice("write the mirror with https:// in daemon.json"),
        ),
        (false, false, Some(("http", _))) => found(
            new(meeting, url, &MIRROR_OR_CACHE_MISCONFIGURED)
                .evidence("at that port it speaks plain HTTP")
                .leads_to("Docker asks Docker Hub itself, and says so in its log alone")
                .advice("write the mirror with http:// in daemon.json, or give it a certificate"),
        ),
        (.., Some((_, answer))) if answer.status == 401 => found(
            new(meeting, url, &MIRROR_OR_CACHE_MISCONFIGURED)
                .evidence("it asks for a login, and Docker sends none to a mirror")
                .leads_to("Docker asks Docker Hub itself, and says so in its log alone")
                .advice("let the mirror be open to the hosts that use it"),
        ),
        _ => Verdict::Passed(format!("for images of Docker Hub alone: {}", words::shown(url))),
    }
}

fn new(meeting: &Meeting<'_>, url: &str, cause: &'static Cause) -> Finding {
    Finding::new(cause, meeting.trace.registry.to_string())
        .severity(Severity::Warning)
        .evidence(format!("Docker's mirror for Docker Hub is {}", words::shown(url)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, answer, meet, only, reached};
    use super::*;
    use crate::model::trace::Trace;

    fn with(mirror: &str, change: impl FnOnce(&mut Trace)) -> Verdict {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().mirrors = vec![mirror.into()];
        let mut trace = testing::lab().trace;
        change(&mut trace);
        meet(run, &facts, &trace)
    }

    type Row<'a> = (&'a str, fn(&mut Trace), &'a str);

    #[test]
    fn a_mirror_that_is_never_used() {
        assert_eq!(with("https://other.lan/", |_| ()), Verdict::NotApplicable);
        assert!(matches!(with("https://reg.lan:5000/", |_| ()), Verdict::Passed(_)));
        let rows: [Row<'_>; 3] = [
            ("http://reg.lan:5000/", |_| (), "client-plain-http-to-https-port"),
            ("https://reg.lan:5000/", testing::plain, "mirror-or-cache-misconfigured"),
            (
                "https://reg.lan:5000/",
                |trace| trace.http = reached(answer("https", 401, &[], "")),
                "mirror-or-cache-misconfigured",
            ),
        ];
        for (mirror, change, slug) in rows {
            assert_eq!(only(with(mirror, change)).cause.slug, slug, "{mirror}");
        }
    }
}
