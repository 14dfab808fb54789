//! The root causes of a proxy on the way.

use crate::model::finding::{Cause, Severity, Sight};

pub const PROXY_DENIES: Cause = Cause {
    slug: "proxy-denies",
    summary: "the proxy does not let Docker through",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("proxy-denies.md"),
    signs: include_str!("proxy-denies.signs"),
};
