//! Whether Docker would trust another server that the registry sends it to: with the registry's own settings.

use std::path::PathBuf;

use crate::cert::Pool;
use crate::cert::go::{self, Question};
use crate::check::Meeting;
use crate::engine::{Access, docker};
use crate::model::entry_point;
use crate::model::facts::{CertsFile, EngineFacts};
use crate::model::trace::{Handshake, Tls, Visit};

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
    let files = engine.certs_for(&meeting.trace.registry.to_string()).map(|certs| certs.files.as_slice());
    let own: Vec<&str> = authorities(files.unwrap_or_default()).map(|(_, pem)| pem).collect();
    judge(meeting, engine, handshake, &visit.url, &own)
}

/// The same where the system's certificates are all that counts, as for the tokens of containerd's image store.
pub(super) fn refusal_by_system(meeting: &Meeting<'_>, visit: &Visit) -> Option<String> {
    let (Some(engine), Some(Tls::Handshake(handshake))) = (meeting.engine, visit.tls.seen()) else { return None };
    judge(meeting, engine, handshake, &visit.url, &[])
}

/// The file in the registry's folder that would make that server trusted.
pub(super) fn authority_for(meeting: &Meeting<'_>, visit: &Visit) -> Option<PathBuf> {
    let (Some(engine), Some(Tls::Handshake(handshake))) = (meeting.engine, visit.tls.seen()) else { return None };
    let certs = engine.certs_for(&meeting.trace.registry.to_string())?;
    let mut good =
        authorities(&certs.files).filter(|(_, pem)| judge(meeting, engine, handshake, &visit.url, &[*pem]).is_none());
    good.next().map(|(name, _)| certs.path.join(name))
}

/// The names and texts of the files that Docker reads as authorities.
pub(super) fn authorities(files: &[CertsFile]) -> impl Iterator<Item = (&str, &str)> {
    let files = files.iter().filter(|file| file.name.ends_with(".crt"));
    files.map(|file| (file.name.as_str(), file.pem.as_deref().unwrap_or_default()))
}

fn judge(
    meeting: &Meeting<'_>,
    engine: &EngineFacts,
    handshake: &Handshake,
    url: &str,
    own: &[&str],
) -> Option<String> {
    let place = entry_point::authority_of(url.split('?').next().unwrap_or_default())?;
    let mut pool = Pool::new();
    for pem in own {
        pool.add_pem(pem);
    }
    let (release, build) = docker::go::of(Some(engine));
    let system = Pool::from_pem(&meeting.facts.system_store.pem);
    let question = Question { name: place.host(), now: meeting.facts.now, go: release, build };
    go::verify(&handshake.chain, &[&system, &pool], &question).err().map(|refusal| refusal.message(release))
}
