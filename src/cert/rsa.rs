//! RSA keys and signatures of another age, for certificates that are wrong on purpose. Never for anything else.
//!
//! No library that this program uses makes keys of less than 2048 bits, or signs with SHA-1. The keys here stand in the
//! source, so what they sign has to be worthless anywhere else: `issue` constrains it to the names of the request.

use super::der::{der, element, header_length};
use aws_lc_rs::digest::{self, Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use rcgen::{PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};

/// 1024 bits: Go still takes it.
pub const SHORT: (&str, &str) = (
    "a5aef2a6376ec79689638f82eed925db6b7c31cbb6aa15dddc4a8eec15904918f1ae5cfc32fe21357e85e66bcaa8eb6ac566da000670ff6235ab24f04911ca1f3c37b887a1b7fc2e25c8430963ddd635a25912f641a32a8054af2a48865112ca9f1c69c2e0c4da8a3a249bb89147637b6d8de7a8d8aade4a103c033900e5aaa7",
    "05f8aa3227694cb4363b6a5eb3b10bd63ea7793bf85764f65c0c2bde826072e1fd43e582096c7351f43f6b30935b4730cff08706dd34915fbec36e4f62b2cb7009e1c4c90534b8e463d3fe01b437b6d1481b82d45cced8dbda87a5fa23b4cf95b3c24be1a9700f70e4fd9de48b2dc4448ae38323984cdc2b06eeb1cde21047a1",
);
/// 512 bits.
pub const TOO_SHORT: (&str, &str) = (
    "b9ab0ed57c92d3657f66ad4143460bbaaa7c0d990e5fd5f08ddb74e0cd8077a54b03864cdf81fc2b364e0d9a5271bfdc8d38e84277acaca7525282a8a3166c6b",
    "22410fe48d2e1d783d4ff928f03b6d108c4184d4b71531484733b4d580b471de29487b6d6dab9e52a4fd5d1d6a97527a982d5ac250a2231217559f162af2ec69",
);

const PUBLIC_EXPONENT: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];
/// What stands before a hash when it is signed (RFC 8017, 9.2).
const SHA256_PREFIX: &[u8] =
    &[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];
const SHA1_PREFIX: &[u8] = &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
/// `sha256WithRSAEncryption`; with 5 for its last number, `sha1WithRSAEncryption`.
const SHA256_WITH_RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const SHA1_WITH_RSA_END: u8 = 0x05;

/// A key, as big-endian numbers.
#[derive(Debug)]
pub struct OldKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// `RSAPublicKey` in DER.
    public: Vec<u8>,
}

impl OldKey {
    pub fn new((modulus, exponent): (&str, &str)) -> Self {
        let modulus = bytes(modulus);
        // A leading zero: the number is positive.
        let number = der(0x02, &[&[0], modulus.as_slice()].concat());
        let public = der(0x30, &[number.as_slice(), &PUBLIC_EXPONENT].concat());
        Self { modulus, exponent: bytes(exponent), public }
    }

    /// The same certificate, signed again with SHA-1 by this key.
    pub fn signed_with_sha1(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let mut certificate = certificate.to_vec();
        for _ in 0..2 {
            let at = certificate.windows(SHA256_WITH_RSA.len()).position(|window| window == SHA256_WITH_RSA)?;
            *certificate.get_mut(at + SHA256_WITH_RSA.len() - 1)? = SHA1_WITH_RSA_END;
        }
        // The content of the outer sequence starts with what is signed.
        let signed = element(certificate.get(header_length(&certificate)?..)?)?;
        let signature = self.signature(&SHA1_FOR_LEGACY_USE_ONLY, SHA1_PREFIX, signed);
        let start = certificate.len().checked_sub(signature.len())?;
        certificate.truncate(start);
        certificate.extend(signature);
        Some(certificate)
    }

    fn signature(&self, algorithm: &'static Algorithm, prefix: &[u8], message: &[u8]) -> Vec<u8> {
        let hash = digest::digest(algorithm, message);
        let tail = [&[0], prefix, hash.as_ref()].concat();
        let padding = vec![0xff; self.modulus.len() - tail.len() - 2];
        power(&[&[0, 1], padding.as_slice(), &tail].concat(), &self.exponent, &self.modulus)
    }
}

impl PublicKeyData for OldKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for OldKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.signature(&SHA256, SHA256_PREFIX, message))
    }
}

