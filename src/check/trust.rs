//! Whether Docker would trust another server that the registry sends it to: with the registry's own settings.

use crate::cert::Pool;
use crate::cert::go::{self, Question};
use crate::check::Meeting;
use crate::engine::{Access, docker};
use crate::model::entry_point;
use crate::model::trace::{Tls, Visit};

/// Why it would not, in Go's words. The transport is the registry's, for every host (classic and containerd, 1.6 to 29):
/// its certs.d, or no verification at all.
pub(super) fn refusal(meeting: &Meeting<'_>, visit: &Visit) -> Option<String> {
    let unverified = matches!(
        meeting.forecast.map(|forecast| &forecast.access),
        Some(Access::Unverified { .. } | Access::Plain { .. })
    );
    let (Some(engine), Some(Tls::Handshake(handshake)), false) = (meeting.engine, visit.tls.seen(), unverified) else {
        return None;
    };
    let place = entry_point::authority_of(visit.url.split('?').next().unwrap_or_default())?;
    let mut own = Pool::new();
    let files = engine.certs_for(&meeting.trace.registry.to_string()).map(|certs| certs.files.as_slice());
    for file in files.unwrap_or_default().iter().filter(|file| file.name.ends_with(".crt")) {
        own.add_pem(file.pem.as_deref().unwrap_or_default());
    }
    let (release, build) = docker::go::of(Some(engine));
    let system = Pool::from_pem(&meeting.facts.system_store.pem);
    let question = Question { name: place.host(), now: meeting.facts.now, go: release, build };
    go::verify(&handshake.chain, &[&system, &own], &question).err().map(|refusal| refusal.message(release))
}
