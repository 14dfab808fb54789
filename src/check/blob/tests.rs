use super::super::testing::{self, answer, meet, only, reached};
use super::*;
use crate::cert::issue::ServerRequest;
use crate::model::trace::{Manifest, TcpOutcome, Tls, Trace};

fn image(content: Option<Content>) -> Manifest {
    Manifest {
        accept: "x".into(),
        http: answer("https", 200, &[], "{}"),
        media_type: None,
        schema_version: Some(2),
        blobs: Vec::new(),
        platforms: Vec::new(),
        content,
    }
}

fn content(received: &str) -> Content {
    Content { expected: "sha256:aa".into(), received: received.into(), bytes: 12 }
}

fn blob(http: Http) -> Blob {
    Blob { digest: "sha256:aa".into(), http, target: None, content: None }
}

fn with(change: impl FnOnce(&mut Trace)) -> Verdict {
    let mut trace = testing::lab().trace;
    trace.repository = Some("team/app".into());
    trace.image = reached(image(None));
    trace.blob = reached(Blob { content: Some(content("sha256:aa")), ..blob(answer("https", 200, &[], "")) });
    change(&mut trace);
    meet(run, &testing::healthy(), &trace)
}

fn redirected(change: impl FnOnce(&mut Visit)) -> Verdict {
    let lab = testing::lab_with(|request: &mut ServerRequest| request.names = vec!["cdn.lan".into()]);
    let mut visit = Visit {
        url: "https://cdn.lan/blob?…".into(),
        dns: reached(Dns::Addresses(vec!["10.0.0.9".parse().unwrap()])),
        tcp: testing::connections(&[("10.0.0.9:443".parse().unwrap(), TcpOutcome::Connected)]),
        tls: lab.trace.tls,
        http: reached(answer("https", 200, &[], "")),
    };
    change(&mut visit);
    with(|trace| trace.blob = reached(Blob { target: Some(Box::new(visit)), ..blob(answer("https", 307, &[], "")) }))
}

#[test]
fn what_arrives_as_it_is() {
    assert_eq!(with(|_| ()), Verdict::Passed("the first arrives, and its digest is right".into()));
    assert_eq!(with(|trace| trace.repository = None), Verdict::NotApplicable);
    // The lab's registry is listed as insecure, so the storage is not verified either.
    assert!(matches!(redirected(|_| ()), Verdict::Passed(text) if text.ends_with("from cdn.lan")));
}

#[test]
fn what_does_not() {
    let changed = with(|trace| trace.image = reached(image(Some(content("sha256:bb")))));
    assert_eq!(only(changed).cause.slug, "data-corrupted-on-path-or-host");
    let rows = [
        (
            Blob { content: Some(content("sha256:bb")), ..blob(answer("https", 200, &[], "")) },
            "data-corrupted-on-path-or-host",
        ),
        (blob(answer("https", 404, &[], "")), "registry-gc-or-delete-damage"),
        (blob(answer("https", 503, &[], "")), "registry-unavailable"),
        (blob(Http::Closed("reset".into())), "connection-closed-by-peer"),
    ];
    for (blob, slug) in rows {
        assert_eq!(only(with(|trace| trace.blob = reached(blob.clone()))).cause.slug, slug, "{blob:?}");
    }
}

#[test]
fn storage_that_docker_cannot_use() {
    let slug = |verdict| only(verdict).cause.slug;
    let want = "blob-host-unreachable-or-untrusted";
    assert_eq!(slug(redirected(|visit| visit.dns = reached(Dns::NoSuchName))), want);
    let refused = redirected(|visit| {
        visit.tcp = testing::connections(&[("10.0.0.9:443".parse().unwrap(), TcpOutcome::Refused)]);
        visit.tls = Layer::skipped("none");
    });
    assert_eq!(only(refused).consequence.unwrap(), "Docker says: dial tcp 10.0.0.9:443: connect: connection refused");
    assert_eq!(slug(redirected(|visit| visit.http = reached(answer("https", 403, &[], "")))), want);
}

/// A registry that is verified: then its storage is, with the same certificates.
#[test]
fn storage_that_is_not_trusted() {
    let lab = testing::lab();
    let other = testing::lab_with(|request: &mut ServerRequest| request.names = vec!["cdn.lan".into()]);
    let mut facts = testing::healthy();
    facts.engines[0].effective.as_mut().unwrap().insecure.clear();
    let pem = lab.authority.certificate_pem().to_string();
    facts.engines[0].certs.registries.push(testing::certs("reg.lan:5000", &[("ca.crt", &pem)]));
    let mut trace = lab.trace;
    trace.repository = Some("team/app".into());
    trace.image = reached(image(None));
    let visit = Visit {
        url: "https://cdn.lan/blob?…".into(),
        dns: reached(Dns::Addresses(vec!["10.0.0.9".parse().unwrap()])),
        tcp: testing::connections(&[("10.0.0.9:443".parse().unwrap(), TcpOutcome::Connected)]),
        tls: other.trace.tls,
        http: reached(answer("https", 200, &[], "")),
    };
    trace.blob = reached(Blob { target: Some(Box::new(visit)), ..blob(answer("https", 307, &[], "")) });
    assert!(matches!(trace.tls.seen(), Some(Tls::Handshake(_))));
    let finding = only(meet(run, &facts, &trace));
    assert!(finding.consequence.unwrap().contains("certificate signed by unknown authority"));
}
