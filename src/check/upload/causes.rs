//! The root causes of a push that the registry or its front end does not take.

use crate::model::finding::{Cause, Severity, Sight};

pub const UPLOAD_URL_WRONG_ADDRESS: Cause = Cause {
    slug: "upload-url-wrong-address",
    summary: "it sends uploads to another address than the one that is used",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("upload-url-wrong-address.md"),
    signs: include_str!("upload-url-wrong-address.signs"),
};

pub const REGISTRY_NOT_WRITABLE: Cause = Cause {
    slug: "registry-not-writable",
    summary: "it takes no pushes",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("registry-not-writable.md"),
    signs: include_str!("registry-not-writable.signs"),
};

pub const PROXY_BODY_SIZE_LIMIT: Cause = Cause {
    slug: "proxy-body-size-limit",
    summary: "something in front of it refuses large layers",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("proxy-body-size-limit.md"),
    signs: include_str!("proxy-body-size-limit.signs"),
};

pub const PROXY_TIMEOUT_OR_BUFFERING: Cause = Cause {
    slug: "proxy-timeout-or-buffering",
    summary: "something on the way cuts long transfers",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Server],
    page: include_str!("proxy-timeout-or-buffering.md"),
    signs: include_str!("proxy-timeout-or-buffering.signs"),
};

pub const REGISTRY_STORAGE_FAULT: Cause = Cause {
    slug: "registry-storage-fault",
    summary: "its storage is full, not writable or broken",
    severity: Severity::Error,
    seen_from: &[Sight::Server],
    page: include_str!("registry-storage-fault.md"),
    signs: include_str!("registry-storage-fault.signs"),
};

pub const MULTI_INSTANCE_NO_SHARED_STATE: Cause = Cause {
    slug: "multi-instance-no-shared-state",
    summary: "several registries answer under one name and do not share their state",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Server],
    page: include_str!("multi-instance-no-shared-state.md"),
    signs: include_str!("multi-instance-no-shared-state.signs"),
};

pub const QUOTA_EXCEEDED: Cause = Cause {
    slug: "quota-exceeded",
    summary: "the room that was granted there is used up",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Server],
    page: include_str!("quota-exceeded.md"),
    signs: include_str!("quota-exceeded.signs"),
};
