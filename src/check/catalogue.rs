//! Every root cause that regdoctor knows: those that a check can name, and those that only a message, a login or the
//! registry's own machine shows.

use super::{HOST, REGISTRY};
use super::{blob, certificate, elsewhere, login, mirror, name, port, reference, route, sign_in, tls, upload};
use crate::model::finding::Cause;

/// Causes that no check names, by the question that they belong to.
pub const OTHERS: &[&Cause] = &[
    &upload::UPLOAD_URL_WRONG_ADDRESS,
    &upload::REGISTRY_NOT_WRITABLE,
    &upload::PROXY_BODY_SIZE_LIMIT,
    &upload::PROXY_TIMEOUT_OR_BUFFERING,
    &upload::REGISTRY_STORAGE_FAULT,
    &upload::MULTI_INSTANCE_NO_SHARED_STATE,
    &upload::QUOTA_EXCEEDED,
    &blob::BLOB_HOST_UNREACHABLE_OR_UNTRUSTED,
    &blob::DATA_CORRUPTED_ON_PATH_OR_HOST,
    &blob::REGISTRY_GC_OR_DELETE_DAMAGE,
    &login::LOGIN_STORED_UNDER_OTHER_NAME,
    &login::LOGIN_IN_OTHER_USERS_CONFIG,
    &login::CREDENTIAL_HELPER_UNUSABLE,
    &login::CREDENTIALS_EXPIRED_OR_ALTERED,
    &login::DENIED_NO_PERMISSION,
    &login::TOKEN_INSTEAD_OF_PASSWORD_REQUIRED,
    &login::SWARM_NODES_NOT_AUTHENTICATED,
    &login::HTPASSWD_HASH_UNSUPPORTED,
    &login::ANONYMOUS_PULL_NOT_ENABLED,
    &reference::IMAGE_NAME_HAS_NO_REGISTRY,
    &reference::IMAGE_NAME_INVALID,
    &reference::IMAGE_NAME_MISSING_PORT,
    &reference::REGISTRY_PATH_PREFIX,
    &mirror::MIRROR_OR_CACHE_MISCONFIGURED,
    &elsewhere::BUILDER_OR_DIND_OWN_CONFIG,
    &elsewhere::CONFIG_REWRITTEN_BY_AUTOMATION,
    &elsewhere::CONTAINERD_REGISTRY_CONFIG_NOT_APPLIED,
    &elsewhere::CONTAINERD_STORE_IGNORES_INSECURE,
    &elsewhere::SNAP_DOCKER_PATHS,
    &elsewhere::TOOL_READS_OTHER_TRUST_PATH,
    &elsewhere::KNOWN_SOFTWARE_BUG,
    &sign_in::TOKEN_ENDPOINT_NOT_TRUSTED,
    &name::DAEMON_RESOLVER_STALE_OR_DIFFERENT,
    &name::NAME_RESOLVES_TO_WRONG_HOST,
    &name::REQUESTER_IN_OTHER_NETWORK,
    &port::IPV6_BROKEN_PATH,
    &port::MTU_BLACKHOLE,
    &route::PROXY_DENIES,
    &certificate::SYSTEM_CA_BUNDLE_STALE_OR_DAMAGED,
    &tls::CLIENT_PLAIN_HTTP_TO_HTTPS_PORT,
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
