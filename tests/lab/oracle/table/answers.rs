//! What a registry answers, behind a certificate that is right and trusted: each fault of the test registry.

use super::super::scenario::{Scenario, Served};
use super::super::workshop::{Shown, Workshop, leaf, root};
use super::TRUSTED;

fn right(_: &Workshop) -> Result<Shown, String> {
    leaf(&root("lab root", |_| ())?, |_| ())
}

/// One fault, and what it is to be called where Docker fails.
const fn fault(name: &'static str, faults: &'static [&'static str], cause: &'static [&'static str]) -> Scenario {
    Scenario::new(name, Served::Tls(right, faults)).host(&[TRUSTED]).cause(cause)
}

macro_rules! faults {
    ($($name:literal => $($cause:literal),+;)+) => {
        &[$(fault($name, &[concat!("--fault ", $name)], &[$($cause),+])),+]
    };
}

/// Faults whose name is the name of the row as well.
pub const ALL: &[Scenario] = faults! {
    "auth-challenge-missing" => "auth-challenge-missing";
    "not-logged-in" => "not-logged-in";
    "unknown-challenge" => "auth-challenge-missing";
    "token-realm-wrong-address" => "token-realm-wrong-address";
    "token-realm-dead" => "token-realm-wrong-address";
    "token-realm-no-address" => "token-realm-wrong-address";
    "token-endpoint-not-trusted" => "token-endpoint-not-trusted";
    // containerd's image store fails before that, at the token server's certificate, which certs.d alone makes trusted.
    "token-endpoint-broken" => "registry-auth-backend-fault", "token-endpoint-not-trusted";
    "token-unreadable" => "registry-auth-backend-fault", "token-realm-wrong-address", "token-endpoint-not-trusted";
    "anonymous-pull-not-enabled" => "anonymous-pull-not-enabled", "not-logged-in", "token-endpoint-not-trusted";
    "tag-or-repo-missing" => "tag-or-repo-missing";
    "registry-gc-or-delete-damage" => "registry-gc-or-delete-damage";
    "data-corrupted-on-path-or-host" => "data-corrupted-on-path-or-host";
    "manifest-corrupted" => "data-corrupted-on-path-or-host";
    "blob-truncated" => "data-corrupted-on-path-or-host";
    "media-type-lie" => "manifest-format-mismatch";
    // A Docker that still takes schema 1 fails at what it finds by digest.
    "manifest-format-mismatch" => "manifest-format-mismatch", "registry-gc-or-delete-damage";
    "blob-host-unreachable-or-untrusted" => "blob-host-unreachable-or-untrusted";
    "blob-host-untrusted" => "blob-host-unreachable-or-untrusted";
    "registry-unavailable" => "registry-unavailable";
    "not-a-registry-at-this-address" => "not-a-registry-at-this-address";
    "image-name-missing-port" => "not-a-registry-at-this-address", "image-name-missing-port";
    "registry-v1-only" => "registry-v1-only";
    "registry-path-prefix" => "registry-path-prefix", "tag-or-repo-missing";
    "rate-limited" => "rate-limited";
    "redirect-loop" => "proxy-mishandles-registry-requests", "not-a-registry-at-this-address";
    "proxy-denies" => "proxy-denies", "not-a-registry-at-this-address";
    "registry-not-writable" => "registry-not-writable";
    "storage-error" => "registry-storage-fault", "registry-unavailable";
    "upload-url-wrong-address" => "upload-url-wrong-address";
    "upload-location-host" => "upload-url-wrong-address";
    "upload-location-port" => "upload-url-wrong-address";
    "upload-location-prefix" => "upload-url-wrong-address", "proxy-mishandles-registry-requests";
    "upload-location-relative" => "upload-url-wrong-address";
    "upload-location-missing" => "upload-url-wrong-address", "proxy-mishandles-registry-requests";
    "connection-closed-by-peer" => "connection-closed-by-peer";
    "close-after-answer" => "connection-closed-by-peer";
    "mount-refused" => "registry-not-writable";
    "escape-sequences" => "registry-unavailable";
};
