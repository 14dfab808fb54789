//! What Docker does with the answers behind the handshake: each row is a registry that is well but for one thing.

use super::super::fetcher::Fetcher::{self, Classic, Hosts};
use super::super::foresee::Sight;
use super::super::{beyond, tests};
use crate::model::ask::HttpAnswer;
use crate::model::entry_point;
use crate::model::facts::{Effective, ImageStore};
use crate::model::finding::Outcome::{self, Fails, Unknown, Works};
use crate::model::trace::{
    Auth, Blob, Challenge, Content, Http, Layer, Login, LoginSource, Manifest, TokenAnswer, Trace, Upload, Visit,
    Write, WriteStep,
};
use crate::model::version::Version;

const V2: &str = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// What is odd, the release and whose code pulls, how, and what then comes of a pull and of a push.
type Row = (&'static str, (&'static str, Fetcher), fn(&mut Trace), (Outcome, Outcome));

fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Http {
    let headers = headers.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
    Http::Answer { scheme: "http".into(), answer: HttpAnswer { status, headers, body: body.into() } }
}

fn reached<T>(seen: T) -> Layer<T> {
    Layer::Reached { seen, took_ms: 1 }
}

fn status(status: u16) -> Layer<Http> {
    reached(http(status, &[], ""))
}

fn content(received: &str) -> Content {
    Content { expected: "sha256:a".into(), received: received.into(), bytes: 2 }
}

/// A manifest of this type, which arrived as it should.
fn image(media_type: &str) -> Manifest {
    Manifest {
        accept: V2.into(),
        http: http(200, &[("content-type", media_type)], "{}"),
        media_type: Some(media_type.into()),
        schema_version: Some(2),
        blobs: vec!["sha256:b".into()],
        platforms: Vec::new(),
        content: Some(content("sha256:a")),
    }
}

/// The image is there, as `change` says.
fn has_image(trace: &mut Trace, change: impl FnOnce(&mut Manifest)) {
    let mut manifest = image(V2);
    change(&mut manifest);
    trace.manifest = status(200);
    trace.image = reached(manifest);
}

fn visit(answer: Layer<Http>) -> Box<Visit> {
    let skipped = "nobody looked";
    Box::new(Visit {
        url: "http://store.lan/blob".into(),
        dns: Layer::skipped(skipped),
        tcp: Layer::skipped(skipped),
        tls: Layer::skipped(skipped),
        http: answer,
    })
}

fn has_blob(trace: &mut Trace, answer: u16, target: Option<Box<Visit>>) {
    has_image(trace, |_| ());
    trace.blob = reached(Blob { digest: "sha256:b".into(), http: http(answer, &[], ""), target, content: None });
}

/// An upload that began with this location, resolved.
fn upload(location: Option<&str>, resolved: &str) -> Upload {
    Upload {
        start: http(202, &[], ""),
        location: location.map(str::to_string),
        resolved: Some(resolved.into()),
        elsewhere: None,
        cancelled: Some(http(204, &[], "")),
    }
}

fn asks(trace: &mut Trace, scheme: &str, anonymous_token: Option<TokenAnswer>) {
    trace.http = status(401);
    let challenge = Challenge { scheme: scheme.into(), parameters: Vec::new() };
    trace.auth = reached(Auth { challenges: vec![challenge], anonymous_token, ..Auth::default() });
}

fn writes(trace: &mut Trace, steps: &[u16]) {
    let step = |one: &u16| WriteStep { what: "blob".into(), bytes: 9, http: status(*one) };
    let steps = steps.iter().map(step).collect();
    trace.write = reached(Write { repository: "app".into(), tag: "t".into(), steps, left_behind: None });
}

fn signs_in(trace: &mut Trace, manifest: u16) {
    trace.login = reached(Login {
        source: LoginSource::Helper { program: "docker-credential-pass".into() },
        user: Some("ann".into()),
        because: "listed".into(),
        base: status(200),
        tokens: Vec::new(),
        manifest: status(manifest),
        upload: reached(upload(Some("/v2/app/blobs/uploads/1"), "http://reg.lan:5000/v2/app/blobs/uploads/1")),
    });
}

const HERE: &str = "http://reg.lan:5000/v2/app/blobs/uploads/1";

const SIGN_IN: &[Row] = &[
    ("nothing", ("28.1.1", Classic), |_| (), (Works, Works)),
    ("no answer", ("28.1.1", Classic), |trace| trace.http = Layer::skipped("closed"), (Fails, Fails)),
    (
        "a page of something else",
        ("28.1.1", Classic),
        |trace| trace.http = reached(http(200, &[("content-type", "text/html")], "<html>")),
        (Fails, Fails),
    ),
    ("401 without a challenge", ("28.1.1", Classic), |trace| trace.http = status(401), (Fails, Fails)),
    ("503", ("28.1.1", Classic), |trace| trace.http = status(503), (Fails, Fails)),
    ("Basic and no login", ("28.1.1", Classic), |trace| asks(trace, "Basic", None), (Fails, Fails)),
    ("Basic and no login", ("28.5.2", Hosts), |trace| asks(trace, "Basic", None), (Unknown, Unknown)),
    (
        "no token for nobody",
        ("28.1.1", Classic),
        |trace| asks(trace, "Bearer", Some(TokenAnswer::Refused(401))),
        (Fails, Fails),
    ),
    (
        "a token for everybody",
        ("28.1.1", Classic),
        |trace| asks(trace, "Bearer", Some(TokenAnswer::Granted)),
        (Unknown, Unknown),
    ),
    (
        "a login",
        ("28.1.1", Classic),
        |trace| {
            asks(trace, "Basic", None);
            trace.manifest = status(401);
            signs_in(trace, 200);
        },
        (Works, Works),
    ),
];

