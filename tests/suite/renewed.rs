//! Certificates that are replaced while the test registry runs, as ACME clients and people do it.

use std::fs;

use nix::sys::signal::Signal;
use regdoctor::cert::issue::{Authority, Issued, ServerRequest};
use regdoctor::client::Trust;
use time::OffsetDateTime;

use crate::harness::Bench;
use crate::server::Server;

#[test]
fn a_new_certificate_is_shown_to_the_next_client_and_a_broken_one_to_nobody() {
    let bench = Bench::new();
    let [first, second, third] = ["first", "second", "third"].map(Pair::new);
    lay(&bench, "crt", &first.issued.chain_pem);
    lay(&bench, "key", &first.issued.key_pem);
    let server = Server::start(&bench, &["--certificate", &bench.at("live.crt"), "--key", &bench.at("live.key")]);
    let shown = |what: &str, now: &Pair| {
        for pair in [&first, &second, &third] {
            let trusted = pair.trusted_by(&server);
            assert_eq!(trusted, pair.name == now.name, "{what}: shown to who trusts {}", pair.name);
        }
    };
    shown("at the start", &first);
    lay(&bench, "crt", &second.issued.chain_pem);
    lay(&bench, "key", &second.issued.key_pem);
    shown("after both were replaced", &second);
    lay(&bench, "crt", "-----BEGIN CERTIFICATE-----\nhalf of it");
    shown("with half a file", &second);
    fs::remove_file(bench.path("live.crt")).unwrap();
    shown("without the file", &second);
    lay(&bench, "crt", &third.issued.chain_pem);
    shown("with the key of another certificate", &second);
    lay(&bench, "key", &third.issued.key_pem);
    shown("when the key has come as well", &third);
    let log = server.end(Signal::SIGTERM).ended(0).stderr;
    let said = |words: &str| log.lines().filter(|line| line.contains("live.crt") && line.contains(words)).count();
    assert_eq!(said("changed and was read again"), 2, "{log}");
    assert_eq!(said("changed and cannot be used, so what it was before holds: "), 3, "{log}");
    for why in ["is not PEM text", "cannot read", "cannot be used for TLS"] {
        assert_eq!(said(why), 1, "{why}: {log}");
    }
    assert!(!log.contains("PRIVATE KEY"), "{log}");
}

/// A certificate, and the authority that it is of.
struct Pair {
    name: &'static str,
    authority: Authority,
    issued: Issued,
}

impl Pair {
    fn new(name: &'static str) -> Self {
        let now = OffsetDateTime::now_utc();
        let authority = Authority::named(name, now).unwrap();
        let issued = authority.issue(&ServerRequest::new(vec!["127.0.0.1".into()], now)).unwrap();
        Self { name, authority, issued }
    }

    /// Whether a new client that trusts this authority alone gets an answer.
    fn trusted_by(&self, server: &Server) -> bool {
        let trust = Trust::Certificates(self.authority.certificate_pem().to_string());
        server.client(&trust).manifest_digest("none", "none").is_ok()
    }
}

/// In one step, as whoever replaces a file that is in use should.
fn lay(bench: &Bench, ending: &str, text: &str) {
    fs::rename(bench.lay("fresh", text), bench.path(&format!("live.{ending}"))).unwrap();
}
