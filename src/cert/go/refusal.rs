//! Why Go refuses a chain, as data and in Go's own words.

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::extensions::Usage;
use super::super::public_key::KeyAlgorithm;
use super::super::read::{Defect, ReadError};
use super::super::signature::SignatureProblem;
use super::release::GoRelease;

/// The certificate that a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Leaf,
    /// An intermediate or an anchor, by its name.
    Authority(String),
}

/// One reason to refuse. [`Refusal::message`] gives what the engine prints; `Display` is the short form of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("no certificate was shown")]
    NoCertificate,
    #[error("certificate {position} cannot be read: {source}")]
    Unreadable { position: usize, source: ReadError },
    #[error("certificate {position}: {defect}")]
    Malformed { position: usize, defect: Defect },
    #[error("an RSA key of {bits} bits is too large")]
    KeyTooLarge { bits: usize },
    #[error("unhandled critical extension {oid}")]
    UnhandledCriticalExtension { holder: Holder, oid: String },
    #[error("not yet valid")]
    NotYetValid { holder: Holder, not_before: i64, now: i64 },
    #[error("expired")]
    Expired { holder: Holder, not_after: i64, now: i64 },
    /// `names` are the names, or for an address the addresses, that it is for.
    #[error("not valid for {wanted}")]
    NameMismatch { wanted: String, names: Vec<String> },
    #[error("no IP SAN for {wanted}")]
    NoIpSan { wanted: String },
    #[error("only the common name is {wanted}")]
    CommonNameOnly { wanted: String, common_name: String },
    #[error("not for TLS servers")]
    WrongUsage { usages: Vec<Usage> },
    /// No chain leads to an anchor. `subject` is the certificate where it broke off, `issuer` who is missing.
    #[error("no trusted issuer {issuer}")]
    UnknownAuthority { subject: String, issuer: String, hint: Option<Hint> },
    /// As an unknown authority, but the only reason is the algorithm of the signature.
    #[error("the signature algorithm {algorithm} is too weak")]
    SignatureTooWeak { algorithm: String, candidate: String },
    #[error("an RSA key of {bits} bits is too small")]
    KeyTooWeak { bits: usize, holder: Holder },
    #[error("{subject} may not sign certificates")]
    NotAuthorizedToSign { subject: String },
    #[error("too many intermediates below {subject}")]
    TooManyIntermediates { subject: String },
    #[error("{subject} may not sign for this name")]
    NameNotPermitted { subject: String, detail: String },
    #[error("too many signatures to check")]
    TooManySignatures,
}

/// A certificate with the right name that was not taken as the signer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub candidate: String,
    pub problem: SignatureProblem,
}

const NAMES_SHOWN: usize = 100;

impl Refusal {
    /// What Docker prints for it, from the first word after the address. Times are given in UTC; Docker prints its own
    /// clock's zone.
    #[must_use]
    pub fn message(&self, go: GoRelease) -> String {
        match self {
            Self::NoCertificate => "tls: received empty certificates message".into(),
            Self::Unreadable { .. } => {
                "tls: failed to parse certificate from server: x509: malformed certificate".into()
            }
            Self::Malformed { defect, .. } => format!("tls: failed to parse certificate from server: x509: {defect}"),
            Self::KeyTooLarge { .. } => "tls: server sent certificate containing RSA key larger than 8192 bits".into(),
            Self::KeyTooWeak { bits, holder: Holder::Leaf } => {
                format!("tls: invalid signature by the server certificate: {}", short_key(*bits))
            }
            refusal => {
                // CertificateVerificationError came with Go 1.20.
                let prefix = if go.at_least(1, 20) { "tls: failed to verify certificate: " } else { "" };
                format!("{prefix}x509: {}", refusal.verification(go))
            }
        }
    }

