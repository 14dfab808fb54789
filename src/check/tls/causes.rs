//! A root cause that shows only from the other side.

use crate::model::finding::{Cause, Severity, Sight};

pub const CLIENT_PLAIN_HTTP_TO_HTTPS_PORT: Cause = Cause {
    slug: "client-plain-http-to-https-port",
    summary: "plain HTTP is spoken to a port that wants TLS",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("client-plain-http-to-https-port.md"),
    signs: include_str!("client-plain-http-to-https-port.signs"),
};
