//! The root causes where another program's settings count.

use crate::model::finding::{Cause, Severity, Sight};

pub const BUILDER_OR_DIND_OWN_CONFIG: Cause = Cause {
    slug: "builder-or-dind-own-config",
    summary: "another program builds or pushes, with settings of its own",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("builder-or-dind-own-config.md"),
    signs: include_str!("builder-or-dind-own-config.signs"),
};

pub const CONFIG_REWRITTEN_BY_AUTOMATION: Cause = Cause {
    slug: "config-rewritten-by-automation",
    summary: "something rewrites the file, and the change is lost",
    severity: Severity::Warning,
    seen_from: &[Sight::Host],
    page: include_str!("config-rewritten-by-automation.md"),
    signs: include_str!("config-rewritten-by-automation.signs"),
};

pub const CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED: Cause = Cause {
    slug: "containerd-registry-config-not-applied",
    summary: "containerd does not use the settings that were made for it",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("containerd-registry-config-not-applied.md"),
    signs: include_str!("containerd-registry-config-not-applied.signs"),
};

pub const CONTAINERD_STORE_IGNORES_INSECURE: Cause = Cause {
    slug: "containerd-store-ignores-insecure",
    summary: "this Docker's containerd store does not obey its insecure list here",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Message],
    page: include_str!("containerd-store-ignores-insecure.md"),
    signs: include_str!("containerd-store-ignores-insecure.signs"),
};

pub const SNAP_DOCKER_PATHS: Cause = Cause {
    slug: "snap-docker-paths",
    summary: "this Docker is the snap, which reads its own folders only",
    severity: Severity::Warning,
    seen_from: &[Sight::Host],
    page: include_str!("snap-docker-paths.md"),
    signs: include_str!("snap-docker-paths.signs"),
};

pub const TOOL_READS_OTHER_TRUST_PATH: Cause = Cause {
    slug: "tool-reads-other-trust-path",
    summary: "this tool looks for certificates in another place",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("tool-reads-other-trust-path.md"),
    signs: include_str!("tool-reads-other-trust-path.signs"),
};

pub const KNOWN_SOFTWARE_BUG: Cause = Cause {
    slug: "known-software-bug",
    summary: "a fault of one release",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("known-software-bug.md"),
    signs: include_str!("known-software-bug.signs"),
};
