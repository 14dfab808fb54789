use super::super::testing::{self, answer, meet, only, reached};
use super::*;
use crate::model::finding::Severity;
use crate::model::trace::{Dns, Http, Layer, TcpOutcome, Visit, Write, WriteStep};

const PATH: &str = "/v2/team/app/blobs/uploads/1";

fn upload(start: Http) -> Upload {
    Upload { start, location: None, resolved: None, elsewhere: None, cancelled: None }
}

fn accepted() -> Upload {
    Upload {
        location: Some(PATH.into()),
        resolved: Some(format!("https://reg.lan:5000{PATH}")),
        cancelled: Some(answer("https", 204, &[], "")),
        ..upload(answer("https", 202, &[("location", PATH)], ""))
    }
}

fn with(upload: Upload) -> Verdict {
    let mut trace = testing::lab().trace;
    trace.repository = Some("team/app".into());
    trace.upload = reached(upload);
    meet(run, &testing::healthy(), &trace)
}

fn elsewhere(url: &str, change: impl FnOnce(&mut Visit)) -> Upload {
    let address = "10.0.0.8:80".parse().unwrap();
    let mut visit = Visit {
        url: url.into(),
        dns: reached(Dns::Addresses(vec!["10.0.0.8".parse().unwrap()])),
        tcp: testing::connections(&[(address, TcpOutcome::Connected)]),
        tls: Layer::skipped("plain"),
        http: reached(answer("http", 404, &[], "")),
    };
    change(&mut visit);
    Upload {
        location: Some(url.into()),
        resolved: Some(url.into()),
        elsewhere: Some(Box::new(visit)),
        cancelled: None,
        ..accepted()
    }
}

#[test]
fn a_registry_that_takes_pushes() {
    assert_eq!(with(accepted()), Verdict::Passed("an upload was started and cancelled".into()));
    assert!(matches!(with(upload(answer("https", 401, &[], ""))), Verdict::Skipped(_)));
    assert_eq!(meet(run, &testing::healthy(), &testing::lab().trace), Verdict::NotApplicable);
}

#[test]
fn every_way_to_refuse_the_start() {
    let rows = [
        (405, r#"{"errors":[{"code":"UNSUPPORTED"}]}"#, "registry-not-writable"),
        (403, "registry is in read-only mode", "registry-not-writable"),
        (403, "quota of project exceeded", "quota-exceeded"),
        (404, r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#, "registry-path-prefix"),
        (404, "<html>", "proxy-mishandles-registry-requests"),
        (429, "", "rate-limited"),
        (500, "no space left on device", "registry-storage-fault"),
        (411, "<html>", "proxy-mishandles-registry-requests"),
    ];
    for (status, body, slug) in rows {
        assert_eq!(only(with(upload(answer("https", status, &[], body)))).cause.slug, slug, "{status} {body}");
    }
    assert_eq!(only(with(upload(Http::TimedOut))).cause.slug, "registry-unavailable");
}

#[test]
fn addresses_that_lead_nowhere() {
    let missing = Upload { location: None, resolved: None, cancelled: None, ..accepted() };
    let finding = only(with(missing));
    assert_eq!(
        (finding.cause.slug, finding.consequence.as_deref()),
        ("upload-url-wrong-address", Some("Docker says: EOF"))
    );
    let closed = elsewhere("http://reg.lan/v2/team/app/blobs/uploads/1", |visit| {
        visit.tcp = testing::connections(&[("10.0.0.7:80".parse().unwrap(), TcpOutcome::Refused)]);
        visit.http = Layer::skipped("no connection");
    });
    let finding = only(with(closed));
    assert_eq!(finding.cause.slug, "upload-url-wrong-address");
    assert!(finding.consequence.unwrap().ends_with("dial tcp 10.0.0.7:80: connect: connection refused"));
    let unknown = elsewhere("http://internal:8080/x", |visit| visit.dns = reached(Dns::NoSuchName));
    assert!(only(with(unknown)).consequence.unwrap().contains("lookup internal:8080: no such host"));
    let prefix = Upload {
        location: Some("/registry/v2/team/app/blobs/uploads/1".into()),
        resolved: Some("https://reg.lan:5000/registry/v2/team/app/blobs/uploads/1".into()),
        cancelled: Some(answer("https", 404, &[], "")),
        ..accepted()
    };
    assert_eq!(only(with(prefix)).cause.slug, "upload-url-wrong-address");
}

#[test]
fn another_address_that_works() {
    let same = elsewhere("http://reg.lan:5001/v2/x", |visit| visit.http = reached(answer("http", 204, &[], "")));
    assert_eq!(only(with(same)).severity, Severity::Warning);
    let tls_port = elsewhere("http://reg.lan:5000/v2/x", |visit| {
        visit.http = reached(answer("http", 400, &[], "Client sent an HTTP request to an HTTPS server."));
    });
    assert_eq!(only(with(tls_port)).cause.slug, "upload-url-wrong-address");
}

#[test]
fn an_upload_that_is_forgotten() {
    let forgotten = Upload { cancelled: Some(answer("https", 404, &[], "{}")), ..accepted() };
    assert_eq!(only(with(forgotten)).cause.slug, "multi-instance-no-shared-state");
}

#[test]
fn what_a_real_push_shows() {
    let step = |what: &str, bytes, http| WriteStep { what: what.into(), bytes, http };
    let write = |last: Http| {
        let mut trace = testing::lab().trace;
        trace.repository = Some("team/app".into());
        trace.upload = reached(accepted());
        let first = step("the start of an upload (POST)", 0, reached(answer("https", 202, &[], "")));
        let steps = vec![first, step("a layer at once (PUT)", 2_621_440, reached(last))];
        let write = Write { repository: "team/app".into(), tag: "t".into(), steps, left_behind: None };
        trace.write = reached(write);
        meet(run, &testing::healthy(), &trace)
    };
    let rows = [
        (answer("https", 413, &[("server", "nginx")], "<html>"), "proxy-body-size-limit"),
        (Http::Closed("the connection was closed".into()), "proxy-body-size-limit"),
        (Http::TimedOut, "proxy-timeout-or-buffering"),
        (answer("https", 504, &[], ""), "proxy-timeout-or-buffering"),
        (answer("https", 404, &[], "BLOB_UPLOAD_UNKNOWN"), "multi-instance-no-shared-state"),
        (answer("https", 400, &[], "DIGEST_INVALID"), "data-corrupted-on-path-or-host"),
        (answer("https", 413, &[], "project quota exceeded"), "quota-exceeded"),
        (answer("https", 500, &[], ""), "registry-storage-fault"),
    ];
    for (last, slug) in rows {
        assert_eq!(only(write(last.clone())).cause.slug, slug, "{last:?}");
    }
    assert_eq!(
        write(answer("https", 201, &[], "")),
        Verdict::Passed("an image of 2560 KiB was pushed and removed".into())
    );
}
