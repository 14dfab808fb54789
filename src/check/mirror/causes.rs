//! The root causes of a mirror or cache.

use crate::model::finding::{Cause, Severity, Sight};

pub const MIRROR_OR_CACHE_MISCONFIGURED: Cause = Cause {
    slug: "mirror-or-cache-misconfigured",
    summary: "a mirror or cache is not used, or does not work",
    severity: Severity::Warning,
    seen_from: &[Sight::Host, Sight::Wire],
    page: include_str!("mirror-or-cache-misconfigured.md"),
    signs: include_str!("mirror-or-cache-misconfigured.signs"),
};
