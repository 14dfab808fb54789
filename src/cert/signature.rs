//! Whether one certificate was signed with the key of another: mathematics only, no rules of any release.
//!
//! Own tables instead of `x509-parser`'s `verify_signature`, which knows neither P-521 nor RSA below 2048 bits: a doctor
//! must not fail where Docker succeeds.

use aws_lc_rs::digest;
use aws_lc_rs::signature as aws;
use aws_lc_rs::signature::VerificationAlgorithm;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::X509Certificate;
use x509_parser::public_key::PublicKey;

use super::public_key::{Curve, KeyAlgorithm};
use super::read::{Certificate, parse_shallow};

/// Why Go does not take a candidate as the signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureProblem {
    /// The candidate is no authority, or its key usage does not include signing.
    MayNotSign,
    /// The signature's algorithm is refused, whatever the key.
    Insecure {
        algorithm: String,
    },
    Unsupported {
        algorithm: String,
    },
    /// The signature needs a key of another kind than the candidate has.
    OtherKind {
        algorithm: String,
    },
    ShortKey {
        bits: usize,
    },
    /// Same name, other key.
    Wrong {
        key: KeyAlgorithm,
    },
}

/// Whether the key of `parent` made the signature of `child`.
pub(super) fn made_by(child: &Certificate, parent: &Certificate) -> Result<(), SignatureProblem> {
    let algorithm = || child.signature_algorithm.clone();
    let unsupported = || SignatureProblem::Unsupported { algorithm: algorithm() };
    let (hash, scheme) = split(&child.signature_algorithm).ok_or_else(unsupported)?;
    let (Ok(signed), Ok(issuer)) = (parse_shallow(child.der()), parse_shallow(parent.der())) else {
        return Err(unsupported());
    };
    let made = match (scheme, &parent.key.algorithm) {
        ("RSA", KeyAlgorithm::Rsa) => rsa(&signed, &issuer, hash, parent.key.bits),
        ("RSAPSS", KeyAlgorithm::Rsa) => aws_verify(&signed, &issuer, pss(hash).ok_or_else(unsupported)?),
        ("ECDSA", KeyAlgorithm::Ecdsa(curve)) => {
            aws_verify(&signed, &issuer, ecdsa(*curve, hash).ok_or_else(unsupported)?)
        }
        ("Ed25519", KeyAlgorithm::Ed25519) => aws_verify(&signed, &issuer, &aws::ED25519),
        _ => return Err(SignatureProblem::OtherKind { algorithm: algorithm() }),
    };
    if made { Ok(()) } else { Err(SignatureProblem::Wrong { key: parent.key.algorithm.clone() }) }
}

/// Hash and scheme of the name that [`super::public_key`] gives.
fn split(algorithm: &str) -> Option<(&str, &str)> {
    match algorithm.split_once('-') {
        Some(("ECDSA", hash)) => Some((hash, "ECDSA")),
        Some((hash, scheme)) => Some((hash, scheme)),
        None if algorithm == "Ed25519" => Some(("", algorithm)),
        None => None,
    }
}

fn aws_verify(
    signed: &X509Certificate<'_>,
    issuer: &X509Certificate<'_>,
    algorithm: &'static dyn VerificationAlgorithm,
) -> bool {
    let key = aws::UnparsedPublicKey::new(algorithm, &issuer.public_key().subject_public_key.data);
    key.verify(signed.tbs_certificate.as_ref(), &signed.signature_value.data).is_ok()
}

