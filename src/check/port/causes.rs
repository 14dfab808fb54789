//! The root causes of a path that carries only some packets.

use crate::model::finding::{Cause, Severity, Sight};

pub const IPV6_BROKEN_PATH: Cause = Cause {
    slug: "ipv6-broken-path",
    summary: "IPv6 is tried and does not work here",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("ipv6-broken-path.md"),
    signs: include_str!("ipv6-broken-path.signs"),
};

pub const MTU_BLACKHOLE: Cause = Cause {
    slug: "mtu-blackhole",
    summary: "large packets vanish on the way",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("mtu-blackhole.md"),
    signs: include_str!("mtu-blackhole.signs"),
};
