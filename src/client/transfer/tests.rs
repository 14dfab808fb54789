//! Whole images against the registry of this program: cut, busy, full, refusing.
#![expect(clippy::disallowed_methods, reason = "tests lay files of their own")]

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::client::source::testing::Laid;
use crate::client::{Client, Trust};
use crate::model::entry_point::EntryPoint;
use crate::registry::{Access, Background, Challenge, Fault, Registry, TlsMode};

const MIB: usize = 1024 * 1024;

fn order() -> Order {
    let patience = Patience { attempts: 4, pause: Duration::ZERO, stall: Duration::from_secs(60) };
    Order { repository: "team/app".into(), tag: "v1".into(), others: Vec::new(), jobs: 4, chunk: None, patience }
}

fn with(fault: &str) -> Background {
    Registry::builder().fault(fault.parse::<Fault>().unwrap()).start_in_background().unwrap()
}

fn client(registry: &Background) -> Client {
    let entry_point = EntryPoint::try_from(registry.address().to_string()).unwrap();
    let trust = match registry.authority_pem() {
        Some(pem) => Trust::Certificates(pem.into()),
        None => Trust::PlainHttp,
    };
    Client::new(entry_point, &trust).unwrap()
}

fn silent() -> Listener {
    Arc::new(|_| {})
}

/// What was heard, as words.
fn listening() -> (Listener, Receiver<String>) {
    let (say, heard) = channel();
    let say = Mutex::new(say);
    let listener = move |event: Event<'_>| {
        let words = match event {
            Event::Begins(at) => format!("begins {at}"),
            Event::Sent(at, bytes) => format!("sent {at} {bytes}"),
            Event::Ends(at, how) => format!("ends {at} {how:?}"),
            Event::Again { why, .. } => format!("again: {why}"),
        };
        let _ = say.lock().unwrap().send(words);
    };
    (Arc::new(listener), heard)
}

/// Bytes that nothing compresses to a pattern.
fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn pulled(registry: &Background) -> Vec<usize> {
    let image = client(registry).pull("team/app", "v1").unwrap();
    image.layers.iter().map(|layer| layer.bytes.len()).collect()
}

#[test]
fn an_image_arrives_whole_and_a_second_time_nothing_is_sent() {
    let tls = TlsMode::FreshAuthority { names: Vec::new() };
    for registry in [Registry::builder(), Registry::builder().tls(tls)] {
        let registry = registry.start_in_background().unwrap();
        let laid = Laid::with(&[&noise(1, 3 * MIB), b"small", b""]);
        let first = client(&registry).deliver(laid.graph(), order(), silent()).unwrap();
        assert_eq!((first.digest, first.blobs), (laid.graph().root().unwrap().digest.clone(), vec![How::Sent; 4]));
        assert_eq!(pulled(&registry), [3 * MIB, 5, 0]);
        let second = client(&registry).deliver(laid.graph(), order(), silent()).unwrap();
        assert_eq!(second.blobs, [How::Present; 4]);
    }
}

#[test]
fn every_platform_of_an_index_arrives() {
    let registry = Registry::builder().start_in_background().unwrap();
    let laid = Laid::new();
    let (one, two) = (laid.image("one", &[b"shared", b"1"]), laid.image("two", &[b"shared", b"2"]));
    let index = laid.index(&[("amd64", &one), ("arm64", &two)]);
    laid.list(&[("v1", &index)]);
    let delivered = client(&registry).deliver(laid.graph(), order(), silent()).unwrap();
    assert_eq!(delivered.digest.as_str(), index["digest"]);
}

#[test]
fn a_blob_that_is_not_what_it_is_called_keeps_everything_at_home() {
    let registry = Registry::builder().start_in_background().unwrap();
    let laid = Laid::with(&[&noise(1, MIB), &noise(2, MIB)]);
    let graph = laid.graph();
    let digest = graph.blobs[2].digest.clone();
    let mut bytes = fs::read(laid.blob_path(&digest)).unwrap();
    bytes[MIB / 2] ^= 1;
    fs::write(laid.blob_path(&digest), bytes).unwrap();
    let (listener, heard) = listening();
    let error = client(&registry).deliver(graph, order(), listener).unwrap_err();
    assert!(matches!(&error, TransferError::Altered { digest: named, .. } if *named == digest), "{error}");
    assert_eq!(heard.iter().collect::<Vec<_>>(), [""; 0]);
}

/// A cut in the middle of a layer: what arrived is not sent again.
#[test]
fn an_upload_goes_on_where_the_line_was_cut() {
    let registry = with("close:first=1,after=3m");
    let laid = Laid::with(&[&noise(1, 6 * MIB)]);
    let (listener, heard) = listening();
    client(&registry).deliver(laid.graph(), Order { jobs: 1, ..order() }, listener).unwrap();
    let heard: Vec<String> = heard.iter().collect();
    assert_eq!(heard.iter().filter(|words| words.starts_with("again: cannot push a layer to")).count(), 1, "{heard:?}");
    let again = heard.iter().position(|words| words.starts_with("again")).unwrap();
    let on = heard[again..].iter().find_map(|words| words.strip_prefix("sent 1 ")?.parse::<usize>().ok()).unwrap();
    assert!(on >= 2 * MIB, "it goes on at {on}");
    assert_eq!(pulled(&registry), [6 * MIB]);
}