fn pss(hash: &str) -> Option<&'static dyn VerificationAlgorithm> {
    match hash {
        "SHA256" => Some(&aws::RSA_PSS_2048_8192_SHA256),
        "SHA384" => Some(&aws::RSA_PSS_2048_8192_SHA384),
        "SHA512" => Some(&aws::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn ecdsa(curve: Curve, hash: &str) -> Option<&'static dyn VerificationAlgorithm> {
    match (curve, hash) {
        (Curve::P256, "SHA1") => Some(&aws::ECDSA_P256_SHA1_ASN1),
        (Curve::P256, "SHA256") => Some(&aws::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, "SHA384") => Some(&aws::ECDSA_P256_SHA384_ASN1),
        (Curve::P256, "SHA512") => Some(&aws::ECDSA_P256_SHA512_ASN1),
        (Curve::P384, "SHA256") => Some(&aws::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, "SHA384") => Some(&aws::ECDSA_P384_SHA384_ASN1),
        (Curve::P384, "SHA512") => Some(&aws::ECDSA_P384_SHA512_ASN1),
        (Curve::P521, "SHA1") => Some(&aws::ECDSA_P521_SHA1_ASN1),
        (Curve::P521, "SHA256") => Some(&aws::ECDSA_P521_SHA256_ASN1),
        (Curve::P521, "SHA384") => Some(&aws::ECDSA_P521_SHA384_ASN1),
        (Curve::P521, "SHA512") => Some(&aws::ECDSA_P521_SHA512_ASN1),
        _ => None,
    }
}

fn rsa(signed: &X509Certificate<'_>, issuer: &X509Certificate<'_>, hash: &str, bits: usize) -> bool {
    let in_library: Option<&'static dyn VerificationAlgorithm> = match (hash, bits) {
        ("SHA256", 2048..=8192) => Some(&aws::RSA_PKCS1_2048_8192_SHA256),
        ("SHA384", 2048..=8192) => Some(&aws::RSA_PKCS1_2048_8192_SHA384),
        ("SHA512", 2048..=8192) => Some(&aws::RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    };
    match in_library {
        Some(algorithm) => aws_verify(signed, issuer, algorithm),
        None => rsa_by_hand(signed, issuer, hash).unwrap_or(false),
    }
}

/// PKCS#1 v1.5 for the key sizes that the library refuses and old engines accept.
///
/// Only public numbers are at work, so time and memory tell nobody anything; their sizes are bounded.
fn rsa_by_hand(signed: &X509Certificate<'_>, issuer: &X509Certificate<'_>, hash: &str) -> Option<bool> {
    let Ok(PublicKey::RSA(key)) = issuer.public_key().parsed() else { return None };
    let modulus = BigUint::from_bytes_be(key.modulus);
    let exponent = BigUint::from_bytes_be(key.exponent);
    if !(256..=16_384).contains(&modulus.bits()) || !(2..=31).contains(&exponent.bits()) {
        return None;
    }
    let signature = BigUint::from_bytes_be(&signed.signature_value.data);
    if signature >= modulus {
        return Some(false);
    }
    let length = usize::try_from(modulus.bits().div_ceil(8)).ok()?;
    let expected = padded(hash, signed.tbs_certificate.as_ref(), length)?;
    Some(signature.modpow(&exponent, &modulus) == BigUint::from_bytes_be(&expected))
}

/// `00 01 ff … ff 00`, the hash's name in DER, the hash.
fn padded(hash: &str, message: &[u8], length: usize) -> Option<Vec<u8>> {
    let (algorithm, prefix): (_, &[u8]) = match hash {
        "SHA1" => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14],
        ),
        "SHA256" => (&digest::SHA256, &sha2_prefix(0x31, 1, 0x20)),
        "SHA384" => (&digest::SHA384, &sha2_prefix(0x41, 2, 0x30)),
        "SHA512" => (&digest::SHA512, &sha2_prefix(0x51, 3, 0x40)),
        _ => return None,
    };
    let hashed = digest::digest(algorithm, message);
    let filling = length.checked_sub(3 + prefix.len() + hashed.as_ref().len()).filter(|count| *count >= 8)?;
    let mut block = vec![0, 1];
    block.resize(2 + filling, 0xff);
    block.push(0);
    block.extend_from_slice(prefix);
    block.extend_from_slice(hashed.as_ref());
    Some(block)
}

const fn sha2_prefix(outer: u8, number: u8, length: u8) -> [u8; 19] {
    [
        0x30, outer, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, number, 0x05, 0x00, 0x04,
        length,
    ]
}
