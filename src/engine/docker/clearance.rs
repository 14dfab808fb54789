//! Whether a login may be sent to a server, by what this Docker would think of its certificate.

use super::fetcher::Fetcher;
use super::folder::authorities;
use super::{go, insecure};
use crate::cert::go::Question;
use crate::cert::{Clearance, Pool};
use crate::engine::Whom;
use crate::model::entry_point;
use crate::model::facts::{EngineFacts, Facts};
use crate::model::trace::{Tls, Trace};

/// Docker talks to a token server with the trust of the registry itself: its certs.d, or no verification at all (classic,
/// 1.6 to 29). Of the last, only the registry's own host is believed here: any other could be of anybody's making.
pub(super) fn clearance(facts: &Facts, engine: &EngineFacts, trace: &Trace, whom: Whom<'_>) -> Option<Clearance> {
    let registry = &trace.registry;
    let (tls, name) = match whom {
        Whom::Registry => (&trace.tls, registry.host().to_string()),
        Whom::TokenServer(visit) => {
            let place = visit.url.split('?').next().unwrap_or_default();
            (&visit.tls, entry_point::authority_of(place)?.host().to_string())
        }
    };
    if let Some(because) = insecure::because(engine, trace).filter(|_| name == registry.host()) {
        return Some(Clearance::declared_insecure(because));
    }
    let Some(Tls::Handshake(handshake)) = tls.seen() else { return None };
    let certs = super::folder_of(engine, &registry.to_string());
    let (system, own) = (
        Pool::from_pem(&facts.system_store.pem),
        certs.map(|certs| authorities(certs, Fetcher::of(engine))).unwrap_or_default(),
    );
    let (release, build) = go::of(Some(engine));
    let question = Question { name: &name, now: facts.now, go: release, build };
    Clearance::judge(&handshake.chain, &[&system, &own], &question, "its certificate is trusted").ok()
}
