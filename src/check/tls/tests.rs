use super::super::testing::{self, meet, only, reached};
use super::*;
use crate::model::entry_point;
use crate::model::facts::Facts;
use crate::model::finding::Confidence;
use crate::model::trace::{Http, Trace};

/// A host that lists nothing as insecure.
fn strict() -> Facts {
    let mut facts = testing::healthy();
    list(&mut facts, "{}");
    facts
}

fn list(facts: &mut Facts, json: &str) {
    let engine = &mut facts.engines[0];
    testing::configure(engine, json);
    let listed = engine
        .settings_of("insecure-registries")
        .map(|one| crate::model::wish::InsecureEntry::parse(&one.value).unwrap());
    let listed: Vec<_> = listed.collect();
    engine.effective.as_mut().unwrap().insecure = listed;
}

fn with(facts: &Facts, change: impl FnOnce(&mut Trace)) -> Verdict {
    let mut trace = testing::lab().trace;
    change(&mut trace);
    meet(run, facts, &trace)
}

fn after(tls: Tls) -> Finding {
    only(with(&strict(), |trace| {
        trace.tls = reached(tls);
        trace.http = Layer::NotReached("there is no TLS connection".into());
    }))
}

#[test]
fn a_healthy_registry_passes() {
    assert_eq!(with(&strict(), |_| ()), Verdict::Passed("TLS 1.3".into()));
    let insecure = with(&testing::healthy(), testing::plain);
    assert_eq!(insecure, Verdict::Passed("plain HTTP: reg.lan:5000 is listed as insecure".into()));
    let unconnected = with(&strict(), |trace| trace.tcp = Layer::NotReached("no".into()));
    assert_eq!(unconnected, Verdict::Skipped("no connection".into()));
    let mut nobody = strict();
    nobody.engines.clear();
    assert_eq!(with(&nobody, testing::plain), Verdict::Passed("plain HTTP".into()));
}

#[test]
fn plain_http_without_leave() {
    let finding = only(with(&strict(), testing::plain));
    assert_eq!(finding.cause.slug, "http-registry-treated-as-https");
    assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --insecure"]);
    assert_eq!(finding.confidence, Confidence::Certain);
}

#[test]
fn plain_http_of_something_else() {
    let finding = only(with(&strict(), |trace| {
        testing::plain(trace);
        trace.http = reached(testing::answer("http", 404, &[("content-type", "text/html")], "<html>"));
    }));
    assert_eq!(finding.cause.slug, "not-a-registry-at-this-address");
    let silent = only(with(&testing::healthy(), |trace| {
        testing::plain(trace);
        trace.http = reached(Http::TimedOut);
    }));
    assert_eq!(silent.cause.slug, "registry-unavailable");
}

#[test]
fn entries_that_nearly_match() {
    let rows = [
        ("reg.lan", Confidence::Likely),
        ("REG.lan:5000", Confidence::Certain),
        ("10.0.0.7:5000", Confidence::Certain),
        ("reg:5000", Confidence::Likely),
    ];
    for (entry, confidence) in rows {
        let mut facts = strict();
        list(&mut facts, &format!("{{\"insecure-registries\": [\"{entry}\"]}}"));
        let finding = only(with(&facts, testing::plain));
        assert_eq!((finding.cause.slug, finding.confidence), ("registry-entry-name-mismatch", confidence), "{entry}");
    }
    let mut facts = strict();
    list(&mut facts, "{\"insecure-registries\": [\"other.lan:5000\"]}");
    assert_eq!(only(with(&facts, testing::plain)).cause.slug, "http-registry-treated-as-https");
}

#[test]
fn an_entry_that_is_not_in_effect() {
    let mut facts = testing::healthy();
    facts.engines[0].effective.as_mut().unwrap().insecure.clear();
    let finding = only(with(&facts, testing::plain));
    assert_eq!(finding.cause.slug, "daemon-not-restarted-after-change");
    assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --insecure"]);
}

#[test]
fn handshakes_that_fail() {
    let rows = [
        (Tls::Closed, "connection-closed-by-peer", "Docker says: EOF"),
        (Tls::Reset, "connection-closed-by-peer", "Docker says: read: connection reset by peer"),
        (
            Tls::TimedOut,
            "middlebox-breaks-tls-handshake",
            "Docker says: net/http: TLS handshake timeout, after 10 seconds",
        ),
        (
            Tls::NotTls("SSH-2.0-OpenSSH_9.2".into()),
            "not-a-registry-at-this-address",
            "Docker says: tls: first record does not look like a TLS handshake",
        ),
        (
            Tls::Alert("protocol_version".into()),
            "tls-version-or-cipher-mismatch",
            "Docker says: remote error: tls: protocol version not supported",
        ),
        (
            Tls::Alert("handshake_failure".into()),
            "tls-version-or-cipher-mismatch",
            "Docker says: remote error: tls: handshake failure",
        ),
        (
            Tls::Alert("internal_error".into()),
            "registry-tls-setup-broken",
            "Docker says: remote error: tls: internal error",
        ),
        (
            Tls::Alert("access_denied".into()),
            "connection-closed-by-peer",
            "Docker says: remote error: tls: access denied",
        ),
    ];
    for (tls, slug, words) in rows {
        let finding = after(tls);
        assert_eq!((finding.cause.slug, finding.consequence.as_deref()), (slug, Some(words)));
    }
}

