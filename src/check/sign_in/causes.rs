//! A root cause of signing in that another question looks at.

use crate::model::finding::{Cause, Severity, Sight};

pub const TOKEN_ENDPOINT_NOT_TRUSTED: Cause = Cause {
    slug: "token-endpoint-not-trusted",
    summary: "it is trusted, and its token server is not",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("token-endpoint-not-trusted.md"),
    signs: include_str!("token-endpoint-not-trusted.signs"),
};
