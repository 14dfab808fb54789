//! The Go that this Docker was built with: it decides about certificates, and it words the refusals.

use crate::cert::{Build, GoRelease};
use crate::model::facts::EngineFacts;

/// The Go of a daemon that does not answer: that of Docker 20.10.24, the oldest that distributions still support.
const USUAL: GoRelease = GoRelease::new(1, 19, 8);

/// From here on, `socks5h` is another name for `socks5` (net/http; the change 569977 of its sources). Before, the whole
/// value is taken for the host of an HTTP proxy. Seen so with 20.10.5 and 20.10.24, and not with 26.1.5 of Go 1.24.
pub const KNOWS_SOCKS5H: GoRelease = GoRelease::new(1, 23, 0);

/// Release and build. Official and distribution builds up to 28 are made without a Go module, and keep the leniency of
/// Go 1.20.
#[must_use]
pub fn of(engine: Option<&EngineFacts>) -> (GoRelease, Build) {
    let effective = engine.and_then(|engine| engine.effective.as_ref());
    let release = effective.and_then(|effective| effective.go_version.as_deref()).and_then(GoRelease::parse);
    let modular = engine.and_then(EngineFacts::version).is_some_and(|version| version.at_least(29, 0, 0));
    (release.unwrap_or(USUAL), if modular { Build::Module } else { Build::Gopath })
}
