//! What hand-made greetings found out about a server that a modern client cannot talk to.

use super::MIDDLEBOX_BREAKS_TLS_HANDSHAKE;
use crate::check::port::MTU_BLACKHOLE;
use crate::check::{Meeting, words};
use crate::model::finding::Finding;
use crate::model::trace::{KeyExchange, Offer, OfferOutcome, Tls};

fn offers<'a>(meeting: &Meeting<'a>) -> &'a [Offer] {
    meeting.trace.offers.seen().map(Vec::as_slice).unwrap_or_default()
}

fn is_chosen(offer: &Offer) -> bool {
    matches!(offer.outcome, OfferOutcome::Chosen { .. })
}

/// It speaks TLS, and no greeting that Docker of today makes: none of TLS 1.2 with ECDHE.
pub(super) fn speaks_only_old(meeting: &Meeting<'_>) -> bool {
    let modern =
        |offer: &Offer| is_chosen(offer) && offer.version == "TLS 1.2" && offer.key_exchange == KeyExchange::Ecdhe;
    offers(meeting).iter().any(is_chosen) && !offers(meeting).iter().any(modern)
}

/// What it chose, in its best offer.
pub(super) fn chosen(meeting: &Meeting<'_>) -> String {
    let best = offers(meeting).iter().find_map(|offer| match &offer.outcome {
        OfferOutcome::Chosen { version, cipher } => Some((version, cipher)),
        _ => None,
    });
    match best {
        Some((version, cipher)) => {
            format!("the best that it speaks is {} with {}", words::shown(version), words::shown(cipher))
        }
        None => "it chose nothing that was offered".into(),
    }
}

pub(super) fn dockers_words(tls: &Tls) -> &'static str {
    match tls {
        Tls::Alert(alert) if alert == "protocol_version" => "remote error: tls: protocol version not supported",
        Tls::Alert(_) => "remote error: tls: handshake failure",
        Tls::Closed => "EOF",
        Tls::Reset => "read: connection reset by peer",
        Tls::TimedOut => "net/http: TLS handshake timeout, after 10 seconds",
        _ => "tls: server selected unsupported protocol version",
    }
}

/// A small greeting is answered and a large one is not: Go of 1.24 and later greets with 1.7 KB.
pub(super) fn only_small_greetings(meeting: &Meeting<'_>) -> bool {
    let of_any = |large: bool| {
        offers(meeting).iter().find(move |one| {
            one.version == "TLS 1.2" && one.key_exchange == KeyExchange::Any && (one.bytes > 1500) == large
        })
    };
    of_any(false).is_some_and(is_chosen) && of_any(true).is_some_and(|offer| !is_chosen(offer))
}

pub(super) fn choked(meeting: &Meeting<'_>) -> Finding {
    Finding::new(&MIDDLEBOX_BREAKS_TLS_HANDSHAKE, meeting.trace.registry.to_string())
        .evidence("a TLS greeting of 250 bytes is answered, and one of 1700 bytes is not")
        .leads_to(words::docker_says("read: connection reset by peer, or TLS handshake timeout, with Docker 27.4 and later"))
        .advice("something between drops greetings of more than one packet: mend it, or start Docker with GODEBUG=tlsmlkem=0")
}

/// The one greeting that can only be answered with an alert of seven bytes is answered, and none that wants certificates.
pub(super) fn small_answers_alone(meeting: &Meeting<'_>) -> bool {
    let alert =
        |offer: &Offer| offer.key_exchange == KeyExchange::Nobodys && matches!(offer.outcome, OfferOutcome::Alert(_));
    let silent = |offer: &Offer| offer.outcome == OfferOutcome::Silent;
    let others = || offers(meeting).iter().filter(|offer| offer.key_exchange != KeyExchange::Nobodys);
    offers(meeting).iter().any(alert) && others().next().is_some() && others().all(silent)
}

pub(super) fn black_hole(meeting: &Meeting<'_>) -> Finding {
    Finding::new(&MTU_BLACKHOLE, meeting.trace.registry.to_string())
        .likely()
        .evidence("it answers a TLS greeting where its answer is small (an alert), and is silent where it is certificates")
        .leads_to(words::docker_says("net/http: TLS handshake timeout, after 10 seconds"))
        .advice("packets of full size do not arrive: lower the MTU on the way (VPN, overlay), or let ICMP \"fragmentation needed\" through")
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{self, meet, only, reached};
    use super::super::run;
    use super::*;
    use crate::model::finding::Verdict;

    fn offer(version: &str, key_exchange: KeyExchange, bytes: usize, outcome: OfferOutcome) -> Offer {
        Offer { version: version.into(), key_exchange, bytes, outcome, took_ms: 1 }
    }

    fn takes(version: &str, cipher: &str) -> OfferOutcome {
        OfferOutcome::Chosen { version: version.into(), cipher: cipher.into() }
    }

    fn with(tls: Tls, offers: Vec<Offer>) -> Verdict {
        let mut facts = testing::healthy();
        facts.engines[0].effective.as_mut().unwrap().insecure.clear();
        let mut trace = testing::lab().trace;
        trace.tls = reached(tls);
        trace.skip_from_http("no TLS");
        trace.offers = reached(offers);
        meet(run, &facts, &trace)
    }

    #[test]
    fn old_servers_are_named_by_what_they_speak() {
        let no = || OfferOutcome::Alert("protocol_version".into());
        let old = with(
            Tls::Alert("protocol_version".into()),
            vec![
                offer("TLS 1.2", KeyExchange::Any, 250, takes("TLS 1.0", "TLS_RSA_WITH_AES_128_CBC_SHA")),
                offer("TLS 1.2", KeyExchange::Ecdhe, 250, no()),
            ],
        );
        let finding = only(old);
        assert_eq!(finding.cause.slug, "tls-version-or-cipher-mismatch");
        assert_eq!(finding.evidence[0], "the best that it speaks is TLS 1.0 with TLS_RSA_WITH_AES_128_CBC_SHA");
        assert_eq!(finding.consequence.unwrap(), "Docker says: remote error: tls: protocol version not supported");
    }

    #[test]
    fn large_packets_that_vanish() {
        let alert = OfferOutcome::Alert("handshake_failure".into());
        let silent = |bytes| offer("TLS 1.2", KeyExchange::Any, bytes, OfferOutcome::Silent);
        let nobodys = offer("TLS 1.2", KeyExchange::Nobodys, 150, alert);
        let hole = with(Tls::TimedOut, vec![silent(250), silent(1700), nobodys]);
        assert_eq!(only(hole).cause.slug, "mtu-blackhole");
        let small = offer("TLS 1.2", KeyExchange::Any, 250, takes("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        let ecdhe = Offer { key_exchange: KeyExchange::Ecdhe, ..small.clone() };
        let choked = with(Tls::Reset, vec![small, silent(1700), ecdhe]);
        assert_eq!(only(choked).cause.slug, "middlebox-breaks-tls-handshake");
        let dead = with(Tls::TimedOut, vec![silent(250), silent(1700)]);
        assert_eq!(only(dead).cause.slug, "middlebox-breaks-tls-handshake");
    }
}
