//! Greetings made by hand, all at the same time, for servers that a modern client cannot talk to.

use std::io::ErrorKind;

use aws_lc_rs::rand;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::deadline::milliseconds;
use super::line::Line;
use super::route::Route;
use super::tls_hello::{self, Hello, Version};
use crate::model::printable::printable_bytes;
use crate::model::trace::{Http, KeyExchange, Offer, OfferOutcome};

/// As large as that of Go 1.24 and later, which fills more than one packet.
const LARGE: usize = 1700;
/// A `ServerHello` is in the first of these.
const ANSWER_BYTES: usize = 512;

const OFFERS: &[(Version, KeyExchange, usize)] = &[
    (Version::Tls12, KeyExchange::Any, 0),
    (Version::Tls12, KeyExchange::Any, LARGE),
    (Version::Tls12, KeyExchange::Ecdhe, 0),
    (Version::Tls12, KeyExchange::Dhe, 0),
    (Version::Tls12, KeyExchange::Rsa, 0),
    (Version::Tls12, KeyExchange::Nobodys, 0),
    (Version::Tls11, KeyExchange::Any, 0),
    (Version::Tls10, KeyExchange::Any, 0),
];

/// What the server says to each of them.
pub(super) async fn make(route: &Route, until: Instant) -> Vec<Offer> {
    let mut asked = JoinSet::new();
    for (place, (version, key_exchange, at_least)) in OFFERS.iter().copied().enumerate() {
        let route = route.clone();
        let hello = Hello { version, key_exchange, at_least };
        asked.spawn(async move { (place, offer(&route, hello, until).await) });
    }
    let mut offers = asked.join_all().await;
    offers.sort_by_key(|(place, _)| *place);
    offers.into_iter().map(|(_, offer)| offer).collect()
}

async fn offer(route: &Route, hello: Hello, until: Instant) -> Offer {
    let began = Instant::now();
    let mut random = [0; 32];
    // Without randomness the greeting is still one.
    let _ = rand::fill(&mut random);
    let bytes = hello.bytes(&route.server_name, random);
    let (size, version) = (bytes.len(), hello.version.name().to_string());
    let outcome = match route.connect(until).await {
        Ok(line) => timeout_at(until, say(line, &bytes)).await.unwrap_or(OfferOutcome::Silent),
        Err(Http::TimedOut) => OfferOutcome::Silent,
        Err(Http::Closed(reason) | Http::Malformed(reason)) => OfferOutcome::Failed(reason),
        Err(Http::Answer { .. }) => OfferOutcome::Failed("the proxy refuses".into()),
    };
    Offer { version, key_exchange: hello.key_exchange, bytes: size, outcome, took_ms: milliseconds(began.elapsed()) }
}

async fn say(mut line: Line, bytes: &[u8]) -> OfferOutcome {
    if let Err(error) = line.write_all(bytes).await {
        return ended(&error);
    }
    let mut answer = Vec::new();
    while answer.len() < ANSWER_BYTES {
        match line.read_buf(&mut answer).await {
            Ok(0) => return OfferOutcome::Closed,
            Ok(_) => {}
            Err(error) => return ended(&error),
        }
        if let Some(outcome) = tls_hello::read(&answer) {
            return outcome;
        }
    }
    OfferOutcome::NotTls
}

fn ended(error: &std::io::Error) -> OfferOutcome {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => OfferOutcome::Reset,
        _ => OfferOutcome::Failed(printable_bytes(error.to_string().as_bytes(), 200)),
    }
}
