//! The root causes around logins: where they are stored, and what they may do.

use crate::model::finding::{Cause, Severity, Sight};

pub const LOGIN_STORED_UNDER_OTHER_NAME: Cause = Cause {
    slug: "login-stored-under-other-name",
    summary: "a login is stored, for another name than the image's",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("login-stored-under-other-name.md"),
    signs: include_str!("login-stored-under-other-name.signs"),
};

pub const LOGIN_IN_OTHER_USERS_CONFIG: Cause = Cause {
    slug: "login-in-other-users-config",
    summary: "the login belongs to another user",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("login-in-other-users-config.md"),
    signs: include_str!("login-in-other-users-config.signs"),
};

pub const CREDENTIAL_HELPER_UNUSABLE: Cause = Cause {
    slug: "credential-helper-unusable",
    summary: "the program that keeps the logins is missing or does not work here",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Host],
    page: include_str!("credential-helper-unusable.md"),
    signs: include_str!("credential-helper-unusable.signs"),
};

pub const CREDENTIALS_EXPIRED_OR_ALTERED: Cause = Cause {
    slug: "credentials-expired-or-altered",
    summary: "the login that is sent is expired or wrong",
    severity: Severity::Error,
    seen_from: &[Sight::Credentials, Sight::Host],
    page: include_str!("credentials-expired-or-altered.md"),
    signs: include_str!("credentials-expired-or-altered.signs"),
};

pub const DENIED_NO_PERMISSION: Cause = Cause {
    slug: "denied-no-permission",
    summary: "this account may not do that there",
    severity: Severity::Error,
    seen_from: &[Sight::Credentials],
    page: include_str!("denied-no-permission.md"),
    signs: include_str!("denied-no-permission.signs"),
};

pub const TOKEN_INSTEAD_OF_PASSWORD_REQUIRED: Cause = Cause {
    slug: "token-instead-of-password-required",
    summary: "the password is right, and a token is wanted instead",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Credentials],
    page: include_str!("token-instead-of-password-required.md"),
    signs: include_str!("token-instead-of-password-required.signs"),
};

pub const SWARM_NODES_NOT_AUTHENTICATED: Cause = Cause {
    slug: "swarm-nodes-not-authenticated",
    summary: "the nodes of the swarm have no login for it",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Message],
    page: include_str!("swarm-nodes-not-authenticated.md"),
    signs: include_str!("swarm-nodes-not-authenticated.signs"),
};

pub const HTPASSWD_HASH_UNSUPPORTED: Cause = Cause {
    slug: "htpasswd-hash-unsupported",
    summary: "its password file is written in a way that it cannot read",
    severity: Severity::Error,
    seen_from: &[Sight::Server],
    page: include_str!("htpasswd-hash-unsupported.md"),
    signs: include_str!("htpasswd-hash-unsupported.signs"),
};

pub const ANONYMOUS_PULL_NOT_ENABLED: Cause = Cause {
    slug: "anonymous-pull-not-enabled",
    summary: "it is meant to be open for pulling, and asks Docker for a login",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("anonymous-pull-not-enabled.md"),
    signs: include_str!("anonymous-pull-not-enabled.signs"),
};