#[test]
fn layers_go_in_chunks_as_large_as_the_registry_wants_them() {
    for (least, chunk) in [(None, 100_000), (Some(700_000), 100_000)] {
        let registry = match least {
            Some(least) => Registry::builder().chunk_minimum(least),
            None => Registry::builder(),
        };
        let registry = registry.start_in_background().unwrap();
        let laid = Laid::with(&[&noise(1, 2_000_000)]);
        let (listener, heard) = listening();
        let order = Order { chunk: Some(chunk), ..order() };
        client(&registry).deliver(laid.graph(), order, listener).unwrap();
        assert_eq!(pulled(&registry), [2_000_000]);
        assert!(heard.iter().all(|words| !words.starts_with("again")));
    }
}

#[test]
fn patience_ends_and_the_first_error_is_told() {
    let rows = [
        ("storage-error:at=bytes", "500 UNKNOWN", 4),
        ("storage-error:at=manifest", "500 UNKNOWN", 4),
        ("storage-error:at=start", "500 UNKNOWN", 4),
        ("multi-instance-no-shared-state", "404 BLOB_UPLOAD_UNKNOWN", 4),
        ("registry-not-writable", "405 UNSUPPORTED", 1),
        ("proxy-body-size-limit:after=1m", "413", 1),
        ("rate-limited:retry-after=0", "answers 429", 4),
    ];
    for (fault, want, count) in rows {
        let registry = with(fault);
        let laid = Laid::with(&[&noise(1, 2 * MIB)]);
        let error = client(&registry).deliver(laid.graph(), Order { jobs: 1, ..order() }, silent()).unwrap_err();
        let TransferError::Failed { first, attempts, last } = &error else { panic!("{fault}: {error}") };
        assert!(first.to_string().contains(want), "{fault}: {error}");
        assert_eq!((*attempts, last.is_some()), (count, count > 1), "{fault}: {error}");
    }
}

#[test]
fn what_passes_is_waited_for() {
    let faults = [
        "storage-error:at=bytes,first=2",
        "storage-error:at=finish,first=2",
        "storage-error:at=manifest,first=2",
        "rate-limited:retry-after=0,first=3",
        "multi-instance-no-shared-state:first=2",
        "connection-closed-by-peer:method=PUT,first=2",
    ];
    for fault in faults {
        let registry = with(fault);
        let laid = Laid::with(&[&noise(1, 2 * MIB), &noise(2, MIB)]);
        let delivered = client(&registry).deliver(laid.graph(), order(), silent());
        assert!(delivered.is_ok(), "{fault}: {delivered:?}");
        assert_eq!(pulled(&registry), [2 * MIB, MIB], "{fault}");
    }
}

#[test]
fn blobs_are_taken_over_from_another_repository() {
    let laid = Laid::with(&[&noise(1, MIB)]);
    let order = |repository: &str| Order {
        repository: repository.into(),
        others: vec!["team/other".into(), "team/nothing".into()],
        ..order()
    };
    for (fault, how) in [(None, How::Mounted), (Some("mount-refused"), How::Sent)] {
        let registry = fault.map_or_else(|| Registry::builder().start_in_background().unwrap(), with);
        client(&registry).deliver(laid.graph(), Order { others: Vec::new(), ..order("team/other") }, silent()).unwrap();
        let delivered = client(&registry).deliver(laid.graph(), order("team/app"), silent()).unwrap();
        assert_eq!(delivered.blobs, [how; 2], "{fault:?}");
        assert_eq!(pulled(&registry), [MIB]);
    }
}

#[test]
fn a_registry_that_has_another_image_afterwards_is_not_believed() {
    let registry = with("digest-lie:path=/v2/team/app/manifests/v1");
    let laid = Laid::with(&[b"1"]);
    let error = client(&registry).deliver(laid.graph(), order(), silent()).unwrap_err();
    assert!(matches!(error, TransferError::NotThere { .. }), "{error}");
}

#[test]
fn passwords_and_tokens_open_it() {
    use crate::model::secret::Secret;
    let laid = Laid::with(&[&noise(1, MIB)]);
    for challenge in [Challenge::Basic, Challenge::Bearer] {
        let access = Access { challenge, ..Access::one("alice", "p:w") };
        let registry = Registry::builder().access(access).start_in_background().unwrap();
        let stranger = client(&registry).deliver(laid.graph(), order(), silent()).unwrap_err();
        let needed = |error: &TransferError| matches!(error, TransferError::Failed { first, .. } if matches!(**first, ClientError::SignInNeeded { .. }));
        assert!(needed(&stranger), "{stranger}");
        let wrong = client(&registry).sign_in("alice", Secret::new("wrong")).unwrap();
        let wrong = wrong.deliver(laid.graph(), order(), silent()).unwrap_err();
        assert!(needed(&wrong), "{wrong}");
        let alice = client(&registry).sign_in("alice", Secret::new("p:w")).unwrap();
        alice.deliver(laid.graph(), order(), silent()).unwrap();
    }
}
