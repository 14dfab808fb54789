//! Stored logins at a scripted registry: where they are shown, and where they are not.

use std::net::SocketAddr;

use super::loopback::{Clients, acceptor, serve, speak};
use super::scripted_tests::{CONFIG, Heads, limits, manifest_reply, registry, reply, target};
use super::*;
use crate::cert::Clearance;
use crate::model::credential::Credential;
use crate::model::secret::Secret;
use crate::model::trace::{Http, LoginSource, Tls};

/// A registry of this password, with Basic; everything else is refused.
async fn private() -> (SocketAddr, Heads) {
    registry(|head| {
        // ann:s3cret
        if !head.contains("authorization: Basic YW5uOnMzY3JldA==\r\n") {
            return reply("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", "");
        }
        match manifest_reply(head) {
            Some(manifest) => manifest,
            None if head.starts_with("POST ") => reply("202 Accepted", "Location: /up\r\n", ""),
            None => reply("200 OK", "", CONFIG),
        }
    })
    .await
}

fn ann() -> Credential {
    Credential::Password { user: "ann".into(), password: Secret::new("s3cret") }
}

fn permit<'a>(credential: &'a Credential, registry: &'a Clearance) -> Permit<'a> {
    let source = LoginSource::File { path: "/c".into(), key: "k".into() };
    Permit { credential, source, registry, token_server: None }
}

#[tokio::test]
async fn a_stored_login_is_tried_where_it_may_be() {
    let (address, heads) = private().await;
    let mut trace = trace_async(&target(address), &limits()).await;
    assert_eq!((trace.http.status(), trace.manifest.status()), (Some(401), Some(401)));
    assert!(heads.lock().unwrap().iter().all(|head| !head.contains("authorization")));
    let clearance = Clearance::declared_insecure("it is listed as insecure");
    sign_in(&target(address), &limits(), &mut trace, &permit(&ann(), &clearance)).await;
    let login = trace.login.seen().unwrap();
    assert_eq!((login.base.status(), login.manifest.status()), (Some(200), Some(200)));
    assert_eq!(login.upload.seen().and_then(|upload| upload.start.status()), Some(202));
    assert!(trace.image.seen().is_some() && trace.blob.seen().is_some());
    let text = serde_json::to_string(&trace).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("YW5uOnMzY3JldA"));
}

/// Leave that was given for a certificate is none for plain HTTP, and none for another certificate.
#[tokio::test]
async fn a_login_goes_nowhere_else() {
    let lab = crate::cert::issue::Authority::create(time::OffsetDateTime::UNIX_EPOCH).unwrap();
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let issued = lab.issue(&crate::cert::issue::ServerRequest::new(vec!["127.0.0.1".into()], now)).unwrap();
    let chain: Vec<Vec<u8>> = crate::cert::Certificate::all_from_pem(&issued.chain_pem)
        .into_iter()
        .map(|one| one.unwrap().der().to_vec())
        .collect();
    let pool = crate::cert::Pool::from_pem(lab.certificate_pem());
    let question = crate::cert::go::Question {
        name: "127.0.0.1",
        now: 1,
        go: crate::cert::GoRelease::new(1, 24, 0),
        build: crate::cert::Build::Module,
    };
    let clearance = Clearance::judge(&chain, &[&pool], &question, "trusted").unwrap();
    assert!(Clearance::judge(&chain, &[], &question, "trusted").is_err());

    let (plain, heads) = private().await;
    let mut trace = trace_async(&target(plain), &limits()).await;
    sign_in(&target(plain), &limits(), &mut trace, &permit(&ann(), &clearance)).await;
    assert!(trace.login.seen().is_none());
    assert!(heads.lock().unwrap().iter().all(|head| !head.contains("authorization")));

    let seen = Heads::default();
    let (acceptor, heard) = (acceptor(Clients::Any), seen.clone());
    let other = serve(move |stream| {
        let (acceptor, heard) = (acceptor.clone(), heard.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            speak(stream, |head| {
                heard.lock().unwrap().push(head.into());
                reply("401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n", "")
            })
            .await;
        }
    })
    .await;
    let mut trace = trace_async(&target(other), &limits()).await;
    assert!(matches!(trace.tls.seen(), Some(Tls::Handshake(_))));
    sign_in(&target(other), &limits(), &mut trace, &permit(&ann(), &clearance)).await;
    let base = trace.login.seen().unwrap().base.seen().unwrap();
    assert!(matches!(base, Http::Closed(reason) if reason.contains("TLS handshake failed")), "{base:?}");
    assert!(seen.lock().unwrap().iter().all(|head| !head.contains("authorization")));
}
