//! Every root cause that regdoctor knows: those that a check can name, and those that only a message, a login or the
//! registry's own machine shows.

use super::{HOST, REGISTRY};
use super::{elsewhere, login, name, reference};
use crate::model::finding::Cause;

/// Causes that no check names, by the question that they belong to.
pub const OTHERS: &[&Cause] = &[
    &login::HTPASSWD_HASH_UNSUPPORTED,
    &reference::IMAGE_NAME_HAS_NO_REGISTRY,
    &reference::IMAGE_NAME_INVALID,
    &elsewhere::BUILDER_OR_DIND_OWN_CONFIG,
    &elsewhere::CONFIG_REWRITTEN_BY_AUTOMATION,
    &elsewhere::CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED,
    &elsewhere::KNOWN_SOFTWARE_BUG,
    &name::REQUESTER_IN_OTHER_NETWORK,
];

/// Every root cause, sorted by slug.
#[must_use]
pub fn causes() -> Vec<&'static Cause> {
    let named = HOST.iter().chain(REGISTRY).flat_map(|check| check.causes.iter().copied());
    let mut all: Vec<_> = named.chain(OTHERS.iter().copied()).collect();
    all.sort_by_key(|cause| cause.slug);
    all.dedup_by_key(|cause| cause.slug);
    all
}
