//! The root causes in an image's name.

use crate::model::finding::{Cause, Severity, Sight};

pub const IMAGE_NAME_HAS_NO_REGISTRY: Cause = Cause {
    slug: "image-name-has-no-registry",
    summary: "the image's name has no registry in it",
    severity: Severity::Error,
    seen_from: &[Sight::Message],
    page: include_str!("image-name-has-no-registry.md"),
    signs: include_str!("image-name-has-no-registry.signs"),
};

pub const IMAGE_NAME_INVALID: Cause = Cause {
    slug: "image-name-invalid",
    summary: "the image's name breaks a rule",
    severity: Severity::Error,
    seen_from: &[Sight::Message],
    page: include_str!("image-name-invalid.md"),
    signs: include_str!("image-name-invalid.signs"),
};

pub const IMAGE_NAME_MISSING_PORT: Cause = Cause {
    slug: "image-name-missing-port",
    summary: "the registry listens at another port than the name says",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("image-name-missing-port.md"),
    signs: include_str!("image-name-missing-port.signs"),
};

pub const REGISTRY_PATH_PREFIX: Cause = Cause {
    slug: "registry-path-prefix",
    summary: "the image's path lacks its first part",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("registry-path-prefix.md"),
    signs: include_str!("registry-path-prefix.signs"),
};