/// `base` to the power of `exponent`, modulo an odd `modulus`, all big-endian. Takes time that tells of the exponent.
fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let (base, modulus) = (limbs(base), limbs(modulus));
    let mut one = vec![0; modulus.len()];
    if let Some(lowest) = one.first_mut() {
        *lowest = 1;
    }
    // Montgomery's form: everything times 2 to the power of the number's bits.
    let shifted = |number: &[u32]| {
        (0..32 * modulus.len()).fold(number.to_vec(), |mut number, _| {
            let doubled = number.clone();
            add(&mut number, &doubled, &modulus);
            number
        })
    };
    let (base, mut result) = (shifted(&base), shifted(&one));
    for bit in exponent.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)) {
        result = product(&result, &result, &modulus);
        if bit == 1 {
            result = product(&result, &base, &modulus);
        }
    }
    product(&result, &one, &modulus).iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

/// Numbers of 32 bits, the lowest first.
fn limbs(bytes: &[u8]) -> Vec<u32> {
    bytes.rchunks(4).map(|chunk| chunk.iter().fold(0, |limb, byte| limb << 8 | u32::from(*byte))).collect()
}

/// Montgomery's product: `a * b` divided by 2 to the power of the modulus' bits, modulo it.
fn product(a: &[u32], b: &[u32], modulus: &[u32]) -> Vec<u32> {
    let lowest = modulus.first().copied().unwrap_or(1);
    // Each step of Newton's doubles the right bits of the inverse.
    let inverse = (0..5).fold(1_u32, |x, _| x.wrapping_mul(2_u32.wrapping_sub(lowest.wrapping_mul(x))));
    let mut sum = vec![0; modulus.len() + 1];
    for factor in b {
        add_times(&mut sum, a, *factor);
        let factor = sum.first().copied().unwrap_or(0).wrapping_mul(inverse.wrapping_neg());
        let above = add_times(&mut sum, modulus, factor);
        // The lowest limb is 0 now.
        sum.rotate_left(1);
        if let Some(last) = sum.last_mut() {
            *last = above;
        }
    }
    let over = sum.pop() == Some(1);
    reduce(&mut sum, over, modulus);
    sum
}

/// Adds `number * factor`; what does not fit is given back.
fn add_times(sum: &mut [u32], number: &[u32], factor: u32) -> u32 {
    let mut carry = 0;
    for (limb, other) in sum.iter_mut().zip(number.iter().chain([&0])) {
        let total = u64::from(*limb) + u64::from(*other) * u64::from(factor) + carry;
        (*limb, carry) = (low(total), total >> 32);
    }
    low(carry)
}

/// `sum + more` modulo `modulus`; both are below it.
fn add(sum: &mut [u32], more: &[u32], modulus: &[u32]) {
    let mut carry = 0;
    for (limb, other) in sum.iter_mut().zip(more) {
        let total = u64::from(*limb) + u64::from(*other) + carry;
        (*limb, carry) = (low(total), total >> 32);
    }
    reduce(sum, carry == 1, modulus);
}

/// Brings a sum that is below twice the modulus below it; `over`: its highest bit did not fit.
fn reduce(sum: &mut [u32], over: bool, modulus: &[u32]) {
    if over || !sum.iter().rev().lt(modulus.iter().rev()) {
        let mut borrow = 0;
        for (limb, other) in sum.iter_mut().zip(modulus) {
            let less = u64::from(*limb).wrapping_sub(u64::from(*other)).wrapping_sub(borrow);
            (*limb, borrow) = (low(less), less >> 63);
        }
    }
}

fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default();
    hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |byte, one| byte << 4 | digit(one))).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

    use super::*;

    #[test]
    fn powers() {
        let rows: [[&[u8]; 4]; 3] = [
            [&[0, 0, 0, 4], &[13], &[0, 0, 0x01, 0xf1], &[0, 0, 0x01, 0xbd]],
            [&[0, 0, 0, 2], &[10], &[0xff, 0xff, 0xff, 0xfb], &[0, 0, 4, 0]],
            [&[0xff, 0xff, 0xff, 0xfa], &[2], &[0xff, 0xff, 0xff, 0xfb], &[0, 0, 0, 1]],
        ];
        for [base, exponent, modulus, want] in rows {
            assert_eq!(power(base, exponent, modulus), want);
        }
    }

    #[test]
    fn a_library_verifies_what_the_key_signs() {
        let key = OldKey::new(SHORT);
        let signature = key.signature(&SHA1_FOR_LEGACY_USE_ONLY, SHA1_PREFIX, b"message");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, key.der_bytes());
        public.verify(b"message", &signature).unwrap();
        assert!(public.verify(b"another", &signature).is_err());
    }
}
