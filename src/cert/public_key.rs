//! What a certificate's key is, and how the names of algorithms read.

use std::fmt;

use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// The kind of a public key and its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub algorithm: KeyAlgorithm,
    pub bits: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlgorithm {
    Rsa,
    Ecdsa(Curve),
    Ed25519,
    Dsa,
    /// Its number.
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P224,
    P256,
    P384,
    P521,
    Other,
}

impl Key {
    pub(super) fn read(info: &SubjectPublicKeyInfo<'_>) -> Self {
        let oid = info.algorithm.algorithm.to_id_string();
        let algorithm = match oid.as_str() {
            "1.2.840.113549.1.1.1" => KeyAlgorithm::Rsa,
            "1.2.840.10045.2.1" => KeyAlgorithm::Ecdsa(Curve::read(&info.algorithm)),
            "1.3.101.112" => KeyAlgorithm::Ed25519,
            "1.2.840.10040.4.1" => KeyAlgorithm::Dsa,
            other => KeyAlgorithm::Other(other.chars().take(80).collect()),
        };
        let bits = match (&algorithm, info.parsed()) {
            (KeyAlgorithm::Ecdsa(curve), _) => curve.bits(),
            (KeyAlgorithm::Ed25519, _) => 256,
            (_, Ok(PublicKey::RSA(key))) => bit_length(key.modulus),
            (_, Ok(key)) => key.key_size(),
            (_, Err(_)) => 0,
        };
        Self { algorithm, bits }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.algorithm {
            KeyAlgorithm::Rsa => write!(formatter, "RSA {}", self.bits),
            KeyAlgorithm::Ecdsa(Curve::Other) => formatter.write_str("ECDSA"),
            KeyAlgorithm::Ecdsa(curve) => write!(formatter, "ECDSA P-{}", curve.bits()),
            KeyAlgorithm::Ed25519 => formatter.write_str("Ed25519"),
            KeyAlgorithm::Dsa => write!(formatter, "DSA {}", self.bits),
            KeyAlgorithm::Other(oid) => formatter.write_str(oid),
        }
    }
}

impl Curve {
    fn read(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let oid = algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok()).map(|oid| oid.to_id_string());
        match oid.as_deref() {
            Some("1.3.132.0.33") => Self::P224,
            Some("1.2.840.10045.3.1.7") => Self::P256,
            Some("1.3.132.0.34") => Self::P384,
            Some("1.3.132.0.35") => Self::P521,
            _ => Self::Other,
        }
    }

    fn bits(self) -> usize {
        match self {
            Self::P224 => 224,
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
            Self::Other => 0,
        }
    }
}

/// The name that Go prints for a signature algorithm, or its number.
pub(super) fn signature_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    let name = match oid.as_str() {
        "1.2.840.113549.1.1.4" => "MD5-RSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA1-RSA",
        "1.2.840.113549.1.1.11" => "SHA256-RSA",
        "1.2.840.113549.1.1.12" => "SHA384-RSA",
        "1.2.840.113549.1.1.13" => "SHA512-RSA",
        "1.2.840.113549.1.1.10" => pss(algorithm),
        "1.2.840.10045.4.1" => "ECDSA-SHA1",
        "1.2.840.10045.4.3.2" => "ECDSA-SHA256",
        "1.2.840.10045.4.3.3" => "ECDSA-SHA384",
        "1.2.840.10045.4.3.4" => "ECDSA-SHA512",
        "1.3.101.112" => "Ed25519",
        _ => return oid.chars().take(80).collect(),
    };
    name.to_string()
}

/// Go knows three: the salt as long as the hash, and the same hash for the mask.
fn pss(algorithm: &AlgorithmIdentifier<'_>) -> &'static str {
    let parameters = algorithm.parameters.as_ref().and_then(|any| RsaSsaPssParams::try_from(any).ok());
    let Some(parameters) = parameters else { return "RSAPSS" };
    let hash = parameters.hash_algorithm_oid().to_id_string();
    let mask = parameters.mask_gen_algorithm().ok().map(|mask| mask.hash.to_id_string());
    if mask.as_ref() != Some(&hash) {
        return "RSAPSS";
    }
    match (hash.as_str(), parameters.salt_length()) {
        ("2.16.840.1.101.3.4.2.1", 32) => "SHA256-RSAPSS",
        ("2.16.840.1.101.3.4.2.2", 48) => "SHA384-RSAPSS",
        ("2.16.840.1.101.3.4.2.3", 64) => "SHA512-RSAPSS",
        _ => "RSAPSS",
    }
}

/// Bits of a positive big-endian number.
fn bit_length(number: &[u8]) -> usize {
    let mut bytes = number.iter().skip_while(|byte| **byte == 0);
    match bytes.next() {
        Some(first) => bytes.count() * 8 + 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_bits() {
        let rows: &[(&[u8], usize)] =
            &[(&[], 0), (&[0], 0), (&[1], 1), (&[0, 0x80], 8), (&[0x7f, 0], 15), (&[0, 1, 0], 9)];
        for (number, want) in rows {
            assert_eq!(bit_length(number), *want, "{number:?}");
        }
    }
}
