//! The four cipher suites that a Docker engine still offers and rustls leaves out: ECDHE with AES in CBC mode and
//! HMAC-SHA-1, of TLS 1.2 (go-connections `tlsconfig.ServerDefault`, which Docker's registry client uses, 1.8 to 29).
//!
//! They are for the probe alone, which must reach what the engine reaches. Records are as RFC 5246 6.2.3.2 has them: the
//! code first, then the padding, then the cipher.

use std::sync::LazyLock;

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::{hmac, iv::FixedLength};
use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm, UnsupportedOperationError,
    make_tls12_aad,
};
use rustls::{CipherSuite, CipherSuiteCommon, ConnectionTrafficSecrets, Error, SupportedCipherSuite, Tls12CipherSuite};

const BLOCK: usize = 16;
/// What HMAC-SHA-1 gives, and the length of its key.
const CODE: usize = 20;
/// The longest piece of a message in one record, RFC 5246 6.2.1.
const LONGEST: usize = 1 << 14;

/// The suites, in Docker's order.
pub(super) fn suites() -> impl Iterator<Item = SupportedCipherSuite> {
    SUITES.iter().map(SupportedCipherSuite::Tls12)
}

static SUITES: LazyLock<Vec<Tls12CipherSuite>> = LazyLock::new(|| {
    let rows = [
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, &TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, &LONG),
        (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, &TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, &LONG),
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, &TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, &SHORT),
        (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, &TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, &SHORT),
    ];
    rows.into_iter().filter_map(|(suite, like, records)| like_but(suite, like, records)).collect()
});

static SHORT: Cbc = Cbc { cipher: &AES_128, key: 16 };
static LONG: Cbc = Cbc { cipher: &AES_256, key: 32 };

/// The same key exchange, signatures and key derivation (SHA-256), with other records.
fn like_but(suite: CipherSuite, like: &SupportedCipherSuite, records: &'static Cbc) -> Option<Tls12CipherSuite> {
    let SupportedCipherSuite::Tls12(like) = like else { return None };
    Some(Tls12CipherSuite {
        common: CipherSuiteCommon { suite, hash_provider: like.common.hash_provider, confidentiality_limit: 1 << 20 },
        prf_provider: like.prf_provider,
        kx: like.kx,
        sign: like.sign,
        aead_alg: records,
    })
}

struct Cbc {
    cipher: &'static Algorithm,
    key: usize,
}

impl Cbc {
    fn key(&self, bytes: &[u8]) -> Option<UnboundCipherKey> {
        UnboundCipherKey::new(self.cipher, bytes).ok()
    }
}

impl Tls12AeadAlgorithm for Cbc {
    /// The key block holds the keys of both codes, then those of both ciphers; rustls takes it apart in the same order and
    /// calls them key and IV.
    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape { enc_key_len: CODE, fixed_iv_len: self.key, explicit_nonce_len: 0 }
    }

    fn encrypter(&self, code: AeadKey, key: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        let key = self.key(key).and_then(|key| EncryptingKey::cbc(key).ok());
        Box::new(Encrypter { key, code: Code::new(&code) })
    }

    fn decrypter(&self, code: AeadKey, key: &[u8]) -> Box<dyn MessageDecrypter> {
        let key = self.key(key).and_then(|key| DecryptingKey::cbc(key).ok());
        Box::new(Decrypter { key, code: Code::new(&code) })
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

/// The authentication code of a record.
struct Code(hmac::Key);

impl Code {
    fn new(key: &AeadKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref()))
    }

    fn of(&self, head: &[u8], payload: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(head);
        context.update(payload);
        context.sign()
    }
}

struct Encrypter {
    key: Option<EncryptingKey>,
    code: Code,
}

impl MessageEncrypter for Encrypter {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, sequence: u64) -> Result<OutboundOpaqueMessage, Error> {
        let key = self.key.as_ref().ok_or(Error::EncryptError)?;
        let length = message.payload.len();
        let mut inner = message.payload.to_vec();
        let head = make_tls12_aad(sequence, message.typ, message.version, length);
        inner.extend_from_slice(self.code.of(&head, &inner).as_ref());
        let padding = BLOCK - inner.len() % BLOCK;
        inner.resize(inner.len() + padding, u8::try_from(padding - 1).map_err(|_| Error::EncryptError)?);
        let context = key.encrypt(&mut inner).map_err(|_| Error::EncryptError)?;
        let vector: &[u8] = (&context).try_into().map_err(|_| Error::EncryptError)?;
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(length));
        payload.extend_from_slice(vector);
        payload.extend_from_slice(&inner);
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        BLOCK + (length + CODE + 1).next_multiple_of(BLOCK)
    }
}

struct Decrypter {
    key: Option<DecryptingKey>,
    code: Code,
}

impl MessageDecrypter for Decrypter {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        sequence: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let key = self.key.as_ref().ok_or(Error::DecryptError)?;
        let (vector, inner) = message.payload.split_first_chunk_mut::<BLOCK>().ok_or(Error::DecryptError)?;
        let context = DecryptionContext::Iv128(FixedLength::from(*vector));
        let plain = key.decrypt(inner, context).map_err(|_| Error::DecryptError)?;
        let (sound, end) = unpadded(plain).ok_or(Error::DecryptError)?;
        let (payload, code) = plain.split_at_checked(end).ok_or(Error::DecryptError)?;
        let head = make_tls12_aad(sequence, message.typ, message.version, end);
        let expected = self.code.of(&head, payload);
        let code = code.get(..CODE).ok_or(Error::DecryptError)?;
        // Both are looked at in any case, so that the answer does not tell which of them was wrong.
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), code).is_ok();
        if !(sound & same) {
            return Err(Error::DecryptError);
        }
        if end > LONGEST {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(message.into_plain_message_range(BLOCK..BLOCK + end))
    }
}

/// Whether the padding is as it must be, and where the payload ends; where it is not, it counts as none. Nothing if there
/// is no room for the code.
fn unpadded(plain: &[u8]) -> Option<(bool, usize)> {
    let last = usize::from(*plain.last()?);
    let room = plain.len().checked_sub(CODE + 1)?;
    let sound = last <= room
        && plain.iter().rev().take(last + 1).fold(true, |sound, byte| sound & (usize::from(*byte) == last));
    Some((sound, room - if sound { last } else { 0 }))
}

#[cfg(test)]
#[path = "cbc_tests.rs"]
mod tests;