#[test]
fn an_old_docker_would_take_old_tls() {
    let mut facts = strict();
    facts.engines[0].effective.as_mut().unwrap().version = testing::version("17.03.1-ce");
    let finding = only(with(&facts, |trace| {
        trace.tls = reached(Tls::Alert("protocol_version".into()));
        trace.http = Layer::NotReached("no".into());
    }));
    assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Likely));
}

#[test]
fn client_certificates() {
    let asked = |trace: &mut Trace| {
        if let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &mut trace.tls {
            handshake.client_certificate_asked = true;
        }
        trace.http = reached(Http::Closed("TLS alert certificate_required".into()));
    };
    let finding = only(with(&strict(), asked));
    assert_eq!(finding.cause.slug, "client-cert-not-offered");
    assert!(
        finding.remedy.commands[0]
            .ends_with("install -D -m 600 client.key /etc/docker/certs.d/reg.lan:5000/client.key")
    );
    assert_eq!(after(Tls::Alert("certificate_required".into())).cause.slug, "client-cert-not-offered");
    let late = |asked| Tls::AlertAfterCertificates {
        alert: "handshake_failure".into(),
        chain: Vec::new(),
        client_certificate_asked: asked,
    };
    assert_eq!(after(late(true)).cause.slug, "client-cert-not-offered");
    assert_eq!(after(late(false)).cause.slug, "tls-version-or-cipher-mismatch");
    let mut facts = strict();
    facts.engines[0].certs.registries.push(testing::certs("reg.lan:5000", &[("c.cert", ""), ("c.key", "")]));
    assert_eq!(with(&facts, asked), Verdict::Passed("TLS 1.3, with the client certificate c.cert".into()));
    let mut insecure = testing::healthy();
    insecure.engines[0].certs = facts.engines[0].certs.clone();
    assert_eq!(only(with(&insecure, asked)).remedy.commands, ["sudo regdoctor untrust reg.lan:5000"]);
}

#[test]
fn without_a_port_443_is_what_docker_dials() {
    let mut trace = testing::lab().trace;
    trace.registry = entry_point::parse("reg.lan").unwrap().entry_point;
    testing::plain(&mut trace);
    trace.tls = Layer::NotReached("port 443 could not be connected".into());
    let finding = only(meet(run, &strict(), &trace));
    assert!(finding.consequence.unwrap().contains("connection refused"));
}

/// go-connections `tlsconfig`: AES-CBC from 1.8 to 28, ChaCha20 from 29.5.
#[test]
fn the_ciphers_of_tls_1_2_by_version() {
    let chosen = |version: &str, cipher: &str| {
        let mut facts = strict();
        facts.engines[0].effective.as_mut().unwrap().version = crate::model::version::Version::parse(version).unwrap();
        with(&facts, |trace| {
            if let Layer::Reached { seen: Tls::Handshake(handshake), .. } = &mut trace.tls {
                handshake.version = "TLS 1.2".into();
                handshake.cipher = cipher.into();
            }
        })
    };
    for (version, cipher, offered) in [
        ("20.10.5", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", true),
        ("28.5.2", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", true),
        ("29.0.0", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", false),
        ("28.5.2", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false),
        ("29.5.0", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", true),
        ("29.0.0", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true),
    ] {
        let verdict = chosen(version, cipher);
        assert_eq!(verdict == Verdict::Passed("TLS 1.2".into()), offered, "{version} {cipher} {verdict:?}");
    }
}

#[test]
fn an_entry_in_a_file_that_nobody_reads() {
    let mut facts = strict();
    facts.engines[0].dead.push(crate::model::facts::DeadFile {
        path: "/etc/default/docker".into(),
        line: 3,
        text: "DOCKER_OPTS=\"--insecure-registry=a.lan:1 --insecure-registry=reg.lan:5000\"".into(),
        why: "the unit does not read it".into(),
    });
    let finding = only(with(&facts, testing::plain));
    assert_eq!((finding.cause.slug, finding.severity), ("docker-opts-ignored-systemd", Severity::Error));
    assert_eq!(finding.remedy.commands, ["sudo regdoctor trust reg.lan:5000 --insecure"]);
}
