//! Values that are never shown, and the removal of secrets from text.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::digest;
use regex::Regex;

/// A password or token. It has no `Display`, and `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// What is kept of a private key, in small hexadecimal digits: enough to know it again.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    digest::digest(&digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

static USER_INFO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"://[^/\s@:]*:[^/\s@]*@").expect("the pattern is constant"));
static JSON_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i-u:("(?:auth|password|identitytoken|registrytoken|token|access_token|refresh_token|secret)"\s*:\s*"))(?:[^"\\]|\\.)*""#)
        .expect("the pattern is constant")
});
static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----")
        .expect("the pattern is constant")
});
static CREDENTIAL_HEADER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i-u:\b(Basic|Bearer)) [A-Za-z0-9+/._~-]{8,}=*").expect("the pattern is constant"));

/// `text` with passwords in URLs, token fields, private keys and credential headers replaced.
#[must_use]
pub fn redact(text: &str) -> String {
    let text = USER_INFO.replace_all(text, "://xxxxx:xxxxx@");
    let text = JSON_FIELD.replace_all(&text, "${1}***\"");
    let text = PRIVATE_KEY.replace_all(&text, "(private key removed)");
    CREDENTIAL_HEADER.replace_all(&text, "$1 ***").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_every_kind_of_secret_out() {
        let rows = [
            ("http://u:p@h:1/", "http://xxxxx:xxxxx@h:1/"),
            (r#"{"auths":{"h":{"auth": "dTpw"}}}"#, r#"{"auths":{"h":{"auth": "***"}}}"#),
            ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "(private key removed)"),
            ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
            ("nothing to hide: a@b", "nothing to hide: a@b"),
        ];
        for (text, want) in rows {
            assert_eq!(redact(text), want);
        }
        assert_eq!(format!("{:?}", Secret::new("x")), "***");
    }
}
