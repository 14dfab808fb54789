//! The root causes of a certificate that Docker does not take.

use crate::model::finding::{Cause, Severity, Sight};

pub const DAEMON_NOT_TRUSTING_CA: Cause = Cause {
    slug: "daemon-not-trusting-ca",
    summary: "its certificate is not trusted",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("daemon-not-trusting-ca.md"),
    signs: include_str!("daemon-not-trusting-ca.signs"),
};

pub const TRUSTED_CA_FILE_WRONG: Cause = Cause {
    slug: "trusted-ca-file-wrong",
    summary: "the certificate that is trusted for it is not the one that signed",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Host],
    page: include_str!("trusted-ca-file-wrong.md"),
    signs: include_str!("trusted-ca-file-wrong.signs"),
};

pub const MISSING_INTERMEDIATE: Cause = Cause {
    slug: "missing-intermediate",
    summary: "it does not send its intermediate certificate",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("missing-intermediate.md"),
    signs: include_str!("missing-intermediate.signs"),
};

pub const TLS_INTERCEPTING_PROXY: Cause = Cause {
    slug: "tls-intercepting-proxy",
    summary: "a gateway on the way shows its own certificate",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("tls-intercepting-proxy.md"),
    signs: include_str!("tls-intercepting-proxy.signs"),
};

pub const REGISTRY_SERVES_DEFAULT_CERT: Cause = Cause {
    slug: "registry-serves-default-cert",
    summary: "what stands in front shows its default certificate",
    severity: Severity::Error,
    seen_from: &[Sight::Wire],
    page: include_str!("registry-serves-default-cert.md"),
    signs: include_str!("registry-serves-default-cert.signs"),
};

pub const REGISTRY_CERT_EXPIRED: Cause = Cause {
    slug: "registry-cert-expired",
    summary: "its certificate has expired",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("registry-cert-expired.md"),
    signs: include_str!("registry-cert-expired.signs"),
};

pub const CERT_NOT_YET_VALID: Cause = Cause {
    slug: "cert-not-yet-valid",
    summary: "its certificate is not valid yet",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("cert-not-yet-valid.md"),
    signs: include_str!("cert-not-yet-valid.signs"),
};

pub const CLOCK_WRONG: Cause = Cause {
    slug: "clock-wrong",
    summary: "the clock of this host is wrong",
    severity: Severity::Error,
    seen_from: &[Sight::Host, Sight::Wire],
    page: include_str!("clock-wrong.md"),
    signs: include_str!("clock-wrong.signs"),
};

pub const CERT_NAME_MISMATCH: Cause = Cause {
    slug: "cert-name-mismatch",
    summary: "its certificate is for another name",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("cert-name-mismatch.md"),
    signs: include_str!("cert-name-mismatch.signs"),
};

pub const CERT_NO_IP_SAN: Cause = Cause {
    slug: "cert-no-ip-san",
    summary: "its certificate is not for an address",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("cert-no-ip-san.md"),
    signs: include_str!("cert-no-ip-san.signs"),
};

pub const CERT_CN_ONLY: Cause = Cause {
    slug: "cert-cn-only",
    summary: "its certificate has its name only in the common name",
    severity: Severity::Error,
    seen_from: &[Sight::Message, Sight::Wire],
    page: include_str!("cert-cn-only.md"),
    signs: include_str!("cert-cn-only.signs"),
};

pub const CERT_WRONG_USAGE: Cause = Cause {
    slug: "cert-wrong-usage",
    summary: "its certificate is not made for servers",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("cert-wrong-usage.md"),
    signs: include_str!("cert-wrong-usage.signs"),
};

pub const CERT_SIGNATURE_TOO_WEAK: Cause = Cause {
    slug: "cert-signature-too-weak",
    summary: "its certificate is signed in a way that Docker refuses",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("cert-signature-too-weak.md"),
    signs: include_str!("cert-signature-too-weak.signs"),
};

pub const CERT_KEY_TOO_WEAK: Cause = Cause {
    slug: "cert-key-too-weak",
    summary: "a key among its certificates is too short",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("cert-key-too-weak.md"),
    signs: include_str!("cert-key-too-weak.signs"),
};

pub const CERT_MALFORMED: Cause = Cause {
    slug: "cert-malformed",
    summary: "its certificate breaks a rule of its format",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("cert-malformed.md"),
    signs: include_str!("cert-malformed.signs"),
};

pub const CA_CONSTRAINT_VIOLATED: Cause = Cause {
    slug: "ca-constraint-violated",
    summary: "the authority that signed its certificate was not allowed to",
    severity: Severity::Error,
    seen_from: &[Sight::Wire, Sight::Message],
    page: include_str!("ca-constraint-violated.md"),
    signs: include_str!("ca-constraint-violated.signs"),
};

pub const SYSTEM_CA_BUNDLE_STALE_OR_DAMAGED: Cause = Cause {
    slug: "system-ca-bundle-stale-or-damaged",
    summary: "the system's own certificates are old or damaged",
    severity: Severity::Error,
    seen_from: &[Sight::Host],
    page: include_str!("system-ca-bundle-stale-or-damaged.md"),
    signs: include_str!("system-ca-bundle-stale-or-damaged.signs"),
};