const IMAGE: &[Row] = &[
    ("no such image", ("28.1.1", Classic), |trace| trace.manifest = status(404), (Fails, Works)),
    (
        "no HEAD",
        ("28.1.1", Classic),
        |trace| {
            has_image(trace, |_| ());
            trace.manifest = status(405);
        },
        (Works, Works),
    ),
    ("OCI", ("19.3.15", Classic), |trace| has_image(trace, |one| *one = image(OCI_INDEX)), (Fails, Works)),
    ("OCI", ("20.10.5", Classic), |trace| has_image(trace, |one| *one = image(OCI_INDEX)), (Works, Works)),
    ("schema 1", ("25.0.5", Classic), |trace| has_image(trace, |one| *one = image(SCHEMA_1)), (Works, Works)),
    ("schema 1", ("26.1.5", Classic), |trace| has_image(trace, |one| *one = image(SCHEMA_1)), (Fails, Works)),
    ("schema 1", ("28.5.2", Hosts), |trace| has_image(trace, |one| *one = image(SCHEMA_1)), (Fails, Works)),
    (
        "a header that lies",
        ("28.1.1", Classic),
        |trace| has_image(trace, |one| one.http = http(200, &[("content-type", "text/plain; charset=utf-8")], "{}")),
        (Fails, Works),
    ),
    (
        "another platform",
        ("28.1.1", Classic),
        |trace| has_image(trace, |one| one.platforms = vec!["linux/arm64".into()]),
        (Fails, Works),
    ),
    (
        "a manifest of other bytes",
        ("28.1.1", Classic),
        |trace| has_image(trace, |one| one.content = Some(content("sha256:z"))),
        (Fails, Works),
    ),
    ("no such layer", ("28.1.1", Classic), |trace| has_blob(trace, 404, None), (Fails, Works)),
    ("a layer elsewhere", ("28.1.1", Classic), |trace| has_blob(trace, 307, Some(visit(status(200)))), (Works, Works)),
    (
        "a layer behind a closed door",
        ("28.1.1", Classic),
        |trace| has_blob(trace, 307, Some(visit(Layer::skipped("refused")))),
        (Fails, Fails),
    ),
    (
        "a layer of other bytes",
        ("28.1.1", Classic),
        |trace| {
            has_image(trace, |_| ());
            let blob = Blob {
                digest: "sha256:a".into(),
                http: http(200, &[], ""),
                target: None,
                content: Some(content("sha256:z")),
            };
            trace.blob = reached(blob);
        },
        (Fails, Works),
    ),
];

const UPLOAD: &[Row] = &[
    (
        "a location as it should be",
        ("28.1.1", Classic),
        |trace| trace.upload = reached(upload(Some("/v2/app/blobs/uploads/1"), HERE)),
        (Works, Works),
    ),
    ("no location", ("28.1.1", Classic), |trace| trace.upload = reached(upload(None, HERE)), (Works, Fails)),
    (
        "a location without a slash",
        ("28.1.1", Classic),
        |trace| trace.upload = reached(upload(Some("uploads/1"), HERE)),
        (Works, Works),
    ),
    (
        "a location without a slash",
        ("28.5.2", Hosts),
        |trace| trace.upload = reached(upload(Some("uploads/1"), HERE)),
        (Works, Fails),
    ),
    (
        "no uploads",
        ("28.1.1", Classic),
        |trace| trace.upload = reached(Upload { start: http(405, &[], ""), ..upload(None, HERE) }),
        (Works, Fails),
    ),
    (
        "a path that nobody knows",
        ("28.1.1", Classic),
        |trace| {
            let astray = upload(Some("/uploads/1"), "http://reg.lan:5000/uploads/1");
            trace.upload = reached(Upload { cancelled: Some(http(404, &[], "")), ..astray });
        },
        (Works, Fails),
    ),
    (
        "uploads at another server",
        ("28.1.1", Classic),
        |trace| {
            let there = upload(Some("http://store.lan/1"), "http://store.lan/1");
            trace.upload = reached(Upload { elsewhere: Some(visit(status(404))), ..there });
        },
        (Works, Works),
    ),
    (
        "uploads at a dead server",
        ("28.1.1", Classic),
        |trace| {
            let there = upload(Some("http://store.lan/1"), "http://store.lan/1");
            trace.upload = reached(Upload { elsewhere: Some(visit(Layer::skipped("refused"))), ..there });
        },
        (Works, Fails),
    ),
    ("a push that went through", ("28.1.1", Classic), |trace| writes(trace, &[202, 201, 201]), (Works, Works)),
    ("a push that broke off", ("28.1.1", Classic), |trace| writes(trace, &[202, 413]), (Works, Fails)),
];

#[test]
fn each_answer_decides_what_it_decides() {
    for (name, (version, fetcher), change, want) in [SIGN_IN, IMAGE, UPLOAD].concat() {
        let mut machine = tests::Machine::new();
        let effective = Effective {
            image_store: if fetcher == Classic { ImageStore::Classic } else { ImageStore::Containerd },
            ..Effective::bare(Version::parse(version).unwrap())
        };
        machine.engine.effective = Some(effective);
        let registry = entry_point::parse("reg.lan:5000").unwrap().entry_point;
        let mut trace = Trace { http: status(200), ..Trace::unreached(registry, "nobody looked") };
        change(&mut trace);
        let sight = Sight { facts: &machine.facts, engine: &machine.engine, trace: &trace, fetcher };
        let found = (beyond::pull(&sight), beyond::push(&sight));
        assert_eq!(found, want, "{name}, {version}, {fetcher:?}");
    }
}
