//! PEM text and the certificates in it, by the rules of Go's `AppendCertsFromPEM`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use super::read::{Certificate, ReadError};
use crate::model::printable::printable;

/// A block that is no certificate for Go, or bytes that are no certificate at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemError {
    /// Go skips it silently: a key, a request, a `TRUSTED CERTIFICATE`.
    #[error("line {line} begins a `{label}`, not a certificate")]
    OtherBlock { line: usize, label: String },
    #[error("the block that begins in line {line} has headers, and Go skips it")]
    Headers { line: usize },
    #[error("the block that begins in line {line} has no end")]
    Unfinished { line: usize },
    #[error("the block that begins in line {line} is not base64")]
    Base64 { line: usize },
    #[error("the block that begins in line {line} holds no certificate: {source}")]
    Certificate { line: usize, source: ReadError },
}

/// One block: where it begins (counted from 1), what it is called, and the lines inside.
struct Block<'a> {
    line: usize,
    label: &'a str,
    lines: Vec<&'a str>,
    finished: bool,
}

/// Every block of `text`, as a certificate or as the reason why it is none. A text without blocks gives nothing.
#[must_use]
pub fn read_all(text: &str) -> Vec<Result<Certificate, PemError>> {
    ders(text).into_iter().map(|(line, der)| read_one(line, der)).collect()
}

/// The bytes of every block, not yet read as certificates.
pub(super) fn ders(text: &str) -> Vec<(usize, Result<Vec<u8>, PemError>)> {
    blocks(text).iter().map(|block| (block.line, decode(block))).collect()
}

/// `der` as a PEM block.
#[must_use]
pub fn write(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (position, character) in encoded.chars().enumerate() {
        if position > 0 && position % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

fn read_one(line: usize, der: Result<Vec<u8>, PemError>) -> Result<Certificate, PemError> {
    Certificate::from_der(&der?).map_err(|source| PemError::Certificate { line, source })
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    for (position, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let open = found.last_mut().filter(|block| !block.finished);
        if let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) {
            found.push(Block { line: position + 1, label, lines: Vec::new(), finished: false });
        } else if let Some(block) = open {
            if line.strip_prefix("-----END ").and_then(|rest| rest.strip_suffix("-----")) == Some(block.label) {
                block.finished = true;
            } else {
                block.lines.push(line);
            }
        }
    }
    found
}

fn decode(block: &Block<'_>) -> Result<Vec<u8>, PemError> {
    let line = block.line;
    if block.label != "CERTIFICATE" {
        return Err(PemError::OtherBlock { line, label: printable(block.label, 40) });
    }
    if !block.finished {
        return Err(PemError::Unfinished { line });
    }
    if block.lines.iter().any(|line| line.contains(':')) {
        return Err(PemError::Headers { line });
    }
    let encoded: String = block.lines.concat().split_whitespace().collect();
    STANDARD.decode(encoded).map_err(|_| PemError::Base64 { line })
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn tells_what_each_block_is() {
        let good = write(&testing::authority("lab-ca").der);
        let rows: &[(&str, String, &[&str])] = &[
            ("empty", String::new(), &[]),
            ("no block", "hello\n".into(), &[]),
            ("one", good.clone(), &["ok"]),
            ("text around, CRLF", format!("subject: x\n{good}tail").replace('\n', "\r\n"), &["ok"]),
            ("two", format!("{good}{good}"), &["ok", "ok"]),
            (
                "a key",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".into(),
                &["line 1 begins a `PRIVATE KEY`, not a certificate"],
            ),
            (
                "trusted",
                good.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
                &["line 1 begins a `TRUSTED CERTIFICATE`, not a certificate"],
            ),
            ("cut", good.replace("-----END CERTIFICATE-----\n", ""), &["the block that begins in line 1 has no end"]),
            (
                "cut, then one",
                format!("-----BEGIN CERTIFICATE-----\nAAAA\n{good}"),
                &["the block that begins in line 1 has no end", "ok"],
            ),
            (
                "headers",
                good.replacen("-----\n", "-----\nProc-Type: 4\n\n", 1),
                &["the block that begins in line 1 has headers, and Go skips it"],
            ),
            (
                "not base64",
                "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----".into(),
                &["the block that begins in line 1 is not base64"],
            ),
            (
                "not DER",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----".into(),
                &["the block that begins in line 1 holds no certificate: 3 bytes are not an X.509 certificate"],
            ),
        ];
        for (name, text, want) in rows {
            let shown: Vec<String> = read_all(text)
                .into_iter()
                .map(|block| block.map_or_else(|error| error.to_string(), |_| "ok".to_string()))
                .collect();
            assert_eq!(shown, *want, "{name}");
        }
    }
}