    fn verification(&self, go: GoRelease) -> String {
        match self {
            Self::UnhandledCriticalExtension { .. } => "unhandled critical extension".into(),
            Self::NotYetValid { not_before, now, .. } => out_of_date(*now, "before", *not_before),
            Self::Expired { not_after, now, .. } => out_of_date(*now, "after", *not_after),
            Self::NameMismatch { wanted, names } => name_mismatch(wanted, names),
            Self::NoIpSan { wanted } => {
                format!("cannot validate certificate for {wanted} because it doesn't contain any IP SANs")
            }
            Self::CommonNameOnly { .. } => format!("certificate relies on legacy Common Name field, {}", sans(go)),
            Self::WrongUsage { .. } => "certificate specifies an incompatible key usage".into(),
            Self::UnknownAuthority { hint: None, .. } => "certificate signed by unknown authority".into(),
            Self::UnknownAuthority { hint: Some(hint), .. } => unknown(&hint.candidate, &reason(&hint.problem, go)),
            Self::SignatureTooWeak { algorithm, candidate } => unknown(candidate, &insecure(algorithm, go)),
            Self::KeyTooWeak { bits, holder } => match holder {
                Holder::Authority(candidate) => unknown(candidate, &short_key(*bits)),
                Holder::Leaf => short_key(*bits),
            },
            Self::NotAuthorizedToSign { .. } => "certificate is not authorized to sign other certificates".into(),
            Self::TooManyIntermediates { .. } => "too many intermediates for path length constraint".into(),
            Self::NameNotPermitted { detail, .. } => {
                format!("a root or intermediate certificate is not authorized to sign for this name: {detail}")
            }
            Self::TooManySignatures => {
                "signature check attempts limit reached while verifying certificate chain".into()
            }
            other => other.to_string(),
        }
    }
}

fn out_of_date(now: i64, relation: &str, limit: i64) -> String {
    let (now, limit) = (instant(now), instant(limit));
    format!("certificate has expired or is not yet valid: current time {now} is {relation} {limit}")
}

fn name_mismatch(wanted: &str, names: &[String]) -> String {
    match names.len() {
        0 => format!("certificate is not valid for any names, but wanted to match {wanted}"),
        1..NAMES_SHOWN => format!("certificate is valid for {}, not {wanted}", names.join(", ")),
        // Go 1.24.11 and 1.25.5 stopped listing them; older ones list them all, which nobody reads.
        many => format!("certificate is valid for {many} names, but none matched {wanted}"),
    }
}

fn sans(go: GoRelease) -> &'static str {
    if go.at_least(1, 17) {
        "use SANs instead"
    } else {
        "use SANs or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0"
    }
}

fn unknown(candidate: &str, reason: &str) -> String {
    format!(
        "certificate signed by unknown authority (possibly because of {reason:?} \
         while trying to verify candidate authority certificate {candidate:?})"
    )
}

fn reason(problem: &SignatureProblem, go: GoRelease) -> String {
    match problem {
        SignatureProblem::MayNotSign => {
            "x509: invalid signature: parent certificate cannot sign this kind of certificate".into()
        }
        SignatureProblem::Insecure { algorithm } => insecure(algorithm, go),
        SignatureProblem::Unsupported { .. } => "x509: cannot verify signature: algorithm unimplemented".into(),
        SignatureProblem::OtherKind { algorithm } => {
            format!("x509: signature algorithm specifies another public key than the one given ({algorithm})")
        }
        SignatureProblem::ShortKey { bits } => short_key(*bits),
        SignatureProblem::Wrong { key: KeyAlgorithm::Ecdsa(_) } => "x509: ECDSA verification failure".into(),
        SignatureProblem::Wrong { key: KeyAlgorithm::Ed25519 } => "x509: Ed25519 verification failure".into(),
        SignatureProblem::Wrong { .. } => "crypto/rsa: verification error".into(),
    }
}

/// The override existed from Go 1.18 to 1.23, and only for SHA-1.
fn insecure(algorithm: &str, go: GoRelease) -> String {
    let sha1 = matches!(algorithm, "SHA1-RSA" | "ECDSA-SHA1");
    let way_out = if sha1 && !go.at_least(1, 24) { " (temporarily override with GODEBUG=x509sha1=1)" } else { "" };
    format!("x509: cannot verify signature: insecure algorithm {algorithm}{way_out}")
}

fn short_key(bits: usize) -> String {
    format!("crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")
}

fn instant(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}
