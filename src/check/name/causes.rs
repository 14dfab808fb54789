//! The root causes of a name that leads elsewhere.

use crate::model::finding::{Cause, Severity, Sight};

pub const DAEMON_RESOLVER_STALE_OR_DIFFERENT: Cause = Cause {
    slug: "daemon-resolver-stale-or-different",
    summary: "Docker resolves the name differently from this shell",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("daemon-resolver-stale-or-different.md"),
    signs: include_str!("daemon-resolver-stale-or-different.signs"),
};

pub const NAME_RESOLVES_TO_WRONG_HOST: Cause = Cause {
    slug: "name-resolves-to-wrong-host",
    summary: "the name leads to another machine",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("name-resolves-to-wrong-host.md"),
    signs: include_str!("name-resolves-to-wrong-host.signs"),
};

pub const REQUESTER_IN_OTHER_NETWORK: Cause = Cause {
    slug: "requester-in-other-network",
    summary: "who connects stands in another network",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("requester-in-other-network.md"),
    signs: include_str!("requester-in-other-network.signs"),
};
