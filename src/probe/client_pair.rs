//! A client certificate with its key, to be shown to one server that was seen before. It lives in memory alone.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::cert::provider;
use crate::model::secret::Secret;

#[derive(Clone)]
pub struct ClientPair {
    pair: Arc<CertifiedKey>,
    /// The server that it may be shown to, by its own certificate.
    server: Vec<u8>,
}

impl ClientPair {
    /// What engines do with the two files before they use them.
    ///
    /// # Errors
    /// The pair is none, in Go's words.
    pub fn read(certificate: &str, key: &Secret, server: Vec<u8>) -> Result<Self, &'static str> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate.as_bytes()).filter_map(Result::ok).collect();
        if chain.is_empty() {
            return Err("tls: failed to find any PEM data in certificate input");
        }
        let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
            .map_err(|_| "tls: failed to find any PEM data in key input")?;
        match CertifiedKey::from_der(chain, key, &provider::provider()) {
            Ok(pair) => Ok(Self { pair: Arc::new(pair), server }),
            Err(rustls::Error::InconsistentKeys(_)) => Err("tls: private key does not match public key"),
            Err(_) => Err("tls: failed to parse private key"),
        }
    }

    pub(super) fn pair(&self) -> &Arc<CertifiedKey> {
        &self.pair
    }

    pub(super) fn server(&self) -> &[u8] {
        &self.server
    }
}

impl fmt::Debug for ClientPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientPair(***)")
    }
}

impl PartialEq for ClientPair {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.pair, &other.pair) && self.server == other.server
    }
}

impl Eq for ClientPair {}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn a_pair_is_a_certificate_with_its_own_key() {
        let (one, two) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certificate = CertificateParams::default().self_signed(&one).unwrap().pem();
        let read = |certificate: &str, key: &str| ClientPair::read(certificate, &Secret::new(key), Vec::new()).err();
        let rows = [
            (certificate.as_str(), one.serialize_pem(), None),
            (&certificate, two.serialize_pem(), Some("tls: private key does not match public key")),
            (&certificate, "no".into(), Some("tls: failed to find any PEM data in key input")),
            ("no", one.serialize_pem(), Some("tls: failed to find any PEM data in certificate input")),
        ];
        for (certificate, key, want) in rows {
            assert_eq!(read(certificate, &key), want);
        }
        let pair = ClientPair::read(&certificate, &Secret::new(one.serialize_pem()), Vec::new()).unwrap();
        assert_eq!(format!("{pair:?}"), "ClientPair(***)");
    }
}
