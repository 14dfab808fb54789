//! The root causes of a certificate that Docker does not take.

use crate::model::finding::{Cause, Severity};

pub const DAEMON_NOT_TRUSTING_CA: Cause = Cause {
    slug: "daemon-not-trusting-ca",
    summary: "its certificate is not trusted",
    severity: Severity::Error,
    page: include_str!("daemon-not-trusting-ca.md"),
};

pub const TRUSTED_CA_FILE_WRONG: Cause = Cause {
    slug: "trusted-ca-file-wrong",
    summary: "the certificate that is trusted for it is not the one that signed",
    severity: Severity::Error,
    page: include_str!("trusted-ca-file-wrong.md"),
};

pub const MISSING_INTERMEDIATE: Cause = Cause {
    slug: "missing-intermediate",
    summary: "it does not send its intermediate certificate",
    severity: Severity::Error,
    page: include_str!("missing-intermediate.md"),
};

pub const TLS_INTERCEPTING_PROXY: Cause = Cause {
    slug: "tls-intercepting-proxy",
    summary: "a gateway on the way shows its own certificate",
    severity: Severity::Error,
    page: include_str!("tls-intercepting-proxy.md"),
};

pub const REGISTRY_SERVES_DEFAULT_CERT: Cause = Cause {
    slug: "registry-serves-default-cert",
    summary: "what stands in front shows its default certificate",
    severity: Severity::Error,
    page: include_str!("registry-serves-default-cert.md"),
};

pub const REGISTRY_CERT_EXPIRED: Cause = Cause {
    slug: "registry-cert-expired",
    summary: "its certificate has expired",
    severity: Severity::Error,
    page: include_str!("registry-cert-expired.md"),
};

pub const CERT_NOT_YET_VALID: Cause = Cause {
    slug: "cert-not-yet-valid",
    summary: "its certificate is not valid yet",
    severity: Severity::Error,
    page: include_str!("cert-not-yet-valid.md"),
};

pub const CLOCK_WRONG: Cause = Cause {
    slug: "clock-wrong",
    summary: "the clock of this host is wrong",
    severity: Severity::Error,
    page: include_str!("clock-wrong.md"),
};

pub const CERT_NAME_MISMATCH: Cause = Cause {
    slug: "cert-name-mismatch",
    summary: "its certificate is for another name",
    severity: Severity::Error,
    page: include_str!("cert-name-mismatch.md"),
};

pub const CERT_NO_IP_SAN: Cause = Cause {
    slug: "cert-no-ip-san",
    summary: "its certificate is not for an address",
    severity: Severity::Error,
    page: include_str!("cert-no-ip-san.md"),
};

pub const CERT_CN_ONLY: Cause = Cause {
    slug: "cert-cn-only",
    summary: "its certificate has its name only in the common name",
    severity: Severity::Error,
    page: include_str!("cert-cn-only.md"),
};

pub const CERT_WRONG_USAGE: Cause = Cause {
    slug: "cert-wrong-usage",
    summary: "its certificate is not made for servers",
    severity: Severity::Error,
    page: include_str!("cert-wrong-usage.md"),
};

pub const CERT_SIGNATURE_TOO_WEAK: Cause = Cause {
    slug: "cert-signature-too-weak",
    summary: "its certificate is signed in a way that Docker refuses",
    severity: Severity::Error,
    page: include_str!("cert-signature-too-weak.md"),
};

pub const CERT_KEY_TOO_WEAK: Cause = Cause {
    slug: "cert-key-too-weak",
    summary: "a key among its certificates is too short",
    severity: Severity::Error,
    page: include_str!("cert-key-too-weak.md"),
};

pub const CERT_MALFORMED: Cause = Cause {
    slug: "cert-malformed",
    summary: "its certificate breaks a rule of its format",
    severity: Severity::Error,
    page: include_str!("cert-malformed.md"),
};

pub const CA_CONSTRAINT_VIOLATED: Cause = Cause {
    slug: "ca-constraint-violated",
    summary: "the authority that signed its certificate was not allowed to",
    severity: Severity::Error,
    page: include_str!("ca-constraint-violated.md"),
};
