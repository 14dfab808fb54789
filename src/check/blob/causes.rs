//! The root causes of an image whose parts do not arrive as they are.

use crate::model::finding::{Cause, Severity, Sight};

pub const BLOB_HOST_UNREACHABLE_OR_UNTRUSTED: Cause = Cause {
    slug: "blob-host-unreachable-or-untrusted",
    summary: "it hands out its layers from a host that cannot be reached",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("blob-host-unreachable-or-untrusted.md"),
    signs: include_str!("blob-host-unreachable-or-untrusted.signs"),
};

pub const DATA_CORRUPTED_ON_PATH_OR_HOST: Cause = Cause {
    slug: "data-corrupted-on-path-or-host",
    summary: "what arrives is not what was sent",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("data-corrupted-on-path-or-host.md"),
    signs: include_str!("data-corrupted-on-path-or-host.signs"),
};

pub const REGISTRY_GC_OR_DELETE_DAMAGE: Cause = Cause {
    slug: "registry-gc-or-delete-damage",
    summary: "it lists an image whose parts are gone",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Server],
    page: include_str!("registry-gc-or-delete-damage.md"),
    signs: include_str!("registry-gc-or-delete-damage.signs"),
};
